import Entities
import IR
import RegisterAllocation
import X86

/// An instruction that sets flags, and what they must say.
struct Comparison {
  var main: Native
  var region = Region.none
  var condition: FlagCondition

  init(_ main: Native, _ condition: FlagCondition, region: Region = .none) {
    self.main = main
    self.condition = condition
    self.region = region
  }
}

/// Compares fused with the branch, trap or select that they are for.
extension Lowering {
  /// Flags for "`value` is not 0". nil: it always is 0.
  mutating func comparison(_ value: Value) -> Comparison? {
    if let compare = canSink(value, by: .compareInteger) {
      sink(compare)
      if let comparison = comparisonOfNext(function.instructions[compare]) { return comparison }
      return integerComparison(function.instructions[compare])
    }
    if let again = repeated(value) { return again }
    if let compare = canSink(value, by: .compareFloat) {
      sink(compare)
      return floatComparison(function.instructions[compare])
    }
    if let check = canSinkRead(value, by: .memoryOutOfBounds) {
      sink(check)
      return boundsComparison(function.instructions[check], function.operand(0, of: check))
    }
    if let test = canSink(value, by: .vectorAnyTrue) ?? canSink(value, by: .vectorAllTrue) {
      sink(test)
      return laneTest(function.instructions[test])
    }
    return zeroTest(value, .i32, .plain(.notEqual))
  }

  /// A comparison with other users: nothing keeps flags for the next one, and to compare once more costs less than to make 0 or 1
  /// and test that. Only within a stretch without side effects, so that the operands live little longer.
  private mutating func repeated(_ value: Value) -> Comparison? {
    guard uses[value.index] > 1, let compare = isDefined(value, by: .compareInteger), !isSunk[compare.index],
      epochs[compare.index] == epochs[currentInstruction.index]
    else { return nil }
    release(value)
    for operand in function.operands(of: compare) { uses[operand.index] += 1 }
    return integerComparison(function.instructions[compare])
  }

  /// A loop that asks for equality of its counter before the step, with the step behind: asks for the counter after
  /// the step instead, so that old and new counter need not live at once.
  private mutating func comparisonOfNext(_ data: InstructionData) -> Comparison? {
    let condition = data.integerCondition
    let counter = function.valueLists[data.operands, 0]
    let bound = function.valueLists[data.operands, 1]
    guard condition == .equal || condition == .notEqual, let end = constant(bound),
      case .parameter(let header, let position) = function.values[counter].definition
    else { return nil }
    for target in function.targets(of: currentInstruction) where target.block == header {
      let next = function.valueLists[target.arguments, Int(position)]
      guard let add = isDefined(next, by: .add), function.operand(0, of: add) == counter,
        let amount = constant(function.operand(1, of: add))
      else { continue }
      let sum = end &+ amount
      let bits = data.type == .i32 ? Int64(Int32(truncatingIfNeeded: sum)) : Int64(bitPattern: sum)
      guard Int64(Int32(truncatingIfNeeded: bits)) == bits else { return nil }
      release(counter)
      release(bound)
      uses[next.index] += 1
      if bits == 0 { return zeroTest(next, data.type, .plain(Self.condition(condition))) }
      return Comparison(
        Native(.cmp, width(data.type), .register(use(next)), .immediate(bits)), .plain(Self.condition(condition)))
    }
    return nil
  }

  private mutating func zeroTest(_ value: Value, _ type: Type, _ condition: FlagCondition) -> Comparison {
    if let load = canSinkRead(value, by: .load), let (opcode, size) = zeroTestOfLoad(load) {
      sink(load)
      let operand = operand(of: load)
      return Comparison(
        Native(opcode, size, .address(operand.address), .immediate(0)), condition, region: operand.region)
    }
    if condition == .plain(.equal) || condition == .plain(.notEqual),
      let test = canSink(value, by: .vectorAnyTrue) ?? canSink(value, by: .vectorAllTrue)
    {
      sink(test)
      var comparison = laneTest(function.instructions[test])
      if condition == .plain(.equal) { comparison.condition = comparison.condition.inverted }
      return comparison
    }
    if let and = canSink(value, by: .and) {
      sink(and)
      let left = function.operand(0, of: and)
      let right = function.operand(1, of: and)
      let main = Native(
        .test, width(type), .register(type == .i32 ? useLow32(left) : use(left)),
        source(right, allowsMemory: false).operand)
      return Comparison(main, condition)
    }
    let register = type == .i32 ? useLow32(value) : use(value)
    return Comparison(Native(.test, width(type), .register(register), .register(register)), condition)
  }

