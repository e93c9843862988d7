import Entities

/// What the checker found wrong, and where.
public struct AllocationViolation: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    // The input breaks a rule of `AllocationInput`.
    case input(String)
    // The result's tables do not fit together.
    case malformedResult(String)
    case editOutOfOrder
    case editBadPlace(String)
    // An operand's place.
    case wrongKindOfPlace(Location)
    case notItsFixedRegister(Location)
    case notTiedToItsInput(Location)
    case registerNotListed(PhysicalRegister)
    // An operand's value.
    case valueNotThere(VirtualRegister, Location)
    case overwrittenDuringInstruction(VirtualRegister, Location)
  }

  public var instruction: InstructionNumber
  /// In the operand pool; nil if the finding is about an edit or a table.
  public var operand: Int?
  public var reason: Reason

  public var description: String {
    let place = operand.map { "\(instruction), operand \($0)" } ?? "\(instruction)"
    let what =
      switch reason {
      case .input(let text): "input: \(text)"
      case .malformedResult(let text): "result: \(text)"
      case .editOutOfOrder: "an edit is out of order"
      case .editBadPlace(let text): "an edit \(text)"
      case .wrongKindOfPlace(let location): "\(location) is not the kind of place it asks for"
      case .notItsFixedRegister(let location): "\(location) is not the register it is fixed to"
      case .notTiedToItsInput(let location): "\(location) is not the register of the input it is tied to"
      case .registerNotListed(let register): "\(register) is missing in usedRegisters"
      case .valueNotThere(let value, let location): "\(location) does not hold \(value)"
      case .overwrittenDuringInstruction(let value, let location):
        "\(location) loses \(value) within the instruction"
      }
    return "\(place): \(what)"
  }
}

/// Proves an allocation right, whoever made it: runs the function with names for values, on all paths at once.
///
/// The state says for each place which virtual registers it holds on every path so far; a join keeps what all ways in
/// agree on. Edits copy names, definitions and clobbers remove them, an edge gives the arguments' holders the
/// parameters' names. Every use must find its name. Shares nothing with the allocator but the interface.
///
/// Cost: visits of a block (few) times its instructions, plus blocks times occupied places.
public struct AllocationChecker {
  private let input: AllocationInput
  private let result: AllocationResult
  private let environment: RegisterEnvironment
  private let allocatable: RegisterSet
  private var state: SymbolicState
  /// Facts at the start of each block; nil while no way there has been seen.
  private var entryFacts: ContiguousArray<ContiguousArray<SymbolicState.Fact>?>
  private var editStarts: ContiguousArray<Int> = []
  private var namesOfTag: [UInt32: [VirtualRegister]] = [:]
  private var isReporting = false
  private var violations: [AllocationViolation] = []

  /// All violations found, in instruction order; empty means that the allocation is right for the input.
  public static func check(
    _ result: AllocationResult, of input: AllocationInput, environment: RegisterEnvironment
  ) -> [AllocationViolation] {
    let inputViolations = checkInput(input, environment: environment)
    if !inputViolations.isEmpty { return inputViolations }
    var checker = AllocationChecker(result, input, environment)
    return checker.run()
  }

  private init(_ result: AllocationResult, _ input: AllocationInput, _ environment: RegisterEnvironment) {
    self.input = input
    self.result = result
    self.environment = environment
    allocatable = RegisterSet(environment.general + environment.vector)
    state = SymbolicState(placeCount: 64 + result.slots.count, valueCount: input.virtualRegisters.count)
    entryFacts = ContiguousArray(repeating: nil, count: input.blocks.count)
    for id in input.virtualRegisters.ids {
      if let tag = input.virtualRegisters[id].rematerialisation { namesOfTag[tag, default: []].append(id) }
    }
    // The moves of an edge may stand behind it, where its arguments have new names already.
    let flow = ControlFlow(input)
    for block in input.blocks.elements {
      for edge in input.edges[block.edges] where flow.predecessorCount(of: edge.target) == 1 {
        let parameters = input.registers[input.blocks[edge.target].parameters]
        for (argument, parameter) in zip(input.registers[edge.arguments], parameters) {
          if let tag = input.virtualRegisters[argument].rematerialisation { namesOfTag[tag]?.append(parameter) }
        }
      }
    }
  }

