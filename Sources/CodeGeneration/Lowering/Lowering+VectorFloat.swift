import IR
import RegisterAllocation
import X86

/// Float lanes, and conversions between them and integers.
extension Lowering {
  mutating func selectVectorSign(_ data: InstructionData) {
    let laneBits = data.lanes.laneBits
    let sign = UInt64(1) << UInt64(laneBits - 1)
    let source = useVector(0)
    if data.opcode == .vectorNegate {
      finish(.xorps, source, laneConstant(sign, laneBits))
    } else {
      finish(.andps, source, laneConstant(~sign, laneBits))
    }
  }

  /// Bit 3: no precision exception.
  mutating func selectRoundLanes(_ data: InstructionData) {
    let mode: Int64 =
      switch data.opcode {
      case .vectorNearest: 8
      case .vectorFloor: 9
      case .vectorCeiling: 10
      default: 11
      }
    let source = vectorSource(operandValue(0))
    finish(
      data.lanes == .f64x2 ? .roundpd : .roundps, source.operand, .immediate(mode), region: source.region)
  }

  /// Predicates of cmpps: 0 equal, 1 less, 2 less or equal, 4 not equal or unordered. "Greater" is less with sides swapped.
  mutating func selectCompareFloatLanes(_ data: InstructionData) {
    let opcode: MachineOpcode = data.lanes == .f64x2 ? .cmppd : .cmpps
    var (first, second) = (0, 1)
    let predicate: Int64
    switch data.floatCondition {
    case .equal: predicate = 0
    case .notEqual: predicate = 4
    case .less: predicate = 1
    case .lessOrEqual: predicate = 2
    case .greater: (predicate, first, second) = (1, 1, 0)
    case .greaterOrEqual: (predicate, first, second) = (2, 1, 0)
    }
    let left = useVector(first)
    let right = vectorSource(operandValue(second))
    finish(opcode, left, right.operand, .immediate(predicate), region: right.region)
  }

  /// minps gives its second operand for a NaN or two zeros: both orders, joined by `or` for minimum (-0 wins) and `and` for
  /// maximum, are right but for NaN. There the lane becomes all ones, and all of the fraction but its top bit is
  /// cleared: a canonical NaN.
  mutating func selectVectorMinimumOrMaximum(_ data: InstructionData) {
    let isDouble = data.lanes == .f64x2
    let isMinimum = data.opcode == .vectorMinimum
    let opcode: MachineOpcode = isMinimum ? (isDouble ? .minpd : .minps) : (isDouble ? .maxpd : .maxps)
    let left = useVector(0)
    let right = useVector(1)
    let joined = packed(isMinimum ? .orps : .andps, packed(opcode, left, right), packed(opcode, right, left))
    let unordered = packed(isDouble ? .cmppd : .cmpps, left, right, .immediate(3))
    let marked = packed(.orps, joined, unordered)
    let fraction = packed(isDouble ? .psrlq : .psrld, unordered, .immediate(isDouble ? 13 : 10))
    finish(.andnps, fraction, marked)
  }

  /// Without FMA a product and a sum, rounded twice: the relaxed operator allows both.
  mutating func selectMultiplyAdd(_ data: InstructionData) {
    let isDouble = data.lanes == .f64x2
    let isNegated = data.opcode == .vectorNegatedMultiplyAdd
    let left = useVector(0)
    if isa >= .v3 {
      let sum = useVector(2)
      let right = vectorSource(operandValue(1))
      emit(
        isNegated ? .fnmadd231 : .fmadd231, isDouble ? .w64 : .w32, .register(result()), sum, left, right.operand,
        region: right.region)
      return
    }
    let right = vectorSource(operandValue(1))
    let product = packed(isDouble ? .mulpd : .mulps, left, right.operand, region: right.region)
    let sum = useVector(2)
    if isNegated {
      finish(isDouble ? .subpd : .subps, sum, product)
    } else {
      finish(isDouble ? .addpd : .addps, product, sum)
    }
  }

  // MARK: To integers