  private func zeroTestOfLoad(_ load: IR.Instruction) -> (MachineOpcode, Width)? {
    let data = function.instructions[load]
    switch data.access {
    case .full where data.type.isInteger: return (.cmp, width(data.type))
    case .unsigned8, .signed8: return (.cmp, .w8)
    case .unsigned32, .signed32: return (.cmp, .w32)
    default: return nil
    }
  }

  private mutating func integerComparison(_ data: InstructionData) -> Comparison {
    let left = function.valueLists[data.operands, 0]
    let right = function.valueLists[data.operands, 1]
    let condition = Self.condition(data.integerCondition)
    // `test` sets the flags that a compare with 0 sets.
    if immediate(right) == 0, condition == .equal || condition == .notEqual || canSinkRead(left, by: .load) == nil {
      release(right)
      return zeroTest(left, data.type, .plain(condition))
    }
    if immediate(left) != nil, immediate(right) == nil {
      return compare(right, left, data.type, condition.swapped)
    }
    return compare(left, right, data.type, condition)
  }

  private mutating func compare(_ left: Value, _ right: Value, _ type: Type, _ condition: Condition) -> Comparison {
    // A memory operand may be on either side; the left one only beside a register or immediate.
    if let comparison = compareByte(left, right, condition) { return comparison }
    if let bits = immediate(right), let memory = memorySource(left) {
      release(right)
      return Comparison(
        Native(.cmp, width(type), memory.operand, .immediate(bits)), .plain(condition), region: memory.region)
    }
    if canSinkRead(left, by: .load) != nil, canSinkRead(right, by: .load) == nil, immediate(right) == nil {
      return compare(right, left, type, condition.swapped)
    }
    let first = type == .i32 ? useLow32(left) : use(left)
    let second = source(right)
    return Comparison(
      Native(.cmp, width(type), .register(first), second.operand), .plain(condition), region: second.region)
  }

  /// A byte in memory against a constant byte: both are at least 0, so signed conditions are unsigned ones too.
  private mutating func compareByte(_ left: Value, _ right: Value, _ condition: Condition) -> Comparison? {
    guard let bits = constant(right), bits <= 0xff, let load = canSinkRead(left, by: .load),
      function.instructions[load].access == .unsigned8
    else { return nil }
    release(right)
    let unsigned: Condition =
      switch condition {
      case .less: .below
      case .lessOrEqual: .belowOrEqual
      case .greater: .above
      case .greaterOrEqual: .aboveOrEqual
      default: condition
      }
    sink(load)
    let operand = operand(of: load)
    return Comparison(
      Native(.cmp, .w8, .address(operand.address), .immediate(Int64(Int8(truncatingIfNeeded: bits)))), .plain(unsigned),
      region: operand.region)
  }

  /// ucomiss sets CF, ZF and PF when unordered: "above" conditions are false then, so less is greater with sides
  /// swapped.
  private mutating func floatComparison(_ data: InstructionData) -> Comparison {
    var left = function.valueLists[data.operands, 0]
    var right = function.valueLists[data.operands, 1]
    let condition: FlagCondition
    switch data.floatCondition {
    case .equal: condition = .equalOrdered
    case .notEqual: condition = .notEqualOrUnordered
    case .greater: condition = .plain(.above)
    case .greaterOrEqual: condition = .plain(.aboveOrEqual)
    case .less:
      condition = .plain(.above)
      swap(&left, &right)
    case .lessOrEqual:
      condition = .plain(.aboveOrEqual)
      swap(&left, &right)
    }
    let first = use(left)
    let second = floatSource(right)
    return Comparison(
      Native(data.type == .f64 ? .ucomisd : .ucomiss, .w64, .register(first), second.operand), condition,
      region: second.region)
  }

