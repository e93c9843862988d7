import IR
import RegisterAllocation
import X86

/// Integer lanes where the processor has no instruction of its own.
extension Lowering {
  private static func subtraction(_ lanes: LaneShape) -> MachineOpcode {
    switch lanes {
    case .i8x16: .psubb
    case .i16x8: .psubw
    case .i32x4, .f32x4: .psubd
    case .i64x2, .f64x2: .psubq
    }
  }

  // MARK: Signs

  mutating func selectIntegerSign(_ data: InstructionData) {
    let source = useVector(0)
    if data.opcode == .vectorNegate {
      finish(Self.subtraction(data.lanes), constantInRegister(0, 0), source)
      return
    }
    switch data.lanes {
    case .i8x16: finish(.pabsb, source)
    case .i16x8: finish(.pabsw, source)
    case .i32x4, .f32x4: finish(.pabsd, source)
    case .i64x2, .f64x2:
      // (x ^ s) - s, s = 0 or -1 by the sign.
      let signs = packed(.pshufd, packed(.psrad, source, .immediate(31)), .immediate(0xF5))
      finish(.psubq, packed(.pxor, source, signs), signs)
    }
  }

  // MARK: Products

  mutating func selectVectorMultiply(_ data: InstructionData) {
    if selectExtendedProduct(data) { return }
    let opcode: MachineOpcode
    switch data.lanes {
    case .i8x16, .i16x8: opcode = .pmullw
    case .i32x4: opcode = .pmulld
    case .f32x4: opcode = .mulps
    case .f64x2: opcode = .mulpd
    case .i64x2: return selectWideMultiply()
    }
    var left = operandValue(0)
    var right = operandValue(1)
    if isVectorSource(left), !isVectorSource(right) { swap(&left, &right) }
    let first = X86.Operand.register(use(left))
    let second = vectorSource(right)
    finish(opcode, first, second.operand, region: second.region)
  }

  /// a * b = low a * low b + ((high a * low b + low a * high b) << 32).
  private mutating func selectWideMultiply() {
    let left = useVector(0)
    let right = useVector(1)
    let first = packed(.pmuludq, packed(.psrlq, left, .immediate(32)), right)
    let second = packed(.pmuludq, packed(.psrlq, right, .immediate(32)), left)
    let cross = packed(.psllq, packed(.paddq, first, second), .immediate(32))
    finish(.paddq, packed(.pmuludq, left, right), cross)
  }

  /// The product of two extended halves, without widening first where that is cheaper.
  private mutating func selectExtendedProduct(_ data: InstructionData) -> Bool {
    guard data.lanes == .i32x4 || data.lanes == .i64x2, let left = extended(operandValue(0)),
      let right = extended(operandValue(1)), left.opcode == right.opcode, left.lanes == data.lanes,
      right.lanes == data.lanes
    else { return false }
    let first = takeOperand(of: left, operandValue(0))
    let second = takeOperand(of: right, operandValue(1))
    let isHigh = left.opcode == .vectorExtendHighSigned || left.opcode == .vectorExtendHighUnsigned
    let isSigned = left.opcode == .vectorExtendLowSigned || left.opcode == .vectorExtendHighSigned
    if data.lanes == .i32x4 {
      // Low and high halves of the products, interleaved.
      let low = packed(.pmullw, first, second)
      let high = packed(isSigned ? .pmulhw : .pmulhuw, first, second)
      finish(isHigh ? .punpckhwd : .punpcklwd, low, high)
    } else {
      // Each factor in the lower half of a quadword.
      let selection = X86.Operand.immediate(isHigh ? 0xFA : 0x50)
      let spread = packed(.pshufd, first, selection)
      finish(isSigned ? .pmuldq : .pmuludq, spread, first == second ? spread : packed(.pshufd, second, selection))
    }
    return true
  }

  private func extended(_ value: Value) -> InstructionData? {
    guard let instruction = definition(of: value) else { return nil }
    let data = function.instructions[instruction]
    switch data.opcode {
    case .vectorExtendLowSigned, .vectorExtendLowUnsigned, .vectorExtendHighSigned, .vectorExtendHighUnsigned:
      return data
    default: return nil
    }
  }

