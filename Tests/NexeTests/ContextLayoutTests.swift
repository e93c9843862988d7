import Nexe
import Testing

@Suite struct ContextLayoutTests {
  @Test func emptyShapeTakesOnePage() {
    let layout = ContextLayout(Shape())
    #expect(layout.size == 4096)
    #expect(layout.gate(.interrupt) == -16)
    #expect(layout.gate(.trap) == -24)
    #expect(layout.gate(.hostCall) == -32)
    #expect(layout.host == -32 - 13 * 8 - 8)
  }

  /// ABI.md S1: with the largest transfer area, C = 20,480.
  @Test func largestTransferArea() {
    var shape = Shape()
    shape.transferCells = 1000
    shape.memories = [.init(isImported: false, hasIndex64: false, log2Reach: 16)]
    shape.limitWords = (1...64).map { LimitWord(memory: 0, reach: $0) }
    #expect(ContextLayout(shape).size == 20_480)
  }

  @Test func regionsDoNotOverlapAndCellsAreAligned() {
    var shape = Shape()
    shape.memories = [.init(isImported: false, hasIndex64: false, log2Reach: 20)]
    shape.limitWords = [.init(memory: 0, reach: 1), .init(memory: 0, reach: 4)]
    shape.tables = [
      .init(
        isImported: false, isExported: false, hasIndex64: false, holdsExternal: false, log2Elements: 3, minimum: 5,
        maximum: 5),
      .init(
        isImported: true, isExported: false, hasIndex64: false, holdsExternal: false, log2Elements: 3, minimum: 5,
        maximum: 5),
    ]
    shape.globals = [
      .init(isImported: true, isMutable: true, isReference: false, isExported: false),
      .init(isImported: false, isMutable: true, isReference: true, isExported: true),
      .init(isImported: false, isMutable: true, isReference: false, isExported: true),
    ]
    shape.transferCells = 3
    let layout = ContextLayout(shape)
    var taken: [(Int32, Int32)] = layout.gates.map { ($0, 8) }
    taken.append((ContextLayout.limit, 8))
    for words in [
      layout.limitWords, layout.memorySize, layout.memoryBase, layout.memoryMask, layout.tableSize, layout.tableBase,
      layout.tableMask,
    ] { taken += words.map { ($0, 8) } }
    taken.append((layout.host, 8))
    taken.append((layout.global[0], 8))
    taken.append((layout.global[1], 16))
    taken.append((layout.global[2], 16))
    taken.append((layout.contextTable[0]!, 64))
    taken.append((layout.transfer, 48))
    #expect(layout.contextTable[1] == nil)
    taken.sort { $0.0 < $1.0 }
    for (low, high) in zip(taken, taken.dropFirst()) { #expect(low.0 + low.1 <= high.0) }
    #expect(taken.last!.0 + 8 == 0)
    #expect(layout.global[1] % 16 == 0 && layout.global[2] % 16 == 0 && layout.transfer % 16 == 0)
    #expect(taken.first!.0 >= -layout.size)
  }
}
