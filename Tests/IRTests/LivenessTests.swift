import Entities
import IR
import IRTesting
import Testing

/// Liveness by walking back from uses agrees with the data-flow equations solved to a fixpoint.
struct LivenessTests {
  @Test func agreesWithTheEquations() {
    for seed in UInt64(0)..<60 {
      let function = RandomFunction.make(seed: seed, size: 30)
      let graph = ControlFlowGraph(function)
      let liveness = Liveness(function, graph)
      var liveIn: [Block: Set<Value>] = [:]
      var liveOut: [Block: Set<Value>] = [:]
      var changed = true
      while changed {
        changed = false
        for block in function.layout.blocks.reversed() {
          var live = graph.successors(of: block).reduce(into: Set<Value>()) { $0.formUnion(liveIn[$1] ?? []) }
          if liveOut[block] != live { changed = true }
          liveOut[block] = live
          for instruction in function.layout.instructions[block].reversed() {
            live.subtract(function.results(of: instruction))
            function.forEachUse(in: instruction) { live.insert($0) }
          }
          live.subtract(function.blocks[block].parameters)
          if liveIn[block] != live { changed = true }
          liveIn[block] = live
        }
      }
      for block in function.layout.blocks {
        #expect(Array(liveness.liveIn(block)) == liveIn[block]?.sorted(), "seed \(seed), \(block)")
        #expect(Array(liveness.liveOut(block)) == liveOut[block]?.sorted(), "seed \(seed), \(block)")
      }
    }
  }
}
