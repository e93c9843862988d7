import Entities
import IR
import Wasm

/// What a translation may choose.
public struct TranslationOptions: Sendable {
  /// Whether every load and store is preceded by a `memoryCheck` (out-of-bounds policy `trap`), or by nothing (`wrap`).
  public var checksBounds: Bool
  /// Whether arithmetic on floats gives the canonical NaN wherever it gives a NaN.
  public var canonicalizesNaNs = false
  public var features: Features
  /// How many values the branches of one function may carry, counted as `LocalVariables` does: what bounds the memory that
  /// many branches across many locals can cost. The default is a hundred times what the largest function of GCC takes.
  public var branchBudget: Int

  public init(checksBounds: Bool = true, features: Features = .supported, branchBudget: Int = 1 << 24) {
    self.checksBounds = checksBounds
    self.features = features
    self.branchBudget = branchBudget
  }
}

/// WebAssembly functions to SSA.
public enum Translator {
  /// Validates and translates one function body in a single pass.
  ///
  /// A pure function of its arguments: bodies may be translated in parallel. Blocks stand in reverse post-order: every
  /// edge but those back to a loop header goes forward. What cannot be reached is validated and dropped.
  /// Requires: `function` is not imported, the module was decoded with its code, and `shape` is the module's.
  /// Throws: the first error of the body. Cost: near linear in the body (see `LocalVariables`).
  public static func translate(
    _ module: Module, _ function: FunctionIndex, in shape: ModuleShape,
    options: TranslationOptions = TranslationOptions()
  ) throws(WasmError) -> Function {
    var translator = try FunctionTranslator(module, function, shape, options)
    try translator.run()
    return translator.builder.function
  }
}

/// The state of one function's translation.
struct FunctionTranslator {
  let module: Module
  let shape: ModuleShape
  let options: TranslationOptions
  var validator: FunctionValidator
  var builder: Builder
  /// The operand stack; shadows the validator's while the code is reachable.
  var stack: ContiguousArray<Value> = []
  var frames: ContiguousArray<Frame> = []
  var locals: LocalVariables
  /// Nothing is emitted while false.
  var isReachable = true
  /// Made at the first loop.
  var scan: LoopScan?
  /// How many loops have been opened.
  var loopCount = 0
  /// Hands an exception on to the caller; made at the first call that needs it.
  var resumption: Block?

  /// An open block.
  struct Frame {
    enum Kind { case function, block, loop, `if`, `else`, tryTable }
    var kind: Kind
    /// The block could be reached from outside.
    var isReachable: Bool
    /// Of the stack, below the parameters.
    var height: Int
    var block: BlockType
    var parameterCount: Int
    var resultCount: Int
    var scope = LocalVariables.Scope()
    /// Where branches to the label go; none as long as there are none.
    var join: JoinID?
    /// The edge of an `if` that waits for its else, and the parameters it passes on.
    var elseTarget = 0
    var savedParameters: ContiguousArray<Value> = []
    /// Of a try_table: where its calls go when they throw; none as long as there are none.
    var pad: JoinID?
    var padScope = LocalVariables.Scope()
    var catches: ContiguousArray<CatchClause> = []
  }

  init(
    _ module: Module, _ function: FunctionIndex, _ shape: ModuleShape, _ options: TranslationOptions
  ) throws(WasmError) {
    self.module = module
    self.shape = shape
    self.options = options
    validator = try FunctionValidator(module, function, features: options.features)
    let signature = shape.signature(of: function)
    builder = Builder(index: function, signature: signature, name: module.name(of: function))
    builder.function.returnsStatus = shape.exceptions?.returningStatus.contains(function) ?? false
    let types = ContiguousArray(validator.locals.map { Type($0) })
    locals = LocalVariables(
      types: types, initial: Self.initialValues(types, signature, &builder), budget: options.branchBudget)
    frames.append(
      Frame(
        kind: .function, isReachable: true, height: 0, block: .empty, parameterCount: 0,
        resultCount: signature.results.count))
  }

  /// Parameters, then a zero for each declared local; those of one type share it.
  private static func initialValues(
    _ types: ContiguousArray<Type>, _ signature: Signature, _ builder: inout Builder
  ) -> ContiguousArray<Value> {
    var values = builder.function.blocks[builder.block].parameters
    var zeros: [Value?] = Array(repeating: nil, count: Type.allCases.count)
    values.reserveCapacity(types.count)
    for type in types.dropFirst(signature.parameters.count) {
      let zero = zeros[Int(type.rawValue)] ?? makeZero(type, &builder)
      zeros[Int(type.rawValue)] = zero
      values.append(zero)
    }
    return values
  }

