import IR

extension Simplifier {
  static func integerBinary(_ data: InstructionData, _ function: Function) -> Rewrite {
    let a = function.operand(0, of: data)
    let b = function.operand(1, of: data)
    switch (function.constant(a), function.constant(b)) {
    case (let left?, let right?):
      return constant(ConstantEvaluator.integerBinary(data.opcode, data.type, left, right))
    case (let left?, nil):
      switch data.opcode {
      case .add, .multiply, .multiplyHighSigned, .multiplyHighUnsigned, .and, .or, .xor:
        return withConstant(data, b, left, function, isSwapped: true)
      case .shiftLeft, .shiftRightSigned, .shiftRightUnsigned, .rotateLeft, .rotateRight:
        return left == 0 ? .constant(0) : shiftByMaskedCount(data, a, b, function)
      default: return .keep
      }
    case (nil, let right?): return withConstant(data, a, right, function, isSwapped: false)
    case (nil, nil): break
    }
    switch data.opcode {
    case .subtract, .xor: return a == b ? .constant(0) : .keep
    case .and, .or: return a == b ? .value(a) : .keep
    case .shiftLeft, .shiftRightSigned, .shiftRightUnsigned, .rotateLeft, .rotateRight:
      return shiftByMaskedCount(data, a, b, function)
    default: return .keep
    }
  }

  /// Counts are taken modulo the width, so a mask that keeps those bits is for nothing.
  private static func shiftByMaskedCount(
    _ data: InstructionData, _ a: Value, _ b: Value, _ function: Function
  ) -> Rewrite {
    guard let (count, mask) = function.operandAndConstant(of: b, .and),
      mask & (data.type.width - 1) == data.type.width - 1
    else { return .keep }
    return .instruction(data, [a, count])
  }

  /// `value op right`, or `right op value` of a commutative instruction if swapped.
  private static func withConstant(
    _ data: InstructionData, _ value: Value, _ right: UInt64, _ function: Function, isSwapped: Bool
  ) -> Rewrite {
    let type = data.type
    let unchanged: Rewrite = isSwapped ? .binary(data.opcode, value, right) : .keep
    switch data.opcode {
    case .add:
      if right == 0 { return .value(value) }
      if let (inner, first) = function.operandAndConstant(of: value, .add) {
        return .binary(.add, inner, (first &+ right) & type.allOnes)
      }
      return unchanged
    case .subtract: return right == 0 ? .value(value) : .binary(.add, value, (0 &- right) & type.allOnes)
    case .multiply:
      if right == 0 { return .constant(0) }
      if right == 1 { return .value(value) }
      if isPowerOfTwo(right) { return .binary(.shiftLeft, value, UInt64(right.trailingZeroBitCount)) }
      return unchanged
    case .multiplyHighUnsigned:
      if right <= 1 { return .constant(0) }
      if isPowerOfTwo(right) { return .binary(.shiftRightUnsigned, value, type.width - UInt64(right.trailingZeroBitCount)) }
      return unchanged
    case .multiplyHighSigned: return right == 0 ? .constant(0) : unchanged
    case .divideUnsigned:
      if right == 1 { return .value(value) }
      if isPowerOfTwo(right) { return .binary(.shiftRightUnsigned, value, UInt64(right.trailingZeroBitCount)) }
      return .keep
    case .remainderUnsigned: return isPowerOfTwo(right) ? .binary(.and, value, right - 1) : .keep
    case .divideSigned: return right == 1 ? .value(value) : .keep
    case .remainderSigned: return right == 1 || right == type.allOnes ? .constant(0) : .keep
    case .and:
      if right == 0 { return .constant(0) }
      if right == type.allOnes { return .value(value) }
      if let (inner, first) = function.operandAndConstant(of: value, .and) {
        return .binary(.and, inner, first & right)
      }
      let bound = function.maximum(of: value)
      // Every bit that may be set stays.
      if bound == 0 || right & (.max >> UInt64(bound.leadingZeroBitCount)) == .max >> UInt64(bound.leadingZeroBitCount)
      {
        return .value(value)
      }
      return unchanged
    case .or:
      if right == 0 { return .value(value) }
      if right == type.allOnes { return .constant(right) }
      if let (inner, first) = function.operandAndConstant(of: value, .or) {
        return .binary(.or, inner, first | right)
      }
      return unchanged
    case .xor:
      if right == 0 { return .value(value) }
      if let (inner, first) = function.operandAndConstant(of: value, .xor) {
        return .binary(.xor, inner, first ^ right)
      }
      return unchanged
    case .shiftLeft, .shiftRightSigned, .shiftRightUnsigned: return shift(data, value, right, function)
    case .rotateLeft, .rotateRight:
      let count = right & (type.width - 1)
      return count == 0 ? .value(value) : count == right ? .keep : .binary(data.opcode, value, count)
    default: return .keep
    }
  }

