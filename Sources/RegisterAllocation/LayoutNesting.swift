import Entities

/// Loop depth and frequency of blocks as a cut in the layout sees them.
///
/// An exit block that lies among a loop's blocks is rare itself, but a piece cut there is cut in the middle of the
/// loop: it counts as part of the loop. A cold block of the loop keeps its own frequency.
struct LayoutNesting {
  /// By block.
  private(set) var depth: ContiguousArray<UInt16>
  private(set) var frequency: ContiguousArray<Float>

  /// Cost: linear.
  init(_ input: AllocationInput) {
    depth = ContiguousArray(input.blocks.elements.map(\.loopDepth))
    frequency = ContiguousArray(input.blocks.elements.map(\.frequency))
    // By header: the last block with an edge back to it.
    var loopEnds = ContiguousArray(repeating: -1, count: input.blocks.count)
    for id in input.blocks.ids {
      for edge in input.edges[input.blocks[id].edges] where edge.target <= id { loopEnds[edge.target.index] = id.index }
    }
    var open: ContiguousArray<Int> = []
    for block in depth.indices {
      while let header = open.last, loopEnds[header] < block { open.removeLast() }
      if loopEnds[block] >= block {
        open.append(block)
      } else if let header = open.last, depth[block] < depth[header] {
        depth[block] = depth[header]
        frequency[block] = max(frequency[block], frequency[header])
      }
    }
  }
}
