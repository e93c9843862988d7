import Entities

/// Virtual registers that are never live at the same time and gain from one place: the halves of a copy, of a tie, of a block
/// parameter and its arguments. Without merging, one virtual register.
struct Bundle: Sendable {
  /// A live range and whose it is.
  struct Range: Sendable {
    var points: PointRange
    var register: VirtualRegister
  }

  var registerClass: RegisterClass
  var width: SpillWidth
  /// All members can be made again instead of being reloaded.
  var isRematerialisable: Bool
  /// Ascending, disjoint.
  var ranges: ContiguousArray<Range>
  /// Ascending by start.
  var uses: ContiguousArray<Use>
  /// A register that the last piece was put in: the next piece of the bundle tries it first.
  var favourite: PhysicalRegister?

  /// From the start of the first to the end of the last range.
  var hull: PointRange { PointRange(ranges[0].points.start, ranges[ranges.count - 1].points.end) }

  /// The first range that ends after a point, or the number of ranges. Complexity: O(log n).
  func firstRange(endingAfter point: ProgramPoint) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].points.end <= point { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The first use that starts at or after a point, or the number of uses. Complexity: O(log n).
  func firstUse(startingAt point: ProgramPoint) -> Int {
    var low = 0
    var high = uses.count
    while low < high {
      let middle = (low + high) / 2
      if uses[middle].start < point { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A stretch of a bundle that wants one register from `range.start` to `range.end` wherever the bundle is live there. What no piece
/// covers is in the bundle's slot.
struct Piece: Sendable {
  /// How hard a piece is to take apart.
  enum Rank: UInt8, Comparable, Sendable {
    case ordinary
    /// One use, in one half of its instruction.
    case minimal
    /// One use, in both halves of its instruction: goes first, because it has less choice.
    case minimalWide

    static func < (a: Rank, b: Rank) -> Bool { a.rawValue < b.rawValue }
  }

  var bundle: Int32
  var rank: Rank
  var register: PhysicalRegister?
  var range: PointRange
  /// Uses inside `range`: indices of the bundle's uses.
  var uses: Range<Int32>
  /// Memory accesses saved, by length: what evicts and what is evicted.
  var weight: Float
  /// The number of live points: long pieces are placed first.
  var length: UInt32
}
