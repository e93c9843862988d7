import Entities
import IR

/// Blocks that every way into a loop passes last, for code that moves in front of loops.
struct Preheaders {
  /// By header: new ones, not in the layout until `place`.
  private var made: [Block: Block] = [:]

  /// The loop's preheader: a block that ends in a jump to `header`, made if there is none.
  mutating func preheader(
    of header: Block, _ graph: ControlFlowGraph, _ dominators: Dominators, _ function: inout Function
  ) -> Block {
    if let block = made[header] { return block }
    let entering = graph.predecessors(of: header).filter { !dominators.dominates(header, $0) }
    if entering.count == 1, let terminator = function.terminator(of: entering[0]),
      function.instructions[terminator].opcode == .jump
    {
      return entering[0]
    }
    let preheader = function.makeBlock(
      parameters: function.blocks[header].parameters.map { function.type(of: $0) },
      isCold: function.blocks[header].isCold)
    for block in entering {
      guard let terminator = function.terminator(of: block) else { continue }
      for edge in function.instructions[terminator].targets.range where function.branchTargets[edge].block == header {
        function.branchTargets[edge].block = preheader
      }
    }
    let target = function.makeTarget(header, function.blocks[preheader].parameters)
    let jump = InstructionData(.jump, .i32, targets: function.branchTargets.append(contentsOf: CollectionOfOne(target)))
    function.layout.append(function.makeInstruction(jump, results: []), to: preheader)
    made[header] = preheader
    return preheader
  }

  /// Puts the new ones in front of their headers. Returns whether there are any: then the graph has changed.
  func place(in function: inout Function) -> Bool {
    if made.isEmpty { return false }
    function.layout.blocks = function.layout.blocks.reduce(into: []) { order, block in
      if let preheader = made[block] { order.append(preheader) }
      order.append(block)
    }
    return true
  }
}

/// For each value of the layout the block that defines it.
struct DefiningBlocks {
  private var home: SideTable<Value, Block?>

  /// Complexity: linear.
  init(_ function: Function) {
    home = SideTable(count: function.values.count, initial: nil)
    for block in function.layout.blocks {
      for parameter in function.blocks[block].parameters { home[parameter] = block }
      for instruction in function.layout.instructions[block] {
        for result in function.results(of: instruction) { home[result] = block }
      }
    }
  }

  subscript(value: Value) -> Block? {
    get { home[value] }
    set { home[value] = newValue }
  }
}
