import Foundation
import Testing

@testable import NaClValidator

/// No input traps the validator, however it is made; and nearly every mutant of text is refused or harmless to read.
@Suite struct FuzzTests {
  /// SplitMix64, so that every run sees the same inputs.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  private static let builder = NexeBuilder().limitWord(4).memory(k: 20).table(k: 2, maximum: 4).table(k: 10)
    .global(2).global(3).global(14)
    .function("g", "LARGE p, 8192\nand eax, 0xfff8\nmov rcx, qword ptr [r15 + rax]\nadd rsp, 8192\nret\nSLOW p")
    .function(
      "f",
      """
      POLL q
      sub rsp, 32
      mov qword ptr [rsp + 24], rax
      ICALL rcx, 7, r11
      SDIV32 rcx, rsi, over
      UDIV64 r8, over
      over: SWITCH rax, rax, rdx, 1, table
      .p2align 5
      a: movaps xmm0, xmmword ptr [rip + constants]
      .p2align 5
      b: vpextrb byte ptr [r15 + 64], xmm0, 3
      add rsp, 32
      TAIL g
      SLOW q
      """
    )
    .function("foreign", "POLL r\ncall qword ptr [r15 + FOREIGN]\nret\nSLOW r")
    .entryArea([.trap, .jump(to: "foreign"), .typed(7, to: "g"), .typed(8, to: "f")])
    .data("constants: .quad 1, 2\ntable: .long a - table, b - table")

  /// 2,000 unless HALITE_FUZZ_ROUNDS says otherwise; nightly runs take 100,000.
  private static let rounds = ProcessInfo.processInfo.environment["HALITE_FUZZ_ROUNDS"].flatMap(Int.init) ?? 2_000

  @Test func mutantsNeverTrap() throws {
    let nexe = try Self.builder.build()
    expectAccepted(nexe)
    var generator = Generator(state: 1)
    var bytes = nexe.bytes
    let interesting: [UInt8] = [
      0, 1, 0x0F, 0x41, 0x48, 0x65, 0x66, 0x67, 0x7F, 0x80, 0xC4, 0xC5, 0xE8, 0xE9, 0xF0, 0xFF,
    ]
    // Text, read-only data, note and metadata in turn with the headers; the zero gaps are left out.
    let textEnd = Int(nexe.labels["TEXT_END"] ?? 4096)
    let areas = [0..<344, 4096..<textEnd, 4096..<textEnd, 4096..<textEnd, Int(nexe.labels["DATA"] ?? 0)..<bytes.count]
    var accepted = 0
    for round in 0..<Self.rounds {
      let area = areas[round % areas.count]
      var undo: [(Int, UInt8)] = []
      for _ in 0..<(1 + generator.next() % 3) {
        let at = area.lowerBound + Int(generator.next() % UInt64(area.count))
        undo.append((at, bytes[at]))
        switch generator.next() % 3 {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes[at] ^= 1 << UInt8(generator.next() % 8)
        default: bytes[at] = interesting[Int(generator.next() % UInt64(interesting.count))]
        }
      }
      if case .success = Validator.validate(bytes) { accepted += 1 }
      for (at, byte) in undo.reversed() { bytes[at] = byte }
    }
    // Immediates, digests and names may change freely; most bytes may not.
    #expect(accepted < Self.rounds / 3)
  }

  @Test func randomTextNeverTraps() throws {
    let nexe = try Self.builder.build()
    let text = 4096..<Int(nexe.labels["TEXT_END"] ?? 4096)
    var generator = Generator(state: 2)
    for _ in 0..<50 {
      var bytes = nexe.bytes
      for at in text { bytes[at] = UInt8(truncatingIfNeeded: generator.next()) }
      if case .success = Validator.validate(bytes) { Issue.record("random bytes were accepted") }
    }
  }
}
