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
    let home = DefiningBlocks(function)
    var preheaders = Preheaders()
    for loop in loops.all.ids.reversed() {
      let header = loops.all[loop].header
      let checks = invariantChecks(of: header, function) { value in
        home[value].map { !loops.contains(loop, $0) } ?? false
      }
      if checks.isEmpty { continue }
      let place = preheaders.preheader(of: header, graph, dominators, &function)
      let moved = checks.map { function.layout.instructions[header][$0] }
      for position in checks.reversed() { function.layout.instructions[header].remove(at: position) }
      function.layout.instructions[place].insert(
        contentsOf: moved, at: function.layout.instructions[place].count - 1)
    }
    _ = preheaders.place(in: &function)
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
}
