import Entities

/// Which values are live at the borders of blocks. Branch arguments are used by the terminator that passes them;
/// block parameters are defined at the start of their block, so they are not live into it. A value: any edit makes
/// it stale.
public struct Liveness: Sendable {
  private let liveInValues: ContiguousArray<Value>
  private let liveOutValues: ContiguousArray<Value>
  private let liveInRange: SideTable<Block, PoolSlice>
  private let liveOutRange: SideTable<Block, PoolSlice>

  /// Walks from each use of each value back to its definition (Boissinot et al., "Computing Liveness Sets for SSA-Form
  /// Programs", 2011): no fixpoint, no dense sets. Complexity: linear in uses and in the size of the result.
  public init(_ function: Function, _ graph: ControlFlowGraph) {
    let uses = BlocksOfUse(function)
    var liveIn = ContiguousArray<(block: Block, value: Value)>()
    var liveOut = ContiguousArray<(block: Block, value: Value)>()
    var lastIn = SideTable<Block, Value?>(count: function.blocks.count, initial: nil)
    var lastOut = SideTable<Block, Value?>(count: function.blocks.count, initial: nil)
    var work = ContiguousArray<Block>()
    for value in function.values.ids {
      guard let definition = uses.definingBlock[value] else { continue }
      for position in uses.range(of: value) {
        let block = uses.blocks[position]
        if block != definition && lastIn[block] != value { work.append(block) }
        while let current = work.popLast() {
          if lastIn[current] == value { continue }
          lastIn[current] = value
          liveIn.append((current, value))
          for predecessor in graph.predecessors(of: current) {
            if lastOut[predecessor] != value {
              lastOut[predecessor] = value
              liveOut.append((predecessor, value))
            }
            if predecessor != definition { work.append(predecessor) }
          }
        }
      }
    }
    (liveInValues, liveInRange) = Self.grouped(liveIn, function)
    (liveOutValues, liveOutRange) = Self.grouped(liveOut, function)
  }

  /// In ascending order.
  public func liveIn(_ block: Block) -> ArraySlice<Value> { ArraySlice(liveInValues[liveInRange[block].range]) }

  /// Values defined in or live through `block` that a successor needs; in ascending order. Arguments of its own
  /// terminator are not among them unless used further on.
  public func liveOut(_ block: Block) -> ArraySlice<Value> { ArraySlice(liveOutValues[liveOutRange[block].range]) }

  /// Counting sort by block; keeps the order of values.
  private static func grouped(
    _ pairs: ContiguousArray<(block: Block, value: Value)>, _ function: Function
  ) -> (ContiguousArray<Value>, SideTable<Block, PoolSlice>) {
    var range = SideTable<Block, PoolSlice>(count: function.blocks.count, initial: .empty)
    for pair in pairs { range[pair.block].count += 1 }
    var start: UInt32 = 0
    for block in function.blocks.ids {
      range[block].start = start
      start += range[block].count
      range[block].count = 0
    }
    var values = ContiguousArray(repeating: Value(0), count: pairs.count)
    for pair in pairs {
      values[range[pair.block].range.upperBound] = pair.value
      range[pair.block].count += 1
    }
    return (values, range)
  }
}

/// For each value the block that defines it and the blocks that use it, a block once for each use.
private struct BlocksOfUse {
  private(set) var definingBlock: SideTable<Value, Block?>
  let blocks: ContiguousArray<Block>
  private let starts: ContiguousArray<UInt32>

  init(_ function: Function) {
    definingBlock = SideTable(count: function.values.count, initial: nil)
    var counts = ContiguousArray<UInt32>(repeating: 0, count: function.values.count + 1)
    for block in function.layout.blocks {
      for parameter in function.blocks[block].parameters { definingBlock[parameter] = block }
      for instruction in function.layout.instructions[block] {
        for result in function.results(of: instruction) { definingBlock[result] = block }
        function.forEachUse(in: instruction) { counts[$0.index] += 1 }
      }
    }
    var sum: UInt32 = 0
    for position in counts.indices {
      sum += counts[position]
      counts[position] = sum
    }
    // Filled from the back: each count, now the end of its value's range, comes down to the start.
    var blocks = ContiguousArray(repeating: Block(0), count: Int(sum))
    for block in function.layout.blocks.reversed() {
      for instruction in function.layout.instructions[block] {
        function.forEachUse(in: instruction) { value in
          counts[value.index] -= 1
          blocks[Int(counts[value.index])] = block
        }
      }
    }
    self.blocks = blocks
    starts = counts
  }

  func range(of value: Value) -> Range<Int> { Int(starts[value.index])..<Int(starts[value.index + 1]) }
}