  private static func makeZero(_ type: Type, _ builder: inout Builder) -> Value {
    switch type {
    case .i32, .i64: return builder.integer(type, 0)
    case .f32, .f64: return builder.float(type, bits: 0)
    case .v128:
      let zero = builder.function.vectorConstants.append(SIMD2(0, 0))
      let data = InstructionData(.vectorConstant, .v128, immediate: UInt64(zero.rawValue))
      let instruction = builder.insert(data, results: [.v128])
      return builder.function.result(of: instruction)
    }
  }

  mutating func run() throws(WasmError) {
    while let decoded = try validator.next() {
      builder.sourceOffset = UInt32(truncatingIfNeeded: decoded.offset)
      try translate(decoded)
    }
    placeResumption()
    try locals.fillArguments(&builder.function, at: validator.reader.offset)
  }

  private mutating func translate(_ decoded: DecodedOperator) throws(WasmError) {
    switch OperatorRule.table[Int(decoded.op.rawValue)] {
    case .code: try translateByCode(decoded)
    case let rule: if isReachable { apply(rule, decoded) }
    }
  }

  private mutating func translateByCode(_ decoded: DecodedOperator) throws(WasmError) {
    switch decoded.op {
    case .block, .loop, .if, .else, .end, .tryTable: return try translateStructure(decoded)
    default: break
    }
    guard isReachable else { return }
    switch decoded.op {
    case .unreachable, .br, .brIf, .brTable, .return, .brOnNull, .brOnNonNull: try translateBranch(decoded)
    case .call, .callIndirect, .callRef, .returnCall, .returnCallIndirect, .returnCallRef: try translateCall(decoded)
    case .throwTag: try translateThrow(decoded)
    case .throwRef: try translateThrowReference(at: decoded.offset)
    case .drop: _ = pop()
    case .select, .selectTyped: translateSelect()
    case .localGet: push(locals.read(decoded.index, &builder.function))
    case .localSet: locals.write(decoded.index, pop())
    case .localTee: locals.write(decoded.index, stack[stack.count - 1])
    case .globalGet, .globalSet: translateGlobal(decoded)
    case .i32Const: emitValue(InstructionData(.integerConstant, .i32, immediate: decoded.bits))
    case .i64Const: emitValue(InstructionData(.integerConstant, .i64, immediate: decoded.bits))
    case .f32Const: emitValue(InstructionData(.floatConstant, .f32, immediate: decoded.bits))
    case .f64Const: emitValue(InstructionData(.floatConstant, .f64, immediate: decoded.bits))
    case .v128Const: emitVectorConstant(low: decoded.bits, high: decoded.highBits)
    case .v128Not:
      emitVectorConstant(low: .max, high: .max)
      emitVector(.vectorXor, .i8x16, taking: 2)
    case .i8x16Shuffle: translateShuffle(decoded)
    case .i32x4RelaxedDotI8x16I7x16AddS: translateDotAdd()
    case .i32Eqz: translateIsZero(.i32)
    case .i64Eqz, .refIsNull: translateIsZero(.i64)
    case .refNull: emitValue(InstructionData(.integerConstant, .i64))
    case .refAsNonNull: translateNullCheck()
    case .refFunc: emitValue(InstructionData(.functionReference, .i64, auxiliary: decoded.index))
    case .memorySize, .memoryGrow, .memoryFill, .memoryCopy, .memoryInit, .dataDrop: translateMemory(decoded)
    case .tableGet, .tableSet, .tableSize, .tableGrow, .tableFill, .tableCopy, .tableInit, .elemDrop:
      translateTable(decoded)
    case .atomicNotify, .atomicWait32, .atomicWait64, .atomicFence: translateAtomic(decoded)
    case .nop: break
    default: preconditionFailure("\(decoded.op.info.name) has neither a rule nor code")
    }
  }

  // MARK: Stack and instructions

  mutating func push(_ value: Value) { stack.append(value) }
  mutating func pop() -> Value { stack.removeLast() }

  /// Emits an instruction that takes its operands off the stack, so many.
  @discardableResult
  mutating func emit(_ data: InstructionData, taking count: Int = 0, results: [Type] = []) -> Instruction {
    var data = data
    if count > 0 {
      data.operands = builder.function.valueLists.append(contentsOf: stack[(stack.count - count)...])
      stack.removeLast(count)
    }
    data.sourceOffset = builder.sourceOffset
    let instruction = builder.function.makeInstruction(data, results: results)
    builder.function.layout.append(instruction, to: builder.block)
    return instruction
  }

  /// Emits an instruction and pushes its result, of its own type or of `result`.
  mutating func emitValue(_ data: InstructionData, taking count: Int = 0, result: Type? = nil) {
    let instruction = emit(data, taking: count, results: Self.single[Int((result ?? data.type).rawValue)])
    push(builder.function.result(of: instruction))
  }

  /// A list of each type alone.
  private static let single = Type.allCases.map { [$0] }
}