  private mutating func run() -> [AllocationViolation] {
    isReporting = true
    guard indexEdits() else { return violations }
    checkPlaces()
    guard violations.isEmpty else { return violations }
    isReporting = false

    entryFacts[0] = []
    var worklist = BitSet<BlockNumber>(capacity: input.blocks.count)
    worklist.insert(BlockNumber(0))
    while !worklist.isEmpty {
      var round: [BlockNumber] = []
      worklist.forEach { round.append($0) }
      for block in round where worklist.contains(block) {
        worklist.remove(block)
        visit(block) { worklist.insert($0) }
      }
    }
    isReporting = true
    for block in input.blocks.ids where entryFacts[block.index] != nil { visit(block) { _ in } }
    return violations
  }

  private mutating func report(
    _ reason: AllocationViolation.Reason, at instruction: InstructionNumber, operand: Int? = nil
  ) {
    if isReporting {
      violations.append(AllocationViolation(instruction: instruction, operand: operand, reason: reason))
    }
  }

  // MARK: Places

  /// Establishes: the edits in front of instruction i are `editStarts[i]..<editStarts[i + 1]`.
  private mutating func indexEdits() -> Bool {
    var next = 0
    for instruction in input.instructions.ids {
      editStarts.append(next)
      while next < result.edits.count && result.edits[next].before == instruction { next += 1 }
    }
    editStarts.append(next)
    if next != result.edits.count { report(.editOutOfOrder, at: result.edits[next].before) }
    if result.locations.count != input.operands.count {
      report(.malformedResult("as many locations as operands are needed"), at: InstructionNumber(0))
    }
    return violations.isEmpty
  }

  /// Everything that can be said of operands and edits without knowing values.
  private mutating func checkPlaces() {
    for edit in result.edits { checkPlaces(of: edit) }
    for instruction in input.instructions.ids {
      let slice = input.instructions[instruction].operands
      for position in 0..<Int(slice.count) {
        checkPlace(of: input.operands[slice, position], at: position, in: slice, instruction)
      }
    }
  }

  private mutating func checkPlaces(of edit: Edit) {
    let named: [Location]
    switch edit.action {
    case .rematerialise(let tag, let register):
      named = [.register(register)]
      if namesOfTag[tag] == nil { report(.editBadPlace("makes the unknown value \(tag)"), at: edit.before) }
    case .move(let source, let destination, let width):
      named = [source, destination]
      if source.register == nil && destination.register == nil {
        report(.editBadPlace("moves from memory to memory"), at: edit.before)
      }
      for slot in [source.slot, destination.slot].compactMap({ $0 })
      where !result.slots.contains(slot) || result.slots[slot] < width {
        report(.editBadPlace("does not fit \(slot)"), at: edit.before)
      }
    }
    for location in named {
      switch location {
      case .none: report(.editBadPlace("names no place"), at: edit.before)
      case .slot: break
      case .register(let register):
        if register.registerClass != edit.registerClass {
          report(.editBadPlace("moves between register classes"), at: edit.before)
        }
        checkListed(register, at: edit.before)
      }
    }
  }

  private mutating func checkPlace(
    of operand: RegisterOperand, at position: Int, in slice: PoolSlice, _ instruction: InstructionNumber
  ) {
    let location = result.locations[slice, position]
    let index = Int(slice.start) + position
    let info = input.virtualRegisters[operand.register]
    switch location {
    case .none:
      if operand.kind == .use || info.rematerialisation == nil {
        report(.wrongKindOfPlace(location), at: instruction, operand: index)
      }
      return
    case .register(let register):
      checkListed(register, at: instruction)
      let isFixed = if case .fixed = operand.constraint { true } else { false }
      if register.registerClass != info.registerClass || (!isFixed && !allocatable.contains(register)) {
        report(.wrongKindOfPlace(location), at: instruction, operand: index)
      }
    case .slot(let slot):
      if !result.slots.contains(slot) || result.slots[slot] < info.width {
        report(.wrongKindOfPlace(location), at: instruction, operand: index)
      }
    }
    switch operand.constraint {
    case .any: break
    case .register:
      if location.register == nil { report(.wrongKindOfPlace(location), at: instruction, operand: index) }
    case .stack:
      if location.slot == nil { report(.wrongKindOfPlace(location), at: instruction, operand: index) }
    case .fixed(let register):
      if location != .register(register) { report(.notItsFixedRegister(location), at: instruction, operand: index) }
    case .reuse(let input):
      if location.register == nil || location != result.locations[slice, Int(input)] {
        report(.notTiedToItsInput(location), at: instruction, operand: index)
      }
    }
  }

