import Entities
import IR

/// Code at the end of a preheader: pure instructions, and branches that leave for another copy of the loop.
struct PreheaderCode {
  /// The other copy's header.
  private let slow: Block
  /// Where the preheader went; the last block of the code goes there.
  private let jump: Instruction
  private let arguments: [Value]
  private let sourceOffset: UInt32
  /// Where the next instruction goes.
  private var block: Block
  /// Made behind the preheader, in order; not yet placed in the layout.
  private(set) var blocks: ContiguousArray<Block> = []

  /// Requires: the preheader ends in a jump. It has no terminator until `finish`.
  init(_ preheader: Block, leavingFor slow: Block, _ function: inout Function) {
    guard let jump = function.layout.instructions[preheader].popLast(), function.instructions[jump].opcode == .jump else {
      preconditionFailure("a preheader ends in a jump")
    }
    self.jump = jump
    self.slow = slow
    block = preheader
    arguments = Array(function.arguments(of: function.targets(of: jump)[0]))
    sourceOffset = function.instructions[jump].sourceOffset
  }

  /// Goes to the other copy if `condition` is not 0.
  mutating func leave(if condition: Value, _ function: inout Function) {
    let next = function.makeBlock(isCold: function.blocks[block].isCold)
    let targets = [function.makeTarget(slow, arguments), function.makeTarget(next, [])]
    let data = InstructionData(
      .branchIf, .i32, operands: function.valueLists.append(contentsOf: CollectionOfOne(condition)),
      targets: function.branchTargets.append(contentsOf: targets), sourceOffset: sourceOffset)
    function.layout.append(function.makeInstruction(data, results: []), to: block)
    blocks.append(next)
    block = next
  }

  /// Goes to where the preheader went.
  func finish(_ function: inout Function) { function.layout.append(jump, to: block) }

  func emit(_ data: InstructionData, _ operands: [Value], result: Type? = nil, _ function: inout Function) -> Value {
    var data = data
    data.operands = function.valueLists.append(contentsOf: operands)
    data.sourceOffset = sourceOffset
    let instruction = function.makeInstruction(data, results: [result ?? data.type])
    function.layout.append(instruction, to: block)
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
    var operands: [Value] = []
    for position in 0..<Int(data.operands.count) {
      operands.append(initial(function.operand(position, of: data), variables, &function))
    }
    return emit(InstructionData(data.opcode, data.type), operands, &function)
  }
}
