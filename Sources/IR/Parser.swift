import Entities

/// Reads the text form of docs/IR.md. What it accepts has the right number of fields and consistent definitions;
/// whether the types fit is the verifier's business.
public struct Parser {
  /// Ids beyond this are refused: they index dense tables.
  public static let maximumID: UInt32 = 1 << 22

  private var lexer: Lexer
  var token: Token

  /// Exactly one function. Throws the first error.
  public static func parseFunction(_ text: String) throws(ParseError) -> Function {
    var parser = try Parser(text)
    let function = try parser.parseFunction()
    try parser.expectEnd()
    return function
  }

  /// A module shape, then functions; either may be missing.
  public static func parse(_ text: String) throws(ParseError) -> (shape: ModuleShape, functions: [Function]) {
    var parser = try Parser(text)
    let shape = parser.isWord("module") ? try parser.parseShape() : ModuleShape()
    var functions: [Function] = []
    while parser.token.kind != .end { functions.append(try parser.parseFunction()) }
    return (shape, functions)
  }

  private init(_ text: String) throws(ParseError) {
    lexer = Lexer(text)
    token = try lexer.next()
  }

  // MARK: Tokens

  /// An error at `token`, or at the next one.
  func error(_ reason: String, at token: Token? = nil) -> ParseError {
    let token = token ?? self.token
    return ParseError(line: token.line, column: token.column, reason: reason)
  }

  mutating func advance() throws(ParseError) { token = try lexer.next() }

  func isWord(_ word: String) -> Bool { token.kind == .word(word) }

  /// Skips the punctuation or word if it is next; returns whether it was.
  mutating func take(_ text: String) throws(ParseError) -> Bool {
    guard token.kind == .punctuation(text) || token.kind == .word(text) else { return false }
    try advance()
    return true
  }

  mutating func expect(_ text: String) throws(ParseError) {
    if try !take(text) { throw error("expected '\(text)'") }
  }

  private func expectEnd() throws(ParseError) {
    if token.kind != .end { throw error("expected the end of the text") }
  }

  mutating func word(_ expectation: String) throws(ParseError) -> String {
    guard case .word(let word) = token.kind else { throw error("expected \(expectation)") }
    try advance()
    return word
  }

  mutating func number() throws(ParseError) -> UInt64 {
    guard case .number(let value, isNegative: false) = token.kind else { throw error("expected a number") }
    try advance()
    return value
  }

  mutating func named<T: TextNamed>(_: T.Type, _ expectation: String) throws(ParseError) -> T {
    guard case .word(let word) = token.kind, let value = T(textName: word) else {
      throw error("expected \(expectation)")
    }
    try advance()
    return value
  }

  mutating func type() throws(ParseError) -> Type { try named(Type.self, "a type") }

  /// An entity such as `v12`.
  mutating func id<ID: EntityID>(_: ID.Type) throws(ParseError) -> ID {
    guard let id = peekID(ID.self) else { throw error("expected \(ID.prefix) and a number") }
    if id.rawValue > Self.maximumID { throw error("the number is too large") }
    try advance()
    return id
  }

  func peekID<ID: EntityID>(_: ID.Type) -> ID? {
    guard case .word(let word) = token.kind, word.hasPrefix(ID.prefix) else { return nil }
    let digits = word.dropFirst(ID.prefix.count)
    // One spelling an id: no sign, no leading zero.
    guard let value = UInt32(digits), digits == "\(value)" else { return nil }
    return ID(value)
  }

  /// Zero or more elements in parentheses.
  mutating func list<T>(
    _ element: (inout Parser) throws(ParseError) -> T
  ) throws(ParseError) -> [T] {
    try expect("(")
    var elements: [T] = []
    if try take(")") { return elements }
    repeat { elements.append(try element(&self)) } while try take(",")
    try expect(")")
    return elements
  }

  mutating func signature() throws(ParseError) -> Signature {
    let parameters = try list { parser throws(ParseError) in try parser.type() }
    try expect("->")
    let results = try list { parser throws(ParseError) in try parser.type() }
    return Signature(parameters: parameters, results: results)
  }

  // MARK: Module shapes

  private mutating func parseShape() throws(ParseError) -> ModuleShape {
    var shape = ModuleShape()
    try expect("module")
    try expect("{")
    while try !take("}") {
      if peekID(SignatureIndex.self) != nil {
        try declare(SignatureIndex.self, shape.signatures.count)
        shape.signatures.append(try signature())
      } else if peekID(FunctionIndex.self) != nil {
        try declare(FunctionIndex.self, shape.functions.count)
        let signature = try id(SignatureIndex.self)
        if !shape.signatures.contains(signature) { throw error("no such signature") }
        shape.functions.append(signature)
        if try take("imported") {
          if shape.importedFunctionCount != shape.functions.count - 1 { throw error("imports come first") }
          shape.importedFunctionCount += 1
        }
      } else if peekID(MemoryIndex.self) != nil {
        try declare(MemoryIndex.self, shape.memories.count)
        let (indexType, minimum, maximum) = try limits()
        shape.memories.append(
          MemoryShape(
            indexType: indexType, minimumPages: minimum, maximumPages: maximum, isImported: try take("imported"),
            isExported: try take("exported"), wrapBits: try take("wraps") ? UInt32(clamping: min(number(), 63)) : nil))
      } else if peekID(TableIndex.self) != nil {
        try declare(TableIndex.self, shape.tables.count)
        let (indexType, minimum, maximum) = try limits()
        shape.tables.append(
          TableShape(
            indexType: indexType, minimum: minimum, maximum: maximum, isImported: try take("imported"),
            isExported: try take("exported"), isFunctionTable: try take("functions")))
      } else if peekID(GlobalIndex.self) != nil {
        try declare(GlobalIndex.self, shape.globals.count)
        shape.globals.append(
          GlobalShape(
            type: try type(), isMutable: try take("mutable"), isImported: try take("imported"),
            isExported: try take("exported"), isReference: try take("reference")))
      } else if try take("data") {
        shape.dataSegmentCount = Int(clamping: try number())
      } else if try take("elements") {
        shape.elementSegmentCount = Int(clamping: try number())
      } else {
        throw error("expected a declaration or '}'")
      }
    }
    return shape
  }

  private mutating func declare<ID: EntityID>(_: ID.Type, _ position: Int) throws(ParseError) {
    if peekID(ID.self)?.index != position { throw error("expected \(ID.prefix)\(position)") }
    try advance()
  }

  private mutating func limits() throws(ParseError) -> (Type, UInt64, UInt64?) {
    let indexType = try type()
    let minimum = try number()
    return (indexType, minimum, try take("to") ? try number() : nil)
  }
}
