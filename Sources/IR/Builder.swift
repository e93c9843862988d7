import Entities

/// Appends instructions to the end of a current block. The convenience methods cover what translator and tests need
/// most; `insert` covers the rest.
public struct Builder: Sendable {
  public var function: Function
  public var block: Block
  /// Given to each new instruction.
  public var sourceOffset: UInt32 = 0

  /// Starts a function whose entry block has the signature's parameters.
  public init(index: FunctionIndex, signature: Signature, name: String = "") {
    function = Function(index: index, signature: signature, name: name)
    block = function.makeBlock(parameters: signature.parameters)
    function.layout.append(block)
  }

  public mutating func makeBlock(_ parameters: [Type] = [], isCold: Bool = false) -> Block {
    function.makeBlock(parameters: parameters, isCold: isCold)
  }

  /// Places `block` last in the layout and appends there from now on.
  public mutating func start(_ block: Block) {
    function.layout.append(block)
    self.block = block
  }

  /// Appends an instruction; `operands` and `targets` replace those of `data`.
  @discardableResult
  public mutating func insert(
    _ data: InstructionData, _ operands: [Value] = [], targets: [BranchTarget] = [], results: [Type] = []
  ) -> Instruction {
    var data = data
    data.operands = function.valueLists.append(contentsOf: operands)
    data.targets = targets.isEmpty ? .empty : function.branchTargets.append(contentsOf: targets)
    data.sourceOffset = sourceOffset
    let instruction = function.makeInstruction(data, results: results)
    function.layout.append(instruction, to: block)
    return instruction
  }

  /// One result of the instruction's own type.
  public mutating func value(_ opcode: Opcode, _ type: Type, _ operands: [Value], auxiliary: UInt32 = 0) -> Value {
    let instruction = insert(InstructionData(opcode, type, auxiliary: auxiliary), operands, results: [type])
    return function.result(of: instruction)
  }

  public mutating func integer(_ type: Type, _ bits: UInt64) -> Value {
    let instruction = insert(InstructionData(.integerConstant, type, immediate: bits), results: [type])
    return function.result(of: instruction)
  }

  /// Bits of an f32 stand in the low half.
  public mutating func float(_ type: Type, bits: UInt64) -> Value {
    let instruction = insert(InstructionData(.floatConstant, type, immediate: bits), results: [type])
    return function.result(of: instruction)
  }

  public mutating func compare(_ condition: IntegerCondition, _ type: Type, _ a: Value, _ b: Value) -> Value {
    let data = InstructionData(.compareInteger, type, auxiliary: UInt32(condition.rawValue))
    let instruction = insert(data, [a, b], results: [.i32])
    return function.result(of: instruction)
  }

  public mutating func compare(_ condition: FloatCondition, _ type: Type, _ a: Value, _ b: Value) -> Value {
    let data = InstructionData(.compareFloat, type, auxiliary: UInt32(condition.rawValue))
    let instruction = insert(data, [a, b], results: [.i32])
    return function.result(of: instruction)
  }

  public mutating func jump(_ block: Block, _ arguments: [Value] = []) {
    let target = function.makeTarget(block, arguments)
    insert(InstructionData(.jump, .i32), targets: [target])
  }

  public mutating func branch(
    if condition: Value, _ then: Block, _ thenArguments: [Value] = [], else otherwise: Block,
    _ elseArguments: [Value] = []
  ) {
    let targets = [function.makeTarget(then, thenArguments), function.makeTarget(otherwise, elseArguments)]
    insert(InstructionData(.branchIf, .i32), [condition], targets: targets)
  }

  public mutating func returnValues(_ values: [Value]) { insert(InstructionData(.returnValues, .i32), values) }

  public mutating func trap(_ code: TrapCode) {
    insert(InstructionData(.trap, .i32, auxiliary: UInt32(code.rawValue)))
  }

  public mutating func trapIf(_ condition: Value, _ code: TrapCode) {
    insert(InstructionData(.trapIf, .i32, auxiliary: UInt32(code.rawValue)), [condition])
  }
}
