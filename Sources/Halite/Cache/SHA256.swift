import CDigest

/// SHA-256 of bytes that come in pieces.
struct SHA256 {
  private var state = halite_sha256()

  /// `allowsInstructions` false: the portable code, for tests.
  init(allowsInstructions: Bool = true) { halite_sha256_init(&state, allowsInstructions) }

  mutating func update(_ bytes: [UInt8]) { halite_sha256_update(&state, bytes, bytes.count) }
  mutating func update(_ bytes: UnsafeRawBufferPointer) { halite_sha256_update(&state, bytes.baseAddress, bytes.count) }

  /// 32 bytes; nothing may follow.
  mutating func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    halite_sha256_final(&state, &digest)
    return digest
  }

  static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }
}

/// HMAC (RFC 2104) with SHA-256.
struct MessageAuthenticationCode {
  private var inner = SHA256()
  private var outer = SHA256()

  /// `key`: at most 64 bytes, the hash's block size.
  init(key: [UInt8]) {
    precondition(key.count <= 64, "longer keys are hashed first, and none of ours is")
    let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
    inner.update(padded.map { $0 ^ 0x36 })
    outer.update(padded.map { $0 ^ 0x5c })
  }

  mutating func update(_ bytes: [UInt8]) { inner.update(bytes) }
  mutating func update(_ bytes: UnsafeRawBufferPointer) { inner.update(bytes) }

  mutating func finish() -> [UInt8] {
    outer.update(inner.finish())
    return outer.finish()
  }

  /// In time that does not depend on where they differ.
  static func areEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
