import Entities

/// Where every value is at every point, once pieces have registers.
///
/// A value is in the register of the piece that covers the point, else in its bundle's slot (or nowhere, if it can be
/// made again).
struct Placement {
  /// A bundle's pieces are `pieces[pieceStarts[b]..<pieceStarts[b + 1]]`, ascending, disjoint.
  private(set) var pieceStarts: ContiguousArray<Int>
  var pieces: ContiguousArray<(range: PointRange, register: PhysicalRegister)> = []
  private(set) var slotOf: ContiguousArray<SpillSlot?>
  private(set) var needsSlot: ContiguousArray<Bool>
  private(set) var slots = EntityMap<SpillSlot, SpillWidth>()

  init(
    _ assignment: Assignment, _ definitions: ContiguousArray<ProgramPoint>, _ bundleOf: ContiguousArray<Int32>
  ) {
    let bundles = assignment.bundles
    var placed = assignment.pieces.filter { $0.register != nil }
    placed.sort { ($0.bundle, $0.range.start) < ($1.bundle, $1.range.start) }
    pieceStarts = ContiguousArray(repeating: 0, count: bundles.count + 1)
    for piece in placed {
      guard let register = piece.register else { continue }
      pieceStarts[Int(piece.bundle) + 1] += 1
      pieces.append((piece.range, register))
    }
    for index in 0..<bundles.count { pieceStarts[index + 1] += pieceStarts[index] }
    slotOf = ContiguousArray(repeating: nil, count: bundles.count)
    needsSlot = ContiguousArray(repeating: false, count: definitions.count)
    sinkReloads(assignment, definitions, bundleOf)
    findSlotUsers(assignment)
    assignSlots(bundles)
  }

  /// The register that holds the bundle at a point; nil: it is in memory. Complexity: O(log pieces of the bundle).
  func register(of bundle: Int, at point: ProgramPoint) -> PhysicalRegister? {
    let index = firstPiece(of: bundle, endingAfter: point)
    guard index < pieceStarts[bundle + 1], pieces[index].range.contains(point) else { return nil }
    return pieces[index].register
  }

  func pieces(of bundle: Int) -> Range<Int> { pieceStarts[bundle]..<pieceStarts[bundle + 1] }

  /// Complexity: O(log pieces of the bundle).
  func pieces(of bundle: Int, overlapping range: PointRange) -> Range<Int> {
    let first = firstPiece(of: bundle, endingAfter: range.start)
    var end = first
    while end < pieceStarts[bundle + 1] && pieces[end].range.start < range.end { end += 1 }
    return first..<end
  }

  private func firstPiece(of bundle: Int, endingAfter point: ProgramPoint) -> Int {
    var low = pieceStarts[bundle]
    var high = pieceStarts[bundle + 1]
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].range.end <= point { low = middle + 1 } else { high = middle }
    }
    return low
  }

  mutating func removeEmptyPieces() {
    var kept: ContiguousArray<(range: PointRange, register: PhysicalRegister)> = []
    kept.reserveCapacity(pieces.count)
    for bundle in 0..<pieceStarts.count - 1 {
      let own = pieces(of: bundle)
      pieceStarts[bundle] = kept.count
      kept.append(contentsOf: pieces[own].lazy.filter { $0.range.start < $0.range.end })
    }
    pieceStarts[pieceStarts.count - 1] = kept.count
    pieces = kept
  }

  // MARK: Slots

  private mutating func findSlotUsers(_ assignment: Assignment) {
    for (index, bundle) in assignment.bundles.enumerated() where !bundle.isRematerialisable {
      var piece = pieceStarts[index]
      let end = pieceStarts[index + 1]
      for range in bundle.ranges {
        var covered = range.points.start
        while piece < end && pieces[piece].range.start <= covered {
          covered = max(covered, pieces[piece].range.end)
          if covered >= range.points.end { break }
          piece += 1
        }
        if covered < range.points.end { needsSlot[range.register.index] = true }
      }
      for use in bundle.uses where use.kind == .stack {
        needsSlot[assignment.input.operands[.empty, Int(use.operand)].register.index] = true
      }
    }
  }

  /// Bundles share a slot if one is over before the other begins; a free slot goes to the next bundle that fits.
  /// Cost: n log n.
  private mutating func assignSlots(_ bundles: ContiguousArray<Bundle>) {
    var wanting: ContiguousArray<(hull: PointRange, bundle: Int)> = []
    for (index, bundle) in bundles.enumerated() {
      var hull: PointRange?
      for range in bundle.ranges where needsSlot[range.register.index] {
        hull = PointRange(hull?.start ?? range.points.start, range.points.end)
      }
      if let hull { wanting.append((hull, index)) }
    }
    wanting.sort { ($0.hull.start, $0.bundle) < ($1.hull.start, $1.bundle) }
    var free8 = FreeSlots()
    var free16 = FreeSlots()
    for (hull, bundle) in wanting {
      let width = bundles[bundle].width
      let reused = width == .bytes8 ? free8.take(before: hull.start) : free16.take(before: hull.start)
      let slot = reused ?? slots.append(width)
      slotOf[bundle] = slot
      if width == .bytes8 { free8.give(slot, at: hull.end) } else { free16.give(slot, at: hull.end) }
    }
  }
}

/// Slots by when they become free: a binary heap.
private struct FreeSlots {
  private var heap: ContiguousArray<(end: ProgramPoint, slot: SpillSlot)> = []

  /// A slot that is free at the point, the longest free first.
  mutating func take(before point: ProgramPoint) -> SpillSlot? {
    guard let top = heap.first, top.end <= point else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        if child >= heap.count { break }
        if child + 1 < heap.count && precedes(child + 1, child) { child += 1 }
        guard precedes(child, parent) else { break }
        heap.swapAt(child, parent)
        parent = child
      }
    }
    return top.slot
  }

  mutating func give(_ slot: SpillSlot, at end: ProgramPoint) {
    heap.append((end, slot))
    var child = heap.count - 1
    while child > 0 && precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].end, heap[a].slot) < (heap[b].end, heap[b].slot) }
}
