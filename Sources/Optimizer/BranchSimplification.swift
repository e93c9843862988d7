import Entities
import IR

/// Decides branches on constants, sends edges past blocks that only branch on, and joins blocks that follow each other.
///
/// Requires: nothing beyond a correct function. Establishes: no unreachable block; no block with one predecessor
/// that jumps to it. As before, only edges that close a loop go backward in the layout. Cost: linear.
public enum BranchSimplification {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    for block in function.layout.blocks { simplifyTerminator(of: block, &function) }
    threadJumps(&function)
    for block in function.layout.blocks { simplifyTerminator(of: block, &function) }
    DeadCode.removeUnreachableBlocks(&function)
    mergeBlocks(&function)
  }

  // MARK: Terminators

  private static func simplifyTerminator(of block: Block, _ function: inout Function) {
    endAtCertainTrap(block, &function)
    guard let terminator = function.terminator(of: block) else { return }
    switch function.instructions[terminator].opcode {
    case .branchIf: simplifyBranchIf(terminator, &function)
    case .branchTable: simplifyBranchTable(terminator, &function)
    default: break
    }
  }

  /// Behind a `trapIf` that always traps nothing runs.
  private static func endAtCertainTrap(_ block: Block, _ function: inout Function) {
    let instructions = function.layout.instructions[block]
    guard
      let position = instructions.firstIndex(where: { instruction in
        guard function.instructions[instruction].opcode == .trapIf else { return false }
        return function.constant(function.operand(0, of: instruction)).map { $0 != 0 } ?? false
      })
    else { return }
    let instruction = instructions[position]
    let code = function.instructions[instruction].auxiliary
    function.replace(instruction, with: InstructionData(.trap, .i32, auxiliary: code), EmptyCollection())
    function.layout.instructions[block].removeSubrange((position + 1)...)
  }

  private static func simplifyBranchIf(_ branch: Instruction, _ function: inout Function) {
    let condition = function.operand(0, of: branch)
    let targets = function.instructions[branch].targets.range
    if let bits = function.constant(condition) {
      return becomeJump(branch, to: targets.lowerBound + (bits != 0 ? 0 : 1), &function)
    }
    if areEqual(function.branchTargets[targets.lowerBound], function.branchTargets[targets.lowerBound + 1], function) {
      return becomeJump(branch, to: targets.lowerBound, &function)
    }
    let simpler = Simplifier.simplerCondition(condition, function)
    function.valueLists[function.instructions[branch].operands, 0] = simpler
    if let negated = Simplifier.negatedCondition(simpler, function) {
      function.valueLists[function.instructions[branch].operands, 0] = negated
      let first = function.branchTargets[targets.lowerBound]
      function.branchTargets[targets.lowerBound] = function.branchTargets[targets.lowerBound + 1]
      function.branchTargets[targets.lowerBound + 1] = first
    }
  }

  private static func simplifyBranchTable(_ branch: Instruction, _ function: inout Function) {
    let targets = function.instructions[branch].targets.range
    if let index = function.constant(function.operand(0, of: branch)) {
      return becomeJump(branch, to: targets.lowerBound + Int(min(index, UInt64(targets.count - 1))), &function)
    }
    let last = function.branchTargets[targets.upperBound - 1]
    // Entries before the default that are the default.
    var count = targets.count
    while count > 1, areEqual(function.branchTargets[targets.lowerBound + count - 2], last, function) { count -= 1 }
    if count == 1 { return becomeJump(branch, to: targets.upperBound - 1, &function) }
    function.instructions[branch].targets.count = UInt32(count)
    if count == 2 {
      // Index 0, or anything else. Only tables may share lists of arguments.
      let first = function.branchTargets[targets.lowerBound]
      function.branchTargets[targets.lowerBound] = function.branchTargets[targets.lowerBound + 1]
      function.branchTargets[targets.lowerBound + 1] =
        function.makeTarget(first.block, Array(function.arguments(of: first)))
      function.instructions[branch].opcode = .branchIf
    }
  }

  private static func becomeJump(_ branch: Instruction, to target: Int, _ function: inout Function) {
    function.instructions[branch].opcode = .jump
    function.instructions[branch].operands = .empty
    function.instructions[branch].targets = PoolSlice(start: UInt32(target), count: 1)
  }

  private static func areEqual(_ a: BranchTarget, _ b: BranchTarget, _ function: Function) -> Bool {
    a.block == b.block && function.arguments(of: a).elementsEqual(function.arguments(of: b))
  }

  // MARK: Jump threading

  /// Sends edges past blocks that only decide where to go: by a jump, or by a condition that the edge's constant arguments
  /// decide. What such a block computes on the way must be of no use elsewhere.
  ///
  /// Never past a loop header, which would make a second way into the loop. Every cycle has a header, so each walk
  /// ends.
  private static func threadJumps(_ function: inout Function) {
    let isHeader = loopHeaders(function)
    let home = DefiningBlocks(function)
    let isNeeded = blocksNeededElsewhere(home, function)
    func passes(_ target: BranchTarget) -> Instruction? {
      let instructions = function.layout.instructions[target.block]
      guard !isHeader.contains(target.block), !isNeeded.contains(target.block), instructions.count <= threadedInstructions,
        instructions.dropLast().allSatisfy({ function.instructions[$0].opcode.info.isPure })
      else { return nil }
      return function.terminator(of: target.block)
    }
    for block in function.layout.blocks {
      guard let terminator = function.terminator(of: block) else { continue }
      let isTable = function.instructions[terminator].opcode == .branchTable
      for edge in function.instructions[terminator].targets.range {
        while true {
          let target = function.branchTargets[edge]
          guard let branch = passes(target), let taken = takenEdge(of: branch, from: target, function) else { break }
          let next = function.branchTargets[taken]
          // A table's edges may share a list of arguments; lists of their own could be too many.
          if isTable && !next.arguments.isEmpty { break }
          let parameters = function.blocks[target.block].parameters
          let arguments = function.arguments(of: next).map { argument in
            parameters.firstIndex(of: argument).map { function.valueLists[target.arguments, $0] } ?? argument
          }
          if arguments.contains(where: { home[$0] == target.block }) { break }
          function.branchTargets[edge] = function.makeTarget(next.block, arguments)
        }
      }
    }
  }

  /// The longest block that edges are sent past: a comparison or two with their constants, and the branch.
  private static let threadedInstructions = 5

  /// The position of the target that `branch` takes when its block is entered by `target`, if that is certain.
  private static func takenEdge(of branch: Instruction, from target: BranchTarget, _ function: Function) -> Int? {
    let data = function.instructions[branch]
    if data.opcode == .jump { return data.targets.range.lowerBound }
    guard data.opcode == .branchIf || data.opcode == .branchTable,
      let bits = bits(of: function.operand(0, of: branch), enteredBy: target, depth: 3, function)
    else { return nil }
    if data.opcode == .branchIf { return data.targets.range.lowerBound + (bits != 0 ? 0 : 1) }
    return data.targets.range.lowerBound + Int(min(bits, UInt64(data.targets.count - 1)))
  }

  /// An integer, if it is a constant once `target` has passed its arguments.
  private static func bits(
    of value: Value, enteredBy target: BranchTarget, depth: Int, _ function: Function
  ) -> UInt64? {
    if let position = function.blocks[target.block].parameters.firstIndex(of: value) {
      return function.constant(function.valueLists[target.arguments, position])
    }
    if let bits = function.constant(value) { return bits }
    guard depth > 0, let data = function.definition(of: value), data.opcode == .compareInteger || data.opcode == .and,
      let left = bits(of: function.operand(0, of: data), enteredBy: target, depth: depth - 1, function),
      let right = bits(of: function.operand(1, of: data), enteredBy: target, depth: depth - 1, function)
    else { return nil }
    if data.opcode == .and { return left & right }
    guard let condition = IntegerCondition(rawValue: UInt8(truncatingIfNeeded: data.auxiliary)) else { return nil }
    return ConstantEvaluator.compare(condition, data.type, left, right) ? 1 : 0
  }

  private static func loopHeaders(_ function: Function) -> BitSet<Block> {
    var headers = BitSet<Block>(capacity: function.blocks.count)
    var seen = BitSet<Block>(capacity: function.blocks.count)
    for block in function.layout.blocks {
      seen.insert(block)
      guard let terminator = function.terminator(of: block) else { continue }
      for target in function.targets(of: terminator) where seen.contains(target.block) { headers.insert(target.block) }
    }
    return headers
  }

  /// Blocks with a parameter or result that is used in another block.
  private static func blocksNeededElsewhere(_ home: DefiningBlocks, _ function: Function) -> BitSet<Block> {
    var needed = BitSet<Block>(capacity: function.blocks.count)
    for block in function.layout.blocks {
      for instruction in function.layout.instructions[block] {
        function.forEachUse(in: instruction) { value in
          if let other = home[value], other != block { needed.insert(other) }
        }
      }
    }
    return needed
  }

  // MARK: Joining blocks

  /// Appends a block to its only predecessor where that one just jumps to it.
  private static func mergeBlocks(_ function: inout Function) {
    let edges = IncomingEdges(function)
    var forwarding = ValueForwarding(function)
    var merged = BitSet<Block>(capacity: function.blocks.count)
    for block in function.layout.blocks where !merged.contains(block) {
      while let terminator = function.terminator(of: block), function.instructions[terminator].opcode == .jump {
        let target = function.branchTargets[function.instructions[terminator].targets.range.lowerBound]
        guard target.block != block, target.block != function.entry, edges.count(target.block) == 1 else { break }
        for (parameter, argument) in zip(function.blocks[target.block].parameters, function.arguments(of: target)) {
          forwarding.forward(parameter, to: argument)
        }
        function.layout.instructions[block].removeLast()
        function.layout.instructions[block].append(contentsOf: function.layout.instructions[target.block])
        function.layout.instructions[target.block] = []
        merged.insert(target.block)
      }
    }
    if merged.isEmpty { return }
    function.layout.blocks.removeAll { merged.contains($0) }
    forwarding.apply(to: &function)
  }
}
