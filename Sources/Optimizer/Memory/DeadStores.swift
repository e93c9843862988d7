import IR

/// Drops stores, and writes of globals, that are overwritten in the same block before anybody can see them.
///
/// Whoever may see: a load of one of the bytes, a read of the global, a call; and a trap, after which the host finds
/// memory and globals as the program left them. So a check between two stores keeps the first.
///
/// Requires: nothing beyond a correct function; finds more behind check merging. Establishes: nothing that others build
/// on. Cost: linear; at most `limit` later stores are compared.
public enum DeadStores {
  static let limit = 16

  public static func run(on function: inout Function, in shape: ModuleShape) {
    for block in function.layout.blocks {
      var later = Later()
      var dead: Set<Instruction> = []
      for instruction in function.layout.instructions[block].reversed()
      where !later.needs(function.instructions[instruction], function) {
        dead.insert(instruction)
      }
      if !dead.isEmpty { function.layout.instructions[block].removeAll { dead.contains($0) } }
    }
  }
}

/// What is written further on, with nothing between that could see it.
private struct Later {
  private var stores: [MemoryLocation] = []
  private var globals: Set<UInt32> = []

  /// Takes the instruction into account; false if nobody sees what it does.
  mutating func needs(_ data: InstructionData, _ function: Function) -> Bool {
    switch data.opcode {
    case .store:
      let location = MemoryLocation(data, function)
      if stores.contains(where: { $0.covers(location) }) { return false }
      if stores.count < DeadStores.limit { stores.append(location) }
    case .load:
      let location = MemoryLocation(data, function)
      stores.removeAll { !$0.isDisjoint(from: location) }
    case .globalSet: return globals.insert(data.auxiliary).inserted
    case .globalGet: globals.remove(data.auxiliary)
    default:
      let info = data.opcode.info
      if info.canTrap || info.hasSideEffects || info.isTerminator {
        stores.removeAll()
        globals.removeAll()
      }
    }
    return true
  }
}
