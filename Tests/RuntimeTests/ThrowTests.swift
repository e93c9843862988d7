import Foundation
import Halite
import Testing

@testable import Runtime

/// Loops of throws: what they carry is right, and no exception is kept. `make throws` runs 10^8 rounds of each, alone in its process: then
/// memory must stay flat, and is printed with the time.
@Suite(.serialized) struct ThrowTests {
  /// An export of throws.wat, and what a round adds besides the number of rounds left.
  enum Way: String, CaseIterable, Sendable {
    case local, frames, payload, boxes

    var addend: UInt64 { self == .payload ? 5 + (6...12).reduce(0, +) : 0 }
  }

  private static let rounds = ProcessInfo.processInfo.environment["HALITE_THROWS"].flatMap(UInt64.init)

  @Test(arguments: CompilerOptions.MemoryModelChoice.allCases, Way.allCases)
  func throwsTakeNoMemory(model: CompilerOptions.MemoryModelChoice, way: Way) throws {
    let rounds = Self.rounds ?? 100_000
    let engine = Engine()
    let instance = try Linker(engine: engine).instantiate(Fixture.module("throws", engine, model))
    // Whatever the first rounds set up is there before.
    _ = try instance.call(way.rawValue, [.i32(10_000)])
    let before = try Self.residentBytes()
    let clock = ContinuousClock()
    var results: [Value] = []
    let time = try clock.measure { results = try instance.call(way.rawValue, [.i32(UInt32(rounds))]) }
    let grown = try Self.residentBytes() - before

    guard case .i64(let sum)? = results.first else { throw CallError.typeMismatch }
    #expect(sum == rounds * (rounds + 1) / 2 + rounds * way.addend)
    #expect(instance.body.exceptions.count <= 4096)
    if Self.rounds != nil {
      #expect(grown < 4 << 20, "memory grew by \(grown) bytes")
      print("\(rounds) throws, \(way.rawValue), \(model): \(time), \(grown >> 10) KiB more, \(try Self.peakBytes() >> 10) KiB at most")
    }
  }

  /// Of this process; from proc(5).
  private static func residentBytes() throws -> Int { try bytes("VmRSS") }
  private static func peakBytes() throws -> Int { try bytes("VmHWM") }
  private static func bytes(_ key: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(key + ":") })
    return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) << 10
  }
}
