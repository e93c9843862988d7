import Entities
import IR
import RegisterAllocation
import X86

/// Integer arithmetic.
extension Lowering {
  /// `op left, right` for an operation that may swap its operands.
  mutating func selectCommutative(_ opcode: MachineOpcode, _ data: InstructionData) {
    var left = operandValue(0)
    var right = operandValue(1)
    // The left operand's register is overwritten: better one that nobody needs afterwards.
    if immediate(left) != nil
      || immediate(right) == nil && livesOn[resolve(left).index] && !livesOn[resolve(right).index]
      || immediate(right) == nil && canSinkRead(left, by: .load) != nil && canSinkRead(right, by: .load) == nil
    {
      swap(&left, &right)
    }
    selectBinary(opcode, data.type, left, right)
  }

  mutating func selectBinary(_ opcode: MachineOpcode, _ type: Type, _ left: Value, _ right: Value) {
    let first = type == .i32 ? useLow32(left) : use(left)
    let second = source(right)
    emit(
      opcode, width(type), .register(result()), .register(first), second.operand, region: second.region)
  }

  mutating func selectAdd(_ data: InstructionData) {
    if selectAddress(data) { return }
    selectCommutative(.add, data)
  }

  /// A sum as `lea` when a two-address add would have to copy, or when it takes a shift or a second addition along.
  private mutating func selectAddress(_ data: InstructionData) -> Bool {
    let left = operandValue(0)
    let right = operandValue(1)
    if let bits = immediate(right), let displacement = Int32(exactly: bits) {
      if let add = canSink(left, by: .add), immediate(function.operand(0, of: add)) == nil,
        immediate(function.operand(1, of: add)) == nil
      {
        sink(add)
        release(right)
        let sum = sumAddress(function.operand(0, of: add), function.operand(1, of: add), displacement)
        emit(.lea, width(data.type), .register(result()), .address(sum))
        return true
      }
      if let (value, scale) = scaled(left) {
        release(right)
        let address = X86.Address.flat(nil, index: useLow(value), scale: scale, displacement: displacement)
        emit(.lea, width(data.type), .register(result()), .address(address))
        return true
      }
      guard livesOn[resolve(left).index] else { return false }
      release(right)
      emit(.lea, width(data.type), .register(result()), .address(.flat(use(left), displacement: displacement)))
      return true
    }
    if immediate(left) != nil { return false }
    let isShifted = isScaled(left) || isScaled(right)
    guard isShifted || livesOn[resolve(left).index] && livesOn[resolve(right).index] else { return false }
    emit(.lea, width(data.type), .register(result()), .address(sumAddress(left, right, 0)))
    return true
  }

  private mutating func sumAddress(_ left: Value, _ right: Value, _ displacement: Int32) -> X86.Address {
    if let (value, scale) = scaled(right) {
      return .flat(useLow(left), index: useLow(value), scale: scale, displacement: displacement)
    }
    if let (value, scale) = scaled(left) {
      return .flat(useLow(right), index: useLow(value), scale: scale, displacement: displacement)
    }
    return .flat(useLow(left), index: useLow(right), displacement: displacement)
  }

  private mutating func useLow(_ value: Value) -> MachineRegister {
    function.type(of: value) == .i32 ? useLow32(value) : use(value)
  }

  private func isScaled(_ value: Value) -> Bool {
    guard let shift = canSink(value, by: .shiftLeft), let count = constant(function.operand(1, of: shift)) else {
      return false
    }
    return (1...3).contains(count)
  }

  mutating func selectSubtract(_ data: InstructionData) {
    let left = operandValue(0)
    let right = operandValue(1)
    if constant(left) == 0 {
      release(left)
      emit(.neg, width(data.type), .register(result()), .register(use(right)))
      return
    }
    if let bits = immediate(right), livesOn[resolve(left).index], let displacement = Int32(exactly: -bits) {
      release(right)
      emit(.lea, width(data.type), .register(result()), .address(.flat(use(left), displacement: displacement)))
      return
    }
    selectBinary(.sub, data.type, left, right)
  }

  mutating func selectMultiply(_ data: InstructionData) {
    var left = operandValue(0)
    var right = operandValue(1)
    if immediate(left) != nil { swap(&left, &right) }
    guard let bits = immediate(right) else { return selectCommutative(.imul, data) }
    release(right)
    if bits == 3 || bits == 5 || bits == 9 {
      let register = use(left)
      emit(
        .lea, width(data.type), .register(result()),
        .address(.flat(register, index: register, scale: Int(bits) - 1)))
      return
    }
    let memory = memorySource(left)
    emit(
      .imulImmediate, width(data.type), .register(result()), memory?.operand ?? .register(use(left)), .immediate(bits),
      region: memory?.region ?? .none)
  }

