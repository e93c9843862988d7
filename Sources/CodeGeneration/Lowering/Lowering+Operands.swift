import Entities
import IR
import RegisterAllocation
import X86

/// A value as an instruction's operand.
struct Source {
  var operand: X86.Operand
  /// Where the operand's address lies, if it is one.
  var region = Region.none
}

// MARK: Values and registers

extension Lowering {
  static func allocationClass(_ type: Type) -> AllocationClass { type.isInteger ? .general : .vector }

  mutating func fresh(_ registerClass: AllocationClass = .general, width: SpillWidth = .bytes8) -> MachineRegister {
    let id = machine.input.virtualRegisters.append(VirtualRegisterInfo(registerClass, width: width))
    return .virtual(id.index)
  }

  /// The value whose register holds `value` too: an i32 is zero-extended already.
  func resolve(_ value: Value) -> Value {
    var value = value
    while case .result(let instruction, _) = function.values[value].definition,
      function.instructions[instruction].opcode == .extendUnsigned
    {
      value = function.operand(0, of: instruction)
    }
    return value
  }

  /// The register that holds `value`, without saying that somebody reads it there.
  mutating func register(_ value: Value) -> MachineRegister {
    let value = resolve(value)
    if registers[value.index] == Self.absent {
      let type = function.type(of: value)
      let register = fresh(Self.allocationClass(type), width: type == .v128 ? .bytes16 : .bytes8)
      registers[value.index] = UInt32(register.virtualNumber)
    }
    return .virtual(Int(registers[value.index]))
  }

  /// The register to read `value` from.
  mutating func use(_ value: Value) -> MachineRegister {
    livesOn[resolve(value).index] = true
    return register(value)
  }

  /// The register for the only result of the current instruction.
  mutating func result() -> MachineRegister { register(current.firstResult) }

  func operandValue(_ position: Int) -> Value { function.valueLists[current.operands, position] }

  /// The instruction that makes `value`; nil for a block parameter or one of several results.
  func definition(of value: Value) -> IR.Instruction? {
    guard case .result(let instruction, 0) = function.values[value].definition else { return nil }
    return instruction
  }

  func isDefined(_ value: Value, by opcode: IR.Opcode) -> IR.Instruction? {
    guard let instruction = definition(of: value), function.instructions[instruction].opcode == opcode else {
      return nil
    }
    return instruction
  }

  /// The bits of an integer constant.
  func constant(_ value: Value) -> UInt64? {
    guard let instruction = isDefined(value, by: .integerConstant) else { return nil }
    let data = function.instructions[instruction]
    return data.type == .i32 ? data.immediate & 0xffff_ffff : data.immediate
  }

  /// A constant as the sign-extended immediate of an operation on its type; nil if it does not fit 32 bits.
  func immediate(_ value: Value) -> Int64? {
    guard let bits = constant(value) else { return nil }
    if function.type(of: value) == .i32 { return Int64(Int32(truncatingIfNeeded: bits)) }
    let signed = Int64(bitPattern: bits)
    return Int64(Int32(truncatingIfNeeded: signed)) == signed ? signed : nil
  }

  /// One user less needs the value in a register.
  mutating func release(_ value: Value) { uses[value.index] -= 1 }

  /// The only user takes the value's instruction over, operands and all.
  func canSink(_ value: Value, by opcode: IR.Opcode) -> IR.Instruction? {
    guard uses[value.index] == 1, let instruction = isDefined(value, by: opcode), !isSunk[instruction.index] else {
      return nil
    }
    return instruction
  }

  /// Like `canSink`, for an instruction that reads state: nothing between it and here may change that.
  func canSinkRead(_ value: Value, by opcode: IR.Opcode) -> IR.Instruction? {
    guard let instruction = canSink(value, by: opcode),
      epochs[instruction.index] == epochs[currentInstruction.index]
    else { return nil }
    return instruction
  }

  mutating func sink(_ instruction: IR.Instruction) { isSunk[instruction.index] = true }

  /// The value when only its low 32 bits count: looks through `wrap`.
  mutating func useLow32(_ value: Value) -> MachineRegister {
    guard let instruction = canSink(value, by: .wrap) else { return use(value) }
    sink(instruction)
    return use(function.operand(0, of: instruction))
  }

  /// A register, an immediate, or an address when the value is a load or global that only this instruction needs.
  mutating func source(_ value: Value, allowsMemory: Bool = true) -> Source {
    if let immediate = immediate(value) {
      release(value)
      return Source(operand: .immediate(immediate))
    }
    if allowsMemory, let memory = memorySource(value) { return memory }
    return Source(operand: .register(function.type(of: value) == .i32 ? useLow32(value) : use(value)))
  }

  func width(_ type: Type) -> Width { type == .i64 || type == .f64 ? .w64 : .w32 }
}

// MARK: Steps

