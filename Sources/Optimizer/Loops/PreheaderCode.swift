import IR

/// Appends pure instructions in front of a preheader's jump.
struct PreheaderCode {
  let block: Block
  private let sourceOffset: UInt32

  init(_ block: Block, _ function: Function) {
    self.block = block
    sourceOffset = function.terminator(of: block).map { function.instructions[$0].sourceOffset } ?? 0
  }

  func emit(_ data: InstructionData, _ operands: [Value], result: Type? = nil, _ function: inout Function) -> Value {
    var data = data
    data.operands = function.valueLists.append(contentsOf: operands)
    data.sourceOffset = sourceOffset
    let instruction = function.makeInstruction(data, results: [result ?? data.type])
    let end = function.layout.instructions[block].count - 1
    function.layout.instructions[block].insert(instruction, at: end)
    return function.result(of: instruction)
  }

  func emit(_ opcode: Opcode, _ type: Type, _ operands: Value..., function: inout Function) -> Value {
    emit(InstructionData(opcode, type), operands, &function)
  }

  func constant(_ type: Type, _ bits: UInt64, _ function: inout Function) -> Value {
    emit(InstructionData(.integerConstant, type, immediate: bits & type.allOnes), [], &function)
  }

  func compare(
    _ condition: IntegerCondition, _ type: Type, _ a: Value, _ b: Value, _ function: inout Function
  ) -> Value {
    let data = InstructionData(.compareInteger, type, auxiliary: UInt32(condition.rawValue))
    return emit(data, [a, b], result: .i32, &function)
  }

  /// What `value` is in the loop's first round: the same expression over the variables' initial values.
  ///
  /// Requires: `InductionVariables.step` knows the value.
  func initial(_ value: Value, _ variables: InductionVariables, _ function: inout Function) -> Value {
    if let variable = variables[value] { return variable.initial }
    if let bits = function.constant(value) { return constant(function.type(of: value), bits, &function) }
    guard !variables.isFixed(value, function), let data = function.definition(of: value) else { return value }
    let operands = function.valueLists[data.operands].map { $0 }
    return emit(
      InstructionData(data.opcode, data.type), operands.map { initial($0, variables, &function) }, &function)
  }
}
