// Rounding and square roots compile to calls of libm, which this import links.
import Glibc
import IR

/// What a pure instruction gives for constant operands, by the WebAssembly specification. Bits of 32-bit values
/// stand in the low half, the upper half zero.
enum ConstantEvaluator {
  /// nil if the instruction would trap, or if the result is a NaN: which one is then the processor's choice.
  static func integerBinary(_ opcode: Opcode, _ type: Type, _ a: UInt64, _ b: UInt64) -> UInt64? {
    if type == .i64 { return integer(opcode, a, b) }
    return integer(opcode, UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: b)).map { UInt64($0) }
  }

  private static func integer<T: FixedWidthInteger & UnsignedInteger>(_ opcode: Opcode, _ a: T, _ b: T) -> T? {
    let width = T.bitWidth
    let count = Int(truncatingIfNeeded: b) & (width - 1)
    let signedA = signExtended(a)
    let signedB = signExtended(b)
    switch opcode {
    case .add: return a &+ b
    case .subtract: return a &- b
    case .multiply: return a &* b
    case .multiplyHighUnsigned: return a.multipliedFullWidth(by: b).high
    case .multiplyHighSigned:
      // A negative factor counts as 2^width too much, which moves the other one into the upper half.
      let high = a.multipliedFullWidth(by: b).high
      return high &- (signedA < 0 ? b : 0) &- (signedB < 0 ? a : 0)
    case .divideUnsigned: return b == 0 ? nil : a / b
    case .remainderUnsigned: return b == 0 ? nil : a % b
    case .divideSigned:
      if b == 0 || (a == T(1) << T(width - 1) && b == .max) { return nil }
      return T(truncatingIfNeeded: signedA / signedB)
    case .remainderSigned:
      if b == 0 { return nil }
      // -1 apart: the host's division would overflow on the smallest dividend.
      return b == .max ? 0 : T(truncatingIfNeeded: signedA % signedB)
    case .and: return a & b
    case .or: return a | b
    case .xor: return a ^ b
    case .shiftLeft: return a &<< T(count)
    case .shiftRightSigned: return T(truncatingIfNeeded: signedA &>> Int64(count))
    case .shiftRightUnsigned: return a &>> T(count)
    case .rotateLeft: return a &<< T(count) | (count == 0 ? 0 : a &>> T(width - count))
    case .rotateRight: return a &>> T(count) | (count == 0 ? 0 : a &<< T(width - count))
    default: return nil
    }
  }

  private static func signExtended<T: FixedWidthInteger>(_ value: T) -> Int64 {
    let shift = 64 - T.bitWidth
    return (Int64(truncatingIfNeeded: value) << shift) >> shift
  }

  static func integerUnary(_ opcode: Opcode, _ type: Type, _ value: UInt64) -> UInt64? {
    let unused = type == .i32 ? 32 : 0
    switch opcode {
    case .countLeadingZeros: return UInt64(value.leadingZeroBitCount - unused)
    case .countTrailingZeros: return UInt64(min(value.trailingZeroBitCount, 64 - unused))
    case .populationCount: return UInt64(value.nonzeroBitCount)
    default: return nil
    }
  }

  static func signExtend(_ value: UInt64, width: UInt32, _ type: Type) -> UInt64 {
    let shift = UInt64(64 - width)
    return UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift)) & type.allOnes
  }

  static func compare(_ condition: IntegerCondition, _ type: Type, _ a: UInt64, _ b: UInt64) -> Bool {
    let signedA = type == .i32 ? Int64(Int32(truncatingIfNeeded: a)) : Int64(bitPattern: a)
    let signedB = type == .i32 ? Int64(Int32(truncatingIfNeeded: b)) : Int64(bitPattern: b)
    return switch condition {
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
  }

  static func compare(_ condition: FloatCondition, _ type: Type, _ a: UInt64, _ b: UInt64) -> Bool {
    // Widening is exact and keeps order and NaNs.
    let a = double(a, type)
    let b = double(b, type)
    return switch condition {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .greater: a > b
    case .lessOrEqual: a <= b
    case .greaterOrEqual: a >= b
    }
  }

  static func floatBinary(_ opcode: Opcode, _ type: Type, _ a: UInt64, _ b: UInt64) -> UInt64? {
    if opcode == .copySign {
      let sign = type.signBit
      return a & ~sign | b & sign
    }
    if type == .f32 {
      return float(opcode, single(a), single(b)).map { UInt64($0.bitPattern) }
    }
    return float(opcode, Double(bitPattern: a), Double(bitPattern: b)).map(\.bitPattern)
  }

  private static func float<T: BinaryFloatingPoint>(_ opcode: Opcode, _ a: T, _ b: T) -> T? {
    if a.isNaN || b.isNaN { return nil }
    let result: T
    switch opcode {
    case .floatAdd: result = a + b
    case .floatSubtract: result = a - b
    case .floatMultiply: result = a * b
    case .floatDivide: result = a / b
    // Of two zeros the negative one is the smaller.
    case .floatMinimum: result = a < b || (a == b && a.sign == .minus) ? a : b
    case .floatMaximum: result = a > b || (a == b && a.sign == .plus) ? a : b
    default: return nil
    }
    return result.isNaN ? nil : result
  }

  static func floatUnary(_ opcode: Opcode, _ type: Type, _ value: UInt64) -> UInt64? {
    if opcode == .absolute { return value & ~type.signBit }
    if opcode == .negate { return value ^ type.signBit }
    if type == .f32 { return float(opcode, single(value)).map { UInt64($0.bitPattern) } }
    return float(opcode, Double(bitPattern: value)).map(\.bitPattern)
  }

  private static func float<T: BinaryFloatingPoint>(_ opcode: Opcode, _ value: T) -> T? {
    let result: T
    switch opcode {
    case .squareRoot: result = value.squareRoot()
    case .ceiling: result = value.rounded(.up)
    case .floor: result = value.rounded(.down)
    case .truncate: result = value.rounded(.towardZero)
    case .nearest: result = value.rounded(.toNearestOrEven)
    default: return nil
    }
    return result.isNaN ? nil : result
  }

  /// nil if it traps.
  static func floatToInteger(_ opcode: Opcode, _ type: Type, _ operandType: Type, _ value: UInt64) -> UInt64? {
    let whole = double(value, operandType).rounded(.towardZero)
    let saturates = opcode == .truncateToSignedSaturating || opcode == .truncateToUnsignedSaturating
    if whole.isNaN { return saturates ? 0 : nil }
    if opcode == .truncateToSigned || opcode == .truncateToSignedSaturating {
      if type == .i32 {
        if let exact = Int32(exactly: whole) { return UInt64(UInt32(bitPattern: exact)) }
      } else if let exact = Int64(exactly: whole) {
        return UInt64(bitPattern: exact)
      }
      let smallest = type.signBit
      return saturates ? (whole < 0 ? smallest : smallest - 1) : nil
    }
    if type == .i32 {
      if let exact = UInt32(exactly: whole) { return UInt64(exact) }
    } else if let exact = UInt64(exactly: whole) {
      return exact
    }
    return saturates ? (whole < 0 ? 0 : type.allOnes) : nil
  }

  static func integerToFloat(_ opcode: Opcode, _ type: Type, _ operandType: Type, _ value: UInt64) -> UInt64 {
    if opcode == .convertFromUnsigned {
      return type == .f32 ? UInt64(Float(value).bitPattern) : Double(value).bitPattern
    }
    let signed = operandType == .i32 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    return type == .f32 ? UInt64(Float(signed).bitPattern) : Double(signed).bitPattern
  }

  static func demote(_ value: UInt64) -> UInt64? {
    let result = Float(Double(bitPattern: value))
    return result.isNaN ? nil : UInt64(result.bitPattern)
  }

  static func promote(_ value: UInt64) -> UInt64? {
    let result = Double(single(value))
    return result.isNaN ? nil : result.bitPattern
  }

  private static func single(_ bits: UInt64) -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: bits)) }
  private static func double(_ bits: UInt64, _ type: Type) -> Double {
    type == .f32 ? Double(single(bits)) : Double(bitPattern: bits)
  }
}

extension Type {
  /// All bits of a scalar, in the low half for the 32-bit types.
  var allOnes: UInt64 { size == 4 ? 0xffff_ffff : .max }
  var signBit: UInt64 { size == 4 ? 1 << 31 : 1 << 63 }
  /// In bits.
  var width: UInt64 { UInt64(size * 8) }
}
