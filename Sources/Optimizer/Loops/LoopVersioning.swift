import Entities
import IR

/// Innermost loops without checks, behind a test of the whole range of addresses that they may come to; and as they
/// were, where it fails.
///
/// An address that grows by a constant each round, in a loop whose rounds can be counted before it (`RoundCount`),
/// stays between its first and its last value. If both lie inside the memory, and the way between does not wrap round
/// 2^32, no check of it can fail: memories never shrink. If not, the loop as it was finds out where exactly it traps,
/// if it comes so far at all. The test costs about five instructions an address, and a loop of few rounds goes the slow
/// way before it.
///
/// Requires: nothing beyond a correct function; better behind value numbering and hoisted checks. Establishes: nothing
/// that others build on. Cost: linear; a function grows by half its size at most, or by `smallestGrowth`.
public enum LoopVersioning {
  /// Larger loops have enough else to do.
  static let largestLoop = 200
  static let smallestGrowth = 300
  /// So many instructions for each check that goes.
  static let largestBodyPerCheck = 50
  /// More ranges are not worth their tests.
  static let maximumRanges = 8

  public static func run(on function: inout Function, in shape: ModuleShape) {
    guard hasChecks(function) else { return }
    var graph = ControlFlowGraph(function)
    var dominators = Dominators(graph)
    var loops = Loops(graph, dominators)
    let headers = innermostLoops(loops, function).map { loops.all[$0].header }
    if headers.isEmpty { return }
    var preheaders = Preheaders()
    for header in headers { _ = preheaders.preheader(of: header, graph, dominators, &function) }
    if preheaders.place(in: &function) {
      graph = ControlFlowGraph(function)
      dominators = Dominators(graph)
      loops = Loops(graph, dominators)
    }

    let bodies = LoopBody.all(of: innermostLoops(loops, function), function, graph, loops)
    var budget = max(function.instructions.count / 2, smallestGrowth)
    var clones: [Block: ContiguousArray<Block>] = [:]
    // In the order of the layout: what a later loop uses of an earlier one has its new name by then.
    for body in bodies where body.size <= budget {
      guard let guarded = RangeGuard(body, function, dominators, shape),
        body.closes(dominators, graph, &function)
      else { continue }
      let slow = body.clone(&function)
      clones[body.header] = guarded.emit(into: body, otherwise: slow.header, &function) + slow.blocks
      budget -= body.size
    }
    if clones.isEmpty { return }
    function.layout.blocks = function.layout.blocks.reduce(into: []) { order, block in
      if let slow = clones[block] { order.append(contentsOf: slow) }
      order.append(block)
    }
  }

  private static func hasChecks(_ function: Function) -> Bool {
    function.layout.blocks.contains { block in
      function.layout.instructions[block].contains { function.instructions[$0].opcode == .memoryCheck }
    }
  }

  /// Loops without loops in them, in the layout's order of headers.
  private static func innermostLoops(_ loops: Loops, _ function: Function) -> [Loop] {
    var isParent = BitSet<Loop>()
    for loop in loops.all.ids {
      if let parent = loops.all[loop].parent { isParent.insert(parent) }
    }
    return function.layout.blocks.compactMap { block in
      guard loops.isHeader(block), let loop = loops.loop(of: block), !isParent.contains(loop),
        !function.blocks[block].isCold
      else { return nil }
      return loop
    }
  }
}
