import Entities
import IR

/// Replaces block parameters that always get the same value, or themselves, by that value.
///
/// Requires: nothing beyond a correct function. Establishes: every parameter of a reachable block has two different
/// arguments at least. Cost: linear but for chains of parameters that become redundant one by one.
public enum ParameterElimination {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    DeadCode.removeUnreachableBlocks(&function)
    let edges = IncomingEdges(function)
    var forwarding = ValueForwarding(function)
    var redundant = BitSet<Value>(capacity: function.values.count)
    var changed = true
    while changed {
      changed = false
      for block in function.layout.blocks.dropFirst() {
        for (position, parameter) in function.blocks[block].parameters.enumerated()
        where !redundant.contains(parameter) {
          var only: Value?
          let isRedundant = edges[block].allSatisfy { edge in
            let list = function.branchTargets[edge].arguments
            let argument = forwarding.resolve(function.valueLists[list, position])
            if argument == parameter { return true }
            if only == nil { only = argument }
            return only == argument
          }
          if isRedundant, let only {
            forwarding.forward(parameter, to: only)
            redundant.insert(parameter)
            changed = true
          }
        }
      }
    }
    if redundant.isEmpty { return }
    forwarding.apply(to: &function)
    DeadCode.removeParameters(&function) { !redundant.contains($0) }
  }
}
