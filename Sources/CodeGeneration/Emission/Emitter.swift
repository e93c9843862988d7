import Entities
import IR
import Nexe
import RegisterAllocation
import X86

/// Writes an allocated function to bundles and adds what the sandbox asks for: masks and bases where facts are
/// missing (M), frames (F2), polls (F3, P), trap sites.
///
/// Blocks are written in order; behind the last come the ways that leave it for good: slow paths of conversions and
/// polls, and traps.
struct Emitter {
  let module: ModuleContext
  var machine: MachineFunction
  let allocation: AllocationResult
  let isa: ISALevel
  var assembler: BundleAssembler
  var facts = FactTracker()

  /// N (rule F2).
  let frameSize: Int32
  /// Callee-saved registers that the function uses, and where in the frame it keeps its caller's values.
  let savedRegisters: ContiguousArray<SavedRegister>
  /// The others, and where they are while a gate is called.
  let gateSavedRegisters: ContiguousArray<SavedRegister>
  private let slotOffsets: ContiguousArray<Int32>

  var labels: ContiguousArray<Label> = []
  /// Where a jump to a block really goes: past blocks that only jump on.
  var destinations: ContiguousArray<BlockNumber> = []
  /// Ways into each block, by destination.
  private var entries: ContiguousArray<UInt32> = []
  /// The largest weight (rule P2) with which a jump arrives.
  var weights: ContiguousArray<Int>
  /// An upper bound on the weight here.
  var weight = 0
  private var countedSize = 0
  /// Control can come from the instruction before.
  var fallsThrough = true
  private var nextEdit = 0
  /// The register whose value, in that width, the zero flag tells of: the last instruction computed it.
  var flagged: (register: X86.Register, width: Width)?

  struct SavedRegister {
    var register: X86.Register
    /// From rsp.
    var offset: Int32
  }
  struct TrapSite: Hashable {
    var code: TrapCode
    var sourceOffset: UInt32
  }
  var trapLabels: [TrapSite: Label] = [:]
  var traps: ContiguousArray<(site: TrapSite, label: Label)> = []
  struct SlowPoll {
    var label: Label
    var poll: Label
    var hasFrame: Bool
    var sourceOffset: UInt32
  }
  var slowPolls: ContiguousArray<SlowPoll> = []
  /// Conversions that failed: NaN is one trap, the rest another.
  struct FailedConversion {
    var label: Label
    var compare: MachineOpcode
    var float: X86.Register
    var sourceOffset: UInt32
  }
  var failedConversions: ContiguousArray<FailedConversion> = []

  /// From this weight on a POLL is put in. Far enough below the 2^14 that rule P2 allows at a return for one step, its
  /// edits and the padding in them.
  private static let weightLimit = 10_000

  init(_ machine: MachineFunction, _ allocation: AllocationResult, _ module: ModuleContext) {
    self.module = module
    self.machine = machine
    self.allocation = allocation
    isa = module.options.instructionSet == .x86_64_v3 ? .v3 : .v2
    assembler = BundleAssembler(isa: isa, keepsListing: module.options.dumps.contains(.assembly))
    var offset: Int32 = 0
    var offsets = ContiguousArray<Int32>(repeating: 0, count: allocation.slots.count)
    for slot in allocation.slots.ids where allocation.slots[slot] == .bytes16 {
      offsets[slot.index] = offset
      offset += 16
    }
    for slot in allocation.slots.ids where allocation.slots[slot] == .bytes8 {
      offsets[slot.index] = offset
      offset += 8
    }
    slotOffsets = offsets
    let used = allocation.usedCalleeSaved(in: .sandbox)
    let hasGate = machine.instructions.contains { $0.kind == .gate }
    var saved: ContiguousArray<SavedRegister> = []
    var gateSaved: ContiguousArray<SavedRegister> = []
    for register in CallingConvention.calleeSaved {
      if used.contains(PhysicalRegister(register)) {
        saved.append(SavedRegister(register: register, offset: offset))
      } else if hasGate {
        gateSaved.append(SavedRegister(register: register, offset: offset))
      } else {
        continue
      }
      offset += 8
    }
    savedRegisters = saved
    gateSavedRegisters = gateSaved
    frameSize = offset
    weights = ContiguousArray(repeating: 0, count: machine.blocks.count)
  }

  /// - Parameter beginsWithPoll: asked for although rule F4 does not (a leaf that turned out too long).
  mutating func emit(beginsWithPoll: Bool) -> CodeFragment {
    for constant in machine.constants.constants { _ = assembler.constant(constant) }
    labels = ContiguousArray((0..<machine.blocks.count).map { _ in assembler.makeLabel() })
    findDestinations()
    emitPrologue(polls: beginsWithPoll)
    for number in machine.blocks.ids where destinations[number.index] == number { emitBlock(number) }
    emitColdEnds()
    return assembler.finish()
  }

  /// How long a function may be without a POLL at its start (rule F4).
  static let longestLeaf = 1024
  var needsPoll: Bool { machine.callsOut || frameSize > 4096 }

  // MARK: Blocks

