import Entities

extension Placement {
  /// A piece that begins with a block none of whose predecessors has the value in a register would be loaded on every
  /// edge. Lets it begin at its first use instead: one load; also where it begins within a block. A piece that is over before
  /// any use, such as that of a spilled loop variable on the way back to its header, is none. Cost: pieces, times their predecessors.
  mutating func sinkReloads(
    _ assignment: Assignment, _ definitions: ContiguousArray<ProgramPoint>, _ bundleOf: ContiguousArray<Int32>
  ) {
    // Twice: the first time may take away what stood at the end of a loop, and keeps its header from being looked at.
    for _ in 0..<2 {
      for bundle in assignment.bundles.indices {
        for index in pieces(of: bundle) where !pieces[index].range.isEmpty {
          while let start = laterStart(of: index, bundle, assignment, definitions, bundleOf) {
            pieces[index].range.start = min(start, pieces[index].range.end)
            if pieces[index].range.isEmpty { break }
          }
        }
      }
    }
    removeEmptyPieces()
  }

  /// Where a piece could begin for fewer loads; nil if where it is.
  private func laterStart(
    of piece: Int, _ bundle: Int, _ assignment: Assignment, _ definitions: ContiguousArray<ProgramPoint>,
    _ bundleOf: ContiguousArray<Int32>
  ) -> ProgramPoint? {
    let input = assignment.input
    let flow = assignment.flow
    let start = pieces[piece].range.start
    let block = flow.blockOfInstruction[start.instruction]
    guard start.phase == .before else { return nil }
    let value = assignment.bundles[bundle]
    let range = value.firstRange(endingAfter: start)
    guard range < value.ranges.count, value.ranges[range].points.contains(start) else { return nil }
    let register = value.ranges[range].register
    let isParameter = definitions[register.index] == start
    if isParameter && !comesFromOwnBundle(register, of: block, assignment, bundleOf) { return nil }
    if start == ProgramPoint(input.blocks[block].firstInstruction.index, .before) {
      for position in 0..<flow.predecessorCount(of: block) {
        let predecessor = flow.predecessor(of: block, position)
        let end = ProgramPoint(input.blocks[predecessor].lastInstruction.index, .after)
        if self.register(of: bundle, at: end) != nil { return nil }
      }
    } else if isParameter || value.ranges[range].points.start == start || self.register(of: bundle, at: start.previous) != nil {
      return nil
    }

    let last = input.blocks[block].lastInstruction.index
    var use = value.firstUse(startingAt: start)
    if isParameter, use < value.uses.count, value.uses[use].kind == .parameter { use += 1 }
    while use < value.uses.count && !wantsRegister(value.uses[use]) { use += 1 }
    if use < value.uses.count && value.uses[use].start.instruction <= last {
      let first = ProgramPoint(value.uses[use].start.instruction, .before)
      return first > start ? first : nil
    }
    // Nothing here wants it: the same question for the next block, if that is the only way on.
    let edges = input.blocks[block].edges
    guard edges.count == 1, input.edges[edges, 0].target.index == block.index + 1 else { return nil }
    return ProgramPoint(last + 1, .before)
  }

  /// Whether all arguments for a block's parameter are of its own bundle.
  private func comesFromOwnBundle(
    _ parameter: VirtualRegister, of block: BlockNumber, _ assignment: Assignment, _ bundleOf: ContiguousArray<Int32>
  ) -> Bool {
    let input = assignment.input
    guard let position = input.registers[input.blocks[block].parameters].firstIndex(of: parameter) else { return false }
    let offset = position - input.registers[input.blocks[block].parameters].startIndex
    for number in 0..<assignment.flow.predecessorCount(of: block) {
      let predecessor = assignment.flow.predecessor(of: block, number)
      for edge in input.edges[input.blocks[predecessor].edges] where edge.target == block {
        if bundleOf[input.registers[edge.arguments, offset].index] != bundleOf[parameter.index] { return false }
      }
    }
    return true
  }

  /// An argument for a parameter of the same bundle, whose weight is 0, may stay in the slot that both share.
  private func wantsRegister(_ use: Use) -> Bool {
    switch use.kind {
    case .stack: false
    case .argument: use.weight > 0
    case .register, .any, .copied, .fixedResult, .parameter: true
    }
  }
}