  static func isPowerOfTwo(_ value: UInt64) -> Bool { value != 0 && value & (value - 1) == 0 }

  private static func shift(
    _ data: InstructionData, _ value: Value, _ right: UInt64, _ function: Function
  ) -> Rewrite {
    let type = data.type
    let count = right & (type.width - 1)
    if count == 0 { return .value(value) }
    let unchanged: Rewrite = count == right ? .keep : .binary(data.opcode, value, count)
    guard let inner = function.definition(of: value),
      inner.opcode == .shiftLeft || inner.opcode == .shiftRightSigned || inner.opcode == .shiftRightUnsigned,
      let innerRight = function.constant(function.operand(1, of: inner))
    else { return unchanged }
    let source = function.operand(0, of: inner)
    let first = innerRight & (type.width - 1)
    switch (inner.opcode, data.opcode) {
    case (.shiftLeft, .shiftLeft), (.shiftRightUnsigned, .shiftRightUnsigned):
      return first + count >= type.width ? .constant(0) : .binary(data.opcode, source, first + count)
    case (.shiftRightSigned, .shiftRightSigned):
      return .binary(.shiftRightSigned, source, min(first + count, type.width - 1))
    case (.shiftLeft, .shiftRightUnsigned) where first == count:
      return .binary(.and, source, type.allOnes >> count)
    case (.shiftRightUnsigned, .shiftLeft) where first == count,
      (.shiftRightSigned, .shiftLeft) where first == count:
      return .binary(.and, source, type.allOnes << count & type.allOnes)
    case (.shiftLeft, .shiftRightSigned) where first == count:
      let width = type.width - count
      guard width == 8 || width == 16 || width == 32 else { return unchanged }
      return .instruction(InstructionData(.signExtendInReg, type, auxiliary: UInt32(width)), [source])
    default: return unchanged
    }
  }

  // MARK: Comparisons

  static func compareInteger(_ data: InstructionData, _ function: Function) -> Rewrite {
    guard let condition = IntegerCondition(rawValue: UInt8(truncatingIfNeeded: data.auxiliary)) else { return .keep }
    let a = function.operand(0, of: data)
    let b = function.operand(1, of: data)
    if a == b { return .constant(ConstantEvaluator.compare(condition, data.type, 0, 0) ? 1 : 0) }
    switch (function.constant(a), function.constant(b)) {
    case (let left?, let right?):
      return .constant(ConstantEvaluator.compare(condition, data.type, left, right) ? 1 : 0)
    case (let left?, nil): return .compare(condition.swapped, data.type, b, left)
    case (nil, let right?): return compare(condition, data, a, right, function)
    case (nil, nil): return .keep
    }
  }

  private static func compare(
    _ condition: IntegerCondition, _ data: InstructionData, _ value: Value, _ right: UInt64, _ function: Function
  ) -> Rewrite {
    let type = data.type
    if right == 0 && (condition == .equal || condition == .notEqual) {
      return compareWithZero(data, isEqual: condition == .equal, value, function)
    }
    if condition == .equal || condition == .notEqual, let (inner, added) = function.operandAndConstant(of: value, .add)
    {
      return .compare(condition, type, inner, (right &- added) & type.allOnes)
    }
    // Bounds decide, or leave an equality.
    let bound = function.maximum(of: value)
    switch condition {
    case .equal where bound < right: return .constant(0)
    case .notEqual where bound < right: return .constant(1)
    case .lessUnsigned where bound < right: return .constant(1)
    case .lessUnsigned where right == 0: return .constant(0)
    case .lessUnsigned where right == 1: return .compare(.equal, type, value, 0)
    case .lessOrEqualUnsigned where bound <= right: return .constant(1)
    case .lessOrEqualUnsigned where right == 0: return .compare(.equal, type, value, 0)
    case .greaterUnsigned where bound <= right: return .constant(0)
    case .greaterUnsigned where right == 0: return .compare(.notEqual, type, value, 0)
    case .greaterOrEqualUnsigned where bound < right: return .constant(0)
    case .greaterOrEqualUnsigned where right == 0: return .constant(1)
    case .greaterOrEqualUnsigned where right == 1: return .compare(.notEqual, type, value, 0)
    default: return .keep
    }
  }

