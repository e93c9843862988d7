import IR

/// The vector instructions, lane by lane, straight from the specification's definitions; where it leaves a choice, one that
/// every target may make. A NaN that arithmetic makes is Swift's.
enum VectorArithmetic {
  typealias Vector = SIMD2<UInt64>

  /// The lanes' bits, lane 0 first.
  static func lanes(_ vector: Vector, _ shape: LaneShape) -> [UInt64] {
    (0..<shape.laneCount).map { lane in
      let bit = lane * shape.laneBits
      return vector[bit / 64] >> UInt64(bit % 64) & mask(shape)
    }
  }

  static func vector(_ lanes: [UInt64], _ shape: LaneShape) -> Vector {
    var vector = Vector.zero
    for (lane, bits) in lanes.enumerated() {
      let bit = lane * shape.laneBits
      vector[bit / 64] |= (bits & mask(shape)) << UInt64(bit % 64)
    }
    return vector
  }

  private static func mask(_ shape: LaneShape) -> UInt64 { UInt64.max >> UInt64(64 - shape.laneBits) }

  private static func signed(_ bits: UInt64, _ shape: LaneShape) -> Int64 {
    let shift = Int64(64 - shape.laneBits)
    return (Int64(bitPattern: bits) << shift) >> shift
  }

  private static func bits(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) }

  /// The shape with lanes of half the width.
  private static func half(_ shape: LaneShape) -> LaneShape {
    switch shape {
    case .i8x16, .i16x8: .i8x16
    case .i32x4: .i16x8
    case .i64x2, .f32x4, .f64x2: .i32x4
    }
  }

  private static func twice(_ shape: LaneShape) -> LaneShape { shape == .i8x16 ? .i16x8 : .i32x4 }

  /// A scalar instruction on one lane.
  private static func scalar(_ opcode: Opcode, _ shape: LaneShape, _ operands: [UInt64]) -> UInt64 {
    guard let result = try? Arithmetic.evaluate(InstructionData(opcode, shape.scalar), operands) else {
      preconditionFailure("\(opcode) does not trap")
    }
    return result
  }

  private static func scalarConversion(
    _ opcode: Opcode, _ to: Type, from: Type, _ operand: UInt64
  ) -> UInt64 {
    let data = InstructionData(opcode, to, auxiliary: UInt32(from.rawValue))
    guard let result = try? Arithmetic.evaluate(data, [operand]) else {
      preconditionFailure("\(opcode) does not trap")
    }
    return result
  }

  static func evaluate(_ data: InstructionData, _ operands: [Vector]) -> Vector {
    let shape = data.lanes
    let lane = Int(data.auxiliary)
    switch data.opcode {
    case .vectorSplat: return vector(Array(repeating: operands[0][0], count: shape.laneCount), shape)
    case .vectorExtractUnsigned: return Vector(lanes(operands[0], shape)[lane], 0)
    case .vectorExtractSigned:
      return Vector(bits(signed(lanes(operands[0], shape)[lane], shape)) & 0xffff_ffff, 0)
    case .vectorReplace:
      var result = lanes(operands[0], shape)
      result[lane] = operands[1][0]
      return vector(result, shape)
    case .vectorShuffle:
      let bytes = lanes(operands[0], .i8x16) + lanes(operands[1], .i8x16)
      let mask = ShuffleLanes(immediate: data.immediate, auxiliary: data.auxiliary)
      return vector((0..<16).map { bytes[mask[$0]] }, .i8x16)
    case .vectorSwizzle, .vectorSwizzleRelaxed:
      let bytes = lanes(operands[0], .i8x16)
      return vector(lanes(operands[1], .i8x16).map { $0 < 16 ? bytes[Int($0)] : 0 }, .i8x16)
    case .vectorAnd: return operands[0] & operands[1]
    case .vectorOr: return operands[0] | operands[1]
    case .vectorXor: return operands[0] ^ operands[1]
    case .vectorAndNot: return operands[0] & ~operands[1]
    case .vectorBitSelect: return operands[0] & operands[2] | operands[1] & ~operands[2]
    case .vectorAnyTrue: return Vector(operands[0] == .zero ? 0 : 1, 0)
    case .vectorAllTrue: return Vector(lanes(operands[0], shape).contains(0) ? 0 : 1, 0)
    case .vectorBitMask:
      let signs = lanes(operands[0], shape).map { $0 >> UInt64(shape.laneBits - 1) }
      return Vector(signs.enumerated().reduce(0) { $0 | $1.element << UInt64($1.offset) }, 0)
    case .vectorShiftLeft, .vectorShiftRightSigned, .vectorShiftRightUnsigned:
      return shift(data, operands[0], operands[1][0] % UInt64(shape.laneBits))
    case .vectorDot, .vectorDotRelaxed, .vectorAddPairwiseSigned, .vectorAddPairwiseUnsigned:
      return pairs(data, operands)
    case .vectorNarrowSigned, .vectorNarrowUnsigned:
      let wide = lanes(operands[0], twice(shape)) + lanes(operands[1], twice(shape))
      let isSigned = data.opcode == .vectorNarrowSigned
      return vector(wide.map { saturated(signed($0, twice(shape)), shape, isSigned: isSigned) }, shape)
    case .vectorExtendLowSigned, .vectorExtendLowUnsigned, .vectorExtendHighSigned, .vectorExtendHighUnsigned:
      return extend(data, operands[0])
    case .vectorTruncateSaturatingSigned, .vectorTruncateSaturatingUnsigned, .vectorTruncateRelaxedSigned,
      .vectorConvertSigned, .vectorConvertUnsigned, .vectorDemote, .vectorPromote:
      return convert(data, operands[0])
    default:
      let columns = operands.map { lanes($0, shape) }
      return vector(
        (0..<shape.laneCount).map { index in evaluateLane(data, columns.map { $0[index] }) }, shape)
    }
  }

  private static func shift(_ data: InstructionData, _ operand: Vector, _ count: UInt64) -> Vector {
    vector(
      lanes(operand, data.lanes).map { lane in
        switch data.opcode {
        case .vectorShiftLeft: lane << count
        case .vectorShiftRightUnsigned: lane >> count
        default: bits(signed(lane, data.lanes) >> Int64(count))
        }
      }, data.lanes)
  }

  /// Sums of two neighbouring lanes or products.
  private static func pairs(_ data: InstructionData, _ operands: [Vector]) -> Vector {
    let narrow = half(data.lanes)
    let columns = operands.map { lanes($0, narrow) }
    func term(_ index: Int) -> Int64 {
      if data.opcode == .vectorAddPairwiseUnsigned { return Int64(columns[0][index]) }
      return columns.reduce(1) { $0 * signed($1[index], narrow) }
    }
    return vector((0..<data.lanes.laneCount).map { bits(term(2 * $0) + term(2 * $0 + 1)) }, data.lanes)
  }

  private static func extend(_ data: InstructionData, _ operand: Vector) -> Vector {
    let narrow = half(data.lanes)
    let isHigh = data.opcode == .vectorExtendHighSigned || data.opcode == .vectorExtendHighUnsigned
    let isSigned = data.opcode == .vectorExtendLowSigned || data.opcode == .vectorExtendHighSigned
    let all = lanes(operand, narrow)
    let part = isHigh ? all.suffix(data.lanes.laneCount) : all.prefix(data.lanes.laneCount)
    return vector(part.map { isSigned ? bits(signed($0, narrow)) : $0 }, data.lanes)
  }

  private static func convert(_ data: InstructionData, _ operand: Vector) -> Vector {
    switch data.opcode {
    case .vectorDemote:
      return vector(lanes(operand, .f64x2).map { scalar(.demote, .f32x4, [$0]) }, .f32x4)
    case .vectorPromote:
      return vector(lanes(operand, .f32x4).prefix(2).map { scalar(.promote, .f64x2, [$0]) }, .f64x2)
    case .vectorConvertSigned, .vectorConvertUnsigned:
      let opcode: Opcode = data.opcode == .vectorConvertSigned ? .convertFromSigned : .convertFromUnsigned
      let integers = lanes(operand, .i32x4).prefix(data.lanes.laneCount)
      return vector(
        integers.map { scalarConversion(opcode, data.lanes.scalar, from: .i32, $0) }, data.lanes)
    default:
      let source = LaneShape(rawValue: UInt8(data.auxiliary))!
      let opcode: Opcode =
        data.opcode == .vectorTruncateSaturatingUnsigned
        ? .truncateToUnsignedSaturating : .truncateToSignedSaturating
      return vector(
        lanes(operand, source).map { scalarConversion(opcode, .i32, from: source.scalar, $0) }, .i32x4)
    }
  }

  private static func saturated(_ value: Int64, _ shape: LaneShape, isSigned: Bool) -> UInt64 {
    let maximum = isSigned ? Int64(mask(shape) >> 1) : Int64(mask(shape))
    let minimum = isSigned ? -maximum - 1 : 0
    return bits(min(max(value, minimum), maximum))
  }

  // MARK: Lane by lane

  private static func evaluateLane(_ data: InstructionData, _ lanes: [UInt64]) -> UInt64 {
    data.lanes.isFloat ? evaluateFloat(data, lanes) : evaluateInteger(data, lanes)
  }

  private static func evaluateInteger(_ data: InstructionData, _ lanes: [UInt64]) -> UInt64 {
    let shape = data.lanes
    let first = lanes[0]
    let second = lanes.count > 1 ? lanes[1] : 0
    let (a, b) = (signed(first, shape), signed(second, shape))
    switch data.opcode {
    case .vectorAdd: return first &+ second
    case .vectorSubtract: return first &- second
    case .vectorMultiply: return first &* second
    case .vectorNegate: return 0 &- first
    case .vectorAbsolute: return a < 0 ? 0 &- first : first
    case .vectorPopulationCount: return UInt64(first.nonzeroBitCount)
    case .vectorAddSaturatingSigned: return saturated(a + b, shape, isSigned: true)
    case .vectorAddSaturatingUnsigned: return saturated(Int64(first + second), shape, isSigned: false)
    case .vectorSubtractSaturatingSigned: return saturated(a - b, shape, isSigned: true)
    case .vectorSubtractSaturatingUnsigned:
      return saturated(Int64(first) - Int64(second), shape, isSigned: false)
    case .vectorMinimumSigned: return bits(min(a, b))
    case .vectorMaximumSigned: return bits(max(a, b))
    case .vectorMinimumUnsigned: return min(first, second)
    case .vectorMaximumUnsigned: return max(first, second)
    case .vectorAverageUnsigned: return (first + second + 1) / 2
    case .vectorQ15Multiply, .vectorQ15MultiplyRelaxed:
      return saturated((a * b + 0x4000) >> 15, shape, isSigned: true)
    case .vectorCompareInteger: return compare(data, first, second) ? .max : 0
    default: preconditionFailure("\(data.opcode) is not known to the interpreter")
    }
  }

  private static func compare(_ data: InstructionData, _ first: UInt64, _ second: UInt64) -> Bool {
    let (a, b) = (signed(first, data.lanes), signed(second, data.lanes))
    switch IntegerCondition(rawValue: UInt8(data.auxiliary))! {
    case .equal: return first == second
    case .notEqual: return first != second
    case .lessSigned: return a < b
    case .lessUnsigned: return first < second
    case .greaterSigned: return a > b
    case .greaterUnsigned: return first > second
    case .lessOrEqualSigned: return a <= b
    case .lessOrEqualUnsigned: return first <= second
    case .greaterOrEqualSigned: return a >= b
    case .greaterOrEqualUnsigned: return first >= second
    }
  }

  private static let floatOpcodes: [Opcode: Opcode] = [
    .vectorAdd: .floatAdd, .vectorSubtract: .floatSubtract, .vectorMultiply: .floatMultiply,
    .vectorDivide: .floatDivide, .vectorMinimum: .floatMinimum, .vectorMaximum: .floatMaximum,
    .vectorNegate: .negate, .vectorAbsolute: .absolute, .vectorSquareRoot: .squareRoot, .vectorCeiling: .ceiling,
    .vectorFloor: .floor, .vectorTruncate: .truncate, .vectorNearest: .nearest,
  ]

  private static func evaluateFloat(_ data: InstructionData, _ lanes: [UInt64]) -> UInt64 {
    let shape = data.lanes
    if let opcode = floatOpcodes[data.opcode] { return scalar(opcode, shape, lanes) }
    switch data.opcode {
    case .vectorCompareFloat:
      let comparison = InstructionData(.compareFloat, shape.scalar, auxiliary: data.auxiliary)
      return (try? Arithmetic.evaluate(comparison, lanes)) == 1 ? .max : 0
    case .vectorPseudoMinimum: return isLess(shape, lanes[1], lanes[0]) ? lanes[1] : lanes[0]
    case .vectorPseudoMaximum: return isLess(shape, lanes[0], lanes[1]) ? lanes[1] : lanes[0]
    case .vectorMultiplyAdd:
      return scalar(.floatAdd, shape, [scalar(.floatMultiply, shape, [lanes[0], lanes[1]]), lanes[2]])
    case .vectorNegatedMultiplyAdd:
      return scalar(.floatSubtract, shape, [lanes[2], scalar(.floatMultiply, shape, [lanes[0], lanes[1]])])
    default: preconditionFailure("\(data.opcode) is not known to the interpreter")
    }
  }

  private static func isLess(_ shape: LaneShape, _ a: UInt64, _ b: UInt64) -> Bool {
    let comparison = InstructionData(.compareFloat, shape.scalar, auxiliary: UInt32(FloatCondition.less.rawValue))
    return (try? Arithmetic.evaluate(comparison, [a, b])) == 1
  }
}
