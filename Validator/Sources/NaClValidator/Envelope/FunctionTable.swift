/// Rule F1: the records of the function table tile text exactly. Rule C3's demands on the entry area's extent, too.
struct FunctionTable {
  private(set) var records: [FunctionRecord] = []
  private(set) var entryArea: EntryArea?

  init(_ file: FileBytes, _ image: ELFImage, _ metadata: Metadata) throws(FormatError) {
    let address = metadata.functionTableAddress
    let data = image.readOnlyData
    func require(_ condition: Bool, _ address: UInt64, _ what: String, _ rule: Rule = .f1_functionTable)
      throws(FormatError)
    {
      if !condition { throw FormatError(rule, address: address, what) }
    }
    try require(address % 4 == 0, address, "the function table is not 4-aligned")
    // Below 2^32 + 2^35: no overflow.
    try require(
      address >= data.address && address + 8 * metadata.functionCount <= data.end, address,
      "the function table is not in read-only data")
    records.reserveCapacity(Int(metadata.functionCount))
    for index in 0..<metadata.functionCount {
      let at = address + 8 * index
      let start = try file.u32(at, .f1_functionTable)
      let end = index + 1 < metadata.functionCount ? try file.u32(at + 8, .f1_functionTable) : UInt32(image.text.size)
      try require(index > 0 || start == 0, at, "the first record does not start at 0")
      try require(start < end && UInt64(end) <= image.text.size, at, "the record is empty, unsorted or outside text")
      guard let kind = FunctionRecord.Kind(rawValue: try file.u32(at + 4, .f1_functionTable)) else {
        throw FormatError(.f1_functionTable, address: at + 4, "unknown kind of record")
      }
      let record = FunctionRecord(kind: kind, start: start, size: end - start)
      records.append(record)
      guard kind == .entryArea else { continue }
      try require(entryArea == nil, at, "a second entry area", .c3_entryArea)
      try require(start % 32 == 0 && record.size % 32 == 0, at, "the entry area is not made of bundles", .c3_entryArea)
      let count = record.size / 32
      try require(
        count >= 2 && count & (count - 1) == 0, at, "entries are not a power of two, at least 2", .c3_entryArea)
      entryArea = EntryArea(start: start, count: count)
    }
  }
}
