import Foundation
import Testing

@testable import NaClValidator

/// The validator's decoder against others, over everything it accepts. The counts below take seconds; `make decoder-differential` runs the
/// long form.
@Suite(.serialized) struct DecoderDifferentialTests {
  private static let environment = ProcessInfo.processInfo.environment

  /// Encodings to compare with an oracle: about so many.
  private static func count(_ variable: String, otherwise: Int) -> Int {
    environment[variable].flatMap(Int.init) ?? otherwise
  }

  /// Forms that the decoder accepts with one tail each; measured, to choose stride and variants for a count.
  private static let acceptedForms = 4_000_000

  private func compare(_ oracle: Oracle, count: Int) throws {
    let stride = max(1, Self.acceptedForms / count)
    let space = EncodingSpace(stride: UInt64(stride), variants: max(1, 2 * count / Self.acceptedForms))
    var totals = (candidates: 0, accepted: 0)
    let verdict = try oracle.judge { output in
      var claims = Claims(to: output)
      space.forEach { claims.add($0) }
      for number in 0..<UInt64(max(10_000, count / 10)) { _ = claims.add(EncodingSpace.disorderly(number)) }
      claims.flush()
      totals = (claims.candidates, claims.accepted)
    }
    guard let verdict else {
      print("SKIPPED: \(oracle.name) needs \(oracle.needs)")
      return
    }
    print("\(totals.candidates) candidates, \(totals.accepted) accepted; \(verdict.report)", terminator: "")
    #expect(verdict.agrees, "\(verdict.report)")
    #expect(totals.accepted > count / 4)
  }

  @Test func zydisAgrees() throws { try compare(.zydis, count: Self.count("HALITE_DECODER_ZYDIS", otherwise: 100_000)) }
  @Test func theProcessorAgrees() throws {
    try compare(.processor, count: Self.count("HALITE_DECODER_PROCESSOR", otherwise: 20_000))
  }
  @Test func icedAgrees() throws { try compare(.iced, count: Self.count("HALITE_DECODER_ICED", otherwise: 20_000)) }
}
