import Nexe
import Testing

@testable import NaClValidator

/// The context block is computed twice on purpose, by the compiler's side and by the validator; they must agree.
@Suite struct TwiceWrittenLayoutTests {
  /// SplitMix64 (Steele, Lea, Flood 2014).
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  @Test(arguments: 0..<200) func bothLayoutsAreEqual(seed: UInt64) throws {
    var random = Random(state: seed)
    func flag() -> Bool { Bool.random(using: &random) }
    var shape = Shape()
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      shape.memories.append(
        .init(isImported: flag(), hasIndex64: flag(), log2Reach: .random(in: 16...31, using: &random)))
    }
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      let log2Elements = UInt32.random(in: 0...8, using: &random)
      shape.tables.append(
        .init(
          isImported: flag(), isExported: flag(), hasIndex64: flag(), holdsExternal: flag(),
          log2Elements: log2Elements, minimum: 0,
          maximum: flag() ? nil : .random(in: 0...(2 << UInt64(log2Elements)), using: &random)))
    }
    for _ in 0..<Int.random(in: 0...40, using: &random) {
      shape.globals.append(.init(isImported: flag(), isMutable: flag(), isReference: flag(), isExported: flag()))
    }
    for reach in 0..<UInt64.random(in: 0...64, using: &random) {
      shape.limitWords.append(.init(memory: 0, reach: reach + 1))
    }
    shape.transferCells = .random(in: 0...1000, using: &random)

    let compiler = Nexe.ContextLayout(shape)
    let computed = NaClValidator.ContextLayout(
      limitWordCount: shape.limitWords.count,
      memories: shape.memories.map {
        MemoryShape(isImported: $0.isImported, is64Bit: $0.hasIndex64, k: Int($0.log2Reach))
      },
      tables: shape.tables.map {
        TableShape(
          isImported: $0.isImported, isExported: $0.isExported, is64Bit: $0.hasIndex64,
          holdsExternalReferences: $0.holdsExternal, k: Int($0.log2Elements), minimum: $0.minimum,
          maximum: $0.maximum ?? .max)
      },
      globals: shape.globals.map {
        GlobalShape(
          isImported: $0.isImported, isMutable: $0.isMutable, isReference: $0.isReference,
          isExported: $0.isExported)
      }, transferCells: Int(shape.transferCells))
    let validator = try #require(computed)

    #expect(Int(Nexe.ContextLayout.limit) == validator.limit)
    #expect(compiler.gates.map(Int.init) == validator.gates)
    #expect(compiler.limitWords.map(Int.init) == validator.limitWords)
    #expect(compiler.memorySize.map(Int.init) == validator.memorySizes)
    #expect(compiler.memoryBase.map(Int.init) == validator.memoryBases)
    #expect(compiler.memoryMask.map(Int.init) == validator.memoryMasks)
    #expect(compiler.tableSize.map(Int.init) == validator.tableSizes)
    #expect(compiler.tableBase.map(Int.init) == validator.tableBases)
    #expect(compiler.tableMask.map(Int.init) == validator.tableMasks)
    for (index, offset) in compiler.global.enumerated() {
      #expect(Int(offset) == validator.globalBases[index] ?? validator.globalCells[index])
    }
    #expect(compiler.contextTable.map { $0.map(Int.init) } == validator.contextTables)
    #expect(Int(compiler.host) == validator.host)
    for cell in [0, 1, Int(shape.transferCells) / 2] {
      #expect(Int(compiler.transferCell(cell)) == validator.transferCell(cell))
    }
    #expect(Int(compiler.size) == validator.size)
  }
}
