import Entities

/// The dominator tree of the blocks, by the iterative method of Cooper, Harvey and Kennedy.
struct Dominators {
  /// The block's nearest strict dominator; nil for the entry and for blocks that cannot be reached.
  private(set) var immediate: ContiguousArray<BlockNumber?>
  /// Blocks that can be reached, each after at least one predecessor and after all its dominators.
  private(set) var reversePostorder: ContiguousArray<BlockNumber> = []
  /// Position in `reversePostorder`, or -1.
  private(set) var order: ContiguousArray<Int>
  private(set) var depth: ContiguousArray<Int>

  /// Cost: near-linear but for deeply nested irreducible graphs.
  init(_ input: AllocationInput, _ flow: ControlFlow) {
    let count = input.blocks.count
    immediate = ContiguousArray(repeating: nil, count: count)
    order = ContiguousArray(repeating: -1, count: count)
    depth = ContiguousArray(repeating: 0, count: count)
    guard count > 0 else { return }

    var visited = BitSet<BlockNumber>(capacity: count)
    visited.insert(BlockNumber(0))
    var stack: [(block: BlockNumber, edge: Int)] = [(BlockNumber(0), 0)]
    while let (block, edge) = stack.last {
      let edges = input.blocks[block].edges
      if edge == Int(edges.count) {
        reversePostorder.append(block)
        stack.removeLast()
      } else {
        stack[stack.count - 1].edge += 1
        let target = input.edges[edges, edge].target
        if visited.insert(target) { stack.append((target, 0)) }
      }
    }
    reversePostorder.reverse()
    for (position, block) in reversePostorder.enumerated() { order[block.index] = position }

    var changed = true
    while changed {
      changed = false
      for block in reversePostorder.dropFirst() {
        var best: BlockNumber?
        for position in 0..<flow.predecessorCount(of: block) {
          let predecessor = flow.predecessor(of: block, position)
          guard predecessor == BlockNumber(0) || immediate[predecessor.index] != nil else { continue }
          best = best.map { meet($0, predecessor) } ?? predecessor
        }
        if immediate[block.index] != best {
          immediate[block.index] = best
          changed = true
        }
      }
    }
    for block in reversePostorder {
      if let parent = immediate[block.index] { depth[block.index] = depth[parent.index] + 1 }
    }
  }

  /// The nearest block that dominates both. Requires: both can be reached.
  func meet(_ a: BlockNumber, _ b: BlockNumber) -> BlockNumber {
    var a = a
    var b = b
    while a != b {
      while order[a.index] > order[b.index] {
        guard let parent = immediate[a.index] else { return a }
        a = parent
      }
      while order[b.index] > order[a.index] {
        guard let parent = immediate[b.index] else { return b }
        b = parent
      }
    }
    return a
  }
}
