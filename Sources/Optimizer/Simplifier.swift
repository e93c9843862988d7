import IR

/// What an instruction may be replaced with.
enum Rewrite {
  case keep
  /// Bits of the instruction's own result type.
  case constant(UInt64)
  /// Another value that its result always equals.
  case value(Value)
  /// A binary instruction of the same type with a constant on the right.
  case binary(Opcode, Value, UInt64)
  /// A comparison of integers of the given type with a constant.
  case compare(IntegerCondition, Type, Value, UInt64)
  case instruction(InstructionData, [Value])
  /// It does nothing.
  case remove
}

/// Rules that look at an instruction and the definitions of its operands. Each is exact: same bits for every input
/// that does not trap, and a trap exactly where there was one. Floats: only rules that keep every NaN's bits.
enum Simplifier {
  static func simplify(_ data: InstructionData, _ function: Function, _ shape: ModuleShape) -> Rewrite {
    switch data.opcode.info.form {
    case .integerBinary: return integerBinary(data, function)
    case .compareInteger: return compareInteger(data, function)
    case .integerUnary:
      guard let value = constant(0, data, function) else { return .keep }
      return constant(ConstantEvaluator.integerUnary(data.opcode, data.type, value))
    case .signExtension: return signExtension(data, function)
    case .extend: return extend(data, function)
    case .wrap: return wrap(data, function)
    case .compareFloat:
      guard let a = constant(0, data, function), let b = constant(1, data, function),
        let condition = FloatCondition(rawValue: UInt8(truncatingIfNeeded: data.auxiliary))
      else { return .keep }
      return .constant(ConstantEvaluator.compare(condition, data.type, a, b) ? 1 : 0)
    case .floatBinary: return floatBinary(data, function)
    case .floatUnary: return floatUnary(data, function)
    case .floatToInteger:
      guard let value = constant(0, data, function), let type = auxiliaryType(data) else { return .keep }
      return constant(ConstantEvaluator.floatToInteger(data.opcode, data.type, type, value))
    case .integerToFloat:
      guard let value = constant(0, data, function), let type = auxiliaryType(data) else { return .keep }
      return .constant(ConstantEvaluator.integerToFloat(data.opcode, data.type, type, value))
    case .demote: return constant(constant(0, data, function).flatMap(ConstantEvaluator.demote))
    case .promote: return constant(constant(0, data, function).flatMap(ConstantEvaluator.promote))
    case .reinterpret:
      let operand = function.operand(0, of: data)
      if let bits = function.constant(operand) { return .constant(bits) }
      if let inner = function.definition(of: operand), inner.opcode == .reinterpret {
        return .value(function.operand(0, of: inner))
      }
      return .keep
    case .select: return select(data, function)
    case .memoryCheck: return isInsideMinimum(data, function, shape) ? .remove : .keep
    case .memoryOutOfBounds: return isInsideMinimum(data, function, shape) ? .constant(0) : .keep
    case .trapIf:
      let operand = function.operand(0, of: data)
      if function.constant(operand) == 0 { return .remove }
      let condition = simplerCondition(operand, function)
      return condition == operand ? .keep : .instruction(data, [condition])
    default: return .keep
    }
  }

  static func constant(_ position: Int, _ data: InstructionData, _ function: Function) -> UInt64? {
    function.constant(function.operand(position, of: data))
  }

  static func constant(_ bits: UInt64?) -> Rewrite { bits.map { .constant($0) } ?? .keep }

  private static func auxiliaryType(_ data: InstructionData) -> Type? {
    Type(rawValue: UInt8(truncatingIfNeeded: data.auxiliary))
  }

  /// A memory never shrinks below its declared minimum, so an address that is always far enough below it needs no
  /// check.
  private static func isInsideMinimum(_ data: InstructionData, _ function: Function, _ shape: ModuleShape) -> Bool {
    let address = function.maximum(of: function.operand(0, of: data))
    let (end, overflow) = address.addingReportingOverflow(data.immediate)
    if overflow { return false }
    let (bytes, tooLarge) = shape.memories[MemoryIndex(data.memory)].minimumPages.multipliedReportingOverflow(by: 65536)
    return tooLarge || end <= bytes
  }

  // MARK: Conditions

  /// A value that is zero exactly when `condition` is: drops comparisons with zero that change nothing.
  static func simplerCondition(_ condition: Value, _ function: Function) -> Value {
    var condition = condition
    while let data = function.definition(of: condition), data.opcode == .compareInteger, data.type == .i32,
      data.auxiliary == UInt32(IntegerCondition.notEqual.rawValue), constant(1, data, function) == 0
    {
      condition = function.operand(0, of: data)
    }
    return condition
  }

  /// The operand of `x == 0`, for conditions that can be swapped instead.
  static func negatedCondition(_ condition: Value, _ function: Function) -> Value? {
    guard let data = function.definition(of: condition), data.opcode == .compareInteger, data.type == .i32,
      data.auxiliary == UInt32(IntegerCondition.equal.rawValue), constant(1, data, function) == 0
    else { return nil }
    return function.operand(0, of: data)
  }

