import Foundation
import Testing

@testable import NaClValidator

/// Inputs made to be expensive: the work, counted in operations, doubles when they do. HALITE_BOUNDS sets their size,
/// 100,000 in `make validator-bounds`, and then the time is printed too.
@Suite struct BoundsTests {
  private static let environment = ProcessInfo.processInfo.environment["HALITE_BOUNDS"].flatMap(Int.init)
  private static let size = environment ?? 4_000

  /// A nexe of these functions, without an assembler. Functions start at bundles, filled up with NOPs.
  private static func nexe(_ functions: [[UInt8]], data: [UInt8] = [], kinds: [UInt32: UInt32] = [:]) throws -> Nexe {
    var (text, table) = ([UInt8](), Bytes())
    for (index, function) in functions.enumerated() {
      table.u32(UInt32(text.count), kinds[UInt32(index)] ?? 0)
      text += function
      text += Array(repeating: 0x90, count: -text.count & 31)
    }
    let dataStart = (text.count + 4095) & ~4095
    let section =
      text + Array(repeating: 0, count: dataStart - text.count) + data + Array(repeating: 0, count: -data.count & 7)
    let labels = [
      "TEXT_END": text.count, "DATA": dataStart, "FUNCTIONS": section.count,
      "DATA_END": section.count + table.bytes.count,
    ]
    let builder = NexeBuilder().with {
      $0.wasmFunctions = []
      $0.records = functions.map { _ in .init(name: "", kind: 0, text: "") }
    }
    return try Nexe(
      builder, AssembledImage(section: section + table.bytes, labels: labels.mapValues { UInt64($0) }))
  }

