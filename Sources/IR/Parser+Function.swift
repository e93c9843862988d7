import Entities

extension Parser {
  /// Names met in a function, to tell uses of what is never defined and double definitions.
  fileprivate struct Names<ID: EntityID> {
    var defined = BitSet<ID>()
    var mentioned = BitSet<ID>()
    /// First mention of each id before its definition.
    var pending: [(id: ID, token: Token)] = []

    mutating func mention(_ id: ID, at token: Token) {
      if !defined.contains(id) && mentioned.insert(id) { pending.append((id, token)) }
    }

    func checkAllDefined() throws(ParseError) {
      guard let missing = pending.first(where: { !defined.contains($0.id) }) else { return }
      throw ParseError(
        line: missing.token.line, column: missing.token.column, reason: "\(missing.id) is not defined")
    }
  }

  fileprivate struct Scope {
    var function: Function
    var values = Names<Value>()
    var blocks = Names<Block>()
  }

  mutating func parseFunction() throws(ParseError) -> Function {
    try expect("function")
    let index = try id(FunctionIndex.self)
    var name = ""
    if case .string(let text) = token.kind {
      name = text
      try advance()
    }
    var scope = Scope(function: Function(index: index, signature: try signature(), name: name))
    scope.function.returnsStatus = try take("throws")
    try expect("{")
    while try !take("}") { try parseBlock(&scope) }
    try scope.blocks.checkAllDefined()
    try scope.values.checkAllDefined()
    return scope.function
  }

  private mutating func parseBlock(_ scope: inout Scope) throws(ParseError) {
    let nameToken = token
    let block = try id(Block.self)
    if !scope.blocks.defined.insert(block) { throw error("\(block) is defined twice", at: nameToken) }
    Self.grow(&scope.function.blocks, to: block, filler: BlockData())
    scope.function.layout.append(block)
    if token.kind == .punctuation("(") {
      // A parameter's position counts from the start of the list.
      let parameters = try list { parser throws(ParseError) in
        let token = parser.token
        let value = try parser.id(Value.self)
        try parser.expect(":")
        return (value, try parser.type(), token)
      }
      for (position, (value, type, token)) in parameters.enumerated() {
        try define(value, ValueData(type: type, definition: .parameter(block, UInt32(position))), at: token, &scope)
        scope.function.blocks[block].parameters.append(value)
      }
    }
    scope.function.blocks[block].isCold = try take("cold")
    try expect(":")
    // Only an instruction may follow, the next block, or the end.
    while peekID(Block.self) == nil && token.kind != .punctuation("}") {
      try parseInstruction(in: block, &scope)
    }
  }

  private static func grow<ID, T>(_ table: inout EntityMap<ID, T>, to id: ID, filler: T) {
    while !table.contains(id) { table.append(filler) }
  }

  private func define(_ value: Value, _ data: ValueData, at token: Token, _ scope: inout Scope) throws(ParseError) {
    if !scope.values.defined.insert(value) { throw error("\(value) is defined twice", at: token) }
    Self.grow(&scope.function.values, to: value, filler: Self.unnamed)
    scope.function.values[value] = data
  }

  /// Rows of the value table that the text does not name.
  private static let unnamed = ValueData(type: .i32, definition: .parameter(Block(0), .max))

  // MARK: Instructions

