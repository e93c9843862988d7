import IR
import Testing

struct EditingTests {
  private static let text = """
    function fn0 (i32) -> (i32) {
    block0(v0: i32):
      v1 = add.i32 v0, v0
      v2 = sub.i32 v1, v0
      br_if v2 block1(v1), block2(v2, v1)
    block1(v3: i32):
      return v3
    block2(v4: i32, v5: i32):
      return v5
    }

    """

  @Test func splitMovesTheRest() throws {
    var function = try Parser.parseFunction(Self.text)
    let rest = function.split(Block(0), at: 1)
    let target = function.makeTarget(rest, [])
    let jump = InstructionData(.jump, .i32, targets: function.branchTargets.append(contentsOf: [target]))
    function.layout.append(function.makeInstruction(jump, results: []), to: Block(0))
    #expect(Verifier.verify(function, in: ModuleShape()) == [])
    #expect(function.layout.blocks.prefix(2) == [Block(0), rest])
    #expect(function.layout.instructions[rest].count == 2)
  }

  @Test func aCloneHasItsOwnLists() throws {
    var function = try Parser.parseFunction(Self.text)
    let branch = function.terminator(of: Block(0))!
    let copy = function.clone(branch) { $0 == Value(1) ? Value(0) : $0 }
    #expect(Array(function.operands(of: copy)) == [Value(2)])
    #expect(
      function.targets(of: copy).map { Array(function.arguments(of: $0)) } == [[Value(0)], [Value(2), Value(0)]])
    function.rewriteUses(in: copy) { _ in Value(0) }
    #expect(Printer.print(function) == Self.text)
  }

  @Test func forwardingFollowsChains() throws {
    var function = try Parser.parseFunction(Self.text)
    var forwarding = ValueForwarding(function)
    forwarding.forward(Value(2), to: Value(1))
    forwarding.forward(Value(1), to: Value(0))
    #expect(forwarding.resolve(Value(2)) == Value(0))
    #expect(forwarding.resolve(Value(3)) == Value(3))
    forwarding.apply(to: &function)
    function.removeInstructions { $0.opcode == .add || $0.opcode == .subtract }
    #expect(Verifier.verify(function, in: ModuleShape()) == [])
    #expect(Printer.print(function).contains("br_if v0 block1(v0), block2(v0, v0)"))
  }
}
