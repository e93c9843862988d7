import NaClValidator

/// Table operations. A private table is words in the sandbox, copied as they are; a shared one is the host's array and
/// everybody's mirrors. `activation`: whose gate it is; nil while the module is instantiated.
extension InstanceBody {
  /// Elements.
  private static let piece: UInt64 = 1 << 14

  func setTable(_ index: Int, at position: UInt64, word: UInt64) throws {
    try checkTable(index, position, 1)
    if let shared = sharedTables[index] {
      try shared.set(CollectionOfOne(decode(word, as: shared.type.element)), at: Int(position))
    } else {
      tableWords[index][Int(position)] = word
    }
  }

  /// The old size, or -1, 32 bits wide for a table with 32-bit indices. A shared table's growth can be stopped, but not suspended: nobody
  /// may see a part of it.
  func growTable(_ index: Int, by delta: UInt64, word: UInt64, _ activation: Activation?) throws -> UInt64 {
    let shape = verified.tables[index]
    let delta = shape.is64Bit ? delta : delta & 0xffff_ffff
    let failure: UInt64 = shape.is64Bit ? .max : 0xffff_ffff
    if let shared = sharedTables[index] {
      let value = try decode(word, as: shared.type.element)
      return try shared.grow(by: delta, with: value) { try store.checkInterrupt() } ?? failure
    }
    let old = tableCount(index)
    let limit = min(shape.maximum, UInt64(1) << UInt64(shape.k), store.engine.configuration.maximumTableElements)
    guard delta <= limit - min(old, limit) else { return failure }
    let words = tableWords[index] + Int(old)
    try inPieces(of: Self.piece, delta, activation) { range in
      (words + range.lowerBound).update(repeating: word, count: range.count)
    }
    refreshTableSize(index, old + delta)
    return old
  }

  func fillTable(_ index: Int, at start: UInt64, word: UInt64, count: UInt64, _ activation: Activation?) throws {
    try checkTable(index, start, count)
    if let shared = sharedTables[index] {
      let value = try decode(word, as: shared.type.element)
      try inPieces(of: Self.piece, count, activation) { range in
        try shared.set(repeatElement(value, count: range.count), at: Int(start) + range.lowerBound)
      }
    } else {
      let words = tableWords[index] + Int(start)
      try inPieces(of: Self.piece, count, activation) { range in
        (words + range.lowerBound).update(repeating: word, count: range.count)
      }
    }
  }

  func copyTable(
    to target: Int, at start: UInt64, from source: Int, at sourceStart: UInt64, count: UInt64, _ activation: Activation?
  ) throws {
    try checkTable(source, sourceStart, count)
    try checkTable(target, start, count)
    // Two imports may be one table. Pieces are moved in the order that never overwrites what is still to be read.
    let isOneTable = sharedTables[target].map { $0 === sharedTables[source] } ?? (target == source)
    let arePrivate = sharedTables[target] == nil && sharedTables[source] == nil
    try inPieces(of: Self.piece, count, activation, descending: isOneTable && start > sourceStart) { range in
      let (to, from) = (Int(start) + range.lowerBound, Int(sourceStart) + range.lowerBound)
      if arePrivate {
        (tableWords[target] + to).update(from: tableWords[source] + from, count: range.count)
      } else {
        try writeTable(target, at: to, references(in: source, at: from, count: range.count))
      }
    }
  }

  func initialiseTable(
    _ index: Int, at start: UInt64, segment: Int, at segmentStart: UInt64, count: UInt64, _ activation: Activation?
  ) throws {
    let elements = elementSegments[segment] ?? []
    guard segmentStart <= UInt64(elements.count), count <= UInt64(elements.count) - segmentStart else {
      throw Trap(.tableOutOfBounds)
    }
    try checkTable(index, start, count)
    try inPieces(of: Self.piece, count, activation) { range in
      let first = Int(segmentStart) + range.lowerBound
      try writeTable(index, at: Int(start) + range.lowerBound, elements[first..<first + range.count])
    }
  }

  /// Sets all elements of a table that has just been made.
  func fillNewTable(_ index: Int, with value: Reference) throws {
    try inPieces(of: Self.piece, tableCount(index), nil) { range in
      try writeTable(index, at: range.lowerBound, repeatElement(value, count: range.count))
    }
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
    if let shared = sharedTables[index] { return try shared.set(values, at: start) }
    for (offset, value) in values.enumerated() { tableWords[index][start + offset] = try encode(value) }
  }
}
