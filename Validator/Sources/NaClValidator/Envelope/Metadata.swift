/// The metadata segment: the shape, and the functions' and entries' tables (rule E4). Sites and module are
/// located, not read.
struct Metadata {
  let memories: [MemoryShape]
  let tables: [TableShape]
  let globals: [GlobalShape]
  let transferCells: Int
  let importedFunctionCount: Int
  let startFunction: Int?
  let dataSegmentCount: Int
  let elementSegmentCount: Int
  /// What the runtime may look at when a call ends; nothing is proved with it.
  let returnsStatus: Bool
  let functionTableAddress: UInt64
  let functionCount: UInt64
  /// Indices into the function table, not yet checked against it.
  let recordOfWasmFunction: [UInt32]
  /// Bundle indices, not yet checked against the entry area.
  let entryOfWasmFunction: [UInt32]
  /// File offset of each of the two tables above.
  let functionsOffset, entriesOffset: UInt64
  let sites, module: Range<UInt64>

  private static let sectionCount = 5
  private static let shapeFixedSize: UInt64 = 48

  init(_ file: FileBytes, range: Range<UInt64>, model: MemoryModel) throws(FormatError) {
    let sections = try Self.readSections(file, range)
    let shape = sections[0]
    let start = shape.lowerBound
    func require(_ condition: Bool, _ offset: UInt64, _ what: String) throws(FormatError) {
      if !condition { throw FormatError(.e4_metadata, at: offset, what) }
    }
    try require(shape.upperBound - start >= Self.shapeFixedSize, start, "the shape is too short")
    var fields: [UInt32] = []
    for index in UInt64(0)..<12 { fields.append(try file.u32(start + 4 * index, .e4_metadata)) }
    functionTableAddress = UInt64(fields[0])
    functionCount = UInt64(fields[1])
    try require(fields[1] >= 1, start + 4, "no function")
    let (memoryCount, tableCount, globalCount) = (UInt64(fields[2]), UInt64(fields[3]), UInt64(fields[4]))
    try require(fields[5] <= ContextLayout.maximumTransferCells, start + 20, "too many transfer cells")
    transferCells = Int(fields[5])
    try require(fields[6] <= fields[7], start + 24, "more imported functions than functions")
    importedFunctionCount = Int(fields[6])
    let wasmFunctionCount = UInt64(fields[7])
    try require(fields[8] == .max || fields[8] < fields[7], start + 32, "the start function does not exist")
    startFunction = fields[8] == .max ? nil : Int(fields[8])
    dataSegmentCount = Int(fields[9])
    elementSegmentCount = Int(fields[10])
    try require(fields[11] & ~1 == 0, start + 44, "unknown module flags")
    returnsStatus = fields[11] & 1 != 0
    // Each count is below 2^32, so the sum is far below 2^64.
    let size = Self.shapeFixedSize + 8 * memoryCount + 24 * tableCount + 4 * globalCount
    try require(shape.upperBound - start == size, start, "the shape's size does not fit its counts")

    var at = start + Self.shapeFixedSize
    var memories: [MemoryShape] = []
    for index in 0..<memoryCount {
      memories.append(try Self.readMemory(file, at, isFirst: index == 0, model))
      at += 8
    }
    var tables: [TableShape] = []
    for _ in 0..<tableCount {
      tables.append(try Self.readTable(file, at))
      at += 24
    }
    var globals: [GlobalShape] = []
    for _ in 0..<globalCount {
      let flags = try file.u32(at, .e4_metadata)
      try require(flags & ~15 == 0, at, "unknown global flags")
      globals.append(
        GlobalShape(
          isImported: flags & 1 != 0, isMutable: flags & 2 != 0, isReference: flags & 4 != 0,
          isExported: flags & 8 != 0))
      at += 4
    }
    self.memories = memories
    self.tables = tables
    self.globals = globals

    for section in sections[1...2] {
      try require(
        section.upperBound - section.lowerBound == 4 * wasmFunctionCount, section.lowerBound,
        "not one word for each wasm function")
    }
    functionsOffset = sections[1].lowerBound
    entriesOffset = sections[2].lowerBound
    recordOfWasmFunction = try Self.readWords(file, sections[1])
    entryOfWasmFunction = try Self.readWords(file, sections[2])
    sites = sections[3]
    module = sections[4]
  }

