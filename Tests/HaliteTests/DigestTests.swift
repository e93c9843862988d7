import Testing

@testable import Halite

@Suite struct DigestTests {
  private func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  /// FIPS 180-4's examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownDigests(text: String, digest: String) {
    #expect(hexadecimal(SHA256.digest(Array(text.utf8))) == digest)
  }

  @Test func theProcessorsInstructionsAndThePortableCodeAgree() {
    for count in 0..<300 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 7) }
      var portable = SHA256(allowsInstructions: false)
      portable.update(bytes)
      var inPieces = SHA256()
      for start in stride(from: 0, to: count, by: 13) { inPieces.update(Array(bytes[start..<min(start + 13, count)])) }
      let digest = portable.finish()
      #expect(SHA256.digest(bytes) == digest)
      #expect(inPieces.finish() == digest)
    }
  }

  /// RFC 4231, test cases 1 and 2.
  @Test(arguments: [
    ([UInt8](repeating: 0x0b, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
      Array("Jefe".utf8), "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
  ])
  func knownCodes(key: [UInt8], text: String, expected: String) {
    var code = MessageAuthenticationCode(key: key)
    code.update(Array(text.utf8))
    #expect(hexadecimal(code.finish()) == expected)
  }
}
