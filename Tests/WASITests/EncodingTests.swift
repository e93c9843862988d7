import Foundation
import Testing

@testable import WASI

/// Bytes that some system somewhere takes for a separator, for `..`, or for nothing: here they are names like any other, or no names.
@Suite struct EncodingTests {
  static let methods: [BeneathLookup.Method] = [.kernel, .walk]

  /// Each is a name of its own below the preopen.
  static let names = [
    "..\\outside\\secret", "\\", "C:", "C:secret", "file::$DATA", "NUL", "CON", "...", ".. ", "..;", " ..", "%2e%2e%2fsecret", "%00",
    "\u{2025}", "\u{FF0E}\u{FF0E}", "\u{2215}etc", "\u{FF0F}etc", "\u{202E}cod", "\u{FEFF}", "e\u{301}", "\u{e9}", "\n", "\u{1b}[2J",
    "-rf", "*", "~", "$HOME", "\u{10FFFF}",
  ]

  @Test(arguments: methods) func oddNamesAreNames(method: BeneathLookup.Method) throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program(lookup: method)
    for (index, name) in Self.names.enumerated() {
      let fd = try program.opened(name, [.create, .exclusive], base: [.fdRead, .fdWrite])
      #expect(try program.write(fd, "\(index)") == .success)
      #expect(try program.call("fd_close", UInt64(fd)) == .success)
    }
    // Byte by byte: composed and decomposed letters are two names.
    let made = try Set(FileManager.default.contentsOfDirectory(atPath: sandbox.preopen.path).map { Array($0.utf8) })
    #expect(made == Set(Self.names.map { Array($0.utf8) }))
    for (index, name) in Self.names.enumerated() {
      #expect(try program.read(try program.opened(name), 9) == (.success, "\(index)"), "\(name)")
      #expect(try program.path("path_unlink_file", name) == .success)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.outside.path) == ["secret"])
  }

  /// Overlong forms of `/` and `.`, surrogates, cut off sequences, numbers beyond Unicode, lone continuations.
  static let malformed: [[UInt8]] = [
    [0xC0, 0xAF], [0xC0, 0xAE, 0xC0, 0xAE], [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF], [0xC1, 0x9C], [0xED, 0xA0, 0x80],
    [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0x80], [0xFF, 0xFE],
    [0x2E, 0x2E, 0xC0, 0xAF, 0x73], [0x61, 0x2F, 0xFF],
  ]

  @Test(arguments: methods, malformed) func whatIsNoUTF8IsNoName(method: BeneathLookup.Method, bytes: [UInt8]) throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program(lookup: method)
    let (address, count) = (try program.put(bytes), UInt64(bytes.count))
    let (good, result) = (try program.put("good"), program.room(64))
    #expect(try program.call("path_open", 3, 0, address, count, 1, 0, 0, 0, result) == .ilseq)
    #expect(try program.call("path_filestat_get", 3, 0, address, count, result) == .ilseq)
    #expect(try program.call("path_filestat_set_times", 3, 0, address, count, 0, 0, 0) == .ilseq)
    for function in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
      #expect(try program.call(function, 3, address, count) == .ilseq, "\(function)")
    }
    #expect(try program.call("path_symlink", address, count, 3, good.address, good.count) == .ilseq)
    #expect(try program.call("path_symlink", good.address, good.count, 3, address, count) == .ilseq)
    #expect(try program.call("path_link", 3, 0, address, count, 3, good.address, good.count) == .ilseq)
    #expect(try program.call("path_rename", 3, good.address, good.count, 3, address, count) == .ilseq)
    #expect(try program.call("path_readlink", 3, address, count, program.room(8), 8, result) == .ilseq)
    #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.preopen.path).isEmpty)
  }
}