  /// `mul` and `imul` of one operand: rax times it, of which rdx gets the upper half.
  mutating func selectMultiplyHigh(_ data: InstructionData) {
    var left = operandValue(0)
    var right = operandValue(1)
    // A constant goes to rax, a load stays in memory.
    if constant(right) != nil || canSinkRead(left, by: .load) != nil { swap(&left, &right) }
    let memory = memorySource(right)
    let opcode: MachineOpcode = data.opcode == .multiplyHighSigned ? .imulWide : .mul
    var finished = step(
      .plain, Native(opcode, width(data.type), memory?.operand ?? .register(use(right))))
    finished.region = memory?.region ?? .none
    finished.clobbers = [PhysicalRegister(.rax)]
    append(
      finished, (.use(VirtualRegister(use(left)), .fixed(PhysicalRegister(.rax))), .implicit),
      (.definition(VirtualRegister(result()), .fixed(PhysicalRegister(.rdx))), .implicit))
  }

  mutating func selectOr(_ data: InstructionData) {
    if selectByteSwap(data) { return }
    selectCommutative(.or, data)
  }

  mutating func selectXor(_ data: InstructionData) {
    if immediate(operandValue(1)) == -1 {
      release(operandValue(1))
      emit(.not, width(data.type), .register(result()), .register(use(operandValue(0))))
      return
    }
    if selectLowestSetMask(data) { return }
    selectCommutative(.xor, data)
  }

  mutating func selectAnd(_ data: InstructionData) {
    switch constant(operandValue(1)) {
    case 0xff:
      release(operandValue(1))
      emit(.movzx8, .w32, .register(result()), .register(use(operandValue(0))))
    case 0xffff:
      release(operandValue(1))
      emit(.movzx16, .w32, .register(result()), .register(use(operandValue(0))))
    case 0xffff_ffff where data.type == .i64:
      release(operandValue(1))
      emit(.mov, .w32, .register(result()), .register(use(operandValue(0))))
    default:
      if selectBitAnd(data) { return }
      selectCommutative(.and, data)
    }
  }

  /// Counts are taken modulo the width by the processor too.
  mutating func selectShift(_ data: InstructionData) {
    let value = operandValue(0)
    let count = operandValue(1)
    let width = width(data.type)
    let opcode: MachineOpcode
    var flagless: MachineOpcode?
    switch data.opcode {
    case .shiftLeft: (opcode, flagless) = (.shl, .shlx)
    case .shiftRightSigned: (opcode, flagless) = (.sar, .sarx)
    case .shiftRightUnsigned: (opcode, flagless) = (.shr, .shrx)
    case .rotateLeft: opcode = .rol
    default: opcode = .ror
    }
    if let bits = constant(count) {
      release(count)
      let amount = Int64(bits & UInt64(width.bits - 1))
      let isRotate = data.opcode == .rotateLeft || data.opcode == .rotateRight
      if isRotate && isa >= .v3 {
        let right = data.opcode == .rotateRight ? amount : (Int64(width.bits) - amount) & Int64(width.bits - 1)
        emit(.rorx, width, .register(result()), .register(use(value)), .immediate(right))
      } else if amount == 0 {
        // A shift by 0 would leave flags and upper half to chance; this is what it means.
        emit(.mov, width, .register(result()), .register(use(value)))
      } else if opcode == .shl && livesOn[resolve(value).index] && amount <= 3 {
        emit(.lea, width, .register(result()), .address(.flat(nil, index: use(value), scale: 1 << Int(amount))))
      } else {
        emit(opcode, width, .register(result()), .register(use(value)), .immediate(amount))
      }
      return
    }
    let amount = useLow32(masked(count, width))
    if let flagless, isa >= .v3 {
      emit(flagless, width, .register(result()), .register(use(value)), .register(amount))
    } else {
      let native = Native(opcode, width, .register(result()), .register(use(value)), .register(.rcx))
      append(
        step(.plain, native), (.use(VirtualRegister(amount), .fixed(PhysicalRegister(.rcx))), .implicit))
    }
  }

  /// A shift count without a mask that the processor applies anyway, and without an extension.
  private mutating func masked(_ count: Value, _ width: Width) -> Value {
    guard let and = canSink(count, by: .and), let bits = constant(function.operand(1, of: and)),
      bits & UInt64(width.bits - 1) == UInt64(width.bits - 1)
    else { return count }
    sink(and)
    release(function.operand(1, of: and))
    return function.operand(0, of: and)
  }