  private mutating func parseInstruction(in block: Block, _ scope: inout Scope) throws(ParseError) {
    var results: [(value: Value, type: Type?, token: Token)] = []
    let start = token
    if peekID(Value.self) != nil {
      repeat {
        let token = token
        let value = try id(Value.self)
        results.append((value, try take(":") ? try type() : nil, token))
      } while try take(",")
      try expect("=")
    }
    let line = token.line
    let (opcode, type, lanes) = try opcodeAndType()
    let rule = opcode.info.form.rule
    var data = InstructionData(opcode, type, lanes: lanes)
    for field in rule.fields where field != .offset { try parse(field, &data, &scope) }

    var operands: [Value] = []
    // On a new line a value begins the next instruction.
    if peekID(Value.self) != nil && token.line == line {
      repeat { operands.append(try use(&scope)) } while try take(",")
    }
    data.operands = scope.function.valueLists.append(contentsOf: operands)
    if rule.targets != .none {
      var targets: [BranchTarget] = []
      repeat { targets.append(try target(&scope)) } while try take(",")
      data.targets = scope.function.branchTargets.append(contentsOf: targets)
    }
    if rule.fields.contains(.offset), try take("+") { data.immediate = try number() }
    if try take("@") { data.sourceOffset = try position(&scope) }

    data.firstResult = results.first?.value ?? Value(0)
    data.resultCount = UInt32(results.count)
    let instruction = scope.function.instructions.append(data)
    scope.function.layout.append(instruction, to: block)
    try checkResultSyntax(results.map(\.type), rule, at: start)
    for (position, result) in results.enumerated() {
      if result.value.index != data.firstResult.index + position {
        throw error("results must have consecutive numbers", at: result.token)
      }
      let ownType: Type = rule.result == .i32 ? .i32 : rule.result == .lane ? lanes.scalar : data.type
      let resultType = result.type ?? ownType
      let definition = ValueDefinition.result(instruction, UInt32(position))
      try define(result.value, ValueData(type: resultType, definition: definition), at: result.token, &scope)
    }
  }

  /// Behind the `@`: an offset, or a chain of inlined calls that ends in one.
  private mutating func position(_ scope: inout Scope) throws(ParseError) -> UInt32 {
    let offset = UInt32(clamping: try number())
    guard peekID(FunctionIndex.self) != nil else { return offset }
    let callee = try id(FunctionIndex.self)
    try expect("@")
    let caller = try position(&scope)
    return scope.function.sourceOffset(of: InlinedPosition(offset: offset, function: callee, caller: caller))
  }

  private func checkResultSyntax(_ types: [Type?], _ rule: FormRule, at token: Token) throws(ParseError) {
    switch rule.result {
    case .none, .tailCall: if !types.isEmpty { throw error("the instruction has no result", at: token) }
    case .own, .i32, .lane:
      if types.count != 1 { throw error("the instruction has one result", at: token) }
      if types[0] != nil { throw error("the result's type follows from the instruction", at: token) }
    case .callResults, .callResultsAndStatus: if types.contains(nil) { throw error("a call's results need types", at: token) }
    }
  }

  private mutating func opcodeAndType() throws(ParseError) -> (Opcode, Type, LaneShape) {
    let start = token
    let parts = try word("an instruction").split(separator: ".", omittingEmptySubsequences: false)
    guard let opcode = Self.opcodes[String(parts[0])] else {
      throw error("unknown opcode '\(parts[0])'", at: start)
    }
    if opcode.info.form.rule.type == .unused {
      if parts.count != 1 { throw error("'\(parts[0])' takes no type", at: start) }
      return (opcode, .i32, .i8x16)
    }
    if opcode.info.form.rule.type == .lanes {
      guard parts.count == 2, let lanes = LaneShape(textName: String(parts[1])) else {
        throw error("'\(parts[0])' needs a shape of lanes", at: start)
      }
      return (opcode, .v128, lanes)
    }
    guard parts.count == 2, let type = Type(textName: String(parts[1])) else {
      throw error("'\(parts[0])' needs a type", at: start)
    }
    return (opcode, type, .i8x16)
  }

  private static let opcodes = Dictionary(uniqueKeysWithValues: Opcode.allCases.map { ($0.info.name, $0) })

  private mutating func use(_ scope: inout Scope) throws(ParseError) -> Value {
    let token = token
    let value = try id(Value.self)
    scope.values.mention(value, at: token)
    return value
  }

