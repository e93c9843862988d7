import Entities
import IR

/// An innermost loop with a preheader and one way back, small enough to be copied.
struct LoopBody {
  let header: Block
  let preheader: Block
  let latch: Block
  /// In the layout's order, the header first.
  let blocks: ContiguousArray<Block>
  /// In instructions.
  let size: Int
  let loop: Loop
  /// Blocks outside that use values of the loop, each with such a value.
  private var outsideUses: ContiguousArray<(value: Value, block: Block)> = []
  /// Where the loop may be left to.
  private let exits: ContiguousArray<Block>

  /// Those of `candidates` that may be copied, in their order. Complexity: linear in the function.
  static func all(
    of candidates: [Loop], _ function: Function, _ graph: ControlFlowGraph, _ loops: Loops
  ) -> [LoopBody] {
    let home = DefiningBlocks(function)
    var blocks: [Loop: ContiguousArray<Block>] = [:]
    for loop in candidates { blocks[loop] = [] }
    for block in function.layout.blocks {
      if let loop = loops.loop(of: block) { blocks[loop]?.append(block) }
    }
    var bodies = candidates.compactMap { LoopBody($0, blocks[$0] ?? [], function, graph, loops) }
    var positions: [Loop: Int] = [:]
    for (position, body) in bodies.enumerated() { positions[body.loop] = position }
    for block in function.layout.blocks {
      let inside = loops.loop(of: block)
      for instruction in function.layout.instructions[block] {
        function.forEachUse(in: instruction) { value in
          guard let source = home[value], let loop = loops.loop(of: source), loop != inside,
            let position = positions[loop]
          else { return }
          bodies[position].outsideUses.append((value, block))
        }
      }
    }
    return bodies
  }

  private init?(
    _ loop: Loop, _ blocks: ContiguousArray<Block>, _ function: Function, _ graph: ControlFlowGraph, _ loops: Loops
  ) {
    let header = loops.all[loop].header
    self.loop = loop
    self.header = header
    self.blocks = blocks
    guard blocks.first == header else { return nil }
    let inside = graph.predecessors(of: header).filter { loops.loop(of: $0) == loop }
    let outside = graph.predecessors(of: header).filter { loops.loop(of: $0) != loop }
    guard inside.count == 1, outside.count == 1, let terminator = function.terminator(of: outside[0]),
      function.instructions[terminator].opcode == .jump
    else { return nil }
    latch = inside[0]
    preheader = outside[0]
    var size = 0
    var exits = ContiguousArray<Block>()
    for block in blocks {
      size += function.layout.instructions[block].count
      guard let terminator = function.terminator(of: block) else { return nil }
      // Edges of a table share lists; no loop that is worth a copy has one.
      if function.instructions[terminator].opcode == .branchTable { return nil }
      for successor in graph.successors(of: block) where loops.loop(of: successor) != loop {
        if !exits.contains(successor) { exits.append(successor) }
      }
    }
    if size > LoopVersioning.largestLoop { return nil }
    self.size = size
    self.exits = exits
  }

  /// The only edge from `block` to the header, as a position of the target.
  func edgeToHeader(from block: Block, _ function: Function) -> Int? {
    guard let terminator = function.terminator(of: block) else { return nil }
    let edges = function.instructions[terminator].targets.range.filter { function.branchTargets[$0].block == header }
    return edges.count == 1 ? edges[0] : nil
  }

  /// Hands every value that is used outside to a parameter of an exit, so that a copy of the loop can hand its own.
  /// Returns false, and changes nothing, if an exit is entered from elsewhere too, or if no single one leads to a use.
  func closes(_ dominators: Dominators, _ graph: ControlFlowGraph, _ function: inout Function) -> Bool {
    struct Handed: Hashable {
      let value: Value
      let exit: Block
    }
    let own = exits.filter { exit in graph.predecessors(of: exit).allSatisfy { blocks.contains($0) } }
    var handed: [Handed] = []
    var uses: [(block: Block, handed: Handed)] = []
    for (value, block) in outsideUses {
      guard let exit = own.first(where: { dominators.dominates($0, block) }) else { return false }
      uses.append((block, Handed(value: value, exit: exit)))
      if !handed.contains(uses[uses.count - 1].handed) { handed.append(uses[uses.count - 1].handed) }
    }
    var names: [Block: [Value: Value]] = [:]
    for pair in handed {
      let parameter = function.appendParameter(to: pair.exit, function.type(of: pair.value))
      for (block, use) in uses where use == pair { names[block, default: [:]][pair.value] = parameter }
      for edge in edges(to: pair.exit, function) {
        let arguments = Array(function.arguments(of: function.branchTargets[edge])) + [pair.value]
        function.branchTargets[edge].arguments = function.valueLists.append(contentsOf: arguments)
      }
    }
    for (block, names) in names {
      for instruction in function.layout.instructions[block] {
        function.rewriteUses(in: instruction) { names[$0] ?? $0 }
      }
    }
    return true
  }

  /// From the loop, as positions of targets.
  private func edges(to exit: Block, _ function: Function) -> [Int] {
    blocks.flatMap { block in
      function.terminator(of: block).map { terminator in
        function.instructions[terminator].targets.range.filter { function.branchTargets[$0].block == exit }
      } ?? []
    }
  }

  func definedValues(_ function: Function) -> Set<Value> {
    var values: Set<Value> = []
    for block in blocks {
      values.formUnion(function.blocks[block].parameters)
      for instruction in function.layout.instructions[block] { values.formUnion(function.results(of: instruction)) }
    }
    return values
  }

  /// A copy, which leaves for the same exits; not placed in the layout, and not entered.
  func clone(_ function: inout Function) -> (header: Block, blocks: ContiguousArray<Block>) {
    var copies: [Block: Block] = [:]
    var values: [Value: Value] = [:]
    for block in blocks {
      let parameters = function.blocks[block].parameters
      let copy = function.makeBlock(
        parameters: parameters.map { function.type(of: $0) }, isCold: function.blocks[block].isCold)
      copies[block] = copy
      for (old, new) in zip(parameters, function.blocks[copy].parameters) { values[old] = new }
    }
    // A definition stands before its uses in the layout, but for the arguments of the way back.
    for block in blocks {
      guard let copy = copies[block] else { continue }
      for instruction in function.layout.instructions[block] {
        let new = function.clone(instruction) { values[$0] ?? $0 }
        for (old, result) in zip(function.results(of: instruction), function.results(of: new)) { values[old] = result }
        for edge in function.instructions[new].targets.range {
          let target = function.branchTargets[edge].block
          function.branchTargets[edge].block = copies[target] ?? target
        }
        function.layout.append(new, to: copy)
      }
    }
    let order = ContiguousArray(blocks.compactMap { copies[$0] })
    return (order[0], order)
  }
}
