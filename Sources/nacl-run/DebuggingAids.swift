import ArgumentParser
import CDebuggerInterface
import Glibc
import Inspector

struct DebuggingOptions: ParsableArguments {
  @Flag(name: .long, help: "Write /tmp/perf-PID.map, which tells perf the functions' names.")
  var perfMap = false

  @Flag(name: .long, help: "Tell a debugger the functions' names and frames (GDB's JIT interface).")
  var debugger = false
}

/// Names of a program's functions for tools that look at this process from outside. They come from the nexe, so that a hostile one can
/// lie to those tools, or feed them what they are not prepared for: both are off by default.
struct DebuggingAids {
  var writesPerfMap = false
  var tellsDebugger = false

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// The nexe has been validated and mapped, text at `address`.
  func announce(_ nexe: [UInt8], at address: UInt64) throws {
    guard writesPerfMap || tellsDebugger else { return }
    let image = try DebugImage(nexe, textAddress: address)
    if writesPerfMap { try Self.writePerfMap(image.perfMap) }
    if tellsDebugger { try Self.tellDebugger(image.elf) }
  }

  static var perfMapPath: String { "/tmp/perf-\(getpid()).map" }

  /// perf finds the file by this name alone. It must be new: in /tmp, what is there already may be somebody else's link.
  private static func writePerfMap(_ text: String) throws {
    let path = perfMapPath
    unlink(path)
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Failure(description: "cannot create \(path): \(String(cString: strerror(errno)))") }
    defer { close(file) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Failure(description: "cannot write \(path): \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  private static func tellDebugger(_ elf: [UInt8]) throws {
    // The debugger reads it whenever it likes, so it is never freed.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: elf.count, alignment: 16)
    copy.copyBytes(from: elf)
    guard halite_debugger_announce(copy.baseAddress, UInt64(copy.count)) == 0 else {
      throw Failure(description: "no memory for the debugger's symbols")
    }
  }
}
