import Entities
import IR
import Testing
import WasmToIR

@testable import Wasm

/// Wasm bodies and the IR they become, as text.
@Suite struct TranslationTests {
  static let i32: UInt8 = 0x7f
  static let i64: UInt8 = 0x7e
  static let funcref: UInt8 = 0x70

  /// A module with one function (type 0), memory, two tables, a global, segments, and a call target (function 1, type
  /// 1).
  static func module(
    _ code: [UInt8], parameters: [UInt8] = [], results: [UInt8] = [], locals: [UInt8] = []
  ) -> [UInt8] {
    func vector(_ bytes: [UInt8]) -> [UInt8] { [UInt8](leb(bytes.count)) + bytes }
    func section(_ id: UInt8, _ contents: [UInt8]) -> [UInt8] { [id] + vector(contents) }
    let declarations = leb(locals.count) + locals.flatMap { [1, $0] }
    return [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
      + section(
        1,
        [4, 0x60] + vector(parameters) + vector(results) + [
          0x60, 1, i32, 1, i32, 0x60, 0, 2, i32, i64, 0x60, 1, i32, 1, i32,
        ])
      + section(3, [2, 0, 1])
      + section(4, [1, funcref, 0, 4])
      + section(5, [1, 0, 1])
      + section(6, [1, i64, 1, 0x42, 5, 0x0b])
      + section(7, [1, 1, 0x66, 0, 0])
      + section(12, [1])
      + section(10, [2] + vector(declarations + code + [0x0b]) + vector([0, 0x20, 0, 0x0b]))
      + section(11, [1, 1, 1, 0xaa])
  }

  static func leb(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + leb(value >> 7)
  }

  static func translate(
    _ code: [UInt8], parameters: [UInt8] = [], results: [UInt8] = [], locals: [UInt8] = [], checksBounds: Bool = true
  ) throws -> Function {
    let module = try Module.decode(Self.module(code, parameters: parameters, results: results, locals: locals))
    let shape = ModuleShape(module)
    let function = try Translator.translate(
      module, FunctionIndex(0), in: shape, options: TranslationOptions(checksBounds: checksBounds))
    #expect(Verifier.verify(function, in: shape) == [])
    return function
  }

  /// The text without source offsets.
  static func text(_ function: Function) -> String {
    Printer.print(function).split(separator: "\n").map { line in
      line.prefix { $0 != "@" }.reversed().drop { $0 == " " }.reversed().map(String.init).joined()
    }.joined(separator: "\n")
  }

  @Test func aLoopGetsParametersForWhatItAssignsAndReads() throws {
    // while (l0 != 0) { l1 = l1 * l0; l0 = l0 - 1; l2 = 7 }; return l1: l2 is assigned, but never read.
    let function = try Self.translate(
      [
        0x42, 1, 0x21, 1, 0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x50, 0x0d, 1, 0x20, 1, 0x20, 0, 0x7e, 0x21, 1, 0x20, 0,
        0x42, 1, 0x7d, 0x21, 0, 0x42, 7, 0x21, 2, 0x0c, 0, 0x0b, 0x0b, 0x20, 1,
      ], parameters: [Self.i64], results: [Self.i64], locals: [Self.i64, Self.i64])
    #expect(
      Self.text(function) == """
        function fn0 "f" (i64) -> (i64) {
        block0(v0: i64):
          v1 = iconst.i64 0
          v2 = iconst.i64 1
          jump block1(v0, v2)
        block1(v3: i64, v6: i64):
          v4 = iconst.i64 0
          v5 = icmp.i64 eq v3, v4
          br_if v5 block3, block2
        block2:
          v7 = mul.i64 v6, v3
          v8 = iconst.i64 1
          v9 = sub.i64 v3, v8
          v10 = iconst.i64 7
          jump block1(v9, v7)
        block3:
          return v6
        }
        """)
  }

