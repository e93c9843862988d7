import X86

/// Finds the positions of all pieces and the sizes of all branches; `BundleAssembler` says why it ends and is right.
///
/// Requires: every branch's label is bound before a piece; no group exceeds a bundle with all its branches long.
/// Establishes: positions; lengths of branches; every short branch reaches its target.
/// Cost: O(pieces + branches) a round, at most `fullReachRounds + halfReachRounds + 2` rounds.
enum BranchSizing {
  private static let fullReachRounds = 12
  private static let halfReachRounds = 12

  /// Returns the end of the last piece.
  static func run(
    pieces: inout ContiguousArray<BundleAssembler.Piece>, branches: inout ContiguousArray<BundleAssembler.Branch>,
    labels: ContiguousArray<UInt32>
  ) -> Int {
    var round = 0
    while true {
      let end = layOut(&pieces)
      let reach =
        round < fullReachRounds ? 128 : round < fullReachRounds + halfReachRounds ? 64 : 0
      if !growBranches(reach: reach, &branches, &pieces, labels) { return end }
      round += 1
    }
  }

  private static func layOut(_ pieces: inout ContiguousArray<BundleAssembler.Piece>) -> Int {
    let size = BundleAssembler.bundleSize
    var position = 0
    var index = 0
    while index < pieces.count {
      var next = index
      var length = 0
      repeat {
        length += Int(pieces[next].length)
        next += 1
      } while next < pieces.count && !pieces[next].beginsChunk
      precondition(length <= size, "a group fits in a bundle")
      let used = position % size
      if pieces[index].beginsBundle ? used != 0 : used + length > size { position += size - used }
      while index < next {
        pieces[index].position = UInt32(position)
        position += Int(pieces[index].length)
        index += 1
      }
    }
    return position
  }

  /// Makes long every short branch whose displacement is not in `-reach..<reach`; says whether there was one.
  private static func growBranches(
    reach: Int, _ branches: inout ContiguousArray<BundleAssembler.Branch>,
    _ pieces: inout ContiguousArray<BundleAssembler.Piece>, _ labels: ContiguousArray<UInt32>
  ) -> Bool {
    var hasGrown = false
    for index in branches.indices where !branches[index].isLong {
      let branch = branches[index]
      let piece = pieces[Int(branch.piece)]
      let target = Int(labels[branch.target.index])
      precondition(target < pieces.count, "a target is bound and stands before an instruction")
      let displacement = Int(pieces[target].position) - Int(piece.position) - Int(piece.length)
      if displacement < -reach || displacement >= reach {
        branches[index].isLong = true
        pieces[Int(branch.piece)].length = branch.longLength
        hasGrown = true
      }
    }
    return hasGrown
  }
}
