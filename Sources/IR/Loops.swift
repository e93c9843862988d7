import Entities

/// A natural loop: an index into `Loops`.
public struct Loop: EntityID {
  public static let prefix = "loop"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

public struct LoopData: Sendable {
  public let header: Block
  public fileprivate(set) var parent: Loop?
  /// 1 for an outermost loop.
  public fileprivate(set) var depth: Int
}

/// The natural loops: for every header, all blocks that reach one of its back edges without passing it. A back edge
/// is one whose target dominates its source; a cycle with two entries has none and is not a loop here (wasm makes
/// no such cycle).
public struct Loops: Sendable {
  /// Outer loops before inner ones.
  public private(set) var all = EntityMap<Loop, LoopData>()
  private var innermost: SideTable<Block, Loop?>

  /// Complexity: linear in blocks, edges and the sum of loop depths.
  public init(_ graph: ControlFlowGraph, _ dominators: Dominators) {
    innermost = SideTable(initial: nil)
    var work = ContiguousArray<Block>()
    // Headers in reverse postorder are outer before inner. Going backward, inner loops claim their blocks first, and an
    // outer loop that meets a claimed block continues from the header of the outermost loop found there.
    for block in graph.reversePostorder
    where graph.predecessors(of: block).contains(where: { dominators.dominates(block, $0) }) {
      all.append(LoopData(header: block, parent: nil, depth: 1))
    }
    for loop in all.ids.reversed() {
      let header = all[loop].header
      for predecessor in graph.predecessors(of: header) where dominators.dominates(header, predecessor) {
        work.append(predecessor)
      }
      while let block = work.popLast() {
        var head = block
        if let inner = innermost[block] {
          let outermost = outermostLoop(of: inner)
          if outermost == loop { continue }
          all[outermost].parent = loop
          head = all[outermost].header
        } else {
          innermost[block] = loop
        }
        if head == header { continue }
        for predecessor in graph.predecessors(of: head) where graph.isReachable(predecessor) {
          work.append(predecessor)
        }
      }
      if innermost[header] == nil { innermost[header] = loop }
    }
    for loop in all.ids {
      if let parent = all[loop].parent { all[loop].depth = all[parent].depth + 1 }
    }
  }

  private func outermostLoop(of loop: Loop) -> Loop {
    var loop = loop
    while let parent = all[loop].parent { loop = parent }
    return loop
  }

  /// The innermost loop with `block` in it.
  public func loop(of block: Block) -> Loop? { innermost[block] }

  /// How many loops hold `block`.
  public func depth(of block: Block) -> Int {
    guard let loop = innermost[block] else { return 0 }
    return all[loop].depth
  }

  public func isHeader(_ block: Block) -> Bool {
    guard let loop = innermost[block] else { return false }
    return all[loop].header == block
  }

  /// Whether `block` is in `loop` or a loop inside it.
  public func contains(_ loop: Loop, _ block: Block) -> Bool {
    var candidate = innermost[block]
    while let current = candidate, current >= loop {
      if current == loop { return true }
      candidate = all[current].parent
    }
    return false
  }
}
