import Entities

/// Turns places into the result: a location for each operand, and the moves that bring values there.
///
/// Moves in front of instruction i come in groups, each executed at once, in this order: results of i - 1 leave their
/// fixed registers and are stored; edges into the block; changes of place; fixed and tied inputs of i are copied;
/// edges out of the block.
struct MoveInsertion {
  private enum Group: UInt64 { case results, edgeIn, changes, inputs, edgeOut }

  private struct Pending {
    /// Instruction and group.
    var key: UInt64
    var sequence: UInt32
    var move: ParallelMove
  }

  private let input: AllocationInput
  private let flow: ControlFlow
  private let bundles: ContiguousArray<Bundle>
  private let bundleOf: ContiguousArray<Int32>
  private let placement: Placement
  /// By virtual register; a parameter is defined at the start of its block.
  private let definitions: ContiguousArray<ProgramPoint>
  private let spills: SpillPlacement
  private var pending: ContiguousArray<Pending> = []
  private var locations: ContiguousArray<Location>

  init(
    _ input: AllocationInput, _ flow: ControlFlow, _ bundles: ContiguousArray<Bundle>,
    _ bundleOf: ContiguousArray<Int32>, _ definitions: ContiguousArray<ProgramPoint>, _ placement: Placement
  ) {
    self.input = input
    self.flow = flow
    self.bundles = bundles
    self.bundleOf = bundleOf
    self.placement = placement
    locations = ContiguousArray(repeating: .none, count: input.operands.count)
    self.definitions = definitions
    spills = SpillPlacement(input, flow, bundles, definitions, placement)
  }

  /// Cost: n log n in moves, plus the blocks that values in several places live through.
  mutating func run(environment: RegisterEnvironment) -> AllocationResult {
    for id in input.instructions.ids { placeOperands(of: id) }
    for bundle in bundles.indices { connectPieces(of: bundle) }
    for store in spills.stores { spill(store) }
    for block in input.blocks.ids { passArguments(from: block) }
    return makeResult(environment)
  }

  // MARK: Places

  private func memory(of register: VirtualRegister) -> MoveSource? {
    if let tag = input.virtualRegisters[register].rematerialisation { return .rematerialise(tag) }
    return placement.slotOf[Int(bundleOf[register.index])].map { .location(.slot($0)) }
  }

  private func source(_ register: VirtualRegister, at point: ProgramPoint) -> MoveSource? {
    if let place = placement.register(of: Int(bundleOf[register.index]), at: point) {
      return .location(.register(place))
    }
    return memory(of: register)
  }

  private func location(_ register: VirtualRegister, at point: ProgramPoint) -> Location {
    if case .location(let location) = source(register, at: point) { return location }
    return .none
  }

  private func slot(of register: VirtualRegister) -> Location? {
    guard placement.needsSlot[register.index] else { return nil }
    return placement.slotOf[Int(bundleOf[register.index])].map { .slot($0) }
  }

  private mutating func move(
    _ register: VirtualRegister, from source: MoveSource?, to destination: Location, before instruction: Int,
    _ group: Group
  ) {
    guard let source else { preconditionFailure("\(register) is moved from nowhere") }
    if source == .location(destination) { return }
    let info = input.virtualRegisters[register]
    pending.append(
      Pending(
        key: UInt64(instruction) << 3 | group.rawValue, sequence: UInt32(pending.count),
        move: ParallelMove(
          source: source, destination: destination, registerClass: info.registerClass, width: info.width)))
  }

  // MARK: Operands

