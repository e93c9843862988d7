import Entities
import IR

/// How often each block runs for one run of the function, guessed from its shape (the heuristics that count most of Ball
/// and Larus, "Branch Prediction for Free", 1993): loops run ten times, a branch out of a loop is taken once in
/// ten, cold blocks hardly ever, all else is even.
struct BlockFrequencies {
  private var frequencies: SideTable<Block, Float>

  private static let loopRuns: Float = 10
  private static let leaving: Float = 0.1
  private static let towardsCold: Float = 0.001
  private static let highest: Float = 1e6
  /// Behind a cascade of branches the guess means nothing, but a place still is no cheaper than a cold one.
  private static let lowest: Float = 0.001

  subscript(block: Block) -> Float { frequencies[block] }

  /// Cost: linear.
  init(_ function: IR.Function, _ graph: ControlFlowGraph, isCold: SideTable<Block, Bool>) {
    let loops = Loops(graph, Dominators(graph))
    frequencies = SideTable(count: function.blocks.count, initial: 0)
    frequencies[function.entry] = 1
    for block in graph.reversePostorder {
      guard let order = graph.orderIndex(of: block) else { continue }
      if graph.predecessors(of: block).contains(where: { (graph.orderIndex(of: $0) ?? -1) >= order }) {
        frequencies[block] *= Self.loopRuns
      }
      frequencies[block] = min(max(frequencies[block], Self.lowest), Self.highest)
      if isCold[block] { frequencies[block] = min(frequencies[block], 0.01) }
      let successors = graph.successors(of: block)
      let weights = successors.map { Self.weight(from: block, to: $0, loops, isCold) }
      let total = weights.reduce(0, +)
      for (successor, weight) in zip(successors, weights) where (graph.orderIndex(of: successor) ?? 0) > order {
        frequencies[successor] += frequencies[block] * weight / total
      }
    }
  }

  private static func weight(
    from block: Block, to successor: Block, _ loops: Loops, _ isCold: SideTable<Block, Bool>
  ) -> Float {
    if isCold[successor] { return towardsCold }
    guard let loop = loops.loop(of: block) else { return 1 }
    return loops.contains(loop, successor) ? 1 : leaving
  }
}
