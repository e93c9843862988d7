import Entities

/// The dominator tree of the blocks that the entry reaches. A value: any edit of the graph makes it stale.
///
/// Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001): iteration to a fixpoint over reverse
/// postorder. WebAssembly's graphs are reducible, for which two rounds do; every graph gives the right answer.
public struct Dominators: Sendable {
  /// A preorder walk of the tree: each block behind its immediate dominator, each subtree contiguous.
  public let preorder: ContiguousArray<Block>
  private let parent: SideTable<Block, Block?>
  private let firstVisit: SideTable<Block, UInt32>
  /// One past the last position of the block's subtree in `preorder`; 0 if unreachable.
  private let subtreeEnd: SideTable<Block, UInt32>

  /// Complexity: near linear in blocks and edges for reducible graphs.
  public init(_ graph: ControlFlowGraph) {
    let order = graph.reversePostorder
    let undefined = Int.max
    var immediate = ContiguousArray(repeating: undefined, count: order.count)
    immediate[0] = 0
    var changed = true
    while changed {
      changed = false
      for position in order.indices.dropFirst() {
        var candidate = undefined
        for predecessor in graph.predecessors(of: order[position]) {
          guard let other = graph.orderIndex(of: predecessor), immediate[other] != undefined else { continue }
          candidate = candidate == undefined ? other : Self.intersect(candidate, other, immediate)
        }
        if immediate[position] != candidate {
          immediate[position] = candidate
          changed = true
        }
      }
    }

    // Subtree sizes bottom up, then preorder positions top down: a parent precedes its children in reverse postorder.
    var size = ContiguousArray<UInt32>(repeating: 1, count: order.count)
    for position in order.indices.dropFirst().reversed() { size[immediate[position]] += size[position] }
    let count = 1 + Int(order.map(\.rawValue).max() ?? 0)
    var parent = SideTable<Block, Block?>(count: count, initial: nil)
    var firstVisit = SideTable<Block, UInt32>(count: count, initial: 0)
    var subtreeEnd = SideTable<Block, UInt32>(count: count, initial: 0)
    var nextFree = ContiguousArray<UInt32>(repeating: 0, count: order.count)
    var preorder = ContiguousArray(repeating: order[0], count: order.count)
    for position in order.indices {
      let block = order[position]
      var visit: UInt32 = 0
      if position > 0 {
        visit = nextFree[immediate[position]]
        nextFree[immediate[position]] += size[position]
        parent[block] = order[immediate[position]]
      }
      nextFree[position] = visit + 1
      firstVisit[block] = visit
      subtreeEnd[block] = visit + size[position]
      preorder[Int(visit)] = block
    }
    self.preorder = preorder
    self.parent = parent
    self.firstVisit = firstVisit
    self.subtreeEnd = subtreeEnd
  }

  private static func intersect(_ a: Int, _ b: Int, _ immediate: ContiguousArray<Int>) -> Int {
    var a = a
    var b = b
    while a != b {
      while a > b { a = immediate[a] }
      while b > a { b = immediate[b] }
    }
    return a
  }

  /// nil for the entry and for unreachable blocks.
  public func immediateDominator(of block: Block) -> Block? { parent[block] }

  /// Every path from the entry to `b` passes `a`; a block dominates itself. False if either is unreachable.
  /// Complexity: O(1).
  public func dominates(_ a: Block, _ b: Block) -> Bool {
    let visit = firstVisit[b]
    return subtreeEnd[b] != 0 && firstVisit[a] <= visit && visit < subtreeEnd[a]
  }
}
