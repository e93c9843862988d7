import Entities

extension AllocationChecker {
  /// Verifies the rules of `AllocationInput` but for the last two. Cost: near-linear.
  public static func checkInput(
    _ input: AllocationInput, environment: RegisterEnvironment
  ) -> [AllocationViolation] {
    var checker = InputChecker(input, environment)
    checker.run()
    return checker.violations
  }
}

private struct InputChecker {
  let input: AllocationInput
  let scratches: RegisterSet
  var violations: [AllocationViolation] = []
  /// Where each virtual register is defined; `position` counts instructions, and parameters are at their block's first.
  var definitions: ContiguousArray<(block: BlockNumber, instruction: Int)?>

  init(_ input: AllocationInput, _ environment: RegisterEnvironment) {
    self.input = input
    scratches = [environment.generalScratch, environment.vectorScratch]
    definitions = ContiguousArray(repeating: nil, count: input.virtualRegisters.count)
    for register in environment.general + environment.vector where scratches.contains(register) {
      report("scratch register \(register) is allocatable", at: 0)
    }
  }

  mutating func report(_ text: String, at instruction: Int, operand: Int? = nil) {
    violations.append(
      AllocationViolation(
        instruction: InstructionNumber(index: instruction), operand: operand, reason: .input(text)))
  }

  mutating func run() {
    checkBlocks()
    guard violations.isEmpty else { return }
    let flow = ControlFlow(input)
    checkEdges(flow)
    collectDefinitions()
    guard violations.isEmpty else { return }
    checkUses(Dominators(input, flow))
    checkOperands()
  }

  mutating func checkBlocks() {
    var next = 0
    for block in input.blocks.elements {
      if block.firstInstruction.index != next || block.instructionCount == 0 {
        return report("blocks do not hold all instructions in order", at: next)
      }
      next += Int(block.instructionCount)
      guard next <= input.instructions.count else { return report("a block ends behind the last instruction", at: 0) }
      for index in block.instructions {
        let isTerminator = input.instructions[InstructionNumber(index: index)].flags.contains(.terminator)
        if isTerminator != (index == next - 1) { report("terminators are the last instructions of blocks", at: index) }
      }
      for edge in input.edges[block.edges] where !input.blocks.contains(edge.target) {
        report("an edge to nowhere", at: next - 1)
      }
    }
    if next == 0 || next != input.instructions.count { report("blocks do not hold all instructions", at: 0) }
  }

  mutating func checkEdges(_ flow: ControlFlow) {
    if flow.predecessorCount(of: BlockNumber(0)) > 0 { report("an edge leads to the entry", at: 0) }
    if !input.blocks[BlockNumber(0)].parameters.isEmpty { report("the entry has parameters", at: 0) }
    for id in input.blocks.ids {
      let block = input.blocks[id]
      let last = block.lastInstruction
      let terminator = input.instructions[last]
      if block.edges.count == 1 && (!terminator.operands.isEmpty || !terminator.clobbers.isEmpty) {
        report("a terminator with one edge has operands or clobbers", at: last.index)
      }
      for edge in input.edges[block.edges] {
        if block.edges.count > 1 && flow.predecessorCount(of: edge.target) > 1 {
          report("critical edge from \(id) to \(edge.target)", at: last.index)
        }
        let arguments = input.registers[edge.arguments]
        let parameters = input.registers[input.blocks[edge.target].parameters]
        if arguments.count != parameters.count {
          report("\(arguments.count) arguments for \(parameters.count) parameters", at: last.index)
        }
        for (argument, parameter) in zip(arguments, parameters) {
          let a = input.virtualRegisters[argument]
          let b = input.virtualRegisters[parameter]
          if a.registerClass != b.registerClass || a.width != b.width {
            report("argument \(argument) does not fit parameter \(parameter)", at: last.index)
          }
        }
      }
    }
  }

  mutating func define(_ register: VirtualRegister, in block: BlockNumber, at instruction: Int) {
    if definitions[register.index] != nil { report("\(register) has two definitions", at: instruction) }
    definitions[register.index] = (block, instruction)
  }

