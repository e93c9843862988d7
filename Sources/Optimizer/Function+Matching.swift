import IR

/// Reading the definitions of operands, for rules that look at small expression trees.
extension Function {
  /// The instruction that defines `value`; nil for a block parameter.
  func definition(of value: Value) -> InstructionData? {
    guard case .result(let instruction, _) = values[value].definition else { return nil }
    return instructions[instruction]
  }

  /// The bits of an integer or float constant.
  func constant(_ value: Value) -> UInt64? {
    guard let data = definition(of: value) else { return nil }
    return data.opcode == .integerConstant || data.opcode == .floatConstant ? data.immediate : nil
  }

  func operand(_ position: Int, of data: InstructionData) -> Value { valueLists[data.operands, position] }

  /// The operands of `value`'s definition if it is `opcode` with a constant on the right.
  func operandAndConstant(of value: Value, _ opcode: Opcode) -> (Value, UInt64)? {
    guard let data = definition(of: value), data.opcode == opcode, let right = constant(operand(1, of: data)) else {
      return nil
    }
    return (operand(0, of: data), right)
  }

  /// An upper bound of an integer, unsigned. Looks at most `depth` definitions deep.
  func maximum(of value: Value, depth: Int = 4) -> UInt64 {
    let all = type(of: value).allOnes
    guard depth > 0, let data = definition(of: value) else { return all }
    func operandMaximum(_ position: Int) -> UInt64 { maximum(of: operand(position, of: data), depth: depth - 1) }
    switch data.opcode {
    case .integerConstant: return data.immediate
    case .compareInteger, .compareFloat, .memoryOutOfBounds, .vectorAnyTrue, .vectorAllTrue: return 1
    case .vectorBitMask: return 1 << UInt64(data.lanes.laneCount) - 1
    case .vectorExtractUnsigned: return .max >> UInt64(64 - data.lanes.laneBits)
    case .countLeadingZeros, .countTrailingZeros, .populationCount: return data.type.width
    case .and: return min(operandMaximum(0), operandMaximum(1))
    case .or, .xor:
      // No bit above the highest of either.
      let highest = operandMaximum(0) | operandMaximum(1)
      return highest == 0 ? 0 : .max >> UInt64(highest.leadingZeroBitCount)
    case .add:
      let (sum, overflow) = operandMaximum(0).addingReportingOverflow(operandMaximum(1))
      return overflow || sum > all ? all : sum
    case .multiply:
      let (product, overflow) = operandMaximum(0).multipliedReportingOverflow(by: operandMaximum(1))
      return overflow || product > all ? all : product
    case .multiplyHighUnsigned:
      let product = operandMaximum(0).multipliedFullWidth(by: operandMaximum(1))
      return data.type == .i64 ? product.high : product.low >> 32
    case .shiftRightUnsigned:
      guard let count = constant(operand(1, of: data)) else { return operandMaximum(0) }
      return operandMaximum(0) >> (count & (data.type.width - 1))
    case .shiftLeft:
      guard let count = constant(operand(1, of: data)) else { return all }
      let shift = count & (data.type.width - 1)
      let bound = operandMaximum(0)
      return bound <= all >> shift ? bound << shift : all
    case .divideUnsigned: return operandMaximum(0)
    case .remainderUnsigned:
      // Below the divisor, and never above the dividend. A divisor of 0 traps.
      let divisor = operandMaximum(1)
      return min(operandMaximum(0), divisor == 0 ? 0 : divisor - 1)
    case .extendUnsigned: return operandMaximum(0)
    case .wrap: return min(operandMaximum(0), all)
    case .select: return max(operandMaximum(1), operandMaximum(2))
    case .load:
      switch data.access {
      case .unsigned8: return 0xff
      case .unsigned16: return 0xffff
      case .unsigned32: return 0xffff_ffff
      case .full, .signed8, .signed16, .signed32, .unsigned64: return all
      }
    default: return all
    }
  }

  /// Known to be 0 or 1.
  func isBoolean(_ value: Value) -> Bool { type(of: value) == .i32 && maximum(of: value, depth: 2) <= 1 }
}