  private mutating func placeOperands(of id: InstructionNumber) {
    let slice = input.instructions[id].operands
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      let location: Location
      if operand.kind == .definition {
        location = placeDefinition(operand, of: id)
      } else {
        location = placeUse(operand, position, in: slice, of: id)
      }
      locations[Int(slice.start) + position] = location
    }
  }

  private mutating func placeUse(
    _ operand: RegisterOperand, _ position: Int, in slice: PoolSlice, of id: InstructionNumber
  ) -> Location {
    let register = operand.register
    let before = ProgramPoint(id.index, .before)
    if case .fixed(let fixed) = operand.constraint {
      let place = Location.register(fixed)
      move(register, from: source(register, at: before), to: place, before: id.index, .inputs)
      return place
    }
    if case .stack = operand.constraint { return slot(of: register) ?? .none }
    if let companion = LiveRanges.companion(of: position, in: slice, input) {
      let place = location(input.operands[slice, companion].register, at: before.next)
      move(register, from: source(register, at: before), to: place, before: id.index, .inputs)
      return place
    }
    // A late use stays to the end, which a piece that is only there for an early use does not.
    let place = location(register, at: before.next)
    if operand.position == .late, location(register, at: before.next.next) != place {
      return slot(of: register) ?? .none
    }
    return place
  }

  private mutating func placeDefinition(_ operand: RegisterOperand, of id: InstructionNumber) -> Location {
    let register = operand.register
    let next = id.index + 1
    if case .fixed(let fixed) = operand.constraint {
      let place = Location.register(fixed)
      if case .location(.register(let home)) = source(register, at: ProgramPoint(id.index, .after)) {
        move(register, from: .location(place), to: .register(home), before: next, .results)
      }
      if spills.isStoredAtDefinition[register.index], let slot = slot(of: register) {
        move(register, from: .location(place), to: slot, before: next, .results)
      }
      return place
    }
    let place = location(register, at: ProgramPoint(id.index, .late))
    if spills.isStoredAtDefinition[register.index], let slot = slot(of: register) {
      move(register, from: .location(place), to: slot, before: next, .results)
    }
    return place
  }

  // MARK: Changes of place

  private mutating func connectPieces(of bundle: Int) {
    let pieces = placement.pieces(of: bundle)
    if pieces.isEmpty { return }
    let ranges = bundles[bundle].ranges
    for index in pieces {
      let start = placement.pieces[index].range.start
      let block = flow.blockOfInstruction[start.instruction]
      if start.phase == .before && start.instruction == input.blocks[block].firstInstruction.index { continue }
      let range = bundles[bundle].firstRange(endingAfter: start)
      guard range < ranges.count, ranges[range].points.start < start else { continue }
      let register = ranges[range].register
      let place = Location.register(placement.pieces[index].register)
      let source = source(register, at: start.previous)
      switch start.phase {
      case .before: move(register, from: source, to: place, before: start.instruction, .changes)
      case .early: move(register, from: source, to: place, before: start.instruction, .inputs)
      case .late: preconditionFailure("a piece of \(register) starts within instruction \(start.instruction)")
      case .after: move(register, from: source, to: place, before: start.instruction + 1, .results)
      }
    }
    let hull = bundles[bundle].hull
    let first = placement.pieces[pieces.lowerBound].range
    if first.start <= hull.start && first.end >= hull.end { return }
    for range in ranges { connectBlocks(of: range, bundle) }
  }

  /// On each edge along which the value lives, from where the predecessor leaves it to where the successor wants it.
  private mutating func connectBlocks(of range: Bundle.Range, _ bundle: Int) {
    var block = flow.blockOfInstruction[range.points.start.instruction].index
    if start(of: block) < range.points.start { block += 1 }
    while block < input.blocks.count, start(of: block) < range.points.end {
      // A range may run into the block that defines the register when its neighbour in the layout is in the same loop.
      if definitions[range.register.index] != start(of: block),
        let place = placement.register(of: bundle, at: start(of: block))
      {
        let target = BlockNumber(index: block)
        for position in 0..<flow.predecessorCount(of: target) {
          let predecessor = flow.predecessor(of: target, position)
          moveOnEdge(
            range.register, from: source(range.register, at: end(of: predecessor)), to: .register(place),
            predecessor, target)
        }
      }
      block += 1
    }
  }

  private func start(of block: Int) -> ProgramPoint {
    ProgramPoint(input.blocks[BlockNumber(index: block)].firstInstruction.index, .before)
  }

  /// The last point of a block.
  private func end(of block: BlockNumber) -> ProgramPoint {
    ProgramPoint(input.blocks[block].lastInstruction.index, .after)
  }

  private mutating func spill(_ store: SpillPlacement.Store) {
    guard let slot = slot(of: store.register) else { return }
    switch store.moment {
    case .edge(let block, let target):
      moveOnEdge(store.register, from: source(store.register, at: end(of: block)), to: slot, block, target)
    case .inside(let point):
      let index = point.instruction
      let isTerminator = input.instructions[InstructionNumber(index: index)].flags.contains(.terminator)
      switch point.phase {
      case .before:
        move(store.register, from: source(store.register, at: point.previous), to: slot, before: index, .changes)
      case .after where !isTerminator:
        move(store.register, from: source(store.register, at: point.previous), to: slot, before: index + 1, .results)
      case .early, .late, .after:
        // Nothing can be stored within an instruction: do it in front.
        let value = source(store.register, at: ProgramPoint(index, .before))
        move(store.register, from: value, to: slot, before: index, .inputs)
      }
    }
  }

  /// Critical edges do not exist: either side of an edge has no other edge.
  private mutating func moveOnEdge(
    _ register: VirtualRegister, from source: MoveSource?, to destination: Location, _ block: BlockNumber,
    _ target: BlockNumber
  ) {
    if flow.predecessorCount(of: target) == 1 {
      move(
        register, from: source, to: destination, before: input.blocks[target].firstInstruction.index, .edgeIn)
    } else {
      move(register, from: source, to: destination, before: input.blocks[block].lastInstruction.index, .edgeOut)
    }
  }

  private mutating func passArguments(from block: BlockNumber) {
    for edge in input.edges[input.blocks[block].edges] where !edge.arguments.isEmpty {
      let parameters = input.blocks[edge.target].parameters
      for position in 0..<Int(parameters.count) {
        let parameter = input.registers[parameters, position]
        let argument = input.registers[edge.arguments, position]
        let bundle = Int(bundleOf[parameter.index])
        if bundles[bundle].ranges.isEmpty { continue }
        let value = source(argument, at: end(of: block))
        let place = placement.register(of: bundle, at: start(of: edge.target.index))
        if let place { moveOnEdge(parameter, from: value, to: .register(place), block, edge.target) }
        if place != nil && !spills.isStoredAtDefinition[parameter.index] { continue }
        // A member of the same bundle that has been stored is in the right slot already.
        if bundleOf[argument.index] == bundleOf[parameter.index] && spills.isStoredAtDefinition[argument.index] {
          continue
        }
        if let slot = slot(of: parameter) { moveOnEdge(parameter, from: value, to: slot, block, edge.target) }
      }
    }
  }

  // MARK: The result

  private mutating func makeResult(_ environment: RegisterEnvironment) -> AllocationResult {
    pending.sort { ($0.key, $0.sequence) < ($1.key, $1.sequence) }
    var slots = placement.slots
    var edits = ContiguousArray<Edit>()
    var resolver = ParallelMoves(environment: environment)
    var start = 0
    while start < pending.count {
      var end = start + 1
      while end < pending.count && pending[end].key == pending[start].key { end += 1 }
      resolver.resolve(
        pending[start..<end].map(\.move), before: InstructionNumber(index: Int(pending[start].key >> 3)),
        slots: &slots, into: &edits)
      start = end
    }
    var used = RegisterSet()
    for case .register(let register) in locations { used.insert(register) }
    for edit in edits {
      switch edit.action {
      case .move(let source, let destination, _):
        if let register = source.register { used.insert(register) }
        if let register = destination.register { used.insert(register) }
      case .rematerialise(_, let register): used.insert(register)
      }
    }
    var pool = ListPool<Location>()
    _ = pool.append(contentsOf: locations)
    return AllocationResult(locations: pool, edits: edits, slots: slots, usedRegisters: used)
  }
}
