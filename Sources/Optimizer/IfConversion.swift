import Entities
import IR

/// Turns a branch whose two ways meet at once, with one integer that differs, into a `select`: no jump to mispredict, and one
/// block instead of up to four.
///
/// A way is the edge itself, or a block of its own with at most `instructionLimit` cheap instructions in both together, which
/// then run always. Left alone are ways that meet at a loop's header: what the next round waits for should not wait for the
/// condition; and conditions on floats, which take two jumps or none.
///
/// Requires: nothing beyond a correct function; better behind jump threading. Establishes: nothing that others build on; blocks
/// are joined by branch simplification. Cost: linear.
public enum IfConversion {
  static let instructionLimit = 2

  public static func run(on function: inout Function, in shape: ModuleShape) {
    let edges = IncomingEdges(function)
    var position: SideTable<Block, Int> = SideTable(count: function.blocks.count, initial: 0)
    for (index, block) in function.layout.blocks.enumerated() { position[block] = index }
    var isChanged = false
    for block in function.layout.blocks where !function.blocks[block].isCold {
      guard let branch = function.terminator(of: block), function.instructions[branch].opcode == .branchIf,
        function.definition(of: function.operand(0, of: branch))?.opcode != .compareFloat
      else { continue }
      let targets = function.instructions[branch].targets.range
      let ways = targets.map { Self.ways(from: function.branchTargets[$0], edges, function) }
      for (first, second) in [(0, 0), (1, 0), (0, 1), (1, 1)] where first < ways[0].count && second < ways[1].count {
        let (a, b) = (ways[0][first], ways[1][second])
        guard a.target == b.target, position[a.target] > position[block], !function.blocks[a.target].isCold,
          a.instructions.count + b.instructions.count <= instructionLimit,
          let differing = onlyDifference(a.arguments, b.arguments), function.type(of: a.arguments[differing]).isInteger
        else { continue }
        convert(branch, of: block, a, b, differing, &function)
        isChanged = true
        break
      }
    }
    if isChanged { DeadCode.removeUnreachableBlocks(&function) }
  }

  private struct Way {
    var target: Block
    var arguments: [Value]
    var instructions: [Instruction]
  }

  /// The edge as it is; and past its block, if that one only computes.
  private static func ways(from edge: BranchTarget, _ edges: IncomingEdges, _ function: Function) -> [Way] {
    let direct = Way(target: edge.block, arguments: Array(function.arguments(of: edge)), instructions: [])
    let instructions = function.layout.instructions[edge.block]
    guard edges.count(edge.block) == 1, function.blocks[edge.block].parameters.isEmpty, !function.blocks[edge.block].isCold,
      instructions.count <= instructionLimit + 1, let jump = function.terminator(of: edge.block),
      function.instructions[jump].opcode == .jump,
      instructions.dropLast().allSatisfy({ isCheap(function.instructions[$0], function) })
    else { return [direct] }
    let next = function.branchTargets[function.instructions[jump].targets.range.lowerBound]
    return [
      direct, Way(target: next.block, arguments: Array(function.arguments(of: next)), instructions: Array(instructions.dropLast())),
    ]
  }

  /// One cycle, and nothing that can trap.
  private static func isCheap(_ data: InstructionData, _ function: Function) -> Bool {
    switch data.opcode {
    case .integerConstant, .extendSigned, .extendUnsigned, .wrap, .signExtendInReg, .add, .subtract, .and, .or, .xor: true
    case .shiftLeft, .shiftRightSigned, .shiftRightUnsigned: function.constant(function.operand(1, of: data)) != nil
    default: false
    }
  }

  private static func onlyDifference(_ a: [Value], _ b: [Value]) -> Int? {
    let differing = a.indices.filter { a[$0] != b[$0] }
    return differing.count == 1 ? differing[0] : nil
  }

  private static func convert(
    _ branch: Instruction, of block: Block, _ a: Way, _ b: Way, _ differing: Int, _ function: inout Function
  ) {
    let condition = function.operand(0, of: branch)
    var data = InstructionData(
      .select, function.type(of: a.arguments[differing]), sourceOffset: function.instructions[branch].sourceOffset)
    data.operands = function.valueLists.append(contentsOf: [condition, a.arguments[differing], b.arguments[differing]])
    let select = function.makeInstruction(data, results: [data.type])
    var arguments = a.arguments
    arguments[differing] = function.result(of: select)
    // The blocks of the ways lose their only edge; their instructions move.
    for way in [a, b] where !way.instructions.isEmpty {
      for other in function.targets(of: branch) where function.layout.instructions[other.block].first == way.instructions.first {
        function.layout.instructions[other.block].removeFirst(way.instructions.count)
      }
    }
    function.layout.instructions[block].removeLast()
    function.layout.instructions[block].append(contentsOf: a.instructions)
    function.layout.instructions[block].append(contentsOf: b.instructions)
    function.layout.instructions[block].append(select)
    function.layout.instructions[block].append(branch)
    let target = function.makeTarget(a.target, arguments)
    function.instructions[branch].opcode = .jump
    function.instructions[branch].operands = .empty
    function.instructions[branch].targets = function.branchTargets.append(contentsOf: CollectionOfOne(target))
  }
}
