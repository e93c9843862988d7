import Entities
import IR

/// Which calls of a function are worth their bodies, within a bound on growth.
enum InlineBudget {
  /// A function may grow by a quarter, a small one by so many instructions.
  static let floor = 80

  /// Calls in the deepest loops first, then the cheapest bodies. Complexity: linear, but for sorting the calls.
  static func choose(
    in function: Function, _ candidates: InlineCandidates, isAllowed: (FunctionIndex) -> Bool
  ) -> BitSet<Instruction> {
    var chosen = BitSet<Instruction>()
    if candidates.isEmpty { return chosen }
    struct Site {
      let call: Instruction
      let cost: InlineCost
      let block: Block
      var depth = 0
    }
    var sites: [Site] = []
    var size = 0
    for block in function.layout.blocks {
      size += function.layout.instructions[block].count
      if function.blocks[block].isCold { continue }
      for instruction in function.layout.instructions[block] where function.instructions[instruction].opcode == .call {
        let callee = FunctionIndex(function.instructions[instruction].auxiliary)
        guard isAllowed(callee), let candidate = candidates[callee] else { continue }
        sites.append(Site(call: instruction, cost: candidate.cost, block: block))
      }
    }
    if sites.isEmpty { return chosen }
    let graph = ControlFlowGraph(function)
    let loops = Loops(graph, Dominators(graph))
    for position in sites.indices { sites[position].depth = loops.depth(of: sites[position].block) }
    sites.sort { (-$0.depth, $0.cost.expected, $0.call.rawValue) < (-$1.depth, $1.cost.expected, $1.call.rawValue) }
    var budget = max(size / 4, floor)
    for site in sites where site.cost.expected <= (site.depth > 0 ? InlineCost.inLoop : InlineCost.always) {
      if site.cost.size > budget { continue }
      budget -= site.cost.size
      chosen.insert(site.call)
    }
    return chosen
  }
}
