import Entities
import Wasm

/// What each loop of a body assigns, found by reading the body ahead: a loop's header must have its parameters before
/// the loop is translated.
///
/// Reads without validating and stops at the first malformed operator; the translation will come to it and say so.
/// Cost: linear in the body.
struct LoopScan {
  struct Loop {
    /// The loop's assignments, in `assignments`.
    var start: Int
    var end: Int
    /// Some branch goes to the header.
    var isTarget = false
  }

  /// In order of appearance.
  private(set) var loops: ContiguousArray<Loop> = []
  /// Indices of locals set, in order, repeated as they are in the body.
  private(set) var assignments: ContiguousArray<UInt32> = []

  /// - Parameter reader: stands behind the body's first `loop`, which is `loops[0]`.
  init(_ reader: OperatorReader, localCount: Int) {
    var reader = reader
    /// Open blocks inside the first loop: their loop, or -1.
    var open: ContiguousArray<Int> = []
    openLoop(&open)
    // Once that loop is closed there may be others, in blocks that were opened before: all that closes those is
    // ignored.
    while !reader.isAtEnd, let decoded = try? reader.next() {
      switch decoded.op {
      case .block, .if: open.append(-1)
      case .tryTable:
        for clause in reader.catches { markTarget(clause.label, open) }
        open.append(-1)
      case .loop: openLoop(&open)
      case .end:
        if let last = open.popLast(), last >= 0 { loops[last].end = assignments.count }
      case .localSet, .localTee:
        if Int(decoded.index) < localCount { assignments.append(decoded.index) }
      case .br, .brIf, .brOnNull, .brOnNonNull: markTarget(decoded.index, open)
      case .brTable: for label in reader.labels { markTarget(label, open) }
      default: break
      }
    }
    for loop in open where loop >= 0 { loops[loop].end = assignments.count }
  }

  private mutating func openLoop(_ open: inout ContiguousArray<Int>) {
    open.append(loops.count)
    loops.append(Loop(start: assignments.count, end: assignments.count))
  }

  private mutating func markTarget(_ depth: UInt32, _ open: ContiguousArray<Int>) {
    let position = open.count - 1 - Int(depth)
    if position >= 0, open[position] >= 0 { loops[open[position]].isTarget = true }
  }
}
