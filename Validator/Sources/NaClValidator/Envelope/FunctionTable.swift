/// Rule F1: the records of the function table tile text exactly. Rule C3's demands on the entry area's extent, too.
struct FunctionTable: Hashable {
  private(set) var records: [FunctionRecord] = []
  private(set) var entryArea: EntryArea?

  init(_ file: FileBytes, _ image: ELFImage, _ metadata: Metadata) throws(Violation) {
    let (address, data, textSize) = (metadata.functionTableAddress, image.readOnlyData, UInt32(image.text.size))
    func require(_ holds: Bool, _ at: UInt64, _ what: String, _ rule: Rule = .f1_functionTable) throws(Violation) {
      if !holds { throw Violation(rule, address: at, what) }
    }
    try require(address % 4 == 0, address, "the function table is not 4-aligned")
    // Below 2^32 + 2^35: no overflow.
    let end = address + 8 * metadata.functionCount
    try require(address >= data.address && end <= data.end, address, "the function table is not in read-only data")
    var fields = FieldReader(file, .f1_functionTable, at: address)
    var start = try fields.u32()
    try require(start == 0, address, "the first record does not start at 0")
    for at in stride(from: address, to: end, by: 8) {
      let kind = FunctionRecord.Kind(rawValue: try fields.u32())
      let next = at + 8 < end ? try fields.u32() : textSize
      try require(start < next && next <= textSize, at, "the record is empty, unsorted or outside text")
      guard let kind else { throw Violation(.f1_functionTable, address: at + 4, "unknown kind of record") }
      records.append(FunctionRecord(kind: kind, start: start, size: next - start))
      if kind == .entryArea {
        let (size, count) = (next - start, (next - start) / 32)
        try require(entryArea == nil, at, "a second entry area", .c3_entryArea)
        try require(start % 32 == 0 && size % 32 == 0, at, "the entry area is not made of bundles", .c3_entryArea)
        try require(count >= 2 && count & (count - 1) == 0, at, "not a power of two, at least 2", .c3_entryArea)
        entryArea = EntryArea(start: start, count: count)
      }
      start = next
    }
  }
}
