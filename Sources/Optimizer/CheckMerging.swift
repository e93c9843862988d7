import Entities
import IR

/// One memory check for several accesses off the same address.
///
/// A run is a stretch of a block from one memory check to another, without a call or a trap of another kind
/// between. All its checks trap alike. Where nothing observable happens between the first and the last, each
/// address needs only its largest check, in the place of its first.
///
/// Where stores lie between, an early trap would lose them. There the largest checks become branches in front of
/// the run, to a cold clone that replays it with every single check. One of those fails, since memory does not
/// change its size within a run, so the clone ends in a trap and never comes back. (DESIGN, section 3: replay
/// clones.)
///
/// Requires: nothing beyond a correct function; finds more behind value numbering, which makes equal addresses one
/// value. Establishes: at most one check for each address in a run without stores. Leaves dead arithmetic in clones
/// for dead code elimination. Cost: linear; a clone is at most `CheckRun.maximumLength` long.
public enum CheckMerging {
  /// A clone must save so many checks more than merging without one.
  static let minimumSaving = 2

  public static func run(on function: inout Function, in shape: ModuleShape) {
    var scanner = CheckRunScanner(function)
    var order = ContiguousArray<Block>()
    var clones = ContiguousArray<Block>()
    var merged = BitSet<Instruction>(capacity: function.instructions.count)
    for first in function.layout.blocks {
      order.append(first)
      if function.blocks[first].isCold { continue }
      var block = first
      var start = 0
      while let run = scanner.nextRun(in: block, from: start, function, shape) {
        if run.savedByClone >= run.savedInPlace + minimumSaving {
          for check in run.checks where check <= run.cloneEnd {
            merged.insert(function.layout.instructions[block][check])
          }
          clones.append(makeClone(of: run, in: block, &function))
          order.append(contentsOf: branch(before: run, in: block, to: clones[clones.count - 1], &function))
          block = order[order.count - 1]
          start = run.cloneEnd + 1 - run.start
        } else {
          if run.savedInPlace > 0 { mergeInPlace(run, in: block, &function, &merged) }
          start = run.next
        }
      }
    }
    if merged.isEmpty { return }
    function.layout.blocks = order + clones
    for block in order {
      var list = ContiguousArray<Instruction>()
      swap(&list, &function.layout.instructions[block])
      list.removeAll { merged.contains($0) }
      swap(&list, &function.layout.instructions[block])
    }
  }

  /// The first check of each group takes over the others'.
  private static func mergeInPlace(
    _ run: CheckRun, in block: Block, _ function: inout Function, _ merged: inout BitSet<Instruction>
  ) {
    var isFirst = ContiguousArray(repeating: true, count: run.groups.count)
    for (check, group) in zip(run.checks, run.groupOfCheck) where check <= run.inPlaceEnd {
      let instruction = function.layout.instructions[block][check]
      if !isFirst[group] {
        merged.insert(instruction)
      } else if run.groups[group].countInPlace > 1 {
        function.instructions[instruction].immediate = run.groups[group].endInPlace
        function.valueLists[function.instructions[instruction].operands, 0] = run.groups[group].address
      }
      isFirst[group] = false
    }
  }

  private static func makeClone(of run: CheckRun, in block: Block, _ function: inout Function) -> Block {
    let clone = function.makeBlock(isCold: true)
    var copies: [Value: Value] = [:]
    for position in run.start...run.cloneEnd {
      let instruction = function.layout.instructions[block][position]
      let copy = function.clone(instruction) { copies[$0] ?? $0 }
      for (old, new) in zip(function.results(of: instruction), function.results(of: copy)) { copies[old] = new }
      function.layout.append(copy, to: clone)
    }
    let last = function.layout.instructions[block][run.cloneEnd]
    let trap = InstructionData(
      .trap, .i32, auxiliary: UInt32(TrapCode.memoryOutOfBounds.rawValue),
      sourceOffset: function.instructions[last].sourceOffset)
    function.layout.append(function.makeInstruction(trap, results: []), to: clone)
    return clone
  }

  /// Ends `block` in front of the run with one branch for each group. Returns the new blocks; the last one holds
  /// the run.
  private static func branch(
    before run: CheckRun, in block: Block, to clone: Block, _ function: inout Function
  ) -> ContiguousArray<Block> {
    let rest = ContiguousArray(function.layout.instructions[block][run.start...])
    function.layout.instructions[block].removeSubrange(run.start...)
    let sourceOffset = function.instructions[rest[0]].sourceOffset
    var blocks = ContiguousArray<Block>()
    var current = block
    for group in run.groups.prefix(run.cloneGroups) {
      let test = InstructionData(
        .memoryOutOfBounds, function.type(of: group.address), memory: group.memory, immediate: group.endInClone,
        operands: function.valueLists.append(contentsOf: CollectionOfOne(group.address)), sourceOffset: sourceOffset)
      let testing = function.makeInstruction(test, results: [.i32])
      let next = function.makeBlock()
      let targets = [function.makeTarget(clone, []), function.makeTarget(next, [])]
      let branch = InstructionData(
        .branchIf, .i32,
        operands: function.valueLists.append(contentsOf: CollectionOfOne(function.result(of: testing))),
        targets: function.branchTargets.append(contentsOf: targets), sourceOffset: sourceOffset)
      function.layout.append(testing, to: current)
      function.layout.append(function.makeInstruction(branch, results: []), to: current)
      blocks.append(next)
      current = next
    }
    function.layout.instructions[current] = rest
    return blocks
  }
}