  static func condition(_ condition: IntegerCondition) -> Condition {
    switch condition {
    case .equal: .equal
    case .notEqual: .notEqual
    case .lessSigned: .less
    case .lessUnsigned: .below
    case .greaterSigned: .greater
    case .greaterUnsigned: .above
    case .lessOrEqualSigned: .lessOrEqual
    case .lessOrEqualUnsigned: .belowOrEqual
    case .greaterOrEqualSigned: .greaterOrEqual
    case .greaterOrEqualUnsigned: .aboveOrEqual
    }
  }
}

// MARK: Users

extension Lowering {
  /// A compare whose 0 or 1 is needed in a register.
  mutating func selectCompareSet(_ data: InstructionData) {
    let comparison: Comparison?
    switch data.opcode {
    case .compareInteger: comparison = integerComparison(data)
    case .compareFloat: comparison = floatComparison(data)
    case .vectorAnyTrue, .vectorAllTrue: comparison = laneTest(data)
    default: comparison = boundsComparison(data, operandValue(0))
    }
    guard let comparison else {
      emit(.mov, .w32, .register(result()), .immediate(0))
      return
    }
    var step = step(.compareSet, comparison.main)
    step.region = comparison.region
    step.condition = comparison.condition
    step.result = result()
    append(step, (.definition(VirtualRegister(step.result)), .result))
  }

  mutating func selectSelect(_ data: InstructionData) {
    var whenTrue = operandValue(1)
    var whenFalse = operandValue(2)
    guard var comparison = comparison(operandValue(0)) else {
      emitMove(result(), use(whenFalse), Self.allocationClass(data.type))
      release(whenTrue)
      return
    }
    if comparison.condition == .equalOrdered {
      comparison.condition = .notEqualOrUnordered
      swap(&whenTrue, &whenFalse)
    }
    var step = step(.compareSelect, comparison.main)
    step.region = comparison.region
    step.condition = comparison.condition
    step.immediate = data.type == .i32 ? 32 : 64
    step.result = result()
    step.first = use(whenTrue)
    step.second = use(whenFalse)
    appendReusing(step)
  }

  mutating func appendTrap(_ comparison: Comparison, _ code: TrapCode) {
    var step = step(.compareTrap, comparison.main)
    step.region = comparison.region
    step.condition = comparison.condition
    step.trapCode = code
    append(step)
  }

  mutating func selectTrapIf(_ data: InstructionData) {
    guard let comparison = comparison(operandValue(0)) else { return }
    appendTrap(comparison, data.trapCode)
  }

  mutating func selectBranchIf(_ data: InstructionData) {
    guard let comparison = comparison(operandValue(0)) else {
      // Two edges stay, as the allocator was told; the flags say "no".
      let zero = fresh()
      emit(.mov, .w32, .register(zero), .immediate(0))
      appendBranch(
        Comparison(Native(.test, .w32, .register(zero), .register(zero)), .plain(.notEqual)))
      return
    }
    appendBranch(comparison)
  }

  private mutating func appendBranch(_ comparison: Comparison) {
    var step = step(.compareBranch, comparison.main)
    step.region = comparison.region
    step.condition = comparison.condition
    append(step)
  }
}

extension InstructionData {
  var integerCondition: IntegerCondition {
    guard let condition = IntegerCondition(rawValue: UInt8(truncatingIfNeeded: auxiliary)) else {
      preconditionFailure("an integer compare without a condition")
    }
    return condition
  }
  var floatCondition: FloatCondition {
    guard let condition = FloatCondition(rawValue: UInt8(truncatingIfNeeded: auxiliary)) else {
      preconditionFailure("a float compare without a condition")
    }
    return condition
  }
  var trapCode: TrapCode {
    guard let code = TrapCode(rawValue: UInt8(truncatingIfNeeded: auxiliary)) else {
      preconditionFailure("a trap without a code")
    }
    return code
  }
  /// The operand's type of a conversion.
  var operandType: Type {
    guard let type = Type(rawValue: UInt8(truncatingIfNeeded: auxiliary)) else {
      preconditionFailure("a conversion without an operand type")
    }
    return type
  }
}
