import Entities
import IR

/// Divisions and remainders by constants become multiplications and shifts: a division takes 10 to 40 cycles and a
/// guard.
///
/// i32 in 64-bit arithmetic, i64 with the upper halves of products. (Granlund, Montgomery: "Division by Invariant Integers
/// using Multiplication", 1994.)
///
/// Requires: nothing beyond a correct function. Establishes: no division by a constant but for 0, 1, -1, the smallest
/// integer and unsigned powers of two; leaves an addition of 0 for constant folding. Cost: linear.
public enum DivisionByConstant {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    for block in function.layout.blocks {
      let isDivision = function.layout.instructions[block].map { divisor(of: $0, function) != nil }
      guard isDivision.contains(true) else { continue }
      var expansion = Expansion(function.layout.instructions[block].count)
      for (instruction, isDivision) in zip(function.layout.instructions[block], isDivision) {
        if isDivision, let divisor = divisor(of: instruction, function) {
          expansion.expand(instruction, by: divisor, &function)
        }
        expansion.order.append(instruction)
      }
      function.layout.instructions[block] = expansion.order
    }
  }

  /// nil if the instruction is no division, or one to leave alone because it may trap.
  private static func divisor(of instruction: Instruction, _ function: Function) -> UInt64? {
    let data = function.instructions[instruction]
    switch data.opcode {
    case .divideUnsigned, .remainderUnsigned:
      guard let divisor = function.constant(function.operand(1, of: data)) else { return nil }
      // Constant folding has shifts and masks for powers of two.
      return divisor > 1 && !Simplifier.isPowerOfTwo(divisor) ? divisor : nil
    case .divideSigned, .remainderSigned:
      guard let divisor = function.constant(function.operand(1, of: data)) else { return nil }
      let magnitude = magnitude(divisor, data.type)
      // The smallest integer and -1, whose quotient may overflow, stay.
      return magnitude > 1 && divisor != data.type.signBit ? divisor : nil
    default: return nil
    }
  }

  static func magnitude(_ value: UInt64, _ type: Type) -> UInt64 {
    value & type.signBit != 0 ? (0 &- value) & type.allOnes : value
  }

  /// For every x below 2^(width - zeros) and a divisor below 2^(width - 1):
  /// x / divisor = (x * multiplier) >> (width + shift), with a multiplier of up to width + 1 bits.
  static func unsignedMagic(_ divisor: UInt64, width: UInt64, zeros: UInt64 = 0) -> (multiplier: UInt128, shift: UInt64) {
    var shift: UInt64 = 0
    while true {
      let power = UInt128(1) << UInt128(width + shift)
      let multiplier = (power - 1) / UInt128(divisor) + 1
      // The error, times any x, must stay below one part of the divisor.
      if multiplier * UInt128(divisor) - power <= UInt128(1) << UInt128(shift + zeros) { return (multiplier, shift) }
      shift += 1
    }
  }

  /// For every x of magnitude 2^(width - 1) at most: x / divisor = ((x * multiplier) >> (width + shift)) + (1 if x is
  /// negative), with a multiplier below 2^width.
  static func signedMagic(_ divisor: UInt64, width: UInt64) -> (multiplier: UInt64, shift: UInt64) {
    var shift: UInt64 = 0
    while true {
      let power = UInt128(1) << UInt128(width + shift)
      let multiplier = power / UInt128(divisor) + 1
      if multiplier * UInt128(divisor) - power <= UInt128(2) << UInt128(shift) { return (UInt64(multiplier), shift) }
      shift += 1
    }
  }
}

/// Collects the new order of one block's instructions.
private struct Expansion {
  var order = ContiguousArray<Instruction>()
  private var sourceOffset: UInt32 = 0

  init(_ capacity: Int) { order.reserveCapacity(capacity + 16) }