  private static func bytes(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: Int32(truncatingIfNeeded: value)) { Array($0) }
  }

  /// The table jump group of `entries`, at `address`, by a table at `table`.
  private static func tableJump(_ entries: Int, at address: Int, table: Int) -> [UInt8] {
    [0x25] + bytes(entries - 1) + [0x48, 0x8D, 0x15] + bytes(table - address - 12)
      + [0x48, 0x63, 0x0C, 0x82, 0x48, 0x01, 0xD1, 0xFF, 0xE1]
  }

  /// Name and maker of an input of about `count` parts.
  struct Input: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let make: @Sendable (Int) throws -> Nexe
  }

  private static let poll: [UInt8] = [0x49, 0x3B, 0x67, 0xF8, 0x72]

  static let inputs = [
    Input(testDescription: "groups on one table") { count in
      let table = 4096 + (32 * count + 4095) & ~4095
      return try nexe(
        (0..<count).map { tableJump(count, at: 4096 + 32 * $0, table: table) }, data: Array(repeating: 0, count: 4 * count))
    },
    Input(testDescription: "groups on tables that overlap, every entry legal for its group") { count in
      let table = 4096 + (32 * count + 4095) & ~4095
      let entries = (0..<2 * count).flatMap { _ in bytes(4096 - table) }
      let groups = (0..<count).map { tableJump(count, at: 4096 + 32 * $0, table: table + 32 * ($0 / 8)) }
      return try nexe(groups, data: entries)
    },
    Input(testDescription: "one large table") { count in
      let entries = 1 << (Int.bitWidth - count.leadingZeroBitCount)
      let table = 8192
      let target = bytes(4096 + 32 - table)
      let nops = [UInt8](repeating: 0x90, count: 11)
      let code = tableJump(entries, at: 4096, table: table) + nops + [0xC3]
      return try nexe([code], data: (0..<entries).flatMap { _ in target })
    },
    Input(testDescription: "a function of single bytes") { count in
      let bytes = [UInt8](repeating: 0xF5, count: 32 * count)
      return try nexe([poll + [0x01, 0xC3] + bytes + [0xC3]])
    },
    Input(testDescription: "a target in every second byte") { count in
      let jumps = (0..<16 * count).flatMap { _ in [0x74, 0x00] as [UInt8] }
      return try nexe([jumps + [0xC3]])
    },
    Input(testDescription: "jumps to one target") { count in
      var jumps: [UInt8] = []
      for index in 0..<count { jumps += [0x0F, 0x84] + bytes(8 * (count - index) - 6) + [0x66, 0x90] }
      return try nexe([jumps + [0xC3]])
    },
    Input(testDescription: "forms that are all distinct") { count in
      let registers = (0..<16).filter { $0 != 4 && $0 != 15 }
      var code: [UInt8] = []
      for index in 0..<count {
        // lea r,[b+x*s] of 32 or 64 bits; more than the cache holds.
        let (r, b, x) = (registers[index % 14], registers[index / 14 % 14], registers[index / 196 % 14])
        let (scale, w) = (index / 2744 % 4, index / 10976 % 2)
        let rex = 0x40 | w << 3 | (r >> 3) << 2 | (x >> 3) << 1 | b >> 3
        let (modrm, sib) = (0x44 | (r & 7) << 3, scale << 6 | (x & 7) << 3 | b & 7)
        code += [UInt8(rex), 0x8D, UInt8(modrm), UInt8(sib), 0, 0x66, 0x90, 0xF5]
      }
      return try nexe([code + [0xC3]])
    },
    Input(testDescription: "POLLs with one slow path behind NOPs") { count in
      // Each POLL has a bundle; G is a run of NOPs as long as all of them.
      var polls: [UInt8] = []
      for index in 0..<count {
        polls += [0x49, 0x3B, 0x67, 0xF8, 0x0F, 0x82]
        polls += bytes(32 * (count - index) - 10)
        polls += Array(repeating: 0x90, count: 22)
      }
      let nops: [UInt8] = Array(repeating: 0x90, count: 32 * count)
      let slowPath: [UInt8] = [0x41, 0xFF, 0x57, 0xF0, 0xE9] + bytes(-64 * count - 9)
      return try nexe([polls + nops + slowPath])
    },
    Input(testDescription: "bytes that are nothing") { count in try nexe([Array(repeating: 0x06, count: 32 * count)]) },
    Input(testDescription: "functions of one bundle") { count in try nexe(Array(repeating: [0xC3], count: count)) },
    Input(testDescription: "an entry area") { count in
      let bundles = 1 << (Int.bitWidth - count.leadingZeroBitCount)
      var typed: [UInt8] = [0x41, 0x81, 0xFA, 7, 0, 0, 0, 0x0F, 0x85]
      typed += bytes(19) + [0xE9, 0, 0, 0, 0]
      typed += Array(repeating: 0x90, count: 14)
      let area = (0..<bundles).flatMap { _ in typed }
      return try nexe([[0xC3], area], kinds: [1: 1])
    },
  ]

  @Test(arguments: inputs)
  func theWorkIsLinear(_ input: Input) throws {
    func work(_ count: Int) throws -> Int {
      let nexe = try input.make(count)
      let clock = ContinuousClock()
      let start = clock.now
      let (_, work) = nexe.bytes.withUnsafeBytes {
        Validator.measure($0, options: ValidationOptions(), jobs: 1) { count, body in
          for index in 0..<count { body(index) }
        }
      }
      if Self.environment != nil {
        print("\(input.testDescription), \(nexe.bytes.count) bytes: \(work.parsed) parsed, \(work.edges) edges, \(clock.now - start)")
      }
      // An instruction has a byte at least and is parsed three times at most; an edge comes of a jump or an entry.
      #expect(work.parsed <= 3 * nexe.bytes.count)
      #expect(work.edges <= 4 * nexe.bytes.count)
      return work.parsed + work.edges
    }
    let (one, two) = (try work(Self.size), try work(2 * Self.size))
    #expect(two <= 2 * one + one / 8 + 1_000, "\(one) operations, and \(two) for twice the input")
  }

  /// What is found, and in which order, is the same however many jobs there are and in whatever order they run.
  @Test(arguments: inputs)
  func theResultIsTheSameForAnyNumberOfJobs(_ input: Input) throws {
    let bytes = try input.make(40_000).bytes
    func result(_ jobs: Int, _ options: ValidationOptions) -> Result<VerifiedModule, Rejection> {
      bytes.withUnsafeBytes {
        Validator.validate($0, options: options, jobs: jobs) { count, body in
          for index in (0..<count).reversed() { body(index) }
        }
      }
    }
    for options in [ValidationOptions(), ValidationOptions(maximumFindings: 3)] {
      let one = Validator.validate(bytes, options: options)
      for jobs in [2, 3, 7] { #expect(result(jobs, options) == one) }
    }
  }

  /// Nothing counts as checked because nobody checked it.
  @Test func anExecutorThatDoesNothingChangesNothing() throws {
    let good = try NexeBuilder().function("f", "ret").build()
    let bad = try NexeBuilder().function("f", "mov ecx, dword ptr [r15 + rdx]\nret").build()
    for (nexe, isLegal) in [(good, true), (bad, false)] {
      let result = nexe.bytes.withUnsafeBytes { Validator.validate($0, jobs: 4) { _, _ in } }
      #expect(((try? result.get()) != nil) == isLegal)
    }
  }
}