  @Test func anIfWithoutElseJoinsOnlyWhatDiffers() throws {
    // if (l0) { l1 = 4 }; return l1 + l2
    let function = try Self.translate(
      [0x20, 0, 0x04, 0x40, 0x41, 4, 0x21, 1, 0x0b, 0x20, 1, 0x20, 2, 0x6a],
      parameters: [Self.i32, Self.i32, Self.i32],
      results: [Self.i32])
    #expect(
      Self.text(function) == """
        function fn0 "f" (i32, i32, i32) -> (i32) {
        block0(v0: i32, v1: i32, v2: i32):
          br_if v0 block1, block2(v1)
        block1:
          v3 = iconst.i32 4
          jump block2(v3)
        block2(v4: i32):
          v5 = add.i32 v4, v2
          return v5
        }
        """)
  }

  @Test func aLoopNobodyRepeatsIsNoBlock() throws {
    let function = try Self.translate(
      [0x03, 0x40, 0x41, 1, 0x21, 0, 0x0b, 0x20, 0], results: [Self.i32], locals: [Self.i32])
    #expect(function.layout.blocks.count == 1)
  }

  @Test func branchTableWithReturnAndValues() throws {
    // block (result i32) { br_table 0 1 0 (7, l0) }: label 1 is the function.
    let function = try Self.translate(
      [0x02, Self.i32, 0x41, 7, 0x20, 0, 0x0e, 2, 0, 1, 0, 0x0b, 0x41, 1, 0x6a], parameters: [Self.i32],
      results: [Self.i32])
    #expect(
      Self.text(function) == """
        function fn0 "f" (i32) -> (i32) {
        block0(v0: i32):
          v1 = iconst.i32 7
          br_table v0 block1(v1), block2, block1(v1)
        block2:
          return v1
        block1(v2: i32):
          v3 = iconst.i32 1
          v4 = add.i32 v2, v3
          return v4
        }
        """)
  }

  @Test func everyAccessIsCheckedInTrapPolicyOnly() throws {
    let code: [UInt8] = [0x20, 0, 0x20, 0, 0x31, 0, 5, 0x3d, 1, 16]  // i64.load8_u offset 5; i64.store16 offset 16
    let checked = try Self.translate(code, parameters: [Self.i32])
    #expect(
      Self.text(checked) == """
        function fn0 "f" (i32) -> () {
        block0(v0: i32):
          memory_check.i32 mem0 v0 +6
          v1 = load.i64 unsigned8 mem0 v0 +5
          memory_check.i32 mem0 v0 +18
          store.i64 unsigned16 mem0 v0, v1 +16
          return
        }
        """)
    let wrapped = try Self.translate(code, parameters: [Self.i32], checksBounds: false)
    #expect(wrapped.instructions.elements.allSatisfy { $0.opcode != .memoryCheck })
  }

  @Test func callsThroughTablesUseTheFirstOfEqualSignatures() throws {
    // Type 3 is type 1 again.
    let function = try Self.translate([0x41, 9, 0x41, 2, 0x11, 3, 0, 0x10, 1], results: [Self.i32])
    #expect(
      Self.text(function) == """
        function fn0 "f" () -> (i32) {
        block0:
          v0 = iconst.i32 9
          v1 = iconst.i32 2
          v2 = table_get.i64 table0 v1
          v3: i32 = call_indirect sig1 v2, v0
          v4: i32 = call fn1 v3
          return v4
        }
        """)
  }

  @Test func unreachableCodeIsValidatedAndDropped() throws {
    let function = try Self.translate(
      [0x00, 0x6a, 0x04, Self.i32, 0x41, 1, 0x05, 0x41, 2, 0x0b, 0x03, 0x40, 0x0c, 0, 0x0b], results: [Self.i32])
    #expect(
      Self.text(function) == """
        function fn0 "f" () -> (i32) {
        block0:
          trap unreachable
        }
        """)
    #expect(throws: WasmError.self) { try Self.translate([0x00, 0x42, 0, 0x41, 0, 0x6a, 0x1a]) }
  }

  @Test func referencesAreIntegers() throws {
    let function = try Self.translate([0xd0, 0x70, 0xd1, 0xd2, 0, 0x1a], results: [Self.i32])
    #expect(
      Self.text(function) == """
        function fn0 "f" () -> (i32) {
        block0:
          v0 = iconst.i64 0
          v1 = iconst.i64 0
          v2 = icmp.i64 eq v0, v1
          v3 = func_ref.i64 fn0
          return v2
        }
        """)
  }

  @Test func sourceOffsetsAreThoseOfTheOperators() throws {
    let bytes = Self.module([0x41, 1, 0x45, 0x1a])
    let module = try Module.decode(bytes)
    let function = try Translator.translate(module, FunctionIndex(0), in: ModuleShape(module))
    let start = module.bodies[0].range.lowerBound + 1
    #expect(
      function.instructions.elements.map { Int($0.sourceOffset) - start } == [0, 2, 2, 4])
  }

  @Test func nestingCostsNoStack() throws {
    // 20,000 loops inside each other, the innermost repeating the first of them; then as many ifs.
    let depth = 20_000
    let repeatFirst: [UInt8] = [0x20, 0, 0x0d] + Self.leb(depth - 1)
    let loops = (0..<depth).flatMap { _ in [0x03, 0x40] as [UInt8] } + repeatFirst
    let set: [UInt8] = [0x41, 0, 0x21, 0]
    let ifs = (0..<depth).flatMap { _ in [0x20, 0, 0x04, 0x40] as [UInt8] } + set
    let ends = [UInt8](repeating: 0x0b, count: depth)
    let function = try Self.translate(loops + ends + ifs + ends, parameters: [Self.i32])
    #expect(function.layout.blocks.count == 2 * depth + 3)
  }

  @Test func manyBranchesAcrossManyLocalsAreRefused() throws {
    // Every local is set, then each of 200 branches would carry them all.
    let locals = [UInt8](repeating: Self.i32, count: 100)
    let sets = (0..<100).flatMap { [0x41, 1, 0x21, UInt8($0)] as [UInt8] }
    let branches = (0..<200).flatMap { _ in [0x41, 1, 0x0d, 0] as [UInt8] }
    let code: [UInt8] = [0x02, 0x40] + sets + branches + [0x0b]
    let module = try Module.decode(Self.module(code, locals: locals))
    let shape = ModuleShape(module)
    let few = TranslationOptions(branchBudget: 10_000)
    #expect { try Translator.translate(module, FunctionIndex(0), in: shape, options: few) } throws: {
      ($0 as? WasmError)?.reason == .implementationLimit
    }
    _ = try Translator.translate(module, FunctionIndex(0), in: shape)
  }

  /// Every operator but control flow, once, against the verifier's types.
  @Test func everyPlainOperatorTranslates() throws {
    let types: [ValueType] = [.i32, .i64, .f32, .f64, .v128]
    let bytes = types.map { UInt8($0.rawValue & 0xff) }
    var translated = 0
    for row in OperatorInfo.table where row.typing == .fixed {
      let immediates: [UInt8]
      switch row.immediates {
      case .none: immediates = []
      case .memoryAccess: immediates = [row.alignment, 0]
      case .lane: immediates = [row.lanes - 1]
      case .memoryLane: immediates = [row.alignment, 0, row.lanes - 1]
      case .shuffle: immediates = (0..<16).map { $0 * 2 + 1 }
      default: continue
      }
      let number = Int(row.code & 0xfff)
      let code: [UInt8] =
        switch row.code {
        case ..<0x100: [UInt8(row.code)]
        case ..<0x10000: [0xfc, UInt8(row.code & 0xff)]
        default: [0xfd] + Self.leb(number)
        }
      let operands = (0..<row.operands.count).flatMap { position -> [UInt8] in
        let type = row.operands[position] == .address ? .i32 : row.operands[position]
        return [0x20, UInt8(types.firstIndex(of: type) ?? 0xff)]
      }
      let results = row.result == .none ? [] : [UInt8(row.result.rawValue & 0xff)]
      #expect(throws: Never.self, "\(row.name)") {
        _ = try Self.translate(operands + code + immediates, parameters: bytes, results: results)
      }
      translated += 1
    }
    #expect(translated > 400)
  }

  @Test(arguments: [
    // v128.load8x8_s offset 8 of local 0
    (
      [0x20, 0, 0xfd, 1, 0, 8],
      ["memory_check.i32 mem0 v0 +16", "v2 = load.v128 unsigned64 mem0 v0 +8", "v3 = vextend_low_s.i16x8 v2"]
    ),
    // v128.load16_splat
    (
      [0x20, 0, 0xfd, 8, 0, 0],
      ["memory_check.i32 mem0 v0 +2", "v2 = load.i32 unsigned16 mem0 v0", "v3 = vsplat.i16x8 v2"]
    ),
    // v128.load32_lane 3
    (
      [0x20, 0, 0x20, 1, 0xfd, 0x56, 0, 0, 3],
      ["memory_check.i32 mem0 v0 +4", "v2 = load.i32 mem0 v0", "v3 = vreplace.i32x4 3 v1, v2"]
    ),
    // i32x4.extmul_high_i16x8_u of a vector with itself
    (
      [0x20, 1, 0x20, 1, 0xfd, 0xbf, 1],
      ["v2 = vextend_high_u.i32x4 v1", "v3 = vextend_high_u.i32x4 v1", "v4 = vmul.i32x4 v2, v3"]
    ),
    // v128.not; i16x8.splat of 0x12345
    ([0x20, 1, 0xfd, 0x4d], ["v2 = vconst.v128 0x\(String(repeating: "f", count: 32))", "v3 = vxor.v128 v1, v2"]),
    (
      [0x41, 0xc5, 0xc6, 4, 0xfd, 0x10],
      ["v2 = iconst.i32 74565", "v3 = vconst.v128 0x23452345234523452345234523452345"]
    ),
  ] as [([UInt8], [String])])
  func vectorOperators(code: [UInt8], lines: [String]) throws {
    let function = try Self.translate(code, parameters: [Self.i32, 0x7b], results: [0x7b])
    let body = Self.text(function).split(separator: "\n").dropFirst(2).dropLast(2)
    #expect(body.map { $0.drop { $0 == " " } }.map(String.init) == lines)
  }

  /// Address and vector are taken in order; the lane is stored as a scalar.
  @Test func storeLane() throws {
    let code: [UInt8] = [0x20, 0, 0x20, 1, 0xfd, 0x59, 1, 2, 7]
    let text = Self.text(try Self.translate(code, parameters: [Self.i32, 0x7b]))
    #expect(text.contains("v2 = vextract_u.i16x8 7 v1\n  memory_check.i32 mem0 v0 +4\n  store.i32 unsigned16 mem0 v0, v2 +2"))
  }

  /// All loads, then all stores; the last pair overlaps the one before.
  @Test func smallCopiesAreLoadsAndStores() throws {
    let copy: [UInt8] = [0x20, 0, 0x20, 1, 0x41, 21, 0xfc, 10, 0, 0]
    let text = Self.text(try Self.translate(copy, parameters: [Self.i32, Self.i32]))
    #expect(
      text.contains(
        """
          memory_check.i32 mem0 v0 +21
          memory_check.i32 mem0 v1 +21
          v3 = load.v128 mem0 v1
          v4 = load.v128 mem0 v1 +5
          store.v128 mem0 v0, v3
          store.v128 mem0 v0, v4 +5
        """))
    let empty: [UInt8] = [0x20, 0, 0x20, 1, 0x41, 0, 0xfc, 10, 0, 0]
    #expect(Self.text(try Self.translate(empty, parameters: [Self.i32, Self.i32])).contains("memory_copy"))
    let long: [UInt8] = [0x20, 0, 0x20, 1, 0x41, 0x81, 1, 0xfc, 10, 0, 0]
    #expect(Self.text(try Self.translate(long, parameters: [Self.i32, Self.i32])).contains("memory_copy"))
    let wrapped = try Self.translate(copy, parameters: [Self.i32, Self.i32], checksBounds: false)
    #expect(Self.text(wrapped).contains("memory_copy"))
  }

  @Test func smallFillsAreStores() throws {
    let fill: [UInt8] = [0x20, 0, 0x20, 1, 0x41, 7, 0xfc, 11, 0]
    let text = Self.text(try Self.translate(fill, parameters: [Self.i32, Self.i32]))
    #expect(text.contains("memory_check.i32 mem0 v0 +7"))
    #expect(text.contains("store.i32 mem0 v0, v6\n  store.i32 mem0 v0, v6 +3"))
    let vectors: [UInt8] = [0x20, 0, 0x41, 0, 0x41, 32, 0xfc, 11, 0]
    let zeros = Self.text(try Self.translate(vectors, parameters: [Self.i32]))
    #expect(zeros.contains("= vconst.v128 0x\(String(repeating: "0", count: 32))\n  store.v128 mem0 v0"))
  }
}