  /// Emits what comes before `instruction`, and turns it into the last step.
  mutating func expand(_ instruction: Instruction, by divisor: UInt64, _ function: inout Function) {
    let data = function.instructions[instruction]
    sourceOffset = data.sourceOffset
    let value = function.operand(0, of: data)
    let isRemainder = data.opcode == .remainderSigned || data.opcode == .remainderUnsigned
    var quotient: Value
    if data.opcode == .divideUnsigned || data.opcode == .remainderUnsigned {
      quotient = unsigned(value, divisor, data.type, &function)
    } else {
      let magnitude = DivisionByConstant.magnitude(divisor, data.type)
      quotient =
        Simplifier.isPowerOfTwo(magnitude)
        ? signedPower(value, UInt64(magnitude.trailingZeroBitCount), data.type, &function)
        : signed(value, magnitude, data.type, &function)
      // The remainder's sign is the dividend's, whatever the divisor's.
      if magnitude != divisor && !isRemainder {
        let zero = constant(data.type, 0, &function)
        quotient = emit(.subtract, data.type, [zero, quotient], &function)
      }
    }
    if isRemainder {
      let magnitude = data.opcode == .remainderUnsigned ? divisor : DivisionByConstant.magnitude(divisor, data.type)
      let product = emit(.multiply, data.type, [quotient, constant(data.type, magnitude, &function)], &function)
      function.replace(instruction, with: InstructionData(.subtract, data.type), [value, product])
    } else {
      // A copy: constant folding forwards the quotient.
      let zero = constant(data.type, 0, &function)
      function.replace(instruction, with: InstructionData(.add, data.type), [quotient, zero])
    }
  }

  private mutating func unsigned(_ value: Value, _ divisor: UInt64, _ type: Type, _ function: inout Function) -> Value {
    if divisor >= type.signBit {
      // The quotient is 0 or 1.
      let data = InstructionData(
        .compareInteger, type, auxiliary: UInt32(IntegerCondition.greaterOrEqualUnsigned.rawValue),
        operands: function.valueLists.append(contentsOf: [value, constant(type, divisor, &function)]),
        sourceOffset: sourceOffset)
      let isReached = place(data, .i32, &function)
      return type == .i32 ? isReached : emit(.extendUnsigned, .i64, [isReached], &function)
    }
    return type == .i32 ? unsigned32(value, divisor, &function) : unsigned64(value, divisor, &function)
  }

  private mutating func unsigned32(_ value: Value, _ divisor: UInt64, _ function: inout Function) -> Value {
    let (multiplier, shift) = DivisionByConstant.unsignedMagic(divisor, width: 32)
    let wide = emit(.extendUnsigned, .i64, [value], &function)
    let low = constant(.i64, UInt64(multiplier & 0xffff_ffff), &function)
    let product = emit(.multiply, .i64, [wide, low], &function)
    if multiplier >> 32 == 0 {
      return emit(.wrap, .i32, [shiftRight(product, 32 + shift, &function)], &function)
    }
    // The multiplier's bit 32 counts x itself; the sum has 33 bits and fits.
    let sum = emit(.add, .i64, [shiftRight(product, 32, &function), wide], &function)
    return emit(.wrap, .i32, [shiftRight(sum, shift, &function)], &function)
  }

