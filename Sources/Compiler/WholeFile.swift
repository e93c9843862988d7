import Glibc

/// Reading and writing files as a whole.
public enum WholeFile {
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public var path: String
    public var operation: String
    public var code: Int32
    public var description: String { "\(path): \(operation): \(String(cString: strerror(code)))" }
  }

  public static func read(_ path: String) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(path: path, operation: "cannot open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure(path: path, operation: "cannot read", code: errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw Failure(path: path, operation: "cannot read", code: EISDIR)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Failure(path: path, operation: "cannot read", code: errno) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes a temporary file beside `path` and renames it: afterwards `path` holds all of `bytes`, or what it held before.
  public static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    var template = Array((path + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Failure(path: path, operation: "cannot create", code: errno) }
    var failure: Int32 = 0
    var written = 0
    while written < bytes.count && failure == 0 {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count > 0 { written += count } else if errno != EINTR { failure = errno }
    }
    let mask = umask(0)
    umask(mask)
    if failure == 0 && fchmod(descriptor, 0o666 & ~mask) != 0 { failure = errno }
    if close(descriptor) != 0 && failure == 0 { failure = errno }
    if failure == 0 && rename(template, path) != 0 { failure = errno }
    guard failure == 0 else {
      unlink(template)
      throw Failure(path: path, operation: "cannot write", code: failure)
    }
  }
}
