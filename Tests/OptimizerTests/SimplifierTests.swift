import IR
import IRTesting
import Testing

@testable import Optimizer

/// Small expressions with constants in every place give the same bits after constant folding, for inputs at the edges.
struct SimplifierTests {
  static let binary: [Opcode] = [
    .add, .subtract, .multiply, .multiplyHighSigned, .multiplyHighUnsigned, .and, .or, .xor, .shiftLeft, .shiftRightSigned,
    .shiftRightUnsigned, .rotateLeft, .rotateRight,
  ]
  static func constants(_ type: Type) -> [UInt64] {
    [0, 1, 3, 8, 24, 31, 40, 0xff, 0x7fff_ffff, type.signBit, type.allOnes - 1, type.allOnes].map { $0 & type.allOnes }
  }
  static func inputs(_ type: Type) -> [UInt64] {
    [0, 1, 2, 5, 0x7f, 0x80, 0xff, 0x1234_5678, 0x7fff_ffff, 0x8000_0000, type.signBit, type.signBit - 1, type.allOnes]
      .map { $0 & type.allOnes }
  }

  /// A function of two integers that returns every value `build` makes.
  static func check(
    _ type: Type, _ what: String, build: (inout Builder, Value, Value) -> [Value]
  ) {
    var builder = Builder(index: FunctionIndex(0), signature: Signature(parameters: [type, type], results: []))
    let parameters = builder.function.blocks[builder.block].parameters
    let values = build(&builder, parameters[0], parameters[1])
    builder.function.signature.results = values.map { builder.function.type(of: $0) }
    builder.returnValues(values)
    var function = builder.function
    ConstantFolding.run(on: &function, in: ModuleShape())
    #expect(Verifier.verify(function, in: ModuleShape()) == [], "\(what)")
    for x in inputs(type) {
      for y in [0, 3, type.allOnes] {
        let expected = Interpreter.run(builder.function, in: ModuleShape(), arguments: [x, y])
        let actual = Interpreter.run(function, in: ModuleShape(), arguments: [x, y])
        guard actual.ending != expected.ending else { continue }
        guard case .returned(let a) = expected.ending, case .returned(let b) = actual.ending else {
          Issue.record("\(type) \(what) of \(x), \(y): \(expected.ending) became \(actual.ending)")
          return
        }
        let position = zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
        Issue.record("\(type) \(what) of \(x), \(y): value \(position) was \(a[position][0]), is \(b[position][0])")
        return
      }
    }
  }

  @Test(arguments: [Type.i32, .i64])
  func pairsOfOperations(type: Type) {
    for outer in Self.binary {
      for inner in Self.binary {
        Self.check(type, "\(outer) of \(inner)") { builder, x, y in
          var values: [Value] = []
          for first in Self.constants(type) {
            let constant = builder.integer(type, first)
            let value = builder.value(inner, type, [x, constant])
            for second in Self.constants(type) {
              let other = builder.integer(type, second)
              values.append(builder.value(outer, type, [value, other]))
              values.append(builder.value(outer, type, [other, value]))
            }
            values.append(builder.value(outer, type, [value, y]))
            values.append(builder.value(outer, type, [value, value]))
          }
          return values
        }
      }
    }
  }

  /// Comparisons of values with known bounds, either way round, and whether they are zero.
  @Test(arguments: [Type.i32, .i64])
  func comparisons(type: Type) {
    let inner: [Opcode] = [.add, .and, .or, .xor, .shiftRightUnsigned, .subtract, .multiply]
    for condition in IntegerCondition.allCases {
      for opcode in inner {
        Self.check(type, "\(condition) of \(opcode)") { builder, x, y in
          var values: [Value] = []
          for first in Self.constants(type) {
            let bounded = builder.value(.and, type, [x, builder.integer(type, first)])
            let operand = opcode == .and ? bounded : builder.value(opcode, type, [bounded, builder.integer(type, 5)])
            for second in Self.constants(type) {
              let other = builder.integer(type, second)
              let test = builder.compare(condition, type, operand, other)
              values += [test, builder.compare(condition, type, other, operand)]
              values.append(builder.compare(IntegerCondition.equal, .i32, test, builder.integer(.i32, 0)))
              values.append(builder.compare(IntegerCondition.notEqual, .i32, test, builder.integer(.i32, 0)))
              values.append(builder.value(.select, type, [test, other, y]))
            }
            values.append(builder.compare(condition, type, operand, y))
          }
          return values
        }
      }
    }
  }

  /// Widening, narrowing and sign extension of each other and of masks.
  @Test func conversions() {
    Self.check(.i64, "conversions") { builder, x, _ in
      var values: [Value] = []
      for mask in Self.constants(.i64) {
        let masked = builder.value(.and, .i64, [x, builder.integer(.i64, mask)])
        let narrow = builder.value(.wrap, .i32, [masked])
        values.append(narrow)
        for opcode in [Opcode.extendSigned, .extendUnsigned] {
          let wide = builder.value(opcode, .i64, [narrow])
          values += [wide, builder.value(.wrap, .i32, [wide])]
        }
        for width in [UInt32(8), 16, 32] {
          let once = builder.value(.signExtendInReg, .i64, [masked], auxiliary: width)
          values.append(once)
          for second in [UInt32(8), 16, 32] {
            values.append(builder.value(.signExtendInReg, .i64, [once], auxiliary: second))
          }
          let shifted = builder.value(.shiftLeft, .i64, [masked, builder.integer(.i64, UInt64(64 - width))])
          values.append(builder.value(.shiftRightSigned, .i64, [shifted, builder.integer(.i64, UInt64(64 - width))]))
        }
      }
      return values
    }
  }
}
