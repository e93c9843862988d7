import Entities
import IR

/// Removes what nothing needs: unreachable blocks, instructions without effect whose results are unused, block parameters that are
/// unused or used only to compute each other.
///
/// Requires: nothing beyond a correct function. Establishes: every remaining value is needed by an effect, a trap or a branch.
/// Cost: linear.
public enum DeadCode {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    removeUnreachableBlocks(&function)
    let live = markLive(function)
    function.removeInstructions { data in
      let info = data.opcode.info
      if info.isTerminator || info.canTrap || info.hasSideEffects { return false }
      let results = data.firstResult.rawValue..<data.firstResult.rawValue + data.resultCount
      return !results.contains { live.contains(Value($0)) }
    }
    removeParameters(&function) { live.contains($0) }
  }

  static func removeUnreachableBlocks(_ function: inout Function) {
    let graph = ControlFlowGraph(function)
    if graph.reversePostorder.count < function.layout.blocks.count {
      function.layout.blocks.removeAll { !graph.isReachable($0) }
    }
  }

  /// Everything that effects, traps and terminators need, through operands and through arguments of live parameters.
  private static func markLive(_ function: Function) -> BitSet<Value> {
    let edges = IncomingEdges(function)
    var live = BitSet<Value>(capacity: function.values.count)
    var work = ContiguousArray<Value>()
    func mark(_ value: Value) {
      if live.insert(value) { work.append(value) }
    }
    for block in function.layout.blocks {
      for instruction in function.layout.instructions[block] {
        let info = function.instructions[instruction].opcode.info
        guard info.isTerminator || info.canTrap || info.hasSideEffects else { continue }
        for operand in function.operands(of: instruction) { mark(operand) }
      }
    }
    for parameter in function.blocks[function.entry].parameters { live.insert(parameter) }
    while let value = work.popLast() {
      switch function.values[value].definition {
      case .result(let instruction, _):
        for operand in function.operands(of: instruction) { mark(operand) }
      case .parameter(let block, let position):
        for edge in edges[block] { mark(function.valueLists[function.branchTargets[edge].arguments, Int(position)]) }
      }
    }
    return live
  }

  /// Drops the parameters for which `isNeeded` is false, and their arguments on every edge. The entry's stay.
  static func removeParameters(_ function: inout Function, where isNeeded: (Value) -> Bool) {
    for block in function.layout.blocks {
      guard let terminator = function.terminator(of: block) else { continue }
      for edge in function.instructions[terminator].targets.range {
        let target = function.branchTargets[edge]
        let parameters = function.blocks[target.block].parameters
        // Arguments move down in place; a list may become shorter.
        var kept: UInt32 = 0
        for (position, parameter) in parameters.enumerated() where isNeeded(parameter) {
          let argument = function.valueLists[target.arguments, position]
          function.valueLists[Int(target.arguments.start + kept)] = argument
          kept += 1
        }
        function.branchTargets[edge].arguments.count = kept
      }
    }
    for block in function.layout.blocks.dropFirst() {
      let parameters = function.blocks[block].parameters
      if parameters.allSatisfy(isNeeded) { continue }
      function.blocks[block].parameters.removeAll { !isNeeded($0) }
      for (position, parameter) in function.blocks[block].parameters.enumerated() {
        function.values[parameter].definition = .parameter(block, UInt32(position))
      }
    }
  }
}
