import Testing

@testable import Wasm

@Suite struct OperatorTableTests {
  @Test func rowsStandInTheOrderOfTheCases() {
    #expect(OperatorInfo.table.map(\.op) == Operator.allCases)
  }

  @Test func codesAndNamesAreUnique() {
    #expect(Set(OperatorInfo.table.map(\.code)).count == Operator.allCases.count)
    // `select` is the only name with two codes.
    #expect(Set(OperatorInfo.table.map(\.name)).count == Operator.allCases.count - 1)
  }

  @Test func everyCodeLeadsToItsRow() {
    for row in OperatorInfo.table {
      let found: Wasm.Operator? =
        switch row.code {
        case ..<0x100: OpcodeMap.shared.single(UInt8(row.code))
        case 0xfe00..<0xff00: OpcodeMap.shared.atomic(row.code & 0xff)
        case ..<0x10000: OpcodeMap.shared.prefixed(row.code & 0xff)
        default: OpcodeMap.shared.vector(row.code - 0xfd000)
        }
      #expect(found == row.op)
    }
    #expect(OpcodeMap.shared.single(0xff) == nil)
    #expect(OpcodeMap.shared.prefixed(0x1_0000) == nil)
  }

  /// A few rows against the specification's index of instructions.
  @Test(arguments: [
    ("i32.load8_u", 0x2d), ("i64.store32", 0x3e), ("i64.le_u", 0x58), ("i64.rem_u", 0x82), ("f64.copysign", 0xa6),
    ("f64.promote_f32", 0xbb), ("f64.reinterpret_i64", 0xbf), ("i64.extend32_s", 0xc4),
    ("i64.trunc_sat_f64_u", 0xfc07), ("table.fill", 0xfc11), ("v128.const", 0xfd00c), ("i16x8.add", 0xfd08e),
    ("i64.atomic.rmw32.cmpxchg_u", 0xfe4e), ("i32.atomic.store16", 0xfe1a),
    ("f64x2.convert_low_i32x4_u", 0xfd0ff), ("i32x4.relaxed_dot_i8x16_i7x16_add_s", 0xfd113),
  ])
  func codes(name: String, code: UInt32) {
    #expect(OperatorInfo.table.first { $0.name == name }?.code == code)
  }
}