  private static func compareWithZero(
    _ data: InstructionData, isEqual: Bool, _ value: Value, _ function: Function
  ) -> Rewrite {
    guard let inner = function.definition(of: value) else { return .keep }
    switch inner.opcode {
    case .compareInteger:
      guard let condition = IntegerCondition(rawValue: UInt8(truncatingIfNeeded: inner.auxiliary)) else { return .keep }
      if !isEqual { return .value(value) }
      return .instruction(
        InstructionData(.compareInteger, inner.type, auxiliary: UInt32(condition.inverted.rawValue)),
        [function.operand(0, of: inner), function.operand(1, of: inner)])
    case .compareFloat:
      if !isEqual { return .value(value) }
      // Only equality has an inverse that agrees on NaNs.
      guard let condition = FloatCondition(rawValue: UInt8(truncatingIfNeeded: inner.auxiliary)),
        let inverted = condition.inverted
      else { return .keep }
      return .instruction(
        InstructionData(.compareFloat, inner.type, auxiliary: UInt32(inverted.rawValue)),
        [function.operand(0, of: inner), function.operand(1, of: inner)])
    case .memoryOutOfBounds: return isEqual ? .keep : .value(value)
    case .add:
      guard let (source, added) = function.operandAndConstant(of: value, .add) else { return .keep }
      return .compare(isEqual ? .equal : .notEqual, data.type, source, (0 &- added) & data.type.allOnes)
    case .subtract, .xor:
      return .instruction(data, [function.operand(0, of: inner), function.operand(1, of: inner)])
    case .extendSigned, .extendUnsigned:
      let condition: IntegerCondition = isEqual ? .equal : .notEqual
      return .compare(condition, .i32, function.operand(0, of: inner), 0)
    default: return .keep
    }
  }
}

extension IntegerCondition {
  /// The same comparison with its operands exchanged.
  var swapped: IntegerCondition {
    switch self {
    case .equal: .equal
    case .notEqual: .notEqual
    case .lessSigned: .greaterSigned
    case .lessUnsigned: .greaterUnsigned
    case .greaterSigned: .lessSigned
    case .greaterUnsigned: .lessUnsigned
    case .lessOrEqualSigned: .greaterOrEqualSigned
    case .lessOrEqualUnsigned: .greaterOrEqualUnsigned
    case .greaterOrEqualSigned: .lessOrEqualSigned
    case .greaterOrEqualUnsigned: .lessOrEqualUnsigned
    }
  }

  /// True exactly where this one is false.
  var inverted: IntegerCondition {
    switch self {
    case .equal: .notEqual
    case .notEqual: .equal
    case .lessSigned: .greaterOrEqualSigned
    case .lessUnsigned: .greaterOrEqualUnsigned
    case .greaterSigned: .lessOrEqualSigned
    case .greaterUnsigned: .lessOrEqualUnsigned
    case .lessOrEqualSigned: .greaterSigned
    case .lessOrEqualUnsigned: .greaterUnsigned
    case .greaterOrEqualSigned: .lessSigned
    case .greaterOrEqualUnsigned: .lessUnsigned
    }
  }
}

extension FloatCondition {
  /// nil where no condition is true exactly when this one is false: orders are false for NaNs either way.
  var inverted: FloatCondition? {
    switch self {
    case .equal: .notEqual
    case .notEqual: .equal
    case .less, .greater, .lessOrEqual, .greaterOrEqual: nil
    }
  }
}
