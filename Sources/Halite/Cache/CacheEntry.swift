import Compiler
import Glibc

/// A file of the cache: nexe, magic number, message authentication code. The nexe comes first, so that it needs no copying.
enum CacheEntry {
  private static let magic = Array("HALCACH2".utf8)
  private static let trailerSize = 8 + 32

  /// What an entry is found by, and bound to.
  struct Name: Hashable {
    let digest: [UInt8]

    init(_ wasm: [UInt8], _ options: CompilerOptions) {
      // Every field of the options by reflection, so that none can be forgotten, but for those that do not reach the output.
      var options = options
      options.jobs = 1
      options.emittedStages = []
      var hash = SHA256()
      for part in [CompilerVersion.text, BuildIdentity.text, String(reflecting: options)] { hash.update(Array(part.utf8) + [0]) }
      hash.update(SHA256.digest(wasm))
      digest = hash.finish()
    }

    var text: String { digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + CacheDirectory.suffix }
  }

  static func bytes(_ nexe: [UInt8], _ name: Name, _ key: [UInt8]) -> [UInt8] {
    nexe + magic + nexe.withUnsafeBytes { code($0, name, key) }
  }

  /// Nil unless the bytes are what `bytes(_:_:_:)` made for the same name and key.
  static func nexe(from bytes: consuming [UInt8], _ name: Name, _ key: [UInt8]) -> [UInt8]? {
    guard bytes.count > trailerSize else { return nil }
    let size = bytes.count - trailerSize
    let trailer = Array(bytes[size...])
    bytes.removeLast(trailerSize)
    let expected = magic + bytes.withUnsafeBytes { code($0, name, key) }
    return MessageAuthenticationCode.areEqual(trailer, expected) ? bytes : nil
  }

  private static func code(_ nexe: UnsafeRawBufferPointer, _ name: Name, _ key: [UInt8]) -> [UInt8] {
    var code = MessageAuthenticationCode(key: key)
    code.update(magic + name.digest)
    code.update(nexe)
    return code.finish()
  }
}

/// Which build of the compiler this is: the running executable's size and time of change, as ccache tells compilers apart. A
/// version number would not change with each change of the compiler.
private enum BuildIdentity {
  static let text: String = {
    var status = stat()
    guard stat("/proc/self/exe", &status) == 0 else { return "unknown" }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }()
}
