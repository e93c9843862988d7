import Entities
import IR
import IRTesting
import Testing

/// Checks the analyses of the control-flow graph against their definitions, on random graphs.
struct GraphTests {
  /// Blocks that `start` reaches without passing `avoiding`.
  static func reached(from start: Block, avoiding: Block?, _ graph: ControlFlowGraph) -> BitSet<Block> {
    var seen = BitSet<Block>()
    var work = start == avoiding ? [] : [start]
    seen.insert(start)
    if start == avoiding { return BitSet() }
    while let block = work.popLast() {
      for successor in graph.successors(of: block) where successor != avoiding && seen.insert(successor) {
        work.append(successor)
      }
    }
    return seen
  }

  @Test func edgesAreSymmetric() {
    for seed in UInt64(0)..<300 {
      var random = Random(seed: seed)
      let function = RandomGraph.make(blocks: 1 + random.below(20), using: &random)
      let graph = ControlFlowGraph(function)
      for a in function.layout.blocks {
        let targets = function.targets(of: function.terminator(of: a)!).map(\.block)
        #expect(Array(graph.successors(of: a)) == targets)
        for b in function.layout.blocks {
          let forward = graph.successors(of: a).count { $0 == b }
          let backward = graph.predecessors(of: b).count { $0 == a }
          #expect(forward == backward)
        }
      }
      let reachable = Self.reached(from: graph.entry, avoiding: nil, graph)
      #expect(graph.reversePostorder.count == reachable.count)
      #expect(function.layout.blocks.allSatisfy { graph.isReachable($0) == reachable.contains($0) })
    }
  }

  @Test func dominatorsMatchTheDefinition() {
    for seed in UInt64(0)..<300 {
      var random = Random(seed: seed)
      let function = RandomGraph.make(blocks: 1 + random.below(20), using: &random)
      let graph = ControlFlowGraph(function)
      let dominators = Dominators(graph)
      for a in function.layout.blocks {
        let reachedWithout = Self.reached(from: graph.entry, avoiding: a, graph)
        for b in function.layout.blocks {
          let expected = graph.isReachable(a) && graph.isReachable(b) && !reachedWithout.contains(b)
          #expect(dominators.dominates(a, b) == expected, "seed \(seed): \(a) \(b)")
        }
        if let parent = dominators.immediateDominator(of: a) {
          // Every other strict dominator of `a` dominates the immediate one.
          for other in function.layout.blocks where other != a && dominators.dominates(other, a) {
            #expect(dominators.dominates(other, parent))
          }
        }
      }
      #expect(Set(dominators.preorder) == Set(graph.reversePostorder))
    }
  }

  @Test func loopsMatchTheDefinition() {
    for seed in UInt64(0)..<300 {
      var random = Random(seed: seed)
      let function = RandomGraph.make(blocks: 1 + random.below(15), using: &random)
      let graph = ControlFlowGraph(function)
      let dominators = Dominators(graph)
      let loops = Loops(graph, dominators)
      for header in function.layout.blocks {
        let latches = graph.predecessors(of: header).filter { dominators.dominates(header, $0) }
        #expect(loops.isHeader(header) == !latches.isEmpty)
        if latches.isEmpty { continue }
        let loop = loops.loop(of: header)!
        for block in function.layout.blocks where graph.isReachable(block) {
          // A member reaches a latch without passing the header, and is dominated by it.
          let reached = Self.reached(from: block, avoiding: header, graph)
          let isMember =
            block == header || dominators.dominates(header, block) && latches.contains { reached.contains($0) }
          #expect(loops.contains(loop, block) == isMember, "seed \(seed): \(header) \(block)")
        }
      }
      for block in function.layout.blocks {
        #expect(loops.depth(of: block) == loops.all.ids.count { loops.contains($0, block) })
      }
    }
  }

  @Test func deepGraphsNeedNoRecursion() {
    var builder = Builder(index: FunctionIndex(0), signature: Signature(parameters: [], results: []))
    for _ in 0..<50_000 {
      let next = builder.makeBlock()
      builder.jump(next)
      builder.start(next)
    }
    builder.returnValues([])
    let graph = ControlFlowGraph(builder.function)
    let dominators = Dominators(graph)
    #expect(dominators.dominates(graph.entry, builder.block))
    #expect(Loops(graph, dominators).all.isEmpty)
  }
}
