import Entities

/// Where values that are somewhere in memory are stored: once, right after the definition, or each time they leave
/// their register, whichever is rarer. A value defined in a hot loop and spilled on a cold path through it is stored
/// on the cold path.
struct SpillPlacement {
  enum Moment {
    /// At a change of place within a block.
    case inside(ProgramPoint)
    case edge(from: BlockNumber, to: BlockNumber)
  }

  struct Store {
    var register: VirtualRegister
    var moment: Moment
  }

  /// By virtual register: has a slot and is stored at its definition.
  private(set) var isStoredAtDefinition: ContiguousArray<Bool>
  /// The stores of all others that have a slot.
  private(set) var stores: ContiguousArray<Store> = []

  /// Cost: linear in pieces, and in the blocks that values in several places live through.
  init(
    _ input: AllocationInput, _ flow: ControlFlow, _ bundles: ContiguousArray<Bundle>,
    _ definitions: ContiguousArray<ProgramPoint>, _ placement: Placement
  ) {
    isStoredAtDefinition = placement.needsSlot
    var search = LeavingSearch(input: input, flow: flow, definitions: definitions, placement: placement)
    var costs = ContiguousArray<Float>(repeating: 0, count: input.virtualRegisters.count)
    for (index, bundle) in bundles.enumerated() where !placement.pieces(of: index).isEmpty {
      for range in bundle.ranges where placement.needsSlot[range.register.index] {
        search.leaveRegisters(range, index)
      }
    }
    for (store, cost) in search.found { costs[store.register.index] += cost }
    for (index, bundle) in bundles.enumerated() {
      for range in bundle.ranges {
        let register = range.register
        guard placement.needsSlot[register.index] else { continue }
        let definition = definitions[register.index]
        let definitionCost = input.blocks[flow.blockOfInstruction[definition.instruction]].frequency
        if costs[register.index] < definitionCost && placement.register(of: index, at: definition) != nil {
          isStoredAtDefinition[register.index] = false
        }
      }
      for use in bundle.uses where use.kind == .stack {
        isStoredAtDefinition[input.operands[.empty, Int(use.operand)].register.index] = true
      }
    }
    for (store, _) in search.found where !isStoredAtDefinition[store.register.index] { stores.append(store) }
  }
}

/// Finds the moments at which values go from a register to memory.
private struct LeavingSearch {
  let input: AllocationInput
  let flow: ControlFlow
  let definitions: ContiguousArray<ProgramPoint>
  let placement: Placement
  var found: ContiguousArray<(store: SpillPlacement.Store, cost: Float)> = []

  mutating func leaveRegisters(_ range: Bundle.Range, _ bundle: Int) {
    for index in placement.pieces(of: bundle, overlapping: range.points) {
      let end = placement.pieces[index].range.end
      guard end < range.points.end, placement.register(of: bundle, at: end) == nil else { continue }
      let block = flow.blockOfInstruction[end.instruction]
      if end == start(of: block) { continue }
      add(range.register, .inside(end), input.blocks[block].frequency)
    }
    var block = flow.blockOfInstruction[range.points.start.instruction].index
    if start(of: BlockNumber(index: block)) < range.points.start { block += 1 }
    while block < input.blocks.count, start(of: BlockNumber(index: block)) < range.points.end {
      let target = BlockNumber(index: block)
      block += 1
      if definitions[range.register.index] == start(of: target) { continue }
      if placement.register(of: bundle, at: start(of: target)) != nil { continue }
      for position in 0..<flow.predecessorCount(of: target) {
        let predecessor = flow.predecessor(of: target, position)
        let end = ProgramPoint(input.blocks[predecessor].lastInstruction.index, .after)
        guard placement.register(of: bundle, at: end) != nil else { continue }
        let cost = min(input.blocks[predecessor].frequency, input.blocks[target].frequency)
        add(range.register, .edge(from: predecessor, to: target), cost)
      }
    }
  }

  private mutating func add(_ register: VirtualRegister, _ moment: SpillPlacement.Moment, _ cost: Float) {
    found.append((SpillPlacement.Store(register: register, moment: moment), cost))
  }

  private func start(of block: BlockNumber) -> ProgramPoint {
    ProgramPoint(input.blocks[block].firstInstruction.index, .before)
  }
}
