import Entities
import IR

/// Removes what nothing needs: unreachable blocks, instructions without effect whose results are unused, block
/// parameters that are unused or used only to compute each other.
///
/// Requires: nothing beyond a correct function. Establishes: every remaining value is needed by an effect, a trap
/// or a branch. Cost: linear.
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
      if function.instructions[terminator].opcode == .branchTable {
        removeArguments(ofTable: terminator, &function, isNeeded)
        continue
      }
      for edge in function.instructions[terminator].targets.range {
        let target = function.branchTargets[edge]
        // The needed ones move to the front, in place.
        var kept: UInt32 = 0
        for (position, parameter) in function.blocks[target.block].parameters.enumerated() where isNeeded(parameter) {
          function.valueLists[Int(target.arguments.start + kept)] = function.valueLists[target.arguments, position]
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

  /// Edges of a table may share lists, so shorter ones are new; equal edges share them again.
  private static func removeArguments(
    ofTable table: Instruction, _ function: inout Function, _ isNeeded: (Value) -> Bool
  ) {
    struct Edge: Hashable {
      let block: Block
      let arguments: PoolSlice
    }
    var shortened: [Edge: PoolSlice] = [:]
    for position in function.instructions[table].targets.range {
      let target = function.branchTargets[position]
      let parameters = function.blocks[target.block].parameters
      if parameters.allSatisfy(isNeeded) { continue }
      let edge = Edge(block: target.block, arguments: target.arguments)
      if let list = shortened[edge] {
        function.branchTargets[position].arguments = list
        continue
      }
      let kept = zip(parameters, function.arguments(of: target)).filter { isNeeded($0.0) }.map(\.1)
      function.branchTargets[position].arguments = function.valueLists.append(contentsOf: kept)
      shortened[edge] = function.branchTargets[position].arguments
    }
  }
}
