import IR
import RegisterAllocation
import X86

/// Shifts of lanes by one count. The processor has them for words, doublewords and quadwords, but for the signed right
/// shift of quadwords; a count beyond the lane gives 0 or the sign there, so that it is taken modulo the width first.
extension Lowering {
  mutating func selectVectorShift(_ data: InstructionData) {
    if let bits = constant(operandValue(1)) {
      release(operandValue(1))
      selectConstantShift(data, Int(bits) % data.lanes.laneBits)
    } else if data.lanes == .i8x16 {
      selectByteShift(data)
    } else {
      let source = useVector(0)
      let count = shiftCount(data.lanes.laneBits, plus: 0)
      guard data.lanes == .i64x2, data.opcode == .vectorShiftRightSigned else {
        finish(Self.shift(data.opcode, data.lanes), source, count)
        return
      }
      finishSignedQuadwords(
        packed(.psrlq, source, count), sign: packed(.psrlq, constantInRegister(1 << 63, 1 << 63), count))
    }
  }

  private static func shift(_ opcode: IR.Opcode, _ lanes: LaneShape) -> MachineOpcode {
    switch (opcode, lanes.laneBits) {
    case (.vectorShiftLeft, 64): .psllq
    case (.vectorShiftLeft, 32): .pslld
    case (.vectorShiftLeft, _): .psllw
    case (.vectorShiftRightUnsigned, 64): .psrlq
    case (.vectorShiftRightUnsigned, 32): .psrld
    case (.vectorShiftRightUnsigned, _): .psrlw
    case (_, 32): .psrad
    default: .psraw
    }
  }

  /// The count modulo the width, and a number more, in a vector register.
  private mutating func shiftCount(_ laneBits: Int, plus more: Int64) -> X86.Operand {
    var count = X86.Operand.register(fresh())
    emit(.and, .w32, count, .register(useLow32(operandValue(1))), .immediate(Int64(laneBits - 1)))
    if more != 0 {
      let sum = X86.Operand.register(fresh())
      emit(.add, .w32, sum, count, .immediate(more))
      count = sum
    }
    let vector = vectorRegister()
    emit(.moveToVector, .w32, vector, count)
    return vector
  }

  /// A logical shift leaves the sign bit at `sign`: (x ^ sign) - sign fills what is above.
  private mutating func finishSignedQuadwords(_ shifted: X86.Operand, sign: X86.Operand) {
    finish(.psubq, packed(.pxor, shifted, sign), sign)
  }

  // MARK: Constant counts

  private mutating func selectConstantShift(_ data: InstructionData, _ count: Int) {
    let source = useVector(0)
    guard count > 0 else {
      emitMove(result(), use(operandValue(0)), .vector)
      return
    }
    let amount = X86.Operand.immediate(Int64(count))
    switch (data.lanes, data.opcode) {
    case (.i8x16, .vectorShiftLeft):
      if count == 1 {
        finish(.paddb, source, source)
      } else {
        finish(.pand, packed(.psllw, source, amount), laneConstant(0xff << UInt64(count), 8))
      }
    case (.i8x16, .vectorShiftRightUnsigned):
      finish(.pand, packed(.psrlw, source, amount), laneConstant(0xff >> UInt64(count), 8))
    case (.i8x16, _):
      let shifted = packed(.pand, packed(.psrlw, source, amount), laneConstant(0xff >> UInt64(count), 8))
      let sign = laneConstant(0x80 >> UInt64(count), 8)
      finish(.psubb, packed(.pxor, shifted, sign), sign)
    case (.i64x2, .vectorShiftRightSigned):
      if count == 63 {
        finish(.pcmpgtq, constantInRegister(0, 0), source)
      } else {
        finishSignedQuadwords(packed(.psrlq, source, amount), sign: laneConstant(1 << UInt64(63 - count), 64))
      }
    default: finish(Self.shift(data.opcode, data.lanes), source, amount)
    }
  }

  // MARK: Bytes

  private mutating func selectByteShift(_ data: InstructionData) {
    let source = useVector(0)
    if data.opcode == .vectorShiftLeft {
      // Bits that would reach the next byte are cleared first: 0xff >> count in every byte.
      let count = shiftCount(8, plus: 0)
      let words = packed(.psrlw, packed(.psrlw, constantInRegister(.max, .max), count), .immediate(8))
      let kept = packed(.packuswb, words, words)
      finish(.psllw, packed(.pand, source, kept), count)
      return
    }
    // Each byte as the upper half of a word, shifted by eight more.
    let isSigned = data.opcode == .vectorShiftRightSigned
    let count = shiftCount(8, plus: 8)
    let shift: MachineOpcode = isSigned ? .psraw : .psrlw
    let low = packed(shift, packed(.punpcklbw, source, source), count)
    let high = packed(shift, packed(.punpckhbw, source, source), count)
    finish(isSigned ? .packsswb : .packuswb, low, high)
  }
}