  private static func select(_ data: InstructionData, _ function: Function) -> Rewrite {
    let condition = function.operand(0, of: data)
    let a = function.operand(1, of: data)
    let b = function.operand(2, of: data)
    if a == b { return .value(a) }
    if let bits = function.constant(condition) { return .value(bits != 0 ? a : b) }
    if data.type == .i32, function.isBoolean(condition) {
      if function.constant(a) == 1 && function.constant(b) == 0 { return .value(condition) }
      if function.constant(a) == 0 && function.constant(b) == 1 { return .compare(.equal, .i32, condition, 0) }
    }
    if let negated = negatedCondition(condition, function) { return .instruction(data, [negated, b, a]) }
    let simpler = simplerCondition(condition, function)
    if simpler != condition { return .instruction(data, [simpler, a, b]) }
    if data.type.isInteger || data.type.isFloat, let bits = function.constant(a), bits == function.constant(b) {
      return .constant(bits)
    }
    return .keep
  }

  // MARK: Conversions

  private static func signExtension(_ data: InstructionData, _ function: Function) -> Rewrite {
    let operand = function.operand(0, of: data)
    if let bits = function.constant(operand) {
      return .constant(ConstantEvaluator.signExtend(bits, width: data.auxiliary, data.type))
    }
    guard let inner = function.definition(of: operand) else { return .keep }
    switch inner.opcode {
    case .signExtendInReg:
      if inner.auxiliary <= data.auxiliary { return .value(operand) }
      return .instruction(data, [function.operand(0, of: inner)])
    case .load:
      let width: UInt32? =
        switch inner.access {
        case .signed8: 8
        case .signed16: 16
        case .signed32: 32
        case .full, .unsigned8, .unsigned16, .unsigned32, .unsigned64: nil
        }
      return width.map { $0 <= data.auxiliary } ?? false ? .value(operand) : .keep
    case .extendSigned: return data.auxiliary == 32 ? .value(operand) : .keep
    default: break
    }
    // Its sign bit is clear already.
    return function.maximum(of: operand) < 1 << (UInt64(data.auxiliary) - 1) ? .value(operand) : .keep
  }

  private static func extend(_ data: InstructionData, _ function: Function) -> Rewrite {
    let operand = function.operand(0, of: data)
    if let bits = function.constant(operand) {
      return .constant(
        data.opcode == .extendUnsigned ? bits : ConstantEvaluator.signExtend(bits, width: 32, .i64))
    }
    if data.opcode == .extendSigned {
      if function.maximum(of: operand) < 1 << 31 {
        return .instruction(InstructionData(.extendUnsigned, .i64), [operand])
      }
      if let inner = function.definition(of: operand), inner.opcode == .wrap {
        return .instruction(
          InstructionData(.signExtendInReg, .i64, auxiliary: 32), [function.operand(0, of: inner)])
      }
      return .keep
    }
    if let inner = function.definition(of: operand), inner.opcode == .wrap {
      let wide = function.operand(0, of: inner)
      return function.maximum(of: wide) <= 0xffff_ffff ? .value(wide) : .binary(.and, wide, 0xffff_ffff)
    }
    return .keep
  }

  private static func wrap(_ data: InstructionData, _ function: Function) -> Rewrite {
    let operand = function.operand(0, of: data)
    if let bits = function.constant(operand) { return .constant(bits & 0xffff_ffff) }
    guard let inner = function.definition(of: operand) else { return .keep }
    switch inner.opcode {
    case .extendSigned, .extendUnsigned: return .value(function.operand(0, of: inner))
    case .and:
      // A mask that keeps the low half is for nothing.
      guard let (wide, mask) = function.operandAndConstant(of: operand, .and), mask & 0xffff_ffff == 0xffff_ffff else {
        return .keep
      }
      return .instruction(data, [wide])
    default: return .keep
    }
  }

  // MARK: Floats

  private static func floatBinary(_ data: InstructionData, _ function: Function) -> Rewrite {
    guard let b = constant(1, data, function) else { return .keep }
    if let a = constant(0, data, function),
      let bits = ConstantEvaluator.floatBinary(data.opcode, data.type, a, b)
    {
      return .constant(bits)
    }
    // Dividing by a power of two is multiplying by its inverse, exactly, if that is a normal number.
    if data.opcode == .floatDivide, let inverse = inverseOfPowerOfTwo(b, data.type) {
      return .binary(.floatMultiply, function.operand(0, of: data), inverse)
    }
    return .keep
  }

  private static func inverseOfPowerOfTwo(_ bits: UInt64, _ type: Type) -> UInt64? {
    if type == .f32 {
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      guard value.isNormal, value.significand == 1, (1 / value).isNormal else { return nil }
      return UInt64((1 / value).bitPattern)
    }
    let value = Double(bitPattern: bits)
    guard value.isNormal, value.significand == 1, (1 / value).isNormal else { return nil }
    return (1 / value).bitPattern
  }

  private static func floatUnary(_ data: InstructionData, _ function: Function) -> Rewrite {
    let operand = function.operand(0, of: data)
    if let bits = function.constant(operand) {
      return constant(ConstantEvaluator.floatUnary(data.opcode, data.type, bits))
    }
    guard let inner = function.definition(of: operand) else { return .keep }
    switch (data.opcode, inner.opcode) {
    case (.negate, .negate): return .value(function.operand(0, of: inner))
    case (.absolute, .absolute): return .value(operand)
    case (.absolute, .negate): return .instruction(data, [function.operand(0, of: inner)])
    default: return .keep
    }
  }
}