  private mutating func findDestinations() {
    var isEmpty = ContiguousArray(repeating: false, count: machine.blocks.count)
    var isEdited = ContiguousArray(repeating: false, count: machine.instructions.count)
    for edit in allocation.edits { isEdited[edit.before.index] = true }
    for number in machine.blocks.ids where machine.blocks[number].isLatch {
      if isEdited[machine.blocks[number].instructions.lowerBound] { continue }
      machine.blocks[number].isLoopHeader = false
      machine.blocks[machine.blocks[number].successors[0].block].isLoopHeader = true
    }
    for number in machine.blocks.ids {
      let block = machine.blocks[number]
      let first = block.instructions.lowerBound
      isEmpty[number.index] =
        number.index != 0 && !block.isLoopHeader && block.instructions.count == 1
        && machine.instructions[first].kind == .jump && !isEdited[first]
    }
    destinations = ContiguousArray(machine.blocks.ids)
    // Only edges ahead are followed: a block behind is a loop header and never empty.
    for number in machine.blocks.ids.reversed() where isEmpty[number.index] {
      destinations[number.index] = destinations[machine.blocks[number].successors[0].block.index]
    }
    entries = ContiguousArray(repeating: 0, count: machine.blocks.count)
    for number in machine.blocks.ids where destinations[number.index] == number {
      for successor in machine.blocks[number].successors { entries[destination(successor).index] += 1 }
    }
  }

  func destination(_ successor: MachineBlock.Successor) -> BlockNumber { destinations[successor.block.index] }

  /// The block that is written next.
  func following(_ number: BlockNumber) -> BlockNumber? {
    var index = number.index + 1
    while index < destinations.count {
      if destinations[index].index == index { return BlockNumber(index: index) }
      index += 1
    }
    return nil
  }

  private mutating func emitBlock(_ number: BlockNumber) {
    let block = machine.blocks[number]
    if !fallsThrough || entries[number.index] != 1 || block.isTableTarget { facts.forgetAll() }
    // Padding up to a bundle's start is passed through too.
    let padding = block.isTableTarget ? BundleAssembler.bundleSize : 0
    weight = max(fallsThrough ? weight + padding : 0, weights[number.index])
    if number.index != 0 { assembler.bind(labels[number.index]) }
    flagged = nil
    fallsThrough = true
    if block.isLoopHeader { emitPoll(sourceOffset: machine.instructions[block.instructions.lowerBound].sourceOffset) }
    for index in block.instructions {
      if weight > Self.weightLimit { emitPoll(sourceOffset: machine.instructions[index].sourceOffset) }
      emitEdits(before: index)
      var step = machine.instructions[index]
      if assign(&step) { emit(step, in: number) }
      countWeight()
    }
  }

  private mutating func countWeight() {
    // Padding can at most double what is written; each branch counts as short so far.
    weight += 2 * (assembler.encodedSize - countedSize)
    countedSize = assembler.encodedSize
  }

  /// Emits one instruction and takes its facts.
  mutating func emit(_ native: Native) {
    assembler.emit(native)
    facts.note(native)
    flagged = nil
    switch native.opcode {
    case .add, .sub, .and, .or, .xor, .neg:
      flagged = (native[.operand0], native.width)
    default: break
    }
  }

  mutating func emit(
    _ opcode: MachineOpcode, _ width: Width, _ a: X86.Operand = .none, _ b: X86.Operand = .none,
    _ c: X86.Operand = .none, _ d: X86.Operand = .none
  ) {
    emit(Native(opcode, width, a, b, c, d))
  }

  func context(_ offset: Int32) -> X86.Operand { .address(.flat(.r15, displacement: offset)) }

  // MARK: Allocation's results

  func slot(_ slot: SpillSlot) -> X86.Operand { .address(.flat(.rsp, displacement: slotOffsets[slot.index])) }

  private mutating func emitEdits(before index: Int) {
    while nextEdit < allocation.edits.count, allocation.edits[nextEdit].before.index == index {
      emitEdit(allocation.edits[nextEdit])
      nextEdit += 1
    }
  }

  private mutating func emitEdit(_ edit: Edit) {
    switch edit.action {
    case .rematerialise(let tag, let register):
      var native = machine.rematerialisations[Int(tag)]
      native[operand: 0] = .register(X86.Register(register))
      emitConstant(native)
    case .move(let from, let to, let width):
      let isGeneral = edit.registerClass == .general
      let isMemory = from.register == nil || to.register == nil
      let opcode: MachineOpcode =
        isGeneral ? .mov : !isMemory ? .movaps : width == .bytes16 ? .movups : .movsd
      emit(opcode, isGeneral ? .w64 : .w128, operand(to), operand(from))
    }
  }

  /// A constant; 0 by the shorter idiom, since no flags live between steps.
  mutating func emitConstant(_ native: Native) {
    if native.opcode == .mov, native[operand: 1] == .immediate(0) {
      emit(.zero, .w32, native[operand: 0])
    } else {
      emit(native)
    }
  }

  private func operand(_ location: Location) -> X86.Operand {
    switch location {
    case .register(let register): .register(X86.Register(register))
    case .slot(let slot): self.slot(slot)
    case .none: preconditionFailure("a move has two ends")
    }
  }

  /// Puts locations into a step; false if nobody needs it.
  private func assign(_ step: inout MachineInstruction) -> Bool {
    for position in step.operands.range {
      let location = allocation.locations[position]
      let place = machine.places[position]
      switch location {
      case .none: return false
      case .slot(let slot):
        guard let operand = place.mainOperand else {
          preconditionFailure("only operands of an instruction may be slots")
        }
        step.main[operand: operand] = self.slot(slot)
      case .register(let physical):
        let register = X86.Register(physical)
        switch place {
        case .operand0, .operand1, .operand2, .operand3, .base, .index: step.main[place.slot] = register
        case .result: step.result = register
        case .first: step.first = register
        case .second: step.second = register
        case .implicit: break
        }
      }
    }
    return true
  }
}

extension OperandPlace {
  var mainOperand: Int? { rawValue < 4 ? Int(rawValue) : nil }
  /// Requires: the place is one of `main`'s.
  var slot: RegisterSlot {
    switch self {
    case .operand0: .operand0
    case .operand1: .operand1
    case .operand2: .operand2
    case .operand3: .operand3
    case .base: .base
    default: .index
    }
  }
}
