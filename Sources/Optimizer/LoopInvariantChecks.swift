import Entities
import IR

/// Moves memory checks of addresses that do not change within a loop in front of it.
///
/// Only checks in the loop's header, with nothing before them that anybody could see: whoever enters the loop comes
/// to them at once, so the trap happens exactly where it did. Other memory checks may stand before; they trap
/// alike.
///
/// Requires: nothing beyond a correct function; better behind value numbering. Establishes: no such check. Cost:
/// linear.
public enum LoopInvariantChecks {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    let graph = ControlFlowGraph(function)
    let dominators = Dominators(graph)
    let loops = Loops(graph, dominators)
    if loops.all.isEmpty { return }
    let home = definingBlocks(function)
    var preheaders: [Block: Block] = [:]
    for loop in loops.all.ids.reversed() {
      let header = loops.all[loop].header
      let checks = invariantChecks(of: header, function) { value in
        home[value].map { !loops.contains(loop, $0) } ?? false
      }
      if checks.isEmpty { continue }
      let entering = graph.predecessors(of: header).filter { !dominators.dominates(header, $0) }
      let place = placeBefore(header, entering, &function, &preheaders)
      let moved = checks.map { function.layout.instructions[header][$0] }
      for position in checks.reversed() { function.layout.instructions[header].remove(at: position) }
      function.layout.instructions[place].insert(
        contentsOf: moved, at: function.layout.instructions[place].count - 1)
    }
    if preheaders.isEmpty { return }
    function.layout.blocks = function.layout.blocks.reduce(into: []) { order, block in
      if let preheader = preheaders[block] { order.append(preheader) }
      order.append(block)
    }
  }

  private static func definingBlocks(_ function: Function) -> SideTable<Value, Block?> {
    var home = SideTable<Value, Block?>(count: function.values.count, initial: nil)
    for block in function.layout.blocks {
      for parameter in function.blocks[block].parameters { home[parameter] = block }
      for instruction in function.layout.instructions[block] {
        for result in function.results(of: instruction) { home[result] = block }
      }
    }
    return home
  }

  /// Places of the checks to move, in the header.
  private static func invariantChecks(
    of header: Block, _ function: Function, _ isInvariant: (Value) -> Bool
  ) -> [Int] {
    var places: [Int] = []
    for (place, instruction) in function.layout.instructions[header].enumerated() {
      let data = function.instructions[instruction]
      if data.opcode == .memoryCheck {
        if isInvariant(function.operand(0, of: data)) { places.append(place) }
        continue
      }
      let info = data.opcode.info
      if info.isTerminator || info.canTrap || info.hasSideEffects { break }
    }
    return places
  }

  /// The block that every way into the loop passes last, made if there is none.
  private static func placeBefore(
    _ header: Block, _ entering: [Block], _ function: inout Function, _ preheaders: inout [Block: Block]
  ) -> Block {
    if entering.count == 1, let terminator = function.terminator(of: entering[0]),
      function.instructions[terminator].opcode == .jump
    {
      return entering[0]
    }
    let preheader = function.makeBlock(
      parameters: function.blocks[header].parameters.map { function.type(of: $0) },
      isCold: function.blocks[header].isCold)
    for block in entering {
      guard let terminator = function.terminator(of: block) else { continue }
      for edge in function.instructions[terminator].targets.range where function.branchTargets[edge].block == header {
        function.branchTargets[edge].block = preheader
      }
    }
    let target = function.makeTarget(header, function.blocks[preheader].parameters)
    let jump = InstructionData(.jump, .i32, targets: function.branchTargets.append(contentsOf: CollectionOfOne(target)))
    function.layout.append(function.makeInstruction(jump, results: []), to: preheader)
    preheaders[header] = preheader
    return preheader
  }
}
