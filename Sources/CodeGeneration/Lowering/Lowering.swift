import Entities
import IR
import Nexe
import RegisterAllocation
import X86

/// Instruction selection: IR to steps over virtual registers, with everything the sandbox needs beside masks, polls
/// and frames.
///
/// Blocks and their instructions are visited backward, so that a value's users have said whether they take it as part
/// of an addressing mode, an immediate, a memory operand or a fused compare before its own turn comes; what nobody
/// needs any more is left out.
///
/// Requires: unreachable blocks of `function` are of no interest; every block of the layout comes behind its
/// dominators. Cost: linear in the function.
struct Lowering {
  let function: IR.Function
  let module: ModuleContext
  let isa: ISALevel
  var machine: MachineFunction

  /// How many users of a value still need it in a register, or have not been visited.
  var uses: ContiguousArray<UInt32>
  /// Some user behind the current place reads the value from its register: it lives on.
  var livesOn: ContiguousArray<Bool>
  /// Virtual register of each value; `absent` if none yet.
  var registers: ContiguousArray<UInt32>
  /// Changes at every block and side effect: a load may be moved to an instruction with the same number.
  var epochs: ContiguousArray<UInt32>
  /// Instructions that became part of another.
  var isSunk: ContiguousArray<Bool>

  /// Steps of the current IR instruction, forward.
  var steps: ContiguousArray<MachineInstruction> = []
  /// All steps so far, backward.
  var reversed: ContiguousArray<MachineInstruction> = []
  /// Scratch for `append`.
  var operands: ContiguousArray<RegisterOperand> = []
  var current = InstructionData(.trap, .i32)
  var currentInstruction = IR.Instruction(0)
  var currentBlock = BlockNumber(0)
  /// Machine block of each IR block.
  var blockNumbers: SideTable<Block, UInt32>
  /// Of a loop header: the block on the way back that stands in front of it.
  var backEdges: SideTable<Block, UInt32>

  static let absent = UInt32.max

  static func lower(_ function: IR.Function, in module: ModuleContext) -> MachineFunction {
    var lowering = Lowering(function, module)
    lowering.layOutBlocks()
    lowering.countUses()
    for number in lowering.machine.blocks.ids.reversed() { lowering.lowerBlock(number) }
    lowering.finish()
    return lowering.machine
  }

  init(_ function: IR.Function, _ module: ModuleContext) {
    self.function = function
    self.module = module
    isa = module.options.instructionSet == .x86_64_v3 ? .v3 : .v2
    machine = MachineFunction(index: function.index)
    uses = ContiguousArray(repeating: 0, count: function.values.count)
    livesOn = ContiguousArray(repeating: false, count: function.values.count)
    registers = ContiguousArray(repeating: Self.absent, count: function.values.count)
    epochs = ContiguousArray(repeating: 0, count: function.instructions.count)
    isSunk = ContiguousArray(repeating: false, count: function.instructions.count)
    blockNumbers = SideTable(count: function.blocks.count, initial: Self.absent)
    backEdges = SideTable(count: function.blocks.count, initial: Self.absent)
    machine.input.virtualRegisters.reserveCapacity(function.values.count)
    reversed.reserveCapacity(function.instructions.count)
  }

  /// One round over the layout: uses and epochs.
  private mutating func countUses() {
    var epoch: UInt32 = 0
    for number in machine.blocks.ids {
      guard let block = machine.blocks[number].source else { continue }
      epoch += 1
      for instruction in function.layout.instructions[block] {
        epochs[instruction.index] = epoch
        let data = function.instructions[instruction]
        if data.opcode.info.hasSideEffects { epoch += 1 }
        for position in data.operands.range { uses[function.valueLists[position].index] += 1 }
        for target in data.targets.range {
          for position in function.branchTargets[target].arguments.range {
            uses[function.valueLists[position].index] += 1
          }
        }
      }
    }
  }

  private mutating func lowerBlock(_ number: BlockNumber) {
    currentBlock = number
    let end = reversed.count
    if let block = machine.blocks[number].source {
      for instruction in function.layout.instructions[block].reversed() { lower(instruction) }
    } else {
      steps.append(MachineInstruction(.jump, Native(.jmp), sourceOffset: 0))
      flush()
    }
    if number.index == 0 { lowerEntry() }
    // Still counted from the end of the function.
    machine.blocks[number].instructions = end..<reversed.count
  }

  private mutating func lower(_ instruction: IR.Instruction) {
    let data = function.instructions[instruction]
    current = data
    currentInstruction = instruction
    if isSunk[instruction.index] { return }
    let info = data.opcode.info
    if !info.hasSideEffects && !info.canTrap && !info.isTerminator && isUnused(data) {
      for position in data.operands.range { uses[function.valueLists[position].index] -= 1 }
      return
    }
    select(data)
    flush()
  }

  private func isUnused(_ data: InstructionData) -> Bool {
    (data.firstResult.rawValue..<data.firstResult.rawValue + data.resultCount).allSatisfy { uses[Int($0)] == 0 }
  }

  private mutating func flush() {
    reversed.append(contentsOf: steps.reversed())
    steps.removeAll(keepingCapacity: true)
  }

  /// Turns everything around and fills the allocator's tables.
  private mutating func finish() {
    let count = reversed.count
    reversed.reverse()
    machine.instructions = reversed
    machine.input.instructions.reserveCapacity(count)
    for step in machine.instructions {
      machine.input.instructions.append(
        InstructionInfo(operands: step.operands, clobbers: step.clobbers, flags: step.allocationFlags))
    }
    for number in machine.blocks.ids {
      let backward = machine.blocks[number].instructions
      let range = count - backward.upperBound..<count - backward.lowerBound
      machine.blocks[number].instructions = range
      describe(number, range)
    }
  }

  private mutating func describe(_ number: BlockNumber, _ range: Range<Int>) {
    let block = machine.blocks[number]
    var parameters = PoolSlice.empty
    if number.index != 0, let source = block.source {
      let values = function.blocks[source].parameters
      if !values.isEmpty {
        let registers = values.map { VirtualRegister(register($0)) }
        parameters = machine.input.registers.append(contentsOf: registers)
      }
    }
    machine.input.blocks.append(
      BlockInfo(
        firstInstruction: InstructionNumber(index: range.lowerBound), instructionCount: range.count,
        parameters: parameters, edges: edges(from: number), loopDepth: block.loopDepth, frequency: block.frequency))
  }
}

typealias Native = X86.Instruction

extension MachineInstruction {
  var allocationFlags: InstructionInfo.Flags {
    switch kind {
    case .move: .move
    case .call, .callIndirect, .gate: .call
    case .compareBranch, .jump, .tailCall, .tailCallIndirect, .returnValues, .trap, .branchTable: .terminator
    default: []
    }
  }
}