  /// Reads what `value`'s instruction reads, in its stead; others may still need `value` itself.
  private mutating func takeOperand(of data: InstructionData, _ value: Value) -> X86.Operand {
    release(value)
    let operand = function.valueLists[data.operands, 0]
    uses[operand.index] += 1
    return .register(use(operand))
  }

  /// Wrong only for -2^15 squared, where the result is 2^15, and nowhere else.
  mutating func selectQ15Multiply(_ data: InstructionData) {
    let left = useVector(0)
    let right = vectorSource(operandValue(1))
    let product = packed(.pmulhrsw, left, right.operand, region: right.region)
    finish(.pxor, product, packed(.pcmpeqw, product, laneConstant(0x8000, 16)))
  }

  /// pmaddubsw takes its first operand's bytes as unsigned: the ones that are at most 127.
  mutating func selectDotRelaxed(_ data: InstructionData) {
    let unsigned = useVector(1)
    let signed = vectorSource(operandValue(0))
    finish(.pmaddubsw, unsigned, signed.operand, region: signed.region)
  }

  mutating func selectAddPairwise(_ data: InstructionData) {
    let isSigned = data.opcode == .vectorAddPairwiseSigned
    let source = useVector(0)
    switch (data.lanes, isSigned) {
    case (.i16x8, true):
      let ones = Self.repeated(1, 8)
      finish(.pmaddubsw, constantInRegister(ones, ones), source)
    case (.i16x8, false): finish(.pmaddubsw, source, laneConstant(1, 8))
    case (_, true): finish(.pmaddwd, source, laneConstant(1, 16))
    case (_, false):
      // As signed numbers 2^15 less each, and 2^16 added to the sum.
      let signed = packed(.pxor, source, laneConstant(0x8000, 16))
      finish(.paddd, packed(.pmaddwd, signed, laneConstant(1, 16)), laneConstant(0x1_0000, 32))
    }
  }

  /// Of each nibble by a table of 16 in a register.
  mutating func selectVectorPopulationCount(_ data: InstructionData) {
    let source = useVector(0)
    let table = constantInRegister(0x0302_0201_0201_0100, 0x0403_0302_0302_0201)
    let nibbles = constantInRegister(Self.repeated(0x0f, 8), Self.repeated(0x0f, 8))
    let low = packed(.pand, source, nibbles)
    let high = packed(.pand, packed(.psrlw, source, .immediate(4)), nibbles)
    finish(.paddb, packed(.pshufb, table, low), packed(.pshufb, table, high))
  }

  // MARK: Widths

  mutating func selectExtendLanes(_ data: InstructionData) {
    let value = operandValue(0)
    let isSigned = data.opcode == .vectorExtendLowSigned || data.opcode == .vectorExtendHighSigned
    let isHigh = data.opcode == .vectorExtendHighSigned || data.opcode == .vectorExtendHighUnsigned
    if isHigh && !isSigned {
      finish(Self.highInterleaving(data.lanes), .register(use(value)), constantInRegister(0, 0))
      return
    }
    let opcode = Self.extension(data.lanes, isSigned: isSigned)
    if isHigh {
      finish(opcode, packed(.pshufd, .register(use(value)), .immediate(0xEE)))
    } else if let load = canSinkRead(value, by: .load), function.instructions[load].access == .unsigned64 {
      let source = foldedLoad(value)
      finish(opcode, source.operand, region: source.region)
    } else {
      finish(opcode, .register(use(value)))
    }
  }

  private static func `extension`(_ lanes: LaneShape, isSigned: Bool) -> MachineOpcode {
    switch lanes {
    case .i8x16, .i16x8: isSigned ? .pmovsxbw : .pmovzxbw
    case .i32x4, .f32x4: isSigned ? .pmovsxwd : .pmovzxwd
    case .i64x2, .f64x2: isSigned ? .pmovsxdq : .pmovzxdq
    }
  }

  private static func highInterleaving(_ lanes: LaneShape) -> MachineOpcode {
    switch lanes {
    case .i8x16, .i16x8: .punpckhbw
    case .i32x4, .f32x4: .punpckhwd
    case .i64x2, .f64x2: .punpckhdq
    }
  }

  // MARK: Compares

