import NaClValidator

/// Table operations. A private table is words in the sandbox, copied as they are; a shared one is the host's array and
/// everybody's mirrors.
extension InstanceBody {
  private static let chunk = 1 << 14

  func setTable(_ index: Int, at position: UInt64, word: UInt64) throws {
    try checkTable(index, position, 1)
    if let shared = sharedTables[index] {
      try shared.set(CollectionOfOne(decode(word, as: shared.type.element)), at: Int(position))
    } else {
      tableWords[index][Int(position)] = word
    }
  }

  /// The old size, or -1, 32 bits wide for a table with 32-bit indices.
  func growTable(_ index: Int, by delta: UInt64, word: UInt64) throws -> UInt64 {
    let shape = verified.tables[index]
    let delta = shape.is64Bit ? delta : delta & 0xffff_ffff
    let failure: UInt64 = shape.is64Bit ? .max : 0xffff_ffff
    if let shared = sharedTables[index] {
      return try shared.grow(by: delta, with: decode(word, as: shared.type.element)) ?? failure
    }
    let old = tableCount(index)
    let limit = min(shape.maximum, UInt64(1) << UInt64(shape.k), store.engine.configuration.maximumTableElements)
    guard delta <= limit - min(old, limit) else { return failure }
    (tableWords[index] + Int(old)).update(repeating: word, count: Int(delta))
    refreshTableSize(index, old + delta)
    return old
  }

  func fillTable(_ index: Int, at start: UInt64, word: UInt64, count: UInt64) throws {
    try checkTable(index, start, count)
    if let shared = sharedTables[index] {
      let value = try decode(word, as: shared.type.element)
      try inChunks(Int(count)) { range in
        try shared.set(repeatElement(value, count: range.count), at: Int(start) + range.lowerBound)
      }
    } else {
      let words = tableWords[index] + Int(start)
      try inChunks(Int(count)) { range in (words + range.lowerBound).update(repeating: word, count: range.count) }
    }
  }

  func copyTable(to target: Int, at start: UInt64, from source: Int, at sourceStart: UInt64, count: UInt64) throws {
    try checkTable(source, sourceStart, count)
    try checkTable(target, start, count)
    if sharedTables[target] == nil && sharedTables[source] == nil {
      let from = tableWords[source] + Int(sourceStart)
      let to = tableWords[target] + Int(start)
      // Pieces are moved in the order that never overwrites what is still to be read.
      try inChunks(Int(count), descending: to > from) { range in
        (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
      }
      return
    }
    let values = try references(in: source, at: Int(sourceStart), count: Int(count))
    try writeTable(target, at: Int(start), values[...])
  }

  func initialiseTable(_ index: Int, at start: UInt64, segment: Int, at segmentStart: UInt64, count: UInt64) throws {
    let elements = elementSegments[segment] ?? []
    guard segmentStart <= UInt64(elements.count), count <= UInt64(elements.count) - segmentStart else {
      throw Trap(.tableOutOfBounds)
    }
    try checkTable(index, start, count)
    try writeTable(index, at: Int(start), elements[Int(segmentStart)..<Int(segmentStart + count)])
  }

  /// Sets all elements of a table that has just been made.
  func fillNewTable(_ index: Int, with value: Reference) throws {
    try writeTable(index, at: 0, repeatElement(value, count: Int(tableCount(index))))
  }

  // MARK: Both kinds

  private func checkTable(_ index: Int, _ start: UInt64, _ count: UInt64) throws(Trap) {
    let size = tableCount(index)
    guard count <= size, start <= size - count else { throw Trap(.tableOutOfBounds) }
  }

  private func references(in index: Int, at start: Int, count: Int) throws -> [Reference] {
    if let shared = sharedTables[index] { return Array(shared.elements[start..<start + count]) }
    let type = ValueType.reference(
      ReferenceType(module.metadata.wasm.tables[.init(index: index)].element, module.metadata.types.ids))
    return try (start..<start + count).map { try decode(tableWords[index][$0], as: type) }
  }

  private func writeTable(_ index: Int, at start: Int, _ values: some RandomAccessCollection<Reference>) throws {
    try inChunks(values.count) { range in
      let piece = values.dropFirst(range.lowerBound).prefix(range.count)
      if let shared = sharedTables[index] {
        try shared.set(piece, at: start + range.lowerBound)
      } else {
        for (offset, value) in piece.enumerated() {
          tableWords[index][start + range.lowerBound + offset] = try encode(value)
        }
      }
    }
  }

  private func inChunks(
    _ count: Int, descending: Bool = false, _ body: (Range<Int>) throws -> Void
  ) throws {
    for done in stride(from: 0, to: count, by: Self.chunk) {
      let size = min(Self.chunk, count - done)
      let start = descending ? count - done - size : done
      try body(start..<start + size)
      if done + size < count { try store.checkInterrupt() }
    }
  }
}
