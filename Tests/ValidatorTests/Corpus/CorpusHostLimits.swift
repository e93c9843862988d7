import Foundation
import Testing

@testable import NaClValidator

/// Rules E5 and C7: what is allowed to be reached, and how large a file may be.
@Suite struct CorpusHostLimits {
  struct Reach: CustomTestStringConvertible, Sendable {
    let name: String
    let builder: NexeBuilder
    let bytes: UInt64
    var testDescription: String { name }
  }

  /// Memories count 2^k, tables outside of the context 8 * 2^k; what is imported is somebody else's.
  private static let reaches: [Reach] = {
    let memories: [Reach] = ([16, 20, 24, 31] as [UInt32]).map { k in
      Reach(name: "k = \(k)", builder: NexeBuilder(model: .mask(k: k)), bytes: 1 << UInt64(k))
    }
    let none = NexeBuilder(model: .maskWithoutMemory)
    return memories + [
      Reach(name: "seg32", builder: NexeBuilder(model: .seg32), bytes: 1 << 32),
      Reach(name: "memory64", builder: NexeBuilder().with { $0.memories = [.init(flags: 2, k: 40)] }, bytes: 1 << 40),
      Reach(name: "two memories", builder: NexeBuilder(model: .mask(k: 20)).memory(k: 32), bytes: 1 << 20 + 1 << 32),
      Reach(name: "an imported memory", builder: NexeBuilder(model: .mask(k: 20)).memory(flags: 1, k: 32), bytes: 1 << 20),
      Reach(name: "a private table", builder: none.table(k: 10), bytes: 8 << 10),
      Reach(name: "a table of 64 elements, outgrown", builder: none.table(k: 6, maximum: 65), bytes: 8 << 6),
      Reach(name: "an exported table", builder: none.table(flags: 2, k: 24), bytes: 8 << 24),
      Reach(name: "a table in the context and one outside", builder: none.table(k: 6, maximum: 64).table(k: 7), bytes: 8 << 7),
      Reach(name: "an imported table and an own one", builder: none.table(flags: 1, k: 24).table(k: 7), bytes: 8 << 7),
    ]
  }()

  @Test(arguments: reaches.indices)
  func refusesOneByteTooMuch(_ index: Int) throws {
    let row = Self.reaches[index]
    let nexe = try row.builder.function("f", "ret").build()
    expectAccepted(nexe, options: ValidationOptions(maximumReach: row.bytes))
    try expectRejected(nexe, .e5_hostLimits, options: ValidationOptions(maximumReach: row.bytes - 1))
  }

  /// A file of a GiB of read-only data, of which only the pages that are read exist.
  @Test func refusesTextAndDataUpTo2GiB() throws {
    let nexe = try NexeBuilder().function("f", "ret").build()
    let textEnd = Int(nexe.labels["TEXT_END"] ?? 0)
    let data = Int(nexe.labels["DATA"] ?? 0)
    let trailer = Array(nexe.bytes[nexe.noteOffset...])
    // Text end + data end < 2^31 (docs/NEXE.md); ends are multiples of 8 so that the note follows directly.
    for (dataEnd, isLegal) in [((1 << 31) - textEnd - 8, true), ((1 << 31) - textEnd, false), (1 << 31, false)] {
      let size = dataEnd + trailer.count
      let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      let memory = try #require(base != MAP_FAILED ? base : nil)
      defer { munmap(memory, size) }
      let file = UnsafeMutableRawBufferPointer(start: memory, count: size)
      file.copyBytes(from: nexe.bytes[..<nexe.noteOffset])
      UnsafeMutableRawBufferPointer(rebasing: file[dataEnd...]).copyBytes(from: trailer)
      func store(_ header: Int, _ position: Int, _ value: Int) {
        file.storeBytes(of: UInt64(value), toByteOffset: 64 + 56 * header + position, as: UInt64.self)
      }
      store(1, 32, dataEnd - data)
      store(1, 40, dataEnd - data)
      for header in 2..<5 {
        let old = file.loadUnaligned(fromByteOffset: 64 + 56 * header + 8, as: UInt64.self)
        store(header, 8, Int(old) - nexe.noteOffset + dataEnd)
      }
      switch Validator.validate(UnsafeRawBufferPointer(file)) {
      case .success: #expect(isLegal, "data up to \(dataEnd)")
      case .failure(let rejection):
        #expect(!isLegal && rejection.findings.first?.rule == .c7_size, "data up to \(dataEnd): \(rejection.lines)")
      }
    }
  }
}
