import Entities
import IR
import RegisterAllocation
import X86

/// The blocks of the machine function: order, split edges, loop headers.
extension Lowering {
  /// Hot blocks in the layout's order, then the cold ones; critical edges split by a block right behind their source,
  /// but for a loop's only way back: its block stands in front of the header and falls into it, so that moves on the
  /// way back cost no second jump.
  mutating func layOutBlocks() {
    let graph = ControlFlowGraph(function)
    let order = blockOrder(graph)
    let depths = loopDepths(order, graph)
    var isCold = SideTable<Block, Bool>(count: function.blocks.count, initial: false)
    for block in order.cold { isCold[block] = true }
    let latches = onlyLatches(order.hot, graph)
    let frequencies = BlockFrequencies(function, graph, isCold: isCold)

    for block in order.hot + order.cold {
      if latches[block] != nil {
        backEdges[block] = machine.blocks.append(MachineBlock(isLatch: true, loopDepth: depths[block], frequency: frequencies[block])).rawValue
      }
      let number = machine.blocks.append(MachineBlock(source: block))
      machine.blocks[number].isCold = isCold[block]
      machine.blocks[number].loopDepth = depths[block]
      machine.blocks[number].frequency = frequencies[block]
      blockNumbers[block] = number.rawValue
      guard let terminator = function.terminator(of: block) else { continue }
      let targets = distinctTargets(of: terminator)
      guard targets.count > 1 else { continue }
      // Room for the split edges; they are tied up once every block has its number.
      for target in targets where graph.predecessors(of: target.block).count > 1 && latches[target.block] != block {
        let edge = machine.blocks.append(MachineBlock())
        machine.blocks[edge].isCold = isCold[block]
        machine.blocks[edge].loopDepth = min(depths[block], depths[target.block])
        machine.blocks[edge].frequency = min(frequencies[block], frequencies[target.block])
      }
    }
    connectBlocks(graph, latches)
  }

  /// For each header that control comes back to along one edge only, and that a critical one: where from.
  private func onlyLatches(_ order: ContiguousArray<Block>, _ graph: ControlFlowGraph) -> SideTable<Block, Block?> {
    var position = SideTable<Block, Int>(count: function.blocks.count, initial: Int.max)
    for (index, block) in order.enumerated() { position[block] = index }
    var latches = SideTable<Block, Block?>(count: function.blocks.count, initial: nil)
    for (index, block) in order.enumerated().dropFirst() {
      let back = graph.predecessors(of: block).filter { position[$0] >= index }
      guard back.count == 1, graph.predecessors(of: block).count > 1, position[back[back.startIndex]] != Int.max,
        let terminator = function.terminator(of: back[back.startIndex]),
        function.instructions[terminator].opcode == .branchIf
      else { continue }
      latches[block] = back[back.startIndex]
    }
    return latches
  }

  private mutating func connectBlocks(_ graph: ControlFlowGraph, _ latches: SideTable<Block, Block?>) {
    for number in machine.blocks.ids {
      guard let block = machine.blocks[number].source, let terminator = function.terminator(of: block) else { continue }
      let targets = distinctTargets(of: terminator)
      var edge = number.rawValue
      for target in targets {
        let destination = BlockNumber(blockNumbers[target.block])
        var successor = MachineBlock.Successor(block: destination, arguments: target.arguments)
        var from = number
        if targets.count > 1 && graph.predecessors(of: target.block).count > 1 {
          if latches[target.block] == block {
            from = BlockNumber(backEdges[target.block])
            machine.blocks[from].isLoopHeader = true
          } else {
            edge += 1
            from = BlockNumber(edge)
          }
          machine.blocks[from].successors = [successor]
          successor = MachineBlock.Successor(block: from, arguments: .empty)
        }
        machine.blocks[number].successors.append(successor)
        if destination <= from { machine.blocks[destination].isLoopHeader = true }
        if function.instructions[terminator].opcode == .branchTable {
          // An edge block that stays empty hands its place in the table on to its target.
          machine.blocks[successor.block].isTableTarget = true
          machine.blocks[destination].isTableTarget = true
        }
      }
    }
  }

  /// The terminator's targets; a jump table's that lead to one block with the same arguments only once.
  func distinctTargets(of terminator: IR.Instruction) -> ContiguousArray<BranchTarget> {
    let targets = function.targets(of: terminator)
    if function.instructions[terminator].opcode != .branchTable { return ContiguousArray(targets) }
    var distinct: ContiguousArray<BranchTarget> = []
    var seen: Set<DistinctTarget> = []
    for target in targets where seen.insert(distinctTarget(target)).inserted { distinct.append(target) }
    return distinct
  }

  struct DistinctTarget: Hashable {
    var block: Block
    var arguments: ArraySlice<Value>
  }

  func distinctTarget(_ target: BranchTarget) -> DistinctTarget {
    DistinctTarget(block: target.block, arguments: function.arguments(of: target))
  }

  /// Reachable blocks. A cold block whose successor ahead is hot counts as hot: otherwise the way back would need a
  /// POLL.
  private func blockOrder(_ graph: ControlFlowGraph) -> (hot: ContiguousArray<Block>, cold: ContiguousArray<Block>) {
    var position = SideTable<Block, Int>(count: function.blocks.count, initial: 0)
    for (index, block) in function.layout.blocks.enumerated() { position[block] = index }
    var isCold = SideTable<Block, Bool>(count: function.blocks.count, initial: false)
    for block in function.layout.blocks.reversed() where block != function.entry {
      let isTrap = function.terminator(of: block).map { function.instructions[$0].opcode == .trap } ?? false
      isCold[block] =
        (function.blocks[block].isCold || isTrap)
        && graph.successors(of: block).allSatisfy { isCold[$0] || position[$0] <= position[block] }
    }
    let reachable = function.layout.blocks.filter { graph.isReachable($0) }
    return (ContiguousArray(reachable.filter { !isCold[$0] }), ContiguousArray(reachable.filter { isCold[$0] }))
  }

  /// An estimate for the allocator: blocks between a backward edge's target and source are in its loop.
  private func loopDepths(
    _ order: (hot: ContiguousArray<Block>, cold: ContiguousArray<Block>), _ graph: ControlFlowGraph
  ) -> SideTable<Block, Int> {
    var position = SideTable<Block, Int>(count: function.blocks.count, initial: Int.max)
    for (index, block) in order.hot.enumerated() { position[block] = index }
    var last = ContiguousArray(repeating: -1, count: order.hot.count)
    for (index, block) in order.hot.enumerated() {
      for successor in graph.successors(of: block) where position[successor] <= index {
        last[position[successor]] = max(last[position[successor]], index)
      }
    }
    var depths = SideTable<Block, Int>(count: function.blocks.count, initial: 0)
    var ends: ContiguousArray<Int> = []
    for (index, block) in order.hot.enumerated() {
      ends.removeAll { $0 < index }
      if last[index] >= 0 { ends.append(last[index]) }
      depths[block] = ends.count
    }
    return depths
  }

  /// The allocator's edges out of a block.
  mutating func edges(from number: BlockNumber) -> PoolSlice {
    let successors = machine.blocks[number].successors
    if successors.isEmpty { return .empty }
    let edges = successors.map { successor in
      var arguments = PoolSlice.empty
      if !successor.arguments.isEmpty {
        let registers = function.valueLists[successor.arguments].map { VirtualRegister(register($0)) }
        arguments = machine.input.registers.append(contentsOf: registers)
      }
      return EdgeInfo(to: successor.block, arguments: arguments)
    }
    return machine.input.edges.append(contentsOf: edges)
  }
}
