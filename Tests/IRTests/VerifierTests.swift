import Entities
import IR
import IRTesting
import Testing

/// What no text can say: tables that contradict each other. Most rules are tested by Tests/FileTests/ir/verify-*.ir.
struct VerifierTests {
  private static func problems(_ change: (inout Function) -> Void) -> [VerifierFinding.Problem] {
    var builder = Builder(index: FunctionIndex(0), signature: Signature(parameters: [.i32], results: [.i32]))
    let parameter = builder.function.blocks[builder.block].parameters[0]
    let sum = builder.value(.add, .i32, [parameter, parameter])
    builder.returnValues([sum])
    change(&builder.function)
    return Verifier.verify(builder.function, in: ModuleShape()).map(\.problem)
  }

  @Test func tablesAgree() {
    let (add, exit) = (Instruction(0), Instruction(1))
    #expect(Self.problems { _ in } == [])
    #expect(Self.problems { $0.layout.blocks = [] } == [.emptyLayout])
    #expect(Self.problems { $0.layout.blocks = [Block(9)] } == [.blockOutOfRange(Block(9))])
    #expect(Self.problems { $0.layout.blocks.append(Block(0)) } == [.blockTwiceInLayout])
    #expect(
      Self.problems { $0.layout.instructions[Block(0)] = [Instruction(7), exit] } == [
        .instructionOutOfRange(Instruction(7))
      ])
    #expect(Self.problems { $0.layout.instructions[Block(0)] = [add, add, exit] }.first == .instructionTwiceInLayout)
    #expect(Self.problems { $0.layout.instructions[Block(0)] = [exit] } == [.notDefined(Value(1))])
    #expect(Self.problems { $0.instructions[add].operands = PoolSlice(start: 2, count: 9) } == [.listOutOfRange])
    #expect(Self.problems { $0.instructions[exit].targets = PoolSlice(start: 0, count: 1) } == [.listOutOfRange])
    #expect(
      Self.problems { $0.valueLists[$0.instructions[add].operands, 1] = Value(8) } == [.valueOutOfRange(Value(8))])
    #expect(Self.problems { $0.instructions[add].firstResult = Value(.max) } == [.valueOutOfRange(Value(.max))])
    #expect(Self.problems { $0.instructions[add].firstResult = Value(0) } == [.wrongDefinition(Value(0))])
    #expect(
      Self.problems { $0.values[Value(0)].definition = .parameter(Block(0), 3) } == [.wrongDefinition(Value(0))])
    #expect(Self.problems { $0.instructions[add].resultCount = 0 } == [.resultCount(0, expected: 1)])
    #expect(Self.problems { $0.instructions[exit].operands = PoolSlice(start: 0, count: 1) } == [.sharedList])
    #expect(Self.problems { $0.values[Value(1)].type = .f32 }.first == .resultType(0, .f32, expected: .i32))
  }

  /// Random damage to the tables is found or harmless; the verifier never traps.
  @Test func damageNeverTraps() {
    var random = Random(seed: 5)
    var found = 0
    for seed in UInt64(0)..<40 {
      let original = RandomFunction.make(seed: seed, size: 20)
      for _ in 0..<20 {
        var function = original
        Self.damage(&function, &random)
        if !Verifier.verify(function, in: RandomFunction.shape).isEmpty { found += 1 }
      }
    }
    #expect(found > 300)
  }

  private static func damage(_ function: inout Function, _ random: inout Random) {
    let instruction = random.pick(Array(function.instructions.ids))
    let number: UInt32 = random.pick([0, 1, 5, 100, 1 << 20, .max])
    switch random.below(12) {
    case 0: function.instructions[instruction].opcode = random.pick(Opcode.allCases)
    case 1: function.instructions[instruction].type = random.pick(Type.allCases)
    case 2: function.instructions[instruction].auxiliary = number
    case 3: function.instructions[instruction].memory = number
    case 4: function.instructions[instruction].operands.count = number
    case 5: function.instructions[instruction].operands.start = number
    case 6: function.instructions[instruction].targets.count = number
    case 7: function.instructions[instruction].firstResult = Value(number)
    case 8: function.instructions[instruction].resultCount = number
    case 9: function.layout.instructions[random.pick(function.layout.blocks)].reverse()
    case 10: function.layout.blocks.shuffle(using: &random)
    default:
      let block = random.pick(function.layout.blocks)
      function.layout.instructions[block].removeLast()
    }
  }
}
