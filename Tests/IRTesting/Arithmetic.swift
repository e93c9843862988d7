import IR

/// The pure instructions, one type at a time, straight from the specification's definitions.
enum Arithmetic {
  static func evaluate(_ data: InstructionData, _ operands: [UInt64]) throws(InterpreterTrap) -> UInt64 {
    switch data.opcode.info.form {
    case .integerBinary:
      return data.type == .i32
        ? UInt64(
          try integer(data.opcode, UInt32(truncatingIfNeeded: operands[0]), UInt32(truncatingIfNeeded: operands[1])))
        : try integer(data.opcode, operands[0], operands[1])
    case .integerUnary:
      return data.type == .i32
        ? UInt64(count(data.opcode, UInt32(truncatingIfNeeded: operands[0]))) : count(data.opcode, operands[0])
    case .signExtension:
      let shift = Int64(64 - data.auxiliary)
      return UInt64(bitPattern: (Int64(bitPattern: operands[0]) << shift) >> shift) & data.type.mask
    case .extend:
      return data.opcode == .extendUnsigned
        ? operands[0] : UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: operands[0])))
    case .wrap: return operands[0] & 0xffff_ffff
    case .compareInteger:
      let condition = IntegerCondition(rawValue: UInt8(data.auxiliary))!
      return data.type == .i32
        ? compare(condition, UInt32(truncatingIfNeeded: operands[0]), UInt32(truncatingIfNeeded: operands[1]))
        : compare(condition, operands[0], operands[1])
    case .compareFloat:
      let condition = FloatCondition(rawValue: UInt8(data.auxiliary))!
      return data.type == .f32
        ? compare(condition, single(operands[0]), single(operands[1]))
        : compare(condition, double(operands[0]), double(operands[1]))
    case .floatBinary:
      if data.opcode == .copySign {
        let sign: UInt64 = data.type == .f32 ? 1 << 31 : 1 << 63
        return operands[0] & ~sign | operands[1] & sign
      }
      return data.type == .f32
        ? bits(binary(data.opcode, single(operands[0]), single(operands[1])))
        : bits(binary(data.opcode, double(operands[0]), double(operands[1])))
    case .floatUnary:
      let sign: UInt64 = data.type == .f32 ? 1 << 31 : 1 << 63
      if data.opcode == .absolute { return operands[0] & ~sign }
      if data.opcode == .negate { return operands[0] ^ sign }
      return data.type == .f32
        ? bits(unary(data.opcode, single(operands[0]))) : bits(unary(data.opcode, double(operands[0])))
    case .floatToInteger:
      let value = data.auxiliary == UInt32(Type.f32.rawValue) ? Double(single(operands[0])) : double(operands[0])
      return try truncate(data, value)
    case .integerToFloat:
      let isWide = data.auxiliary == UInt32(Type.i64.rawValue)
      if data.opcode == .convertFromSigned {
        let value = isWide ? Int64(bitPattern: operands[0]) : Int64(Int32(truncatingIfNeeded: operands[0]))
        return data.type == .f32 ? bits(Float(value)) : bits(Double(value))
      }
      return data.type == .f32 ? bits(Float(operands[0])) : bits(Double(operands[0]))
    case .demote: return bits(Float(double(operands[0])))
    case .promote: return bits(Double(single(operands[0])))
    case .reinterpret: return operands[0]
    default: preconditionFailure("\(data.opcode) is not known to the interpreter")
    }
  }

  private static func single(_ bits: UInt64) -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }
  private static func double(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
  private static func bits(_ value: Float) -> UInt64 { UInt64(value.bitPattern) }
  private static func bits(_ value: Double) -> UInt64 { value.bitPattern }

  private static func integer<T: FixedWidthInteger & UnsignedInteger>(
    _ opcode: Opcode, _ a: T, _ b: T
  ) throws(InterpreterTrap) -> T where T.Magnitude == T {
    let width = T(T.bitWidth)
    let isNegative = (a >> (width - 1) == 1, b >> (width - 1) == 1)
    let magnitude = (isNegative.0 ? 0 &- a : a, isNegative.1 ? 0 &- b : b)
    switch opcode {
    case .add: return a &+ b
    case .subtract: return a &- b
    case .multiply: return a &* b
    case .multiplyHighUnsigned: return a.multipliedFullWidth(by: b).high
    case .multiplyHighSigned:
      let product = magnitude.0.multipliedFullWidth(by: magnitude.1)
      if isNegative.0 == isNegative.1 { return product.high }
      // The negation of two words.
      return product.low == 0 ? 0 &- product.high : ~product.high
    case .divideUnsigned:
      if b == 0 { throw InterpreterTrap(code: .integerDivideByZero) }
      return a / b
    case .remainderUnsigned:
      if b == 0 { throw InterpreterTrap(code: .integerDivideByZero) }
      return a % b
    case .divideSigned:
      if b == 0 { throw InterpreterTrap(code: .integerDivideByZero) }
      if a == T(1) << (width - 1) && b == .max { throw InterpreterTrap(code: .integerOverflow) }
      let quotient = magnitude.0 / magnitude.1
      return isNegative.0 != isNegative.1 ? 0 &- quotient : quotient
    case .remainderSigned:
      if b == 0 { throw InterpreterTrap(code: .integerDivideByZero) }
      let remainder = magnitude.0 % magnitude.1
      return isNegative.0 ? 0 &- remainder : remainder
    case .and: return a & b
    case .or: return a | b
    case .xor: return a ^ b
    case .shiftLeft: return a << (b % width)
    case .shiftRightUnsigned: return a >> (b % width)
    case .shiftRightSigned:
      let shift = b % width
      return isNegative.0 ? ~(~a >> shift) : a >> shift
    case .rotateLeft: return b % width == 0 ? a : a << (b % width) | a >> (width - b % width)
    case .rotateRight: return b % width == 0 ? a : a >> (b % width) | a << (width - b % width)
    default: preconditionFailure("\(opcode) has not two integer operands")
    }
  }

  private static func count<T: FixedWidthInteger>(_ opcode: Opcode, _ value: T) -> T {
    switch opcode {
    case .countLeadingZeros: T(value.leadingZeroBitCount)
    case .countTrailingZeros: T(value.trailingZeroBitCount)
    case .populationCount: T(value.nonzeroBitCount)
    default: preconditionFailure("\(opcode) has not one integer operand")
    }
  }

  private static func compare<T: FixedWidthInteger & UnsignedInteger>(
    _ condition: IntegerCondition, _ a: T, _ b: T
  ) -> UInt64 {
    // Flipping the sign bit turns the signed order into the unsigned one.
    let flip = T(1) << T(T.bitWidth - 1)
    let (signedA, signedB) = (a ^ flip, b ^ flip)
    let holds =
      switch condition {
      case .equal: a == b
      case .notEqual: a != b
      case .lessSigned: signedA < signedB
      case .lessUnsigned: a < b
      case .greaterSigned: signedA > signedB
      case .greaterUnsigned: a > b
      case .lessOrEqualSigned: signedA <= signedB
      case .lessOrEqualUnsigned: a <= b
      case .greaterOrEqualSigned: signedA >= signedB
      case .greaterOrEqualUnsigned: a >= b
      }
    return holds ? 1 : 0
  }

  private static func compare<T: BinaryFloatingPoint>(_ condition: FloatCondition, _ a: T, _ b: T) -> UInt64 {
    let holds =
      switch condition {
      case .equal: a == b
      case .notEqual: a != b
      case .less: a < b
      case .greater: a > b
      case .lessOrEqual: a <= b
      case .greaterOrEqual: a >= b
      }
    return holds ? 1 : 0
  }

  private static func binary<T: BinaryFloatingPoint>(_ opcode: Opcode, _ a: T, _ b: T) -> T {
    switch opcode {
    case .floatAdd: a + b
    case .floatSubtract: a - b
    case .floatMultiply: a * b
    case .floatDivide: a / b
    case .floatMinimum:
      if a.isNaN || b.isNaN { a + b } else if a == b { a.sign == .minus ? a : b } else { a < b ? a : b }
    case .floatMaximum:
      if a.isNaN || b.isNaN { a + b } else if a == b { a.sign == .plus ? a : b } else { a > b ? a : b }
    default: preconditionFailure("\(opcode) has not two float operands")
    }
  }

  private static func unary<T: BinaryFloatingPoint>(_ opcode: Opcode, _ value: T) -> T {
    switch opcode {
    case .squareRoot: value.squareRoot()
    case .ceiling: value.rounded(.up)
    case .floor: value.rounded(.down)
    case .truncate: value.rounded(.towardZero)
    case .nearest: value.rounded(.toNearestOrEven)
    default: preconditionFailure("\(opcode) has not one float operand")
    }
  }

  private static func truncate(_ data: InstructionData, _ value: Double) throws(InterpreterTrap) -> UInt64 {
    let isSigned = data.opcode == .truncateToSigned || data.opcode == .truncateToSignedSaturating
    let saturates = data.opcode == .truncateToSignedSaturating || data.opcode == .truncateToUnsignedSaturating
    let bits = data.type == .i32 ? 32 : 64
    // Exact in a double: powers of two.
    let lowest = isSigned ? -Double(sign: .plus, exponent: bits - 1, significand: 1) : 0
    let tooHigh = Double(sign: .plus, exponent: isSigned ? bits - 1 : bits, significand: 1)
    if value.isNaN {
      if saturates { return 0 }
      throw InterpreterTrap(code: .invalidConversionToInteger)
    }
    let whole = value.rounded(.towardZero)
    if whole < lowest || whole >= tooHigh {
      if !saturates { throw InterpreterTrap(code: .integerOverflow) }
      let maximum = isSigned ? data.type.mask >> 1 : data.type.mask
      return whole < lowest ? (isSigned ? data.type.mask ^ (data.type.mask >> 1) : 0) : maximum
    }
    return (isSigned ? UInt64(bitPattern: Int64(whole)) : UInt64(whole)) & data.type.mask
  }
}
