import Entities

/// What the edges imply: predecessors, and which block an instruction is in.
struct ControlFlow {
  /// Predecessors of block b: `predecessors[predecessorStarts[b]..<predecessorStarts[b + 1]]`, ascending. A block
  /// that goes to b twice is listed twice.
  private let predecessorStarts: ContiguousArray<Int>
  private let predecessors: ContiguousArray<BlockNumber>
  let blockOfInstruction: ContiguousArray<BlockNumber>

  /// Cost: linear.
  init(_ input: AllocationInput) {
    var starts = ContiguousArray(repeating: 0, count: input.blocks.count + 1)
    for block in input.blocks.elements {
      for edge in input.edges[block.edges] { starts[edge.target.index + 1] += 1 }
    }
    for index in 1..<max(starts.count, 1) { starts[index] += starts[index - 1] }
    var next = starts
    var predecessors = ContiguousArray(repeating: BlockNumber(0), count: starts[starts.count - 1])
    for id in input.blocks.ids {
      for edge in input.edges[input.blocks[id].edges] {
        predecessors[next[edge.target.index]] = id
        next[edge.target.index] += 1
      }
    }
    var blocks = ContiguousArray<BlockNumber>()
    blocks.reserveCapacity(input.instructions.count)
    for id in input.blocks.ids {
      blocks.append(contentsOf: repeatElement(id, count: Int(input.blocks[id].instructionCount)))
    }
    predecessorStarts = starts
    self.predecessors = predecessors
    blockOfInstruction = blocks
  }

  func predecessors(of block: BlockNumber) -> ArraySlice<BlockNumber> {
    ArraySlice(predecessors[predecessorStarts[block.index]..<predecessorStarts[block.index + 1]])
  }

  func predecessorCount(of block: BlockNumber) -> Int {
    predecessorStarts[block.index + 1] - predecessorStarts[block.index]
  }

  func predecessor(of block: BlockNumber, _ position: Int) -> BlockNumber {
    predecessors[predecessorStarts[block.index] + position]
  }
}
