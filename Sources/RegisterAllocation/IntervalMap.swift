/// What one register holds when: disjoint ranges of points, each with the piece that lives there.
///
/// A sorted list in chunks: finding is a binary search over chunks and one within; inserting moves at most one
/// chunk's entries. That is all a balanced tree would give at these sizes (a register of a function with a million
/// instructions has some ten thousand entries).
struct IntervalMap {
  struct Entry {
    var range: PointRange
    var piece: Int32
  }

  /// Where an entry is; good until the next change.
  struct Cursor {
    var chunk: Int
    var position: Int
  }

  private static let chunkCapacity = 128
  private var chunks: ContiguousArray<ContiguousArray<Entry>> = []
  /// The end of each chunk's last entry.
  private var chunkEnds: ContiguousArray<ProgramPoint> = []

  /// The first entry that ends after a point. Complexity: O(log n).
  func firstEntry(endingAfter point: ProgramPoint) -> Cursor {
    var low = 0
    var high = chunkEnds.count
    while low < high {
      let middle = (low + high) / 2
      if chunkEnds[middle] <= point { low = middle + 1 } else { high = middle }
    }
    guard low < chunks.count else { return Cursor(chunk: low, position: 0) }
    let chunk = low
    high = chunks[chunk].count
    low = 0
    while low < high {
      let middle = (low + high) / 2
      if chunks[chunk][middle].range.end <= point { low = middle + 1 } else { high = middle }
    }
    return Cursor(chunk: chunk, position: low)
  }

  func entry(at cursor: Cursor) -> Entry? {
    cursor.chunk < chunks.count ? chunks[cursor.chunk][cursor.position] : nil
  }

  /// Moves forward to the first entry that ends after a point. Complexity: O(1) when it is near, else O(log n).
  func advance(_ cursor: inout Cursor, toEndingAfter point: ProgramPoint) {
    var steps = 0
    while let entry = entry(at: cursor), entry.range.end <= point {
      if steps == 8 {
        cursor = firstEntry(endingAfter: point)
        return
      }
      steps += 1
      step(&cursor)
    }
  }

  func step(_ cursor: inout Cursor) {
    cursor.position += 1
    if cursor.position == chunks[cursor.chunk].count { cursor = Cursor(chunk: cursor.chunk + 1, position: 0) }
  }

  /// Requires: nothing in the map overlaps `range`.
  mutating func insert(_ range: PointRange, piece: Int32) {
    let entry = Entry(range: range, piece: piece)
    guard !chunks.isEmpty else {
      chunks.append([entry])
      chunkEnds.append(range.end)
      return
    }
    var cursor = firstEntry(endingAfter: range.start)
    if cursor.chunk == chunks.count {
      cursor = Cursor(chunk: chunks.count - 1, position: chunks[chunks.count - 1].count)
    }
    chunks[cursor.chunk].insert(entry, at: cursor.position)
    if cursor.position == chunks[cursor.chunk].count - 1 { chunkEnds[cursor.chunk] = range.end }
    if chunks[cursor.chunk].count > Self.chunkCapacity { splitChunk(cursor.chunk) }
  }

  private mutating func splitChunk(_ index: Int) {
    let half = chunks[index].count / 2
    let upper = ContiguousArray(chunks[index][half...])
    chunks[index].removeSubrange(half...)
    chunks.insert(upper, at: index + 1)
    chunkEnds.insert(chunkEnds[index], at: index + 1)
    chunkEnds[index] = chunks[index][half - 1].range.end
  }

  /// Requires: an entry with just this range exists.
  mutating func remove(_ range: PointRange) {
    let cursor = firstEntry(endingAfter: range.start)
    chunks[cursor.chunk].remove(at: cursor.position)
    if let last = chunks[cursor.chunk].last {
      chunkEnds[cursor.chunk] = last.range.end
    } else {
      chunks.remove(at: cursor.chunk)
      chunkEnds.remove(at: cursor.chunk)
    }
  }
}
