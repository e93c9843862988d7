import Entities
import IR

/// Marks blocks that can only end in a trap as cold: a program runs through them once at most.
///
/// Requires: nothing beyond a correct function. Establishes: a block is cold if it ends in a trap, or if all its
/// successors are cold, so no edge leads from a cold block back to one that is not. Cost: linear.
public enum ColdBlocks {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    // Backward in the layout, successors come first, but for back edges: a loop is cold only if marked so before.
    for block in function.layout.blocks.dropFirst().reversed() {
      guard let terminator = function.terminator(of: block) else { continue }
      let targets = function.targets(of: terminator)
      let endsInTrap = function.instructions[terminator].opcode == .trap
      if endsInTrap || (!targets.isEmpty && targets.allSatisfy { function.blocks[$0.block].isCold }) {
        function.blocks[block].isCold = true
      }
    }
  }
}
