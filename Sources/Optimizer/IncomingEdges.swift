import Entities
import IR

/// For each block of the layout, the branch targets that lead to it, as positions in `Function.branchTargets`.
/// Unlike a list of predecessors it finds the arguments of an edge at once, also where one terminator has many
/// edges to one block.
struct IncomingEdges {
  private let positions: ContiguousArray<Int>
  private let ranges: SideTable<Block, PoolSlice>

  /// Complexity: linear in blocks and edges.
  init(_ function: Function) {
    var ranges = SideTable<Block, PoolSlice>(count: function.blocks.count, initial: .empty)
    var count = 0
    Self.forEachTarget(function) { position in
      ranges[function.branchTargets[position].block].count += 1
      count += 1
    }
    var start: UInt32 = 0
    for block in function.layout.blocks {
      ranges[block].start = start
      start += ranges[block].count
      ranges[block].count = 0
    }
    var positions = ContiguousArray(repeating: 0, count: count)
    Self.forEachTarget(function) { position in
      let block = function.branchTargets[position].block
      positions[ranges[block].range.upperBound] = position
      ranges[block].count += 1
    }
    self.positions = positions
    self.ranges = ranges
  }

  private static func forEachTarget(_ function: Function, _ body: (Int) -> Void) {
    for block in function.layout.blocks {
      guard let terminator = function.terminator(of: block) else { continue }
      for position in function.instructions[terminator].targets.range { body(position) }
    }
  }

  func count(_ block: Block) -> Int { Int(ranges[block].count) }
  subscript(block: Block) -> ArraySlice<Int> { ArraySlice(positions[ranges[block].range]) }
}