  /// The processor compares for equality and "signed greater". The rest is a minimum or maximum that equals its operand, or
  /// the opposite of another compare.
  mutating func selectCompareLanes(_ data: InstructionData) {
    let condition = data.integerCondition
    if data.lanes == .i64x2 { return selectCompareQuadwords(condition) }
    let equal = Self.equality(data.lanes)
    switch condition {
    case .equal: finishCommuting(equal)
    case .notEqual:
      let left = useVector(0)
      let right = vectorSource(operandValue(1))
      finishInverted(packed(equal, left, right.operand, region: right.region))
    case .greaterSigned:
      let left = useVector(0)
      let right = vectorSource(operandValue(1))
      finish(Self.signedGreater(data.lanes), left, right.operand, region: right.region)
    case .lessSigned:
      let right = useVector(1)
      let left = vectorSource(operandValue(0))
      finish(Self.signedGreater(data.lanes), right, left.operand, region: left.region)
    case .lessOrEqualSigned, .lessOrEqualUnsigned, .greaterOrEqualSigned, .greaterOrEqualUnsigned:
      let left = useVector(0)
      finish(equal, packed(Self.extreme(condition, data.lanes), left, useVector(1)), left)
    case .lessUnsigned, .greaterUnsigned:
      let left = useVector(0)
      let opposite: IntegerCondition = condition == .lessUnsigned ? .greaterOrEqualUnsigned : .lessOrEqualUnsigned
      finishInverted(packed(equal, packed(Self.extreme(opposite, data.lanes), left, useVector(1)), left))
    }
  }

  private mutating func finishCommuting(_ opcode: MachineOpcode) {
    var left = operandValue(0)
    var right = operandValue(1)
    if isVectorSource(left), !isVectorSource(right) { swap(&left, &right) }
    let first = X86.Operand.register(use(left))
    let second = vectorSource(right)
    finish(opcode, first, second.operand, region: second.region)
  }

  private mutating func finishInverted(_ vector: X86.Operand) {
    finish(.pxor, vector, constantInRegister(.max, .max))
  }

  /// Unsigned ones are signed ones of numbers 2^63 less.
  private mutating func selectCompareQuadwords(_ condition: IntegerCondition) {
    var left = useVector(0)
    var right = useVector(1)
    switch condition {
    case .lessUnsigned, .lessOrEqualUnsigned, .greaterUnsigned, .greaterOrEqualUnsigned:
      left = packed(.pxor, left, laneConstant(1 << 63, 64))
      right = packed(.pxor, right, laneConstant(1 << 63, 64))
    default: break
    }
    switch condition {
    case .equal: finish(.pcmpeqq, left, right)
    case .notEqual: finishInverted(packed(.pcmpeqq, left, right))
    case .greaterSigned, .greaterUnsigned: finish(.pcmpgtq, left, right)
    case .lessSigned, .lessUnsigned: finish(.pcmpgtq, right, left)
    case .lessOrEqualSigned, .lessOrEqualUnsigned: finishInverted(packed(.pcmpgtq, left, right))
    case .greaterOrEqualSigned, .greaterOrEqualUnsigned: finishInverted(packed(.pcmpgtq, right, left))
    }
  }

  private static func signedGreater(_ lanes: LaneShape) -> MachineOpcode {
    switch lanes {
    case .i8x16: .pcmpgtb
    case .i16x8: .pcmpgtw
    case .i32x4, .f32x4: .pcmpgtd
    case .i64x2, .f64x2: .pcmpgtq
    }
  }

  /// What equals the left operand where the condition, one of "or equal", is true.
  private static func extreme(_ condition: IntegerCondition, _ lanes: LaneShape) -> MachineOpcode {
    let isByte = lanes == .i8x16
    let isWord = lanes == .i16x8
    switch condition {
    case .lessOrEqualSigned: return isByte ? .pminsb : isWord ? .pminsw : .pminsd
    case .greaterOrEqualSigned: return isByte ? .pmaxsb : isWord ? .pmaxsw : .pmaxsd
    case .lessOrEqualUnsigned: return isByte ? .pminub : isWord ? .pminuw : .pminud
    default: return isByte ? .pmaxub : isWord ? .pmaxuw : .pmaxud
    }
  }
}
