import Testing

@testable import Wasm

/// Each malformed or invalid module is refused for its reason and at its place.
@Suite struct MalformedModuleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var reason: WasmError.Reason
    var offset: Int

    init(_ description: String, _ bytes: [UInt8], _ reason: WasmError.Reason, at offset: Int) {
      testDescription = description
      self.bytes = bytes
      self.reason = reason
      self.offset = offset
    }
    init(_ description: String, _ module: ModuleBytes, _ reason: WasmError.Reason, at offset: Int) {
      self.init(description, module.bytes, reason, at: offset)
    }
  }

  static let start = ModuleBytes().types(([], []), ([0x7f], []))  // 8 + 2 + 1 + 3 + 4 = 18 bytes

  static let cases: [Case] = [
    Case("empty", [], .unexpectedEnd, at: 0),
    Case("half a magic", [0x00, 0x61], .unexpectedEnd, at: 2),
    Case("no magic", [0x00, 0x61, 0x73, 0x6e, 1, 0, 0, 0], .magicMissing, at: 0),
    Case("version 2", [0x00, 0x61, 0x73, 0x6d, 2, 0, 0, 0], .unknownVersion, at: 4),
    Case("a component", [0x00, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], .unknownVersion, at: 4),
    Case("section 14", ModuleBytes().section(14, []), .malformedSectionID, at: 8),
    Case("tag attribute", start.section(13, [1, 1, 0]), .malformedTagAttribute, at: 21),
    Case("tag of a type that is not there", start.section(13, [1, 0, 2]), .unknownType, at: 22),
    Case("section longer than the module", ModuleBytes().bytes + [1, 10, 0], .lengthOutOfBounds, at: 9),
    Case("section longer than its contents", start.section(3, [0, 0]), .sectionSizeMismatch, at: 21),
    Case("sections out of order", start.section(1, [0]), .unexpectedContent, at: 18),
    Case("vector longer than its section", ModuleBytes().section(1, [2, 0x60, 0, 0]), .unexpectedEnd, at: 14),
    Case("four billion types", ModuleBytes().section(1, [0xff, 0xff, 0xff, 0xff, 0x0f]), .implementationLimit, at: 10),
    Case("custom section without a name", ModuleBytes().section(0, []), .unexpectedEnd, at: 10),
    Case("name beyond its section", ModuleBytes().section(0, [5, 0x61]), .lengthOutOfBounds, at: 10),
    Case("name that is no UTF-8", ModuleBytes().section(0, [2, 0xc0, 0x80]), .malformedUTF8, at: 11),
    Case("surrogate in a name", ModuleBytes().section(0, [3, 0xed, 0xa0, 0x80]), .malformedUTF8, at: 11),
    Case("type form 0", ModuleBytes().section(1, [1, 0x00]), .malformedType, at: 11),
    Case("field of a struct type", ModuleBytes().section(1, [1, 0x5f, 1, 0x7f, 2]), .malformedMutability, at: 14),
    Case("below a final type", ModuleBytes().section(1, [2, 0x60, 0, 0, 0x50, 1, 0, 0x60, 0, 0]), .subtypeMismatch, at: 14),
    Case("reference to a later group", ModuleBytes().section(1, [1, 0x60, 1, 0x64, 1, 0]), .unknownType, at: 11),
    Case("parameter of type 0", ModuleBytes().section(1, [1, 0x60, 1, 0x00, 0]), .malformedValueType, at: 13),
    Case("import kind 5", start.section(2, [1, 0, 0, 5]), .malformedImportKind, at: 23),
    Case("import of type 7", start.section(2, [1, 0, 0, 0, 7]), .unknownType, at: 24),
    Case("function of type 7", start.section(3, [1, 7]), .unknownType, at: 21),
    Case("functions without bodies", start.section(3, [1, 0]), .codeCountMismatch, at: 18),
    Case("bodies without functions", start.section(10, [1, 2, 0, 0x0b]), .codeCountMismatch, at: 20),
    Case("table of i32", ModuleBytes().section(4, [1, 0x7f, 0, 1]), .malformedReferenceType, at: 11),
    Case("table with flags 8", ModuleBytes().section(4, [1, 0x70, 8, 1]), .malformedLimitsFlags, at: 12),
    Case("shared memory", ModuleBytes().section(5, [1, 3, 1, 1]), .malformedLimitsFlags, at: 11),
    Case("table without null", ModuleBytes().section(4, [1, 0x64, 0x70, 0, 1]), .typeMismatch, at: 11),
    Case("minimum over maximum", ModuleBytes().section(5, [1, 1, 2, 1]), .limitsOutOfOrder, at: 11),
    Case("65537 pages", ModuleBytes().section(5, [1, 0, 0x81, 0x80, 0x04]), .memoryTooLarge, at: 11),
    Case("mutability 2", ModuleBytes().section(6, [1, 0x7f, 2, 0x41, 0, 0x0b]), .malformedMutability, at: 12),
    Case(
      "initial value of another type", ModuleBytes().section(6, [1, 0x7f, 0, 0x42, 0, 0x0b]), .typeMismatch, at: 13),
    Case("no initial value", ModuleBytes().section(6, [1, 0x7f, 0, 0x0b]), .typeMismatch, at: 13),
    Case("two initial values", ModuleBytes().section(6, [1, 0x7f, 0, 0x41, 0, 0x41, 0, 0x0b]), .typeMismatch, at: 13),
    Case("call as initial value", ModuleBytes().section(6, [1, 0x7f, 0, 0x10, 0, 0x0b]), .constantRequired, at: 13),
    Case("global that follows", ModuleBytes().section(6, [1, 0x7f, 0, 0x23, 0, 0x0b]), .unknownGlobal, at: 13),
    Case(
      "mutable global as initial value", ModuleBytes().section(6, [2, 0x7f, 1, 0x41, 0, 0x0b, 0x7f, 0, 0x23, 0, 0x0b]),
      .constantRequired, at: 18),
    Case("export of function 0", start.section(7, [1, 1, 0x61, 0, 0]), .unknownFunction, at: 24),
    Case("export kind 9", start.section(7, [1, 1, 0x61, 9, 0]), .malformedExportKind, at: 23),
    Case(
      "export name twice", ModuleBytes().section(5, [1, 0, 1]).section(7, [2, 1, 0x61, 2, 0, 1, 0x61, 2, 0]),
      .duplicateExport, at: 20),
    Case(
      "start with a parameter", start.section(3, [1, 1]).section(8, [0]).section(10, [1, 2, 0, 0x0b]), .startFunction,
      at: 24),
    Case("element kind 1", start.section(9, [1, 1, 1, 0]), .malformedElementKind, at: 22),
    Case("element flags 8", start.section(9, [1, 8, 0]), .malformedSegmentFlags, at: 21),
    Case("elements without a table", start.section(9, [1, 0, 0x41, 0, 0x0b, 0]), .unknownTable, at: 22),
    Case(
      "function elements for an external table",
      ModuleBytes().section(4, [1, 0x6f, 0, 1]).section(9, [1, 0, 0x41, 0, 0x0b, 0]), .typeMismatch, at: 17),
    Case("data without a memory", start.section(11, [1, 0, 0x41, 0, 0x0b, 0]), .unknownMemory, at: 21),
    Case("data flags 3", start.section(11, [1, 3, 0]), .malformedSegmentFlags, at: 21),
    Case("data count without data", start.section(12, [1]), .dataCountMismatch, at: 21),
    Case("data without its count", start.section(12, [0]).section(11, [1, 1, 0]), .dataCountMismatch, at: 23),
    Case(
      "body beyond its section", start.section(3, [1, 0]).section(10, [1, 9, 0, 0x0b]), .lengthOutOfBounds, at: 25),
  ]

  @Test(arguments: cases)
  func isRefused(_ test: Case) {
    do {
      _ = try Module.decode(test.bytes)
      Issue.record("accepted")
    } catch {
      #expect(error.reason == test.reason, "\(error)")
      #expect(error.offset == test.offset, "\(error)")
    }
  }

  /// Strings that compare equal in Swift but differ in bytes are two names.
  @Test func exportNamesCompareByBytes() throws {
    let composed = ModuleBytes.name("\u{c5}")
    let decomposed = ModuleBytes.name("A\u{30a}")
    let module = try Module.decode(
      ModuleBytes().section(5, [1, 0, 1]).section(7, items: [composed + [2, 0], decomposed + [2, 0]]).bytes)
    #expect(module.exports.count == 2)
  }
}