  private mutating func target(_ scope: inout Scope) throws(ParseError) -> BranchTarget {
    let nameToken = token
    let block = try id(Block.self)
    scope.blocks.mention(block, at: nameToken)
    var arguments: [Value] = []
    if token.kind == .punctuation("(") {
      let uses = try list { parser throws(ParseError) in
        let token = parser.token
        return (try parser.id(Value.self), token)
      }
      for (value, token) in uses {
        scope.values.mention(value, at: token)
        arguments.append(value)
      }
    }
    return scope.function.makeTarget(block, arguments)
  }

  private mutating func parse(
    _ field: FieldRule, _ data: inout InstructionData, _ scope: inout Scope
  ) throws(ParseError) {
    switch field {
    case .integerBits: data.immediate = try integerBits(data.type)
    case .floatBits:
      let start = token
      data.immediate = try number()
      if data.type == .f32 && data.immediate > UInt64(UInt32.max) { throw error("too large for an f32", at: start) }
    case .vectorConstant:
      switch token.kind {
      case .wideNumber(let low, let high): data.immediate = UInt64(scope.addVector(low, high).rawValue)
      case .number(let low, isNegative: false): data.immediate = UInt64(scope.addVector(low, 0).rawValue)
      default: throw error("expected a 128-bit number")
      }
      try advance()
    case .width: data.auxiliary = UInt32(clamping: try number())
    case .integerCondition: data.auxiliary = UInt32(try named(IntegerCondition.self, "a condition").rawValue)
    case .floatCondition: data.auxiliary = UInt32(try named(FloatCondition.self, "a condition").rawValue)
    case .auxiliaryType: data.auxiliary = UInt32(try type().rawValue)
    case .lane: data.auxiliary = UInt32(clamping: try number())
    case .auxiliaryLanes: data.auxiliary = UInt32(try named(LaneShape.self, "a shape of lanes").rawValue)
    case .shuffleLanes:
      for lane in 0..<16 {
        let start = token
        let byte = try number()
        if byte > 31 { throw error("a lane above 31", at: start) }
        data.immediate |= (byte & 15) << UInt64(4 * lane)
        data.auxiliary |= UInt32(byte >> 4) << UInt32(lane)
      }
    case .access:
      if peekID(MemoryIndex.self) == nil { data.access = try named(MemoryAccess.self, "an access or a memory") }
    case .memory: data.memory = try id(MemoryIndex.self).rawValue
    case .table: data.memory = try id(TableIndex.self).rawValue
    case .otherMemory: data.auxiliary = try id(MemoryIndex.self).rawValue
    case .otherTable: data.auxiliary = try id(TableIndex.self).rawValue
    case .dataSegment, .elementSegment: data.auxiliary = try id(SegmentIndex.self).rawValue
    case .global: data.auxiliary = try id(GlobalIndex.self).rawValue
    case .function: data.auxiliary = try id(FunctionIndex.self).rawValue
    case .signature: data.auxiliary = try id(SignatureIndex.self).rawValue
    case .trapCode: data.auxiliary = UInt32(try named(TrapCode.self, "a trap code").rawValue)
    case .position: data.auxiliary = UInt32(clamping: try number())
    case .offset: break  // Behind the operands.
    }
  }

  /// i32 constants may be written signed or unsigned; their upper half is zero.
  private mutating func integerBits(_ type: Type) throws(ParseError) -> UInt64 {
    guard case .number(let bits, let isNegative) = token.kind else { throw error("expected a number") }
    let fits = isNegative ? Int64(bitPattern: bits) >= Int64(Int32.min) : bits <= UInt64(UInt32.max)
    if type == .i32 && !fits { throw error("too large for an i32") }
    try advance()
    return type == .i32 ? bits & UInt64(UInt32.max) : bits
  }
}

extension Parser.Scope {
  fileprivate mutating func addVector(_ low: UInt64, _ high: UInt64) -> VectorConstant {
    function.vectorConstants.append(SIMD2(low, high))
  }
}