  mutating func collectDefinitions() {
    for id in input.blocks.ids {
      let block = input.blocks[id]
      for parameter in input.registers[block.parameters] {
        define(parameter, in: id, at: block.firstInstruction.index)
        if input.virtualRegisters[parameter].rematerialisation != nil {
          report("parameter \(parameter) is rematerialisable", at: block.firstInstruction.index)
        }
      }
      for index in block.instructions {
        for operand in input.operands[input.instructions[InstructionNumber(index: index)].operands]
        where operand.kind == .definition {
          // After the parameters of a block, before the next instruction's uses.
          define(operand.register, in: id, at: index + 1)
        }
      }
    }
  }

  mutating func checkUses(_ dominators: Dominators) {
    var temporaries = ContiguousArray<Int?>(repeating: nil, count: input.virtualRegisters.count)
    for id in input.blocks.ids {
      if id != BlockNumber(0) && dominators.immediate[id.index] == nil {
        report("\(id) cannot be reached", at: input.blocks[id].firstInstruction.index)
        continue
      }
      let last = input.blocks[id].lastInstruction
      for operand in input.operands[input.instructions[last].operands] where operand.kind == .definition {
        temporaries[operand.register.index] = last.index
      }
    }
    for id in input.blocks.ids {
      let block = input.blocks[id]
      for index in block.instructions {
        for operand in input.operands[input.instructions[InstructionNumber(index: index)].operands]
        where operand.kind == .use {
          checkUse(of: operand.register, in: id, at: index, temporaries, dominators)
        }
      }
      for edge in input.edges[block.edges] {
        for argument in input.registers[edge.arguments] {
          checkUse(of: argument, in: id, at: block.lastInstruction.index, temporaries, dominators)
        }
      }
    }
  }

  mutating func checkUse(
    of register: VirtualRegister, in block: BlockNumber, at instruction: Int, _ temporaries: ContiguousArray<Int?>,
    _ dominators: Dominators
  ) {
    if temporaries[register.index] != nil { report("\(register) is a terminator's result and used", at: instruction) }
    guard let definition = definitions[register.index] else {
      return report("\(register) is used and never defined", at: instruction)
    }
    let dominates =
      definition.block == block
      ? definition.instruction <= instruction : dominators.meet(definition.block, block) == definition.block
    if !dominates { report("the definition of \(register) does not dominate its use", at: instruction) }
  }

  mutating func checkOperands() {
    for id in input.instructions.ids {
      let info = input.instructions[id]
      let operands = input.operands[info.operands]
      if info.flags.contains(.move)
        && (operands.count != 2 || operands.first?.kind != .definition || operands.last?.kind != .use)
      {
        report("a move has a definition and a use", at: id.index)
      }
      for (position, operand) in operands.enumerated() {
        checkConstraint(operand, among: operands, of: info, at: id.index, Int(info.operands.start) + position)
        let remade = input.virtualRegisters[operand.register].rematerialisation != nil
        if remade && operand.kind == .definition
          && (operands.count != 1 || operand.constraint != .register || !info.clobbers.isEmpty)
        {
          report("a rematerialisable definition stands alone in its instruction", at: id.index)
        }
        if remade && operand.constraint == .stack {
          report("a rematerialisable register has no stack slot", at: id.index)
        }
      }
    }
  }

  mutating func checkConstraint(
    _ operand: RegisterOperand, among operands: ArraySlice<RegisterOperand>, of info: InstructionInfo,
    at instruction: Int, _ index: Int
  ) {
    switch operand.constraint {
    case .any, .register: break
    case .stack:
      if operand.kind == .definition { report("a definition on the stack", at: instruction, operand: index) }
    case .reuse(let position):
      let input = Int(position) < operands.count ? operands[operands.startIndex + Int(position)] : operand
      if operand.kind == .use || operand.position == .early || input.kind == .definition || input.position == .late
        || input.constraint != .register
        || self.input.virtualRegisters[input.register].registerClass
          != self.input.virtualRegisters[operand.register].registerClass
      {
        report("only a late definition can reuse an early register use", at: instruction, operand: index)
      }
    case .fixed(let register):
      if scratches.contains(register) { report("fixed to a scratch register", at: instruction, operand: index) }
      if self.input.virtualRegisters[operand.register].registerClass != register.registerClass {
        report("fixed to a register of the other class", at: instruction, operand: index)
      }
      if operand.position == .late && operand.kind == .use && info.clobbers.contains(register)
        || operand.position == .early && operand.kind == .definition && info.clobbers.contains(register)
      {
        report("\(register) is asked for and clobbered", at: instruction, operand: index)
      }
    }
  }
}
