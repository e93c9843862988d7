import IR
import IRTesting
import Testing

@testable import Optimizer

/// Quotients and remainders by constants are the division's, at the dividends where a wrong multiplier would show.
struct DivisionByConstantTests {
  private static let divisors: [UInt64] =
    Array(2...40) + [
      99, 100, 127, 641, 1000, 65535, 65537, 1_000_000_007, 0x7fff_ffff, 0x8000_0001, 0xffff_fff9, 0xffff_fffe,
    ]

  private static let wideDivisors: [UInt64] = [
    0x1_0000_0001, 1_000_000_007_000, 6_148_914_691_236_517_205, 0x1999_9999_9999_999a, 0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0001, 0xffff_ffff_ffff_fffe,
  ]

  /// Multiples and their neighbours, around nothing, the sign and the end.
  private static func dividends(_ divisor: UInt64, _ type: Type, _ random: inout Random) -> [UInt64] {
    let middle = type.signBit / divisor * divisor
    let last = type.allOnes / divisor * divisor
    return [
      0, 1, divisor &- 1, divisor, divisor &+ 1, middle &- 1, middle, last &- 1, last, last &+ 1, type.signBit &- 1, type.signBit,
      type.signBit &+ 1, type.allOnes, random.next(), random.next() >> 20,
    ].map { $0 & type.allOnes }
  }

  @Test(arguments: [Opcode.divideUnsigned, .remainderUnsigned, .divideSigned, .remainderSigned])
  func allDividends(opcode: Opcode) {
    var random = Random(seed: 3)
    for type in [Type.i32, .i64] {
      for divisor in Self.divisors + (type == .i64 ? Self.wideDivisors : []) {
        for divisor in [divisor, (0 &- divisor) & type.allOnes] {
          var builder = Builder(index: FunctionIndex(0), signature: Signature(parameters: [type], results: [type]))
          let parameter = builder.function.blocks[builder.block].parameters[0]
          let constant = builder.integer(type, divisor)
          builder.returnValues([builder.value(opcode, type, [parameter, constant])])
          var function = builder.function
          DivisionByConstant.run(on: &function, in: ModuleShape())
          #expect(Verifier.verify(function, in: ModuleShape()) == [])
          let isReplaced = !function.layout.instructions[function.entry].contains {
            function.instructions[$0].opcode == opcode
          }
          let isPower = divisor & (divisor &- 1) == 0
          if divisor != type.allOnes && !isPower { #expect(isReplaced) }
          for dividend in Self.dividends(divisor, type, &random) {
            let arguments = [dividend]
            let expected = Interpreter.run(builder.function, in: ModuleShape(), arguments: arguments)
            let actual = Interpreter.run(function, in: ModuleShape(), arguments: arguments)
            #expect(actual == expected, "\(opcode) \(arguments) by \(divisor)")
          }
        }
      }
    }
  }
}
