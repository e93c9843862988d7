import Entities

/// Virtual registers that are never live at the same time and gain from one place: the halves of a copy, of a tie, of
/// a block parameter and its arguments. Without merging, one virtual register.
struct Bundle: Sendable {
  /// A live range and whose it is.
  struct Range: Sendable {
    var points: PointRange
    var register: VirtualRegister
  }

  let registerClass: RegisterClass
  let width: SpillWidth
  /// All members can be made again instead of being reloaded.
  let isRematerialisable: Bool
  /// Ascending, disjoint.
  let ranges: ContiguousArray<Range>
  /// Ascending by start.
  let uses: ContiguousArray<Use>
  /// The number of points in the ranges before each, and in all: one more than there are ranges.
  private let lengthBefore: ContiguousArray<Int>
  /// The weight of the uses before each, and of all.
  private let weightBefore: ContiguousArray<Double>
  /// How many of the uses before each, and of all, must be in a register.
  private let registerUsesBefore: ContiguousArray<Int32>
  /// A register that the last piece was put in: the next piece of the bundle tries it first.
  var favourite: PhysicalRegister?

  /// Requires: `ranges` and `uses` are sorted.
  init(
    _ info: VirtualRegisterInfo, ranges: ContiguousArray<Range>, uses: ContiguousArray<Use>
  ) {
    registerClass = info.registerClass
    width = info.width
    isRematerialisable = info.rematerialisation != nil
    self.ranges = ranges
    self.uses = uses
    var length = 0
    var lengths: ContiguousArray<Int> = [0]
    lengths.reserveCapacity(ranges.count + 1)
    for range in ranges {
      length += range.points.length
      lengths.append(length)
    }
    var weight = 0.0
    var count: Int32 = 0
    var weights: ContiguousArray<Double> = [0]
    var counts: ContiguousArray<Int32> = [0]
    weights.reserveCapacity(uses.count + 1)
    counts.reserveCapacity(uses.count + 1)
    for use in uses {
      weight += Double(use.weight)
      if use.kind == .register { count += 1 }
      weights.append(weight)
      counts.append(count)
    }
    lengthBefore = lengths
    weightBefore = weights
    registerUsesBefore = counts
  }

  /// From the start of the first to the end of the last range.
  var hull: PointRange { PointRange(ranges[0].points.start, ranges[ranges.count - 1].points.end) }

  /// The number of live points in a range. Complexity: O(log n).
  func length(in range: PointRange) -> Int {
    let first = firstRange(endingAfter: range.start)
    let last = firstRange(endingAfter: range.end)
    var length = lengthBefore[last] - lengthBefore[first]
    if first < ranges.count { length -= max(0, PointRange(ranges[first].points.start, range.start).length) }
    if last < ranges.count { length += max(0, PointRange(ranges[last].points.start, range.end).length) }
    return length
  }

  /// The weight of some uses. Complexity: O(1).
  func weight(of uses: Swift.Range<Int>) -> Float {
    Float(weightBefore[uses.upperBound] - weightBefore[uses.lowerBound])
  }

  /// Whether one of some uses must be in a register. Complexity: O(1).
  func needsRegister(in uses: Swift.Range<Int>) -> Bool {
    registerUsesBefore[uses.upperBound] > registerUsesBefore[uses.lowerBound]
  }

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

/// A stretch of a bundle that wants one register from `range.start` to `range.end` wherever the bundle is live there.
/// What no piece covers is in the bundle's slot.
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
  /// How many more times it may be cut at the borders of loops: keeps deep nests near-linear.
  var loopCuts: UInt8
  /// Calls that leave only callee-saved registers alone lie inside `range`.
  var livesAcrossCalls: Bool
  /// Memory accesses saved per call of the function.
  var gain: Float
  /// The gain by length: what evicts and what is evicted.
  var weight: Float
  /// The number of live points: long pieces are placed first.
  var length: UInt32
}