  private mutating func checkListed(_ register: PhysicalRegister, at instruction: InstructionNumber) {
    if !result.usedRegisters.contains(register) { report(.registerNotListed(register), at: instruction) }
  }

  // MARK: Values

  /// Runs a block from its entry facts and merges what comes out into its successors.
  private mutating func visit(_ block: BlockNumber, changed: (BlockNumber) -> Void) {
    guard let facts = entryFacts[block.index] else { return }
    state.load(facts)
    let info = input.blocks[block]
    for index in info.instructions {
      for edit in editStarts[index]..<editStarts[index + 1] { apply(result.edits[edit]) }
      execute(InstructionNumber(index: index))
    }
    for edge in input.edges[info.edges] {
      let parameters = input.registers[input.blocks[edge.target].parameters]
      let outgoing = state.facts(renaming: Array(input.registers[edge.arguments]), to: Array(parameters))
      if var known = entryFacts[edge.target.index] {
        if SymbolicState.intersect(&known, with: outgoing) {
          entryFacts[edge.target.index] = known
          changed(edge.target)
        }
      } else {
        entryFacts[edge.target.index] = outgoing
        changed(edge.target)
      }
    }
  }

  private mutating func apply(_ edit: Edit) {
    switch edit.action {
    case .move(let source, let destination, let width):
      let throughMemory = source.slot != nil || destination.slot != nil
      let values = state.values(in: Self.place(source)).filter {
        !throughMemory || input.virtualRegisters[$0].width <= width
      }
      state.set(Self.place(destination), to: values)
    case .rematerialise(let tag, let register):
      state.set(register.index, to: namesOfTag[tag] ?? [])
    }
  }

  /// The order of events: early definitions are written, early uses read, clobbers happen, late uses are read, late
  /// definitions written; at the end all definitions and late uses must still be in place.
  private mutating func execute(_ instruction: InstructionNumber) {
    let info = input.instructions[instruction]
    let slice = info.operands
    for scratch in [environment.generalScratch, environment.vectorScratch] { state.set(scratch.index, to: []) }
    // Early uses that a definition is tied to must be there before anything is written, like all others.
    define(slice, .early)
    checkUses(slice, .early, instruction)
    for register in info.clobbers.members { state.set(register.index, to: []) }
    checkUses(slice, .late, instruction)
    define(slice, .late)
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      guard operand.kind == .definition || operand.position == .late else { continue }
      let location = result.locations[slice, position]
      if location != .none && !state.holds(Self.place(location), operand.register) {
        report(
          .overwrittenDuringInstruction(operand.register, location), at: instruction,
          operand: Int(slice.start) + position)
      }
    }
  }

  private mutating func define(_ slice: PoolSlice, _ when: RegisterOperand.Position) {
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      guard operand.kind == .definition && operand.position == when else { continue }
      state.removeEverywhere(operand.register)
      let location = result.locations[slice, position]
      if location != .none { state.set(Self.place(location), to: [operand.register]) }
    }
  }

  private mutating func checkUses(
    _ slice: PoolSlice, _ when: RegisterOperand.Position, _ instruction: InstructionNumber
  ) {
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      guard operand.kind == .use && operand.position == when else { continue }
      let location = result.locations[slice, position]
      if location == .none || !state.holds(Self.place(location), operand.register) {
        report(.valueNotThere(operand.register, location), at: instruction, operand: Int(slice.start) + position)
      }
    }
  }

  private static func place(_ location: Location) -> Int {
    switch location {
    case .none: preconditionFailure("operands without a place are handled by the caller")
    case .register(let register): register.index
    case .slot(let slot): 64 + slot.index
    }
  }
}
