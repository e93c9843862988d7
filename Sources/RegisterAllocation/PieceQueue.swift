/// Pieces that wait for a register: single uses last of all in the way of length, so the highest rank first, then the
/// longest, then the oldest. A binary heap.
struct PieceQueue {
  private struct Entry {
    var rank: Piece.Rank
    var length: UInt32
    var piece: Int32

    func precedes(_ other: Entry) -> Bool {
      if rank != other.rank { return rank > other.rank }
      if length != other.length { return length > other.length }
      return piece < other.piece
    }
  }

  private var heap: ContiguousArray<Entry> = []

  /// Complexity: O(log n).
  mutating func insert(_ piece: Int32, of value: Piece) {
    heap.append(Entry(rank: value.rank, length: value.length, piece: piece))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Complexity: O(log n).
  mutating func popLargest() -> Int32? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return top.piece }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= heap.count { break }
      if child + 1 < heap.count && heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(heap[parent]) else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return top.piece
  }
}
