import IR
import RegisterAllocation
import X86

/// Float arithmetic.
extension Lowering {
  // MARK: Constants

  mutating func selectFloatConstant(_ data: InstructionData) {
    let register = result()
    if data.immediate == 0 {
      defineConstant(Native(.zeroVector, .w128, .register(register)))
      return
    }
    let address = constantAddress(data)
    defineConstant(
      Native(data.type == .f64 ? .movsd : .movss, width(data.type), .register(register), .address(address)))
  }

  mutating func selectVectorConstant(_ data: InstructionData) {
    let bits = function.vectorConstants[VectorConstant(UInt32(truncatingIfNeeded: data.immediate))]
    defineVectorConstant(bits, result())
  }

  private mutating func constantAddress(_ data: InstructionData) -> X86.Address {
    machine.scalarConstant(data.immediate, isDouble: data.type == .f64)
  }

  /// 16 bytes for a packed operation, the same in both halves.
  private mutating func packedConstant(_ bits: UInt64) -> X86.Operand {
    .address(machine.address(of: ConstantPool.Constant(low: bits, high: bits)))
  }

  /// A register, a constant in read-only data, or memory.
  mutating func floatSource(_ value: Value) -> Source {
    if let constant = isDefined(value, by: .floatConstant) {
      release(value)
      return Source(operand: .address(constantAddress(function.instructions[constant])))
    }
    if let memory = memorySource(value) { return memory }
    return Source(operand: .register(use(value)))
  }

  // MARK: Arithmetic

  mutating func selectFloatArithmetic(_ data: InstructionData) {
    let isDouble = data.type == .f64
    let opcode: MachineOpcode
    var left = operandValue(0)
    var right = operandValue(1)
    var commutes = true
    switch data.opcode {
    case .floatAdd: opcode = isDouble ? .addsd : .addss
    case .floatMultiply: opcode = isDouble ? .mulsd : .mulss
    case .floatSubtract:
      opcode = isDouble ? .subsd : .subss
      commutes = false
    default:
      opcode = isDouble ? .divsd : .divss
      commutes = false
    }
    if commutes, isDefined(left, by: .floatConstant) != nil || isFoldableLoad(left) && !isFoldableLoad(right) {
      swap(&left, &right)
    }
    let first = use(left)
    let second = floatSource(right)
    emit(opcode, width(data.type), .register(result()), .register(first), second.operand, region: second.region)
  }

  private func isFoldableLoad(_ value: Value) -> Bool { canSinkRead(value, by: .load) != nil }

  mutating func selectFloatMinimumOrMaximum(_ data: InstructionData) {
    let isDouble = data.type == .f64
    let isMinimum = data.opcode == .floatMinimum
    let opcode: MachineOpcode = isMinimum ? (isDouble ? .minsd : .minss) : (isDouble ? .maxsd : .maxss)
    var step = step(isMinimum ? .floatMinimum : .floatMaximum, Native(opcode, width(data.type)))
    step.result = result()
    step.first = use(operandValue(1))
    step.second = use(operandValue(0))
    appendReusing(step, mainIsOperation: false)
  }

  mutating func selectSignChange(_ data: InstructionData) {
    let sign: UInt64 = data.type == .f64 ? 1 << 63 : 1 << 31 | 1 << 63
    let mask = packedConstant(data.opcode == .negate ? sign : ~sign)
    emit(
      data.opcode == .negate ? .xorps : .andps, .w128, .register(result()), .register(use(operandValue(0))), mask)
  }

  mutating func selectCopySign(_ data: InstructionData) {
    let sign: UInt64 = data.type == .f64 ? 1 << 63 : 1 << 31 | 1 << 63
    let magnitude = fresh(.vector)
    let signBit = fresh(.vector)
    let clear = packedConstant(~sign)
    let keep = packedConstant(sign)
    emit(.andps, .w128, .register(magnitude), .register(use(operandValue(0))), clear)
    emit(.andps, .w128, .register(signBit), .register(use(operandValue(1))), keep)
    emit(.orps, .w128, .register(result()), .register(magnitude), .register(signBit))
  }

