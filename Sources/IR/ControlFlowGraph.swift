import Entities

/// Successors and predecessors of the blocks in a function's layout. A value: any edit of a terminator or of the
/// block order makes it stale.
///
/// Requires: every block of the layout ends in a terminator whose targets are blocks of the layout.
public struct ControlFlowGraph: Sendable {
  public let entry: Block
  /// Blocks that the entry reaches, each after its dominators; the order a forward analysis wants.
  public let reversePostorder: ContiguousArray<Block>
  private let successorList: ContiguousArray<Block>
  private let predecessorList: ContiguousArray<Block>
  private let successorRange: SideTable<Block, PoolSlice>
  private let predecessorRange: SideTable<Block, PoolSlice>
  private let orderIndex: SideTable<Block, UInt32>

  /// Complexity: linear in blocks and edges.
  public init(_ function: Function) {
    let layout = function.layout.blocks
    entry = function.entry
    var successors = ContiguousArray<Block>()
    var successorRange = SideTable<Block, PoolSlice>(count: function.blocks.count, initial: .empty)
    var predecessorRange = SideTable<Block, PoolSlice>(count: function.blocks.count, initial: .empty)
    for block in layout {
      let start = successors.count
      if let terminator = function.terminator(of: block) {
        for target in function.targets(of: terminator) {
          successors.append(target.block)
          predecessorRange[target.block].count += 1
        }
      }
      successorRange[block] = PoolSlice(start: UInt32(start), count: UInt32(successors.count - start))
    }

    // Counting sort of the edges by target; within a block predecessors stand in layout order.
    var start: UInt32 = 0
    for block in layout {
      predecessorRange[block].start = start
      start += predecessorRange[block].count
      predecessorRange[block].count = 0
    }
    var predecessors = ContiguousArray(repeating: function.entry, count: successors.count)
    for block in layout {
      for position in successorRange[block].range {
        let successor = successors[position]
        predecessors[predecessorRange[successor].range.upperBound] = block
        predecessorRange[successor].count += 1
      }
    }

    // Depth-first postorder without recursion: wasm may nest deeper than any stack.
    var postorder = ContiguousArray<Block>()
    var visited = BitSet<Block>(capacity: function.blocks.count)
    var stack: ContiguousArray<(block: Block, next: Int)> = [(entry, 0)]
    visited.insert(entry)
    while let top = stack.last {
      let range = successorRange[top.block]
      if top.next < Int(range.count) {
        stack[stack.count - 1].next += 1
        // Last successor first: for the usual terminators the order then agrees with the layout's.
        let successor = successors[Int(range.start) + Int(range.count) - 1 - top.next]
        if visited.insert(successor) { stack.append((successor, 0)) }
      } else {
        postorder.append(top.block)
        stack.removeLast()
      }
    }
    var orderIndex = SideTable<Block, UInt32>(count: function.blocks.count, initial: .max)
    for (position, block) in postorder.reversed().enumerated() { orderIndex[block] = UInt32(position) }

    reversePostorder = ContiguousArray(postorder.reversed())
    successorList = successors
    predecessorList = predecessors
    self.successorRange = successorRange
    self.predecessorRange = predecessorRange
    self.orderIndex = orderIndex
  }

  /// Targets of the block's terminator in its order; a block that is a target twice stands there twice.
  public func successors(of block: Block) -> ArraySlice<Block> {
    ArraySlice(successorList[successorRange[block].range])
  }

  /// Blocks with an edge to `block`, once an edge, unreachable ones included.
  public func predecessors(of block: Block) -> ArraySlice<Block> {
    ArraySlice(predecessorList[predecessorRange[block].range])
  }

  public func isReachable(_ block: Block) -> Bool { orderIndex[block] != .max }

  /// Position in `reversePostorder`; nil if unreachable.
  public func orderIndex(of block: Block) -> Int? {
    let position = orderIndex[block]
    return position == .max ? nil : Int(position)
  }
}