  mutating func selectTruncateLanes(_ data: InstructionData) {
    let isDouble = data.auxiliary == UInt32(LaneShape.f64x2.rawValue)
    let source = useVector(0)
    switch (data.opcode, isDouble) {
    case (.vectorTruncateRelaxedSigned, false): finish(.cvttps2dq, source)
    case (.vectorTruncateRelaxedSigned, true): finish(.cvttpd2dq, source)
    case (.vectorTruncateSaturatingSigned, false): truncateSigned(source)
    case (.vectorTruncateSaturatingSigned, true): truncateSignedDoubles(source)
    case (_, false): truncateUnsigned(source)
    case (_, true): truncateUnsignedDoubles(source)
    }
  }

  /// NaN to 0 first. What is out of range gives 0x80000000, which is right below and whose complement is above.
  private mutating func truncateSigned(_ source: X86.Operand) {
    let numbers = packed(.andps, source, packed(.cmpps, source, source, .immediate(0)))
    // Predicate 5: not less.
    let above = packed(.cmpps, numbers, laneConstant(0x4F00_0000, 32), .immediate(5))
    finish(.pxor, packed(.cvttps2dq, numbers), above)
  }

  /// The lower part, up to 2^31 or 0x80000000, plus what is above, up to 2^31 - 1.
  private mutating func truncateUnsigned(_ source: X86.Operand) {
    // maxps gives its second operand, 0, for NaN.
    let numbers = packed(.maxps, source, constantInRegister(0, 0))
    let excess = packed(.subps, numbers, laneConstant(0x4F00_0000, 32))
    let beyond = packed(.cmpps, excess, laneConstant(0x4F00_0000, 32), .immediate(5))
    let upper = packed(.pxor, packed(.cvttps2dq, excess), beyond)
    finish(.paddd, packed(.cvttps2dq, numbers), packed(.pmaxsd, upper, constantInRegister(0, 0)))
  }

  /// minpd gives its second operand for NaN: there 0, else the largest integer.
  private mutating func truncateSignedDoubles(_ source: X86.Operand) {
    let ordered = packed(.cmppd, source, source, .immediate(0))
    let limit = packed(.andpd, ordered, laneConstant(0x41DF_FFFF_FFC0_0000, 64))
    finish(.cvttpd2dq, packed(.minpd, source, limit))
  }

  /// In range and whole, the number is the lower half of its sum with 2^52.
  private mutating func truncateUnsignedDoubles(_ source: X86.Operand) {
    let zero = constantInRegister(0, 0)
    let inRange = packed(.minpd, packed(.maxpd, source, zero), laneConstant(0x41EF_FFFF_FFE0_0000, 64))
    let whole = packed(.roundpd, inRange, .immediate(11))
    finish(.shufps, packed(.addpd, whole, laneConstant(0x4330_0000_0000_0000, 64)), zero, .immediate(0x88))
  }

  // MARK: From integers

  mutating func selectConvertLanes(_ data: InstructionData) {
    let source = useVector(0)
    switch (data.opcode, data.lanes) {
    case (.vectorConvertSigned, .f64x2): finish(.cvtdq2pd, source)
    case (.vectorConvertSigned, _): finish(.cvtdq2ps, source)
    case (_, .f64x2):
      // 2^52 + x, and 2^52 taken off again.
      let offset = UInt64(0x4330_0000_0000_0000)
      let biased = packed(.unpcklps, source, laneConstant(offset >> 32, 32))
      finish(.subpd, biased, laneConstant(offset, 64))
    default:
      // 2^23 + the lower word and 2^39 + 2^16 * the upper one are exact, as is the latter less 2^39 + 2^23: only the
      // last sum rounds.
      let low = packed(.pblendw, source, laneConstant(0x4B00_0000, 32), .immediate(0xAA))
      let shifted = packed(.psrld, source, .immediate(16))
      let high = packed(.pblendw, shifted, laneConstant(0x5300_0000, 32), .immediate(0xAA))
      finish(.addps, packed(.subps, high, laneConstant(0x5300_0080, 32)), low)
    }
  }
}
