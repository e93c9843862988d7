import Entities
import IR
import X86

/// Float operations whose wasm meaning takes several instructions. Operands stand in the steps as `Lowering+Float`
/// put them.
extension Emitter {
  private func isDouble(_ step: MachineInstruction) -> Bool {
    switch step.main.opcode {
    case .minsd, .maxsd, .cvttsd2si, .cvtsi2sd: true
    default: false
    }
  }

  /// minsd takes the second operand if either is a NaN or both are zeros; wasm wants a quiet NaN and -0 below 0.
  mutating func emitFloatMinimumOrMaximum(_ step: MachineInstruction) {
    let isDouble = isDouble(step)
    let result = X86.Operand.register(step.result)
    let right = X86.Operand.register(step.first)
    let unordered = assembler.makeLabel()
    let equal = assembler.makeLabel()
    let done = assembler.makeLabel()
    emit(isDouble ? .ucomisd : .ucomiss, .w64, result, right)
    emitBranch(.parity, unordered)
    emitBranch(.equal, equal)
    emit(step.main.opcode, .w64, result, result, right)
    emitJump(done)
    bindLocal(unordered)
    emit(isDouble ? .addsd : .addss, .w64, result, result, right)
    emitJump(done)
    bindLocal(equal)
    // Equal values differ at most in the sign of zero.
    emit(step.kind == .floatMinimum ? .orps : .andps, .w128, result, result, right)
    bindLocal(done)
  }

  // MARK: Float to integer

  private mutating func constant(_ double: UInt64, _ single: UInt64, _ isDouble: Bool) -> X86.Operand {
    let target =
      isDouble
      ? assembler.constant(ConstantPool.Constant(double))
      : assembler.constant(ConstantPool.Constant(UInt32(truncatingIfNeeded: single)))
    return .address(.relative(to: target))
  }

  private mutating func failure(_ step: MachineInstruction) -> Label {
    let label = assembler.makeLabel()
    failedConversions.append(
      FailedConversion(
        label: label, compare: isDouble(step) ? .ucomisd : .ucomiss, float: step.first,
        sourceOffset: step.sourceOffset))
    return label
  }

  /// To 32 bits through 64: whatever fits there and is the extension of its low half was in range.
  /// To 64 bits: the processor answers -2^63 for all failures, which is right only for that very value.
  mutating func emitTruncationChecked(_ step: MachineInstruction) {
    let isDouble = isDouble(step)
    let result = X86.Operand.register(step.result)
    let float = X86.Operand.register(step.first)
    let scratch = X86.Operand.register(.scratch)
    emit(step.main.opcode, .w64, result, float)
    if step.auxiliary == UInt32(Type.i64.rawValue) {
      let done = assembler.makeLabel()
      emit(.cmp, .w64, result, .immediate(1))
      emitBranch(.notOverflow, done)
      let lowest = constant(0xC3E0_0000_0000_0000, 0xDF00_0000, isDouble)
      emit(isDouble ? .ucomisd : .ucomiss, .w64, float, lowest)
      emitBranch(.parity, trapLabel(.invalidConversionToInteger, step.sourceOffset))
      emitBranch(.notEqual, trapLabel(.integerOverflow, step.sourceOffset))
      bindLocal(done)
    } else if step.immediate == 1 {
      emit(.mov, .w64, scratch, result)
      emit(.shr, .w64, scratch, scratch, .immediate(32))
      emitBranch(.notEqual, failure(step))
    } else {
      emit(.movsxd, .w64, scratch, result)
      emit(.cmp, .w64, scratch, result)
      emitBranch(.notEqual, failure(step))
      emit(.mov, .w32, result, result)
    }
  }

