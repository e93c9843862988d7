import Testing

@testable import NaClValidator

/// The context block of docs/NEXE.md, in numbers worked out by hand.
@Suite struct ContextLayoutTests {
  private func memory(_ k: Int) -> MemoryShape { MemoryShape(isImported: false, is64Bit: false, k: k) }
  private func table(_ k: Int, maximum: UInt64, exported: Bool = false) -> TableShape {
    TableShape(
      isImported: false, isExported: exported, is64Bit: false, holdsExternalReferences: false, k: k, minimum: 0,
      maximum: maximum)
  }
  private func global(_ flags: UInt32) -> GlobalShape {
    GlobalShape(
      isImported: flags & 1 != 0, isMutable: flags & 2 != 0, isReference: flags & 4 != 0, isExported: flags & 8 != 0)
  }

  @Test func everyWord() throws {
    let layout = try #require(
      ContextLayout(
        limitWordCount: 2, memories: [memory(16), memory(17)], tables: [table(2, maximum: 4), table(7, maximum: 9)],
        globals: [global(2), global(3), global(2 | 4 | 8), global(0)], transferCells: 3))
    #expect(layout.limit == -8)
    #expect([layout[.interrupt], layout[.trap], layout[.hostCall]] == [-16, -24, -32])
    #expect(layout.limitWords == [-40, -48])
    #expect(layout.memorySizes == [-56, -64])
    #expect(layout.memoryBases == [-72, -80])
    #expect(layout.memoryMasks == [-88, -96])
    #expect(layout.tableSizes == [-104, -112])
    #expect(layout.tableBases == [-120, -128])
    #expect(layout.tableMasks == [-136, -144])
    #expect(layout.globalBases == [nil, -152, nil, nil])
    #expect(layout[.foreign] == -160 && layout[.globalSet] == -256)
    #expect(layout.host == -264)
    // Down to a multiple of 16: -272. The mirror, then the two plain cells, then the table of 4, then three cells.
    #expect(layout.globalCells == [-304, nil, -288, -320])
    #expect(layout.globalsRegion == -320 ..< -288)
    #expect(layout.contextTables == [-352, nil])
    #expect(layout.transferArea == -400 && layout.transferCell(0) == -400 && layout.transferCell(2) == -368)
    #expect(layout.size == 4096)
  }

  /// ABI.md S1: the largest transfer area gives C = 20,480.
  @Test func theLargestTransferArea() throws {
    let layout = try #require(
      ContextLayout(limitWordCount: 64, memories: [memory(16)], tables: [], globals: [], transferCells: 1000))
    #expect(layout.size == 20_480)
  }

  @Test func aTableIsInTheContextOnlyIfSmallPrivateAndBounded() {
    #expect(table(6, maximum: 64).isInContext)
    #expect(!table(7, maximum: 64).isInContext)
    #expect(!table(6, maximum: 65).isInContext)
    #expect(!table(6, maximum: 64, exported: true).isInContext)
  }
}