  mutating func selectBitCount(_ data: InstructionData) {
    let width = width(data.type)
    let source = source(operandValue(0))
    let fast: MachineOpcode
    let fallback: MachineOpcode
    switch data.opcode {
    case .populationCount: (fast, fallback) = (.popcnt, .popcnt)
    case .countLeadingZeros: (fast, fallback) = (.lzcnt, .bsr)
    default: (fast, fallback) = (.tzcnt, .bsf)
    }
    // All three read a register that they only write on some processors; a memory operand has no such partner.
    var operand = source.operand
    if case .immediate = operand {
      let register = fresh()
      emit(.mov, width, .register(register), operand)
      operand = .register(register)
    }
    if isa >= .v3 || fast == fallback {
      emit(fast, width, .register(result()), operand, region: source.region)
      return
    }
    var input = fresh()
    if case .register(let register) = operand {
      input = register
    } else {
      emit(.mov, width, .register(input), operand, region: source.region)
    }
    var step = step(.countZeros, Native(fallback, width))
    step.result = result()
    step.first = input
    append(
      step, (.use(VirtualRegister(input)), .first), (.definition(VirtualRegister(step.result)), .result),
      mainIsOperation: false)
  }

  mutating func selectExtension(_ data: InstructionData) {
    let value = operandValue(0)
    let width = width(data.type)
    switch data.opcode {
    case .wrap:
      emit(.mov, .w32, .register(result()), .register(use(value)))
    case .extendSigned:
      let source = source(value)
      if case .immediate(let bits) = source.operand {
        emit(.mov, .w64, .register(result()), .immediate(bits))
      } else {
        emit(.movsxd, .w64, .register(result()), source.operand, region: source.region)
      }
    default:
      switch data.auxiliary {
      case 8: emit(.movsx8, width, .register(result()), .register(use(value)))
      case 16: emit(.movsx16, width, .register(result()), .register(use(value)))
      default: emit(.movsxd, .w64, .register(result()), .register(use(value)))
      }
    }
  }

  // MARK: Division

  /// Rule D1. The dividend is in rax; rdx is destroyed. A divisor of 0 traps, a signed one of -1 has its own way.
  mutating func selectDivision(_ data: InstructionData) {
    if selectDivisionByPowerOfTwo(data) { return }
    let isSigned = data.opcode == .divideSigned || data.opcode == .remainderSigned
    let isRemainder = data.opcode == .remainderSigned || data.opcode == .remainderUnsigned
    let kind: MachineInstruction.Kind =
      switch data.opcode {
      case .divideSigned: .divideSigned
      case .remainderSigned: .remainderSigned
      default: .divideUnsigned
      }
    let dividend = use(operandValue(0))
    let divisor = use(operandValue(1))
    var finished = step(kind, Native(isSigned ? .idiv : .div, width(data.type), .register(divisor)))
    let rax = PhysicalRegister(.rax)
    let rdx = PhysicalRegister(.rdx)
    finished.clobbers = [isRemainder ? rax : rdx]
    if let bits = immediate(operandValue(1)), bits != 0, bits != -1 { finished.immediate = 1 }
    append(
      finished, (.use(VirtualRegister(dividend), .fixed(rax)), .implicit),
      (.lateUse(VirtualRegister(divisor)), .operand0),
      (.definition(VirtualRegister(result()), .fixed(isRemainder ? rdx : rax)), .implicit), mainIsOperation: false)
  }

  /// Unsigned division by a power of two is a shift, its remainder a mask.
  private mutating func selectDivisionByPowerOfTwo(_ data: InstructionData) -> Bool {
    guard data.opcode == .divideUnsigned || data.opcode == .remainderUnsigned,
      let divisor = constant(operandValue(1)), divisor > 0, divisor & (divisor - 1) == 0
    else { return false }
    let width = width(data.type)
    let value = operandValue(0)
    if data.opcode == .divideUnsigned {
      release(operandValue(1))
      if divisor == 1 {
        emit(.mov, width, .register(result()), .register(use(value)))
      } else {
        emit(.shr, width, .register(result()), .register(use(value)), .immediate(Int64(divisor.trailingZeroBitCount)))
      }
      return true
    }
    guard divisor <= 1 << 31 else { return false }
    release(operandValue(1))
    // A 32-bit mask zero-extends, and no bit above it survives in the wide value either.
    let mask = Int64(Int32(truncatingIfNeeded: divisor - 1))
    emit(.and, .w32, .register(result()), .register(use(value)), .immediate(mask))
    return true
  }
}
