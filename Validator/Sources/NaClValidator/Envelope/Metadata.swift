/// The metadata segment: the shape, and the functions' and entries' tables (rule E4). Sites and module are
/// located, not read.
struct Metadata {
  private(set) var memories: [MemoryShape] = []
  private(set) var tables: [TableShape] = []
  private(set) var globals: [GlobalShape] = []
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
  private(set) var recordOfWasmFunction: [UInt32] = []
  /// Bundle indices, not yet checked against the entry area.
  private(set) var entryOfWasmFunction: [UInt32] = []
  /// File offset of each of the two tables above.
  let functionsOffset, entriesOffset: UInt64
  let sites, module: Range<UInt64>

  private static let sectionCount = 5
  private static let shapeFixedSize: UInt64 = 48

  init(_ file: FileBytes, range: Range<UInt64>, model: MemoryModel) throws(FormatError) {
    let sections = try Self.readSections(file, range)
    (sites, module) = (sections[3], sections[4])
    (functionsOffset, entriesOffset) = (sections[1].lowerBound, sections[2].lowerBound)

    let size = UInt64(sections[0].count)
    var shape = FieldReader(file, .e4_metadata, at: sections[0].lowerBound)
    try shape.require(size >= Self.shapeFixedSize, "the shape is too short")
    functionTableAddress = UInt64(try shape.u32())
    functionCount = UInt64(try shape.u32())
    try shape.require(functionCount >= 1, "no function")
    let (memoryCount, tableCount, globalCount) = (try shape.u32(), try shape.u32(), try shape.u32())
    transferCells = Int(try shape.u32())
    try shape.require(transferCells <= ContextLayout.maximumTransferCells, "too many transfer cells")
    let imported = try shape.u32()
    importedFunctionCount = Int(imported)
    let wasmFunctionCount = file.read(UInt32.self, at: shape.next) ?? 0
    try shape.require(imported <= wasmFunctionCount, "more imported functions than functions")
    _ = try shape.u32()
    let start = try shape.u32()
    try shape.require(start == .max || start < wasmFunctionCount, "the start function does not exist")
    startFunction = start == .max ? nil : Int(start)
    dataSegmentCount = Int(try shape.u32())
    elementSegmentCount = Int(try shape.u32())
    returnsStatus = try shape.flags(1, "module") & 1 != 0
    // Each count is below 2^32, so the sum is far below 2^64.
    let items = 8 * UInt64(memoryCount) + 24 * UInt64(tableCount) + 4 * UInt64(globalCount)
    guard size == Self.shapeFixedSize + items else {
      throw FormatError(.e4_metadata, at: sections[0].lowerBound, "the shape's size does not fit its counts")
    }
    for index in 0..<memoryCount { memories.append(try Self.readMemory(&shape, isFirst: index == 0, model)) }
    for _ in 0..<tableCount { tables.append(try Self.readTable(&shape)) }
    for _ in 0..<globalCount {
      let flags = try shape.flags(15, "global")
      globals.append(
        GlobalShape(
          isImported: flags & 1 != 0, isMutable: flags & 2 != 0, isReference: flags & 4 != 0,
          isExported: flags & 8 != 0))
    }
    for section in sections[1...2] where section.count != 4 * Int(wasmFunctionCount) {
      throw FormatError(.e4_metadata, at: section.lowerBound, "not one word for each wasm function")
    }
    var functions = FieldReader(file, .e4_metadata, at: functionsOffset)
    var entries = FieldReader(file, .e4_metadata, at: entriesOffset)
    for _ in 0..<wasmFunctionCount {
      recordOfWasmFunction.append(try functions.u32())
      entryOfWasmFunction.append(try entries.u32())
    }
  }

  private static func readSections(_ file: FileBytes, _ range: Range<UInt64>) throws(FormatError) -> [Range<UInt64>] {
    let start = range.lowerBound
    let headerSize = UInt64(8 + 8 * sectionCount)
    var header = FieldReader(file, .e4_metadata, at: start)
    try header.require(UInt64(range.count) >= headerSize, "no metadata header")
    let magic = try header.u32()
    try header.require(magic == 0x4D54_4C48, "no metadata header")
    let count = try header.u32()
    try header.require(count == sectionCount, "not \(sectionCount) sections")
    var sections: [Range<UInt64>] = []
    var previousEnd = start + headerSize
    for _ in 0..<sectionCount {
      let first = start + UInt64(try header.u32())
      try header.require((first - start) % 8 == 0, "section not at a multiple of 8")
      let isBehind = first >= previousEnd && first <= range.upperBound
      try header.require(isBehind, "section overlaps what is before it, or begins outside the segment")
      let size = UInt64(try header.u32())
      guard size <= range.upperBound - first else {
        throw FormatError(.e4_metadata, at: header.last - 4, "section ends outside the segment")
      }
      try requireZero(file, previousEnd..<first)
      previousEnd = first + size
      sections.append(first..<previousEnd)
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
    _ shape: inout FieldReader, isFirst: Bool, _ model: MemoryModel
  ) throws(FormatError) -> MemoryShape {
    let flags = try shape.flags(3, "memory")
    let is64Bit = flags & 2 != 0
    let k = Int(try shape.u32())
    let least = isFirst && model == .seg32 ? 32 : 16
    let most = isFirst && model == .seg32 ? 32 : is64Bit ? 40 : isFirst ? 31 : 32
    try shape.require(least <= k && k <= most, "k = \(k) is not allowed here")
    return MemoryShape(isImported: flags & 1 != 0, is64Bit: is64Bit, k: k)
  }

  private static func readTable(_ shape: inout FieldReader) throws(FormatError) -> TableShape {
    let flags = try shape.flags(15, "table")
    let k = Int(try shape.u32())
    try shape.require(k <= 24, "k = \(k) is not allowed for a table")
    let minimum = try shape.u64()
    try shape.require(minimum <= 1 << UInt64(k), "a declared minimum above 2^k elements")
    return TableShape(
      isImported: flags & 1 != 0, isExported: flags & 2 != 0, is64Bit: flags & 4 != 0,
      holdsExternalReferences: flags & 8 != 0, k: k, minimum: minimum, maximum: try shape.u64())
  }
}
