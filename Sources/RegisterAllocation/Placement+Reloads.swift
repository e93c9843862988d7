import Entities

extension Placement {
  /// A piece that begins with a block none of whose predecessors has the value in a register would be loaded on every
  /// edge. Lets it begin at its first use instead: one load. Cost: pieces, times their predecessors.
  mutating func sinkReloads(_ assignment: Assignment, _ definitions: ContiguousArray<ProgramPoint>) {
    for bundle in assignment.bundles.indices {
      for index in pieces(of: bundle) {
        while let start = laterStart(of: index, bundle, assignment, definitions), start < pieces[index].range.end {
          pieces[index].range.start = start
        }
      }
    }
  }

  /// Where a piece could begin for fewer loads; nil if where it is.
  private func laterStart(
    of piece: Int, _ bundle: Int, _ assignment: Assignment, _ definitions: ContiguousArray<ProgramPoint>
  ) -> ProgramPoint? {
    let input = assignment.input
    let flow = assignment.flow
    let start = pieces[piece].range.start
    let block = flow.blockOfInstruction[start.instruction]
    guard start == ProgramPoint(input.blocks[block].firstInstruction.index, .before) else { return nil }
    let value = assignment.bundles[bundle]
    let range = value.firstRange(endingAfter: start)
    guard range < value.ranges.count, value.ranges[range].points.contains(start),
      definitions[value.ranges[range].register.index] != start
    else { return nil }
    for position in 0..<flow.predecessorCount(of: block) {
      let predecessor = flow.predecessor(of: block, position)
      let end = ProgramPoint(input.blocks[predecessor].lastInstruction.index, .after)
      if register(of: bundle, at: end) != nil { return nil }
    }

    let last = input.blocks[block].lastInstruction.index
    var use = value.firstUse(startingAt: start)
    while use < value.uses.count && value.uses[use].kind == .stack { use += 1 }
    if use < value.uses.count && value.uses[use].start.instruction <= last {
      let first = ProgramPoint(value.uses[use].start.instruction, .before)
      return first > start ? first : nil
    }
    // Nothing here wants it: the same question for the next block, if that is the only way on.
    let edges = input.blocks[block].edges
    guard edges.count == 1, input.edges[edges, 0].target.index == block.index + 1 else { return nil }
    return ProgramPoint(last + 1, .before)
  }
}
