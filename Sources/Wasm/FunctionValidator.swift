import Entities

/// Reads and validates one function body, an operator at a time (specification, appendix "Validation Algorithm").
///
/// A user takes `next()` until it gives nil; what `next` gave is valid in its context. Deep nesting costs heap, not
/// stack.
public struct FunctionValidator: Sendable {
  let module: Module
  let features: Features
  let table = OperatorInfo.table
  public private(set) var reader: OperatorReader
  public let type: FunctionType
  /// Parameters, then declared locals.
  public private(set) var locals: ContiguousArray<ValueType>

  /// Types of the operands, the top last; `.none` is the unknown type.
  var operands: ContiguousArray<ValueType> = []
  var controls: ContiguousArray<ControlFrame> = []
  var initialisation: LocalInitialisation

  struct ControlFrame: Sendable {
    enum Kind: Sendable { case function, block, loop, `if`, `else`, tryTable }
    var kind: Kind
    var block: BlockType
    /// Operands below belong to the frames outside.
    var height: Int
    /// What `LocalInitialisation` held at the entry.
    var initialised = 0
    /// After an unconditional branch: the stack below what has been pushed since is whatever it needs to be.
    var isUnreachable = false
  }

  /// Reads the declarations of locals.
  /// Requires: `function` is not imported and the module has bodies.
  public init(_ module: Module, _ function: FunctionIndex, features: Features = .supported) throws(WasmError) {
    self.module = module
    self.features = features
    type = module.type(of: function)
    var cursor = ByteCursor(module.bytes, module.body(of: function).range)
    locals = try Self.readLocals(&cursor, parameters: type.parameters, module, features)
    initialisation = LocalInitialisation(locals, parameterCount: type.parameters.count)
    reader = OperatorReader(cursor, features: features)
    controls.append(ControlFrame(kind: .function, block: .type(module.functions[function]), height: 0))
  }

  /// Validates a whole body.
  public static func validate(
    _ module: Module, _ function: FunctionIndex, features: Features = .supported
  ) throws(WasmError) {
    var validator = try FunctionValidator(module, function, features: features)
    while try validator.next() != nil {}
  }

  /// The next operator, applied to the stacks; nil behind the body's last `end`.
  public mutating func next() throws(WasmError) -> DecodedOperator? {
    if controls.isEmpty {
      if !reader.isAtEnd {
        throw WasmError(.sectionSizeMismatch, at: reader.offset, "bytes are left over behind the function's end")
      }
      return nil
    }
    var decoded = try reader.next()
    // Types in bodies become canonical here, for whoever reads them.
    decoded.type = try module.checked(decoded.type, at: decoded.offset)
    if case .value(let type) = decoded.block { decoded.block = .value(try module.checked(type, at: decoded.offset)) }
    try apply(decoded)
    return decoded
  }

  /// Runs of (count, type); the total is bounded before anything is reserved.
  private static func readLocals(
    _ cursor: inout ByteCursor, parameters: ContiguousArray<ValueType>, _ module: Module, _ features: Features
  ) throws(WasmError) -> ContiguousArray<ValueType> {
    var locals = parameters
    let groups = try cursor.readCount(limit: ImplementationLimit.bodySize, of: "local declarations")
    for _ in 0..<groups {
      let start = cursor.offset
      let count = Int(try cursor.readU32())
      if count > ImplementationLimit.locals - locals.count {
        throw WasmError(.tooManyLocals, at: start, "at most \(ImplementationLimit.locals)")
      }
      let type = try module.checked(try cursor.readValueType(features), at: start)
      locals.append(contentsOf: repeatElement(type, count: count))
    }
    return locals
  }

  // MARK: The operand stack

  @inline(__always)
  mutating func push(_ type: ValueType) { operands.append(type) }

  /// Pops any type.
  @inline(__always)
  mutating func pop(at offset: Int) throws(WasmError) -> ValueType {
    let frame = controls.count - 1
    if operands.count == controls[frame].height {
      if controls[frame].isUnreachable { return .none }
      throw WasmError(.typeMismatch, at: offset, "expected a value, found none")
    }
    return operands.removeLast()
  }

  /// Pops `expected`; returns what stood there, which may be unknown.
  @inline(__always) @discardableResult
  mutating func pop(_ expected: ValueType, at offset: Int) throws(WasmError) -> ValueType {
    let frame = controls.count - 1
    if operands.count == controls[frame].height {
      if controls[frame].isUnreachable { return .none }
      throw WasmError(.typeMismatch, at: offset, "expected \(expected), found none")
    }
    let found = operands.removeLast()
    if found != expected && found != .none && expected != .none && !module.matches(found, expected) {
      throw WasmError(.typeMismatch, at: offset, "expected \(expected), found \(found)")
    }
    return found
  }

  mutating func pop(_ types: ContiguousArray<ValueType>, at offset: Int) throws(WasmError) {
    for type in types.reversed() { try pop(type, at: offset) }
  }

  mutating func push(_ types: ContiguousArray<ValueType>) { operands.append(contentsOf: types) }

  // MARK: The control stack

  func parameters(of block: BlockType) -> ContiguousArray<ValueType> {
    if case .type(let index) = block { return module.functionType(index).parameters }
    return []
  }

  // The most frequent ones, ready made: branches ask for them all the time.
  private static let oneI32: ContiguousArray<ValueType> = [.i32]
  private static let oneI64: ContiguousArray<ValueType> = [.i64]

  func results(of block: BlockType) -> ContiguousArray<ValueType> {
    switch block {
    case .empty: []
    case .value(.i32): Self.oneI32
    case .value(.i64): Self.oneI64
    case .value(let type): [type]
    case .type(let index): module.functionType(index).results
    }
  }

  /// Enters a block whose parameters are on the stack. Those of the function itself are locals instead.
  mutating func enter(_ kind: ControlFrame.Kind, _ block: BlockType, at offset: Int) throws(WasmError) {
    if case .type(let index) = block { _ = try functionType(index, at: offset) }
    let parameters = parameters(of: block)
    try pop(parameters, at: offset)
    controls.append(
      ControlFrame(kind: kind, block: block, height: operands.count, initialised: initialisation.count))
    push(parameters)
  }

  /// Leaves the innermost block, whose results must be all that is on its stack.
  mutating func leave(at offset: Int) throws(WasmError) -> ControlFrame {
    let frame = controls[controls.count - 1]
    try pop(results(of: frame.block), at: offset)
    if operands.count != frame.height {
      throw WasmError(
        .typeMismatch, at: offset, "\(operands.count - frame.height) values are left over at the end of a block")
    }
    controls.removeLast()
    initialisation.forget(from: frame.initialised)
    return frame
  }

  mutating func markUnreachable() {
    let frame = controls.count - 1
    operands.removeLast(operands.count - controls[frame].height)
    controls[frame].isUnreachable = true
  }

  /// The types that a branch to the label takes along.
  func labelTypes(_ depth: UInt32, at offset: Int) throws(WasmError) -> ContiguousArray<ValueType> {
    if Int(depth) >= controls.count {
      throw WasmError(.unknownLabel, at: offset, "\(depth) of \(controls.count)")
    }
    let frame = controls[controls.count - 1 - Int(depth)]
    return frame.kind == .loop ? parameters(of: frame.block) : results(of: frame.block)
  }
}