  private mutating func unsigned64(_ value: Value, _ divisor: UInt64, _ function: inout Function) -> Value {
    let (multiplier, shift) = DivisionByConstant.unsignedMagic(divisor, width: 64)
    if let multiplier = UInt64(exactly: multiplier) {
      return shiftRight(emit(.multiplyHighUnsigned, .i64, [value, constant(.i64, multiplier, &function)], &function), shift, &function)
    }
    let zeros = UInt64(divisor.trailingZeroBitCount)
    if zeros > 0 {
      // Half the dividend by half the divisor: a shorter dividend is content with a shorter multiplier.
      let (multiplier, shift) = DivisionByConstant.unsignedMagic(divisor >> zeros, width: 64, zeros: zeros)
      let factor = constant(.i64, UInt64(multiplier), &function)
      let high = emit(.multiplyHighUnsigned, .i64, [shiftRight(value, zeros, &function), factor], &function)
      return shiftRight(high, shift, &function)
    }
    // The multiplier's bit 64 counts x itself, and the sum has 65 bits: (x - high) / 2 + high is half of it.
    let factor = constant(.i64, UInt64(truncatingIfNeeded: multiplier), &function)
    let high = emit(.multiplyHighUnsigned, .i64, [value, factor], &function)
    let rest = shiftRight(emit(.subtract, .i64, [value, high], &function), 1, &function)
    return shiftRight(emit(.add, .i64, [rest, high], &function), shift - 1, &function)
  }

  private mutating func signed(_ value: Value, _ divisor: UInt64, _ type: Type, _ function: inout Function) -> Value {
    let (multiplier, shift) = DivisionByConstant.signedMagic(divisor, width: type.width)
    let floor = type == .i32 ? floor32(value, multiplier, shift, &function) : floor64(value, multiplier, shift, &function)
    let isNegative = emit(.shiftRightUnsigned, type, [value, constant(type, type.width - 1, &function)], &function)
    return emit(.add, type, [floor, isNegative], &function)
  }

  private mutating func floor32(
    _ value: Value, _ multiplier: UInt64, _ shift: UInt64, _ function: inout Function
  ) -> Value {
    let wide = emit(.extendSigned, .i64, [value], &function)
    let product = emit(.multiply, .i64, [wide, constant(.i64, multiplier, &function)], &function)
    let high = emit(.shiftRightSigned, .i64, [product, constant(.i64, 32 + shift, &function)], &function)
    return emit(.wrap, .i32, [high], &function)
  }

  private mutating func floor64(
    _ value: Value, _ multiplier: UInt64, _ shift: UInt64, _ function: inout Function
  ) -> Value {
    var high = emit(.multiplyHighSigned, .i64, [value, constant(.i64, multiplier, &function)], &function)
    // Taken as signed, the multiplier is 2^64 too small.
    if multiplier >> 63 == 1 { high = emit(.add, .i64, [high, value], &function) }
    return emit(.shiftRightSigned, .i64, [high, constant(.i64, shift, &function)], &function)
  }

  /// Rounds towards zero: a negative dividend first gets 2^power - 1 added.
  private mutating func signedPower(
    _ value: Value, _ power: UInt64, _ type: Type, _ function: inout Function
  ) -> Value {
    let sign = emit(.shiftRightSigned, type, [value, constant(type, type.width - 1, &function)], &function)
    let bias = emit(.shiftRightUnsigned, type, [sign, constant(type, type.width - power, &function)], &function)
    let biased = emit(.add, type, [value, bias], &function)
    return emit(.shiftRightSigned, type, [biased, constant(type, power, &function)], &function)
  }

  private mutating func shiftRight(_ value: Value, _ count: UInt64, _ function: inout Function) -> Value {
    emit(.shiftRightUnsigned, .i64, [value, constant(.i64, count, &function)], &function)
  }

  private mutating func constant(_ type: Type, _ bits: UInt64, _ function: inout Function) -> Value {
    place(InstructionData(.integerConstant, type, immediate: bits, sourceOffset: sourceOffset), type, &function)
  }

  private mutating func emit(
    _ opcode: Opcode, _ type: Type, _ operands: [Value], _ function: inout Function
  ) -> Value {
    let list = function.valueLists.append(contentsOf: operands)
    return place(InstructionData(opcode, type, operands: list, sourceOffset: sourceOffset), type, &function)
  }

  private mutating func place(_ data: InstructionData, _ result: Type, _ function: inout Function) -> Value {
    let instruction = function.makeInstruction(data, results: [result])
    order.append(instruction)
    return function.result(of: instruction)
  }
}