extension Lowering {
  /// Adds a step of one instruction.
  mutating func emit(
    _ opcode: MachineOpcode, _ width: Width = .w32, _ a: X86.Operand = .none, _ b: X86.Operand = .none,
    _ c: X86.Operand = .none, _ d: X86.Operand = .none, region: Region = .none
  ) {
    var step = MachineInstruction(.plain, Native(opcode, width, a, b, c, d), sourceOffset: current.sourceOffset)
    step.region = region
    append(step)
  }

  mutating func emitMove(_ to: MachineRegister, _ from: MachineRegister, _ registerClass: AllocationClass) {
    let native =
      registerClass == .general
      ? Native(.mov, .w64, .register(to), .register(from)) : Native(.movaps, .w128, .register(to), .register(from))
    append(MachineInstruction(.move, native, sourceOffset: current.sourceOffset))
  }

  func step(_ kind: MachineInstruction.Kind, _ main: Native) -> MachineInstruction {
    MachineInstruction(kind, main, sourceOffset: current.sourceOffset)
  }

  /// Adds a step; `extra` are the operands that its kind has beside `main`'s.
  mutating func append(
    _ step: MachineInstruction, _ extra: (RegisterOperand, OperandPlace)..., mainIsOperation: Bool = true
  ) {
    var step = step
    operands.removeAll(keepingCapacity: true)
    if mainIsOperation { collectOperands(step.main) }
    for (operand, place) in extra {
      operands.append(operand)
      machine.places.append(place)
    }
    step.operands = machine.input.operands.append(contentsOf: operands)
    steps.append(step)
  }

  /// Adds a step whose `result` takes `second`'s register, and which reads `first`.
  mutating func appendReusing(_ step: MachineInstruction, mainIsOperation: Bool = true) {
    var step = step
    operands.removeAll(keepingCapacity: true)
    if mainIsOperation { collectOperands(step.main) }
    operands.append(.use(VirtualRegister(step.first)))
    operands.append(.use(VirtualRegister(step.second)))
    let reuse = OperandConstraint.reuse(UInt8(operands.count - 1))
    operands.append(.definition(VirtualRegister(step.result), reuse))
    machine.places.append(contentsOf: [.first, .second, .result])
    step.operands = machine.input.operands.append(contentsOf: operands)
    steps.append(step)
  }

  /// The registers of `native`: virtual ones by the table, fixed ones too; r15, rsp and the scratch register stay as
  /// they are.
  private mutating func collectOperands(_ native: Native) {
    var tied: UInt8?
    var tiesFirst = false
    var definition: Int?
    native.forEachRegister(isa: isa) { use in
      guard use.register.isVirtual else { return }
      let virtual = VirtualRegister(use.register)
      let constraint: OperandConstraint =
        if let fixed = use.fixed {
          .fixed(PhysicalRegister(fixed))
        } else if native.allowsSpill(at: use.slot) || allowsVectorSpill(native, use.slot, virtual) {
          .any
        } else {
          .register
        }
      switch use.role {
      case .write:
        definition = operands.count
        operands.append(.definition(virtual, constraint == .any ? .register : constraint))
      case .readWrite: preconditionFailure("an instruction of selected code reads and writes one virtual register")
      case .read, .compute:
        if use.tiedTo != nil {
          tied = UInt8(operands.count)
          tiesFirst = true
        }
        operands.append(.use(virtual, use.tiedTo == nil ? constraint : .register))
      }
      machine.places.append(OperandPlace(use.slot))
    }
    if tiesFirst, let tied, let definition { operands[definition].constraint = .reuse(tied) }
  }
}

extension OperandPlace {
  init(_ slot: RegisterSlot) {
    switch slot {
    case .operand0: self = .operand0
    case .operand1: self = .operand1
    case .operand2: self = .operand2
    case .operand3: self = .operand3
    case .base: self = .base
    case .index: self = .index
    }
  }
}

extension X86.Instruction {
  /// Whether the register operand in `slot` may be a spill slot instead: the encoding has a memory form there, no other
  /// operand is in memory, and eight bytes are enough.
  func allowsSpill(at slot: RegisterSlot) -> Bool {
    switch opcode {
    case .add, .sub, .and, .or, .xor, .imul, .cmov, .addss, .addsd, .subss, .subsd, .mulss, .mulsd, .divss, .divsd:
      slot == .operand2
    case .cmp, .movzx8, .movzx16, .movsx8, .movsx16, .movsxd, .popcnt, .lzcnt, .tzcnt, .ucomiss, .ucomisd, .cvttss2si,
      .cvttsd2si, .imulImmediate, .shlx, .shrx, .sarx, .rorx:
      slot == .operand1 && hasNoAddress
    case .test, .mul, .imulWide:
      slot == .operand0
    default: false
    }
  }

  private var hasNoAddress: Bool {
    if case .address = self[operand: 0] { return false }
    return true
  }
}
