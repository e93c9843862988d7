import X86

/// Fills the gaps at the ends of bundles by longer forms of the instructions before them, which cost nothing to run, where
/// NOPs would take a place in the pipeline each.
///
/// Requires: `BranchSizing` has placed all pieces. Establishes: no piece has moved to another bundle, groups are as
/// they were, every short branch reaches its target. What cannot be filled is left to NOPs.
/// Cost: O(pieces + branches), a few rounds.
enum BundleFilling {
  typealias Piece = BundleAssembler.Piece
  typealias Branch = BundleAssembler.Branch

  static func run(
    pieces: inout ContiguousArray<Piece>, branches: inout ContiguousArray<Branch>, labels: ContiguousArray<UInt32>,
    encoded: ContiguousArray<UInt8>
  ) {
    var branchOfPiece = ContiguousArray(repeating: UInt32.max, count: pieces.count)
    for (index, branch) in branches.enumerated() { branchOfPiece[Int(branch.piece)] = UInt32(index) }
    var start = 0
    while start < pieces.count {
      let end = bundleEnd(start, pieces)
      if end < pieces.count {
        fill(start..<end, upTo: Int(pieces[end].position), &pieces, &branches, branchOfPiece, encoded)
      }
      start = end
    }
    while undoTooFar(&pieces, &branches, labels, branchOfPiece) {}
  }

  private static func bundle(_ piece: Piece) -> Int { Int(piece.position) / BundleAssembler.bundleSize }

  /// The first piece in a later bundle.
  private static func bundleEnd(_ start: Int, _ pieces: ContiguousArray<Piece>) -> Int {
    var end = start + 1
    while end < pieces.count && bundle(pieces[end]) == bundle(pieces[start]) { end += 1 }
    return end
  }

  private static func fill(
    _ range: Range<Int>, upTo limit: Int, _ pieces: inout ContiguousArray<Piece>,
    _ branches: inout ContiguousArray<Branch>, _ branchOfPiece: ContiguousArray<UInt32>,
    _ encoded: ContiguousArray<UInt8>
  ) {
    let last = pieces[range.upperBound - 1]
    var gap = limit - Int(last.position) - Int(last.length)
    // Longer gaps stand before groups and table targets that do not fit; nothing fills all of those.
    guard gap > 0, gap < BundleAssembler.bundleSize / 2, last.fallsThrough else { return }
    for count in [4, 3, 1] {
      for index in range where gap >= count && pieces[index].added == 0 && isAlone(index, pieces) {
        if pieces[index].isBranch {
          let branch = Int(branchOfPiece[index])
          let growth = Int(branches[branch].longLength) - Int(pieces[index].length)
          guard !branches[branch].isLong, growth == count else { continue }
          branches[branch].isLong = true
        } else {
          let start = Int(pieces[index].start)
          guard pieces[index].fallsThrough,
            pieces[index].stretch.allows(count, encoded[start..<start + Int(pieces[index].length)])
          else { continue }
        }
        pieces[index].added = UInt8(count)
        pieces[index].length += UInt8(count)
        gap -= count
      }
    }
    place(range, &pieces)
  }

  /// Not a member of a group.
  private static func isAlone(_ index: Int, _ pieces: ContiguousArray<Piece>) -> Bool {
    pieces[index].beginsChunk && (index + 1 == pieces.count || pieces[index + 1].beginsChunk)
  }

  private static func place(_ range: Range<Int>, _ pieces: inout ContiguousArray<Piece>) {
    for index in range.dropFirst() {
      pieces[index].position = pieces[index - 1].position + UInt32(pieces[index - 1].length)
    }
  }

  /// Takes back what was added in both bundles of each short branch that reaches its target no more: there, everything is
  /// where sizing saw it.
  private static func undoTooFar(
    _ pieces: inout ContiguousArray<Piece>, _ branches: inout ContiguousArray<Branch>, _ labels: ContiguousArray<UInt32>,
    _ branchOfPiece: ContiguousArray<UInt32>
  ) -> Bool {
    var hasUndone = false
    for index in branches.indices where !branches[index].isLong {
      let piece = Int(branches[index].piece)
      let target = Int(labels[branches[index].target.index])
      let displacement = Int(pieces[target].position) - Int(pieces[piece].position) - Int(pieces[piece].length)
      if (-128..<128).contains(displacement) { continue }
      undo(around: piece, &pieces, &branches, branchOfPiece)
      undo(around: target, &pieces, &branches, branchOfPiece)
      hasUndone = true
    }
    return hasUndone
  }

  private static func undo(
    around piece: Int, _ pieces: inout ContiguousArray<Piece>, _ branches: inout ContiguousArray<Branch>,
    _ branchOfPiece: ContiguousArray<UInt32>
  ) {
    var start = piece
    while start > 0 && bundle(pieces[start - 1]) == bundle(pieces[piece]) { start -= 1 }
    let range = start..<bundleEnd(start, pieces)
    for index in range where pieces[index].added > 0 {
      pieces[index].length -= pieces[index].added
      pieces[index].added = 0
      if pieces[index].isBranch { branches[Int(branchOfPiece[index])].isLong = false }
    }
    place(range, &pieces)
  }
}

extension X86.Instruction {
  /// Calls of gates may be those that never return.
  var fallsThrough: Bool {
    switch opcode {
    case .jmp, .jmpIndirect, .ret, .callIndirect: false
    default: true
    }
  }
}
