/// A table that more than one party may see: imported, exported, or made by the host (docs/ABI.md, C5).
///
/// The host's array is the truth; each sharing instance has a mirror of words of its own, which only the host writes.
final class TableStorage {
  let type: TableType
  private(set) var elements: ContiguousArray<Reference>
  /// In elements: what was declared, what the engine allows, and the reach of each sharing instance.
  private(set) var limit: UInt64
  private var mirrors: [Mirror] = []

  struct Mirror {
    unowned let instance: InstanceBody
    let index: Int
    let words: UnsafeMutablePointer<UInt64>
  }

  init(type: TableType, limit: UInt64, initial: Reference = .null) {
    self.type = type
    self.limit = limit
    elements = ContiguousArray(repeating: initial, count: Int(type.minimum))
  }

  var count: UInt64 { UInt64(elements.count) }

  /// Adds an instance that sees this table as its table `index` through `words`, which holds `reach` elements.
  func share(
    with instance: InstanceBody, index: Int, words: UnsafeMutablePointer<UInt64>, reach: UInt64
  ) throws(Trap) {
    precondition(count <= reach, "the linker refuses a table larger than the importer's reach")
    limit = min(limit, reach)
    for (position, element) in elements.enumerated() { words[position] = try instance.encode(element) }
    mirrors.append(Mirror(instance: instance, index: index, words: words))
  }

  /// Sets `[start, start + values.count)`; the caller has checked the bounds.
  func set(_ values: some RandomAccessCollection<Reference>, at start: Int) throws(Trap) {
    for (position, value) in values.enumerated() { elements[start + position] = value }
    for mirror in mirrors {
      for (position, value) in values.enumerated() {
        mirror.words[start + position] = try mirror.instance.encode(value)
      }
    }
  }

  /// The old size, or nil if the table cannot grow that far. If `betweenPieces` throws, nothing has changed.
  func grow(
    by delta: UInt64, with value: Reference, betweenPieces: () throws -> Void = {}
  ) throws -> UInt64? {
    let old = count
    guard delta <= limit - min(old, limit) else { return nil }
    // Mirrors first: what lies behind the present size is nobody's yet.
    let start = Int(old)
    let words = try mirrors.map { try $0.instance.encode(value) }
    try inPieces(Int(delta), betweenPieces) { range in
      for (mirror, word) in zip(mirrors, words) {
        (mirror.words + start + range.lowerBound).update(repeating: word, count: range.count)
      }
    }
    do {
      try inPieces(Int(delta), betweenPieces) { elements.append(contentsOf: repeatElement(value, count: $0.count)) }
    } catch {
      elements.removeLast(elements.count - start)
      throw error
    }
    for mirror in mirrors { mirror.instance.refreshTableSize(mirror.index, count) }
    return old
  }

  private func inPieces(_ count: Int, _ between: () throws -> Void, _ body: (Range<Int>) -> Void) throws {
    for start in stride(from: 0, to: count, by: Self.piece) {
      if start > 0 { try between() }
      body(start..<min(count, start + Self.piece))
    }
  }

  private static let piece = 1 << 14
}