  /// Out of range: the nearest end; NaN: 0.
  mutating func emitTruncationSaturating(_ step: MachineInstruction) {
    let isDouble = isDouble(step)
    let result = X86.Operand.register(step.result)
    let float = X86.Operand.register(step.first)
    let scratch = X86.Operand.register(.scratch)
    let compare: MachineOpcode = isDouble ? .ucomisd : .ucomiss
    let done = assembler.makeLabel()
    if step.auxiliary == UInt32(Type.i32.rawValue) && step.immediate == 1 {
      emit(step.main.opcode, .w64, result, float)
      emit(.mov, .w64, scratch, result)
      emit(.shr, .w64, scratch, scratch, .immediate(32))
      emitBranch(.equal, done)
      emit(compare, .w64, float, constant(0, 0, isDouble))
      emit(.mov, .w32, result, .immediate(0))
      emit(.mov, .w32, scratch, .immediate(0xffff_ffff))
      emit(Native(.cmov, .w32, condition: .above, result, result, scratch))
    } else {
      let isWide = step.auxiliary == UInt32(Type.i64.rawValue)
      let width: Width = isWide ? .w64 : .w32
      emit(step.main.opcode, width, result, float)
      emit(.cmp, width, result, .immediate(1))
      emitBranch(.notOverflow, done)
      emit(compare, .w64, float, constant(0, 0, isDouble))
      emit(.mov, width, scratch, .immediate(isWide ? .max : Int64(Int32.max)))
      emit(Native(.cmov, width, condition: .above, result, result, scratch))
      emit(.mov, .w32, scratch, .immediate(0))
      emit(Native(.cmov, width, condition: .parity, result, result, scratch))
    }
    bindLocal(done)
  }

  /// Below 2^63 as signed; above, 2^63 less, and the top bit put back.
  mutating func emitTruncationUnsigned64(_ step: MachineInstruction) {
    let isDouble = isDouble(step)
    let isChecked = step.kind == .truncateUnsigned64Checked
    let result = X86.Operand.register(step.result)
    let float = X86.Operand.register(step.first)
    let reduced = X86.Operand.register(step.second)
    let scratch = X86.Operand.register(.scratch)
    let half = constant(0x43E0_0000_0000_0000, 0x5F00_0000, isDouble)
    let large = assembler.makeLabel()
    let done = assembler.makeLabel()
    emit(isDouble ? .ucomisd : .ucomiss, .w64, float, half)
    // Unordered counts as below.
    emitBranch(.aboveOrEqual, large)
    emit(step.main.opcode, .w64, result, float)
    emit(.test, .w64, result, result)
    if isChecked {
      emitBranch(.sign, failure(step))
    } else {
      emitBranch(.notSign, done)
      emit(.zero, .w32, result)
    }
    emitJump(done)
    bindLocal(large)
    emit(.movaps, .w128, reduced, float)
    emit(isDouble ? .subsd : .subss, .w64, reduced, reduced, half)
    emit(step.main.opcode, .w64, result, reduced)
    emit(.test, .w64, result, result)
    if isChecked {
      emitBranch(.sign, trapLabel(.integerOverflow, step.sourceOffset))
    } else {
      let inRange = assembler.makeLabel()
      emitBranch(.notSign, inRange)
      emit(.mov, .w64, result, .immediate(-1))
      emitJump(done)
      bindLocal(inRange)
    }
    emit(.mov, .w64, scratch, .immediate(.min))
    emit(.xor, .w64, result, result, scratch)
    bindLocal(done)
  }

  // MARK: Integer to float

  /// The destination is cleared first: the instruction keeps its upper part and would wait for it.
  mutating func emitConversion(_ step: MachineInstruction) {
    let result = X86.Operand.register(step.result)
    emit(.zeroVector, .w128, result)
    emit(step.main.opcode, step.main.width, result, result, .register(step.first))
  }

  /// From 2^63 on: half of it, the lost bit kept for rounding, converted and doubled.
  mutating func emitConversionUnsigned64(_ step: MachineInstruction) {
    let result = X86.Operand.register(step.result)
    let source = X86.Operand.register(step.first)
    let bit = X86.Operand.register(step.second)
    let scratch = X86.Operand.register(.scratch)
    let large = assembler.makeLabel()
    let done = assembler.makeLabel()
    emit(.zeroVector, .w128, result)
    emit(.test, .w64, source, source)
    emitBranch(.sign, large)
    emit(step.main.opcode, .w64, result, result, source)
    emitJump(done)
    bindLocal(large)
    emit(.mov, .w64, scratch, source)
    emit(.shr, .w64, scratch, scratch, .immediate(1))
    emit(.mov, .w32, bit, source)
    emit(.and, .w32, bit, bit, .immediate(1))
    emit(.or, .w64, scratch, scratch, bit)
    emit(step.main.opcode, .w64, result, result, scratch)
    emit(isDouble(step) ? .addsd : .addss, .w64, result, result, result)
    bindLocal(done)
  }
}