  private static func readWords(_ file: FileBytes, _ range: Range<UInt64>) throws(FormatError) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(Int((range.upperBound - range.lowerBound) / 4))
    for at in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
      words.append(try file.u32(at, .e4_metadata))
    }
    return words
  }

  private static func readSections(_ file: FileBytes, _ range: Range<UInt64>) throws(FormatError) -> [Range<UInt64>] {
    let start = range.lowerBound
    let headerSize = UInt64(8 + 8 * sectionCount)
    guard range.upperBound - start >= headerSize, file.read(UInt32.self, at: start) == 0x4D54_4C48 else {
      throw FormatError(.e4_metadata, at: start, "no metadata header")
    }
    guard file.read(UInt32.self, at: start + 4) == UInt32(sectionCount) else {
      throw FormatError(.e4_metadata, at: start + 4, "not \(sectionCount) sections")
    }
    var sections: [Range<UInt64>] = []
    var previousEnd = start + headerSize
    for index in 0..<UInt64(sectionCount) {
      let at = start + 8 + 8 * index
      let offset = UInt64(try file.u32(at, .e4_metadata))
      let size = UInt64(try file.u32(at + 4, .e4_metadata))
      guard offset % 8 == 0 else { throw FormatError(.e4_metadata, at: at, "section not at a multiple of 8") }
      guard start + offset >= previousEnd, start + offset + size <= range.upperBound else {
        throw FormatError(.e4_metadata, at: at, "section overlaps what is before it, or ends outside the segment")
      }
      try requireZero(file, previousEnd..<start + offset)
      previousEnd = start + offset + size
      sections.append(start + offset..<previousEnd)
    }
    try requireZero(file, previousEnd..<range.upperBound)
    return sections
  }

  private static func requireZero(_ file: FileBytes, _ range: Range<UInt64>) throws(FormatError) {
    if let stray = file.firstNonZero(in: range) {
      throw FormatError(.e4_metadata, at: stray, "a byte between sections is not zero")
    }
  }

  private static func readMemory(
    _ file: FileBytes, _ at: UInt64, isFirst: Bool, _ model: MemoryModel
  ) throws(FormatError) -> MemoryShape {
    let flags = try file.u32(at, .e4_metadata)
    guard flags & ~3 == 0 else { throw FormatError(.e4_metadata, at: at, "unknown memory flags") }
    let is64Bit = flags & 2 != 0
    let allowed: ClosedRange<UInt32>
    switch (isFirst, model) {
    case (true, .seg32): allowed = 32...32
    case (true, .mask): allowed = 16...(is64Bit ? 40 : 31)
    case (false, _): allowed = 16...(is64Bit ? 40 : 32)
    }
    let k = try file.u32(at + 4, .e4_metadata)
    guard allowed.contains(k) else { throw FormatError(.e4_metadata, at: at + 4, "k = \(k) is not allowed here") }
    return MemoryShape(isImported: flags & 1 != 0, is64Bit: is64Bit, k: Int(k))
  }

  private static func readTable(_ file: FileBytes, _ at: UInt64) throws(FormatError) -> TableShape {
    let flags = try file.u32(at, .e4_metadata)
    guard flags & ~15 == 0 else { throw FormatError(.e4_metadata, at: at, "unknown table flags") }
    let k = try file.u32(at + 4, .e4_metadata)
    guard k <= 24 else { throw FormatError(.e4_metadata, at: at + 4, "k = \(k) is not allowed for a table") }
    let minimum = try file.u64(at + 8, .e4_metadata)
    guard minimum <= 1 << UInt64(k) else {
      throw FormatError(.e4_metadata, at: at + 8, "a declared minimum above 2^k elements")
    }
    return TableShape(
      isImported: flags & 1 != 0, isExported: flags & 2 != 0, is64Bit: flags & 4 != 0,
      holdsExternalReferences: flags & 8 != 0, k: Int(k), minimum: minimum,
      maximum: try file.u64(at + 16, .e4_metadata))
  }
}
