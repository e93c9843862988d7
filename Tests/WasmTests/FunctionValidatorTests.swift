import Entities
import Testing

@testable import Wasm

/// One function body each, in the module of `ModuleBytes.body`: type 0 its own, type 1 i32 -> i32,
/// type 2 -> i32 i64, global 0 i32 constant, global 1 i64 mutable, table 0 funcref, table 1 externref, one memory.
@Suite struct FunctionValidatorTests {
  struct Body: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var code: [UInt8]
    var parameters: [UInt8] = []
    var results: [UInt8] = []
    var locals: [UInt8] = []
    var reason: WasmError.Reason?
    /// Of the failing operator, in `code`.
    var offset = 0

    init(
      _ description: String, _ code: [UInt8], parameters: [UInt8] = [], results: [UInt8] = [], locals: [UInt8] = [],
      _ reason: WasmError.Reason? = nil, at offset: Int = 0
    ) {
      testDescription = description
      self.code = code
      self.parameters = parameters
      self.results = results
      self.locals = locals
      self.reason = reason
      self.offset = offset
    }
  }

  static let i32 = ModuleBytes.i32
  static let i64 = ModuleBytes.i64
  static let f32 = ModuleBytes.f32
  static let funcref = ModuleBytes.funcref
  static let externref = ModuleBytes.externref
  static let v128: UInt8 = 0x7b
  static let zeros = [UInt8](repeating: 0, count: 16)

  static let valid: [Body] = [
    Body("empty", []),
    Body("constant", [0x41, 1], results: [i32]),
    Body("two results", [0x41, 1, 0x42, 2], results: [i32, i64]),
    Body("anything after unreachable", [0x00, 0x6a, 0x45], results: [i32]),
    Body("unknown operands of br_table", [0x02, i32, 0x00, 0x0e, 1, 0, 0, 0x0b, 0x1a]),
    Body("branch out of the function", [0x41, 1, 0x0c, 0], results: [i32]),
    Body("block with parameters", [0x41, 1, 0x02, 1, 0x41, 2, 0x6a, 0x0b], results: [i32]),
    Body("block with two results", [0x02, 2, 0x41, 1, 0x42, 2, 0x0b, 0x1a], results: [i32]),
    Body(
      "loop with a parameter", [0x41, 1, 0x03, 1, 0x22, 0, 0x20, 0, 0x0d, 0, 0x0b, 0x1a], locals: [i32]),
    Body("if with else", [0x41, 1, 0x04, i32, 0x41, 2, 0x05, 0x41, 3, 0x0b], results: [i32]),
    Body("if without else that passes its parameter", [0x41, 1, 0x41, 1, 0x04, 1, 0x0b], results: [i32]),
    Body("select of unknowns", [0x00, 0x1b, 0x1a]),
    Body("typed select of references", [0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1c, 1, funcref], results: [funcref]),
    Body("ref.is_null", [0xd0, 0x6f, 0xd1], results: [i32]),
    Body("ref.func of an exported function", [0xd2, 0, 0x1a]),
    Body("tables", [0x41, 0, 0x41, 0, 0x25, 0, 0x26, 0, 0xd0, 0x6f, 0x41, 1, 0xfc, 15, 1, 0x1a]),
    Body("bulk", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0]),
    Body("call_indirect", [0x41, 1, 0x41, 0, 0x11, 1, 0], results: [i32]),
    Body("saturating conversion", [0x43, 0, 0, 0, 0, 0xfc, 0], results: [i32]),
    Body("sign extension", [0x41, 0, 0xc0], results: [i32]),
    Body("vector block", [0x02, v128, 0xfd, 12] + zeros + [0x0b, 0xfd, 27, 3], results: [i32]),
    Body("vector load at its alignment", [0x41, 0, 0xfd, 0, 4, 0, 0xfd, 27, 3], results: [i32]),
    Body("natural alignment", [0x41, 0, 0x29, 3, 0], results: [i64]),
  ]

  static let invalid: [Body] = [
    Body("no result", [], results: [i32], .typeMismatch, at: 0),
    Body("wrong result", [0x42, 0], results: [i32], .typeMismatch, at: 2),
    Body("value left over", [0x41, 0], .typeMismatch, at: 2),
    Body("operands missing", [0x41, 0, 0x6a], results: [i32], .typeMismatch, at: 2),
    Body("operands of two types", [0x41, 0, 0x42, 0, 0x6a], results: [i32], .typeMismatch, at: 4),
    Body("operand below the block", [0x41, 0, 0x02, 0x40, 0x1a, 0x0b], .typeMismatch, at: 4),
    Body("wrong type after unreachable", [0x00, 0x42, 0, 0x41, 0, 0x6a, 0x1a], .typeMismatch, at: 5),
    Body("unknown label", [0x0c, 1], .unknownLabel, at: 0),
    Body("label without its value", [0x02, i32, 0x0c, 0, 0x0b, 0x1a], .typeMismatch, at: 2),
    Body("labels of two arities", [0x02, i32, 0x41, 0, 0x0e, 1, 0, 1, 0x0b, 0x1a], .typeMismatch, at: 4),
    Body("if without else that needs one", [0x41, 0, 0x04, i32, 0x41, 0, 0x0b, 0x1a], .typeMismatch, at: 6),
    Body("else without if", [0x02, 0x40, 0x05, 0x0b], .endExpected, at: 2),
    Body("else twice", [0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b], .endExpected, at: 5),
    Body("block of an unknown type", [0x02, 9, 0x0b], .unknownType, at: 0),
    Body("unknown local", [0x20, 2, 0x1a], locals: [i32], .unknownLocal, at: 0),
    Body("local of another type", [0x41, 0, 0x21, 0], locals: [i64], .typeMismatch, at: 2),
    Body("unknown global", [0x23, 2, 0x1a], .unknownGlobal, at: 0),
    Body("immutable global", [0x41, 0, 0x24, 0], .immutableGlobal, at: 2),
    Body("unknown function", [0x10, 5], .unknownFunction, at: 0),
    Body("unknown table", [0x41, 0, 0x25, 2, 0x1a], .unknownTable, at: 2),
    Body("call_indirect through an external table", [0x41, 0, 0x11, 0, 1], .typeMismatch, at: 2),
    Body("call_indirect of an unknown type", [0x41, 0, 0x11, 7, 0], .unknownType, at: 2),
    Body("alignment above natural", [0x41, 0, 0x28, 3, 0, 0x1a], .alignmentTooLarge, at: 2),
    Body("offset beyond 32 bits", [0x41, 0, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10, 0x1a], .offsetTooLarge, at: 2),
    Body("memory 1", [0x3f, 1, 0x1a], .unknownMemory, at: 0),
    Body("unknown data segment", [0xfc, 9, 1], .unknownDataSegment, at: 0),
    Body("unknown element segment", [0xfc, 13, 1], .unknownElementSegment, at: 0),
    Body("element segment for another table", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 0, 1], .typeMismatch, at: 6),
    Body("copy between tables of two types", [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 14, 0, 1], .typeMismatch, at: 6),
    Body("select of references", [0xd0, 0x70, 0xd0, 0x70, 0x41, 0, 0x1b, 0x1a], .typeMismatch, at: 6),
    Body("select of two types", [0x41, 0, 0x42, 0, 0x41, 0, 0x1b, 0x1a], .typeMismatch, at: 6),
    Body("select with two types", [0x00, 0x1c, 2, i32, i32, 0x1a], .invalidResultArity, at: 2),
    Body("is_null of a number", [0x41, 0, 0xd1, 0x1a], .typeMismatch, at: 2),
    Body("null of a type that is not there", [0xd0, 0xe3, 0, 0x1a], .unknownType, at: 0),
    Body("illegal opcode", [0xff], .illegalOpcode, at: 0),
    Body("illegal opcode behind the prefix", [0xfc, 0xff, 0x01], .illegalOpcode, at: 0),
    Body("no vector opcode", [0xfd, 0x9a, 0x01], .illegalOpcode, at: 0),
    Body("vector opcode beyond the table", [0xfd, 0x80, 0x80, 0x04], .illegalOpcode, at: 0),
    Body("a v128 for an i32", [0xfd, 12] + zeros + [0x45, 0x1a], .typeMismatch, at: 18),
    Body("alignment of a vector", [0x41, 0, 0xfd, 0, 5, 0, 0x1a], .alignmentTooLarge, at: 2),
    Body("lane 16 of bytes", [0xfd, 12] + zeros + [0xfd, 21, 16, 0x1a], .invalidLane, at: 18),
    Body("lane 2 of quadwords", [0xfd, 12] + zeros + [0xfd, 29, 2, 0x1a], .invalidLane, at: 18),
    Body(
      "lane 32 of a shuffle", [0xfd, 12] + zeros + [0xfd, 12] + zeros + [0xfd, 13, 32] + zeros.dropLast() + [0x1a],
      .invalidLane, at: 36),
    Body(
      "lane 4 of memory", [0x41, 0, 0xfd, 12] + zeros + [0xfd, 0x56, 2, 0, 4, 0x1a], .invalidLane, at: 20),
    Body("atomic access with less than its alignment", [0x41, 0, 0xfe, 0x10, 1, 0, 0x1a], .atomicAlignment, at: 2),
    Body("throw of a tag that is not there", [0x08, 0], .unknownTag, at: 0),
    Body("catch clause of no kind", [0x1f, 0x40, 1, 4, 0, 0x0b], .malformedCatch, at: 3),
    Body("clause and label differ", [0x02, 0x7f, 0x1f, 0x40, 1, 2, 0, 0x0b, 0, 0x0b, 0x1a], .typeMismatch, at: 2),
    Body("throw_ref of a number", [0x41, 0, 0x0a], .typeMismatch, at: 2),
    Body("as_non_null of a number", [0x41, 0, 0xd4, 0x1a], .typeMismatch, at: 2),
    Body("call_ref of another type", [0xd0, 0x70, 0x14, 0], .typeMismatch, at: 2),
    Body("tail call of a function that is not there", [0x12, 0xe3, 0], .unknownFunction, at: 0),
    Body("bytes behind the end", [0x0b, 0x01], .sectionSizeMismatch, at: 1),
    Body("no end", [0x02, 0x40], .unexpectedEndOfSection, at: 3),
  ]

  private func check(_ body: Body) throws(WasmError) {
    let bytes = ModuleBytes.body(
      body.code, parameters: body.parameters, results: body.results, locals: body.locals)
    try FunctionValidator.validate(try Module.decode(bytes), FunctionIndex(0))
  }

  @Test(arguments: valid)
  func isAccepted(_ body: Body) throws { try check(body) }

  @Test(arguments: invalid)
  func isRefused(_ body: Body) throws {
    let bytes = ModuleBytes.body(
      body.code, parameters: body.parameters, results: body.results, locals: body.locals)
    let range = try Module.decode(bytes).bodies[0].range
    let start = range.upperBound - body.code.count - 1
    do {
      try check(body)
      Issue.record("accepted")
    } catch {
      #expect(error.reason == body.reason, "\(error)")
      #expect(error.offset == start + body.offset, "\(error)")
    }
  }

  @Test func localsAreBoundedBeforeTheyAreMade() throws {
    let most = ModuleBytes().types(([], [])).functions(0)
    let fits = most.code([1, 0xd0, 0x86, 0x03, 0x7f, 0x0b]).bytes  // 50,000
    try FunctionValidator.validate(try Module.decode(fits), FunctionIndex(0))
    for claim: [UInt8] in [
      [1, 0xd1, 0x86, 0x03, 0x7f, 0x0b], [2, 0x01, 0x7f, 0xd0, 0x86, 0x03, 0x7f, 0x0b],
      [2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b],
    ] {
      let module = try Module.decode(most.code(claim).bytes)
      #expect { try FunctionValidator.validate(module, FunctionIndex(0)) } throws: {
        ($0 as? WasmError)?.reason == .tooManyLocals
      }
    }
  }

  /// 200,000 open blocks use heap, not stack.
  @Test func deepNesting() throws {
    let depth = 200_000
    let code = [UInt8](repeating: 0, count: 2 * depth).indices.map { UInt8($0 % 2 == 0 ? 0x02 : 0x40) }
    let bytes = ModuleBytes().types(([], [])).functions(0)
      .code([0] + code + [UInt8](repeating: 0x0b, count: depth + 1)).bytes
    try FunctionValidator.validate(try Module.decode(bytes), FunctionIndex(0))
  }

  @Test func dataSegmentsNeedTheirCount() throws {
    let module = ModuleBytes().types(([], [])).functions(0).section(5, [1, 0, 1])
      .code([0, 0xfc, 9, 0, 0x0b]).section(11, [1, 1, 0])
    let decoded = try Module.decode(module.bytes)
    #expect { try FunctionValidator.validate(decoded, FunctionIndex(0)) } throws: {
      ($0 as? WasmError)?.reason == .dataCountRequired
    }
  }

  @Test func referencesMustBeDeclared() throws {
    let module = ModuleBytes().types(([], [])).functions(0).code([0, 0xd2, 0, 0x1a, 0x0b])
    let decoded = try Module.decode(module.bytes)
    #expect { try FunctionValidator.validate(decoded, FunctionIndex(0)) } throws: {
      ($0 as? WasmError)?.reason == .undeclaredReference
    }
  }

  /// Later features can be refused.
  @Test func featuresCanBeSwitchedOn() throws {
    let tail = ModuleBytes().types(([], [])).functions(0).code([0, 0x12, 0, 0x0b]).bytes
    #expect(throws: WasmError.self) { try ModuleTests.load(tail, features: .supported.subtracting(.tailCalls)) }
    _ = try ModuleTests.load(tail)

    let memories = ModuleBytes().types(([], [])).functions(0).section(5, [2, 0, 1, 4, 1])
      .code([0, 0x42, 0, 0x28, 0x42, 1, 0, 0x1a, 0x0b]).bytes  // i64.const 0, i32.load in memory 1
    for feature in [Features.multiMemory, .memory64] {
      #expect(throws: WasmError.self) { try ModuleTests.load(memories, features: .supported.subtracting(feature)) }
    }
    _ = try ModuleTests.load(memories)
  }
}
