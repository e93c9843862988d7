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

  /// The old size, or nil if the table cannot grow that far.
  func grow(by delta: UInt64, with value: Reference) throws(Trap) -> UInt64? {
    let old = count
    guard delta <= limit - min(old, limit) else { return nil }
    if delta == 0 { return old }
    elements.append(contentsOf: repeatElement(value, count: Int(delta)))
    for mirror in mirrors {
      let word = try mirror.instance.encode(value)
      if word != 0 { (mirror.words + Int(old)).update(repeating: word, count: Int(delta)) }
      mirror.instance.refreshTableSize(mirror.index, count)
    }
    return old
  }
}
