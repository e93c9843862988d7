import CMessageDigest

enum ModuleHash {
  /// SHA-256 of `bytes`: 32 bytes.
  static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var context = SHA2_CTX()
    SHA256Init(&context)
    SHA256Update(&context, bytes, bytes.count)
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256Final(&digest, &context)
    return digest
  }
}