  /// The second operand gives the upper part of the register: the source itself, so that nothing older is waited for.
  mutating func selectFloatUnary(_ data: InstructionData) {
    let isDouble = data.type == .f64
    let source = use(operandValue(0))
    let opcode: MachineOpcode
    var mode: Int64?
    switch data.opcode {
    case .squareRoot: opcode = isDouble ? .sqrtsd : .sqrtss
    case .demote: opcode = .cvtsd2ss
    case .promote: opcode = .cvtss2sd
    default:
      opcode = isDouble ? .roundsd : .roundss
      // Bit 3: no precision exception.
      switch data.opcode {
      case .nearest: mode = 8
      case .floor: mode = 9
      case .ceiling: mode = 10
      default: mode = 11
      }
    }
    emit(
      opcode, width(data.type), .register(result()), .register(source), .register(source),
      mode.map { .immediate($0) } ?? .none)
  }

  // MARK: Conversions

  mutating func selectReinterpret(_ data: InstructionData) {
    let value = operandValue(0)
    let width = width(data.type)
    if data.type.isInteger {
      emit(.moveFromVector, width, .register(result()), .register(use(value)))
    } else {
      emit(.moveToVector, width, .register(result()), .register(use(value)))
    }
  }

  mutating func selectConversion(_ data: InstructionData) {
    let isDouble = data.type == .f64
    let operandType = data.operandType
    let isUnsigned = data.opcode == .convertFromUnsigned
    let source = use(operandValue(0))
    // An unsigned 32-bit value is a signed 64-bit one.
    let width: Width = operandType == .i64 || isUnsigned ? .w64 : .w32
    let native = Native(isDouble ? .cvtsi2sd : .cvtsi2ss, width)
    let isWide = isUnsigned && operandType == .i64
    var step = step(isWide ? .convertUnsigned64 : .convertSigned, native)
    step.result = result()
    step.first = source
    guard isWide else {
      append(
        step, (.use(VirtualRegister(source)), .first), (.definition(VirtualRegister(step.result)), .result),
        mainIsOperation: false)
      return
    }
    step.second = fresh()
    append(
      step, (.use(VirtualRegister(source)), .first), (.definition(VirtualRegister(step.result)), .result),
      (.earlyDefinition(VirtualRegister(step.second)), .second), mainIsOperation: false)
  }

  /// Float to integer; the steps are written out at emission, see `Emitter+Float`.
  mutating func selectTruncation(_ data: InstructionData) {
    let operandType = data.operandType
    let isUnsigned = data.opcode == .truncateToUnsigned || data.opcode == .truncateToUnsignedSaturating
    let isSaturating = data.opcode == .truncateToSignedSaturating || data.opcode == .truncateToUnsignedSaturating
    let isWide = isUnsigned && data.type == .i64
    let kind: MachineInstruction.Kind =
      if isWide {
        isSaturating ? .truncateUnsigned64Saturating : .truncateUnsigned64Checked
      } else {
        isSaturating ? .truncateSaturating : .truncateChecked
      }
    let isDouble = operandType == .f64
    var step = step(kind, Native(isDouble ? .cvttsd2si : .cvttss2si, .w64))
    step.result = result()
    step.first = use(operandValue(0))
    step.auxiliary = UInt32(data.type.rawValue)
    step.immediate = isUnsigned ? 1 : 0
    guard isWide else {
      append(
        step, (.use(VirtualRegister(step.first)), .first), (.definition(VirtualRegister(step.result)), .result),
        mainIsOperation: false)
      return
    }
    step.second = fresh(.vector)
    append(
      step, (.use(VirtualRegister(step.first)), .first), (.definition(VirtualRegister(step.result)), .result),
      (.earlyDefinition(VirtualRegister(step.second)), .second), mainIsOperation: false)
  }
}
