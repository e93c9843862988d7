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

  private static func dividends(_ divisor: UInt64, _ random: inout Random) -> [UInt64] {
    let multiple = 0xffff_ffff / divisor * divisor
    return [0, 1, divisor - 1, divisor, multiple - 1, multiple, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, random.next()]
      .map { $0 & 0xffff_ffff }
  }

  @Test(arguments: [Opcode.divideUnsigned, .remainderUnsigned, .divideSigned, .remainderSigned])
  func allDividends(opcode: Opcode) {
    var random = Random(seed: 3)
    for type in [Type.i32, .i64] {
      for divisor in Self.divisors {
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
          if type == .i32 && divisor != 0xffff_ffff && !isPower { #expect(isReplaced) }
          for dividend in Self.dividends(divisor & 0xffff_ffff, &random) {
            let arguments = [type == .i32 ? dividend : dividend << 32 | divisor]
            let expected = Interpreter.run(builder.function, in: ModuleShape(), arguments: arguments)
            let actual = Interpreter.run(function, in: ModuleShape(), arguments: arguments)
            #expect(actual == expected, "\(opcode) \(arguments) by \(divisor)")
          }
        }
      }
    }
  }
}
