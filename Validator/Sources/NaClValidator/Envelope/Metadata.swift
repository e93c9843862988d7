/// The metadata segment: the shape, and the functions' and entries' tables (rule E4). Sites and module are
/// located, not read.
struct Metadata: Hashable {
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
  let sites, module: Range<Int>

  /// Memory 0 in the mask model, in seg32; any other memory.
  private enum MemoryUse { case slot, segment, further }

  private static let sectionCount = 5
  private static let shapeFixedSize = 48

  init(_ file: FileBytes, range: Range<UInt64>, model: MemoryModel) throws(Violation) {
    let sections = try Self.readSections(file, range)
    sites = Int(sections[3].lowerBound)..<Int(sections[3].upperBound)
    module = Int(sections[4].lowerBound)..<Int(sections[4].upperBound)
    (functionsOffset, entriesOffset) = (sections[1].lowerBound, sections[2].lowerBound)

    var shape = FieldReader(file, .e4_metadata, at: sections[0].lowerBound)
    try shape.require(sections[0].count >= Self.shapeFixedSize, "the shape is too short")
    functionTableAddress = UInt64(try shape.u32())
    functionCount = UInt64(try shape.u32())
    try shape.require(functionCount >= 1, "no function")
    let (memoryCount, tableCount, globalCount) = (try shape.count(), try shape.count(), try shape.count())
    transferCells = try shape.count()
    try shape.require(transferCells <= ContextLayout.maximumTransferCells, "too many transfer cells")
    importedFunctionCount = try shape.count()
    let importsAt = shape.last
    let wasmFunctionCount = try shape.count()
    try shape.require(importedFunctionCount <= wasmFunctionCount, at: importsAt, "more imported functions than functions")
    let start = try shape.u32()
    try shape.require(start == .max || start < wasmFunctionCount, "the start function does not exist")
    startFunction = start == .max ? nil : Int(start)
    (dataSegmentCount, elementSegmentCount) = (try shape.count(), try shape.count())
    returnsStatus = try shape.flags(1, "module") & 1 != 0
    // Each count is below 2^32, so the sum is far below 2^63.
    guard sections[0].count == Self.shapeFixedSize + 8 * memoryCount + 24 * tableCount + 4 * globalCount else {
      throw Violation(.e4_metadata, at: sections[0].lowerBound, "the shape's size does not fit its counts")
    }
    let first: MemoryUse = model == .seg32 ? .segment : .slot
    for index in 0..<memoryCount { memories.append(try Self.readMemory(&shape, index == 0 ? first : .further)) }
    for _ in 0..<tableCount { tables.append(try Self.readTable(&shape)) }
    for _ in 0..<globalCount { globals.append(try Self.readGlobal(&shape)) }
    for section in sections[1...2] where section.count != 4 * wasmFunctionCount {
      throw Violation(.e4_metadata, at: section.lowerBound, "not one word for each wasm function")
    }
    var functions = FieldReader(file, .e4_metadata, at: functionsOffset)
    for _ in 0..<wasmFunctionCount { recordOfWasmFunction.append(try functions.u32()) }
    var entries = FieldReader(file, .e4_metadata, at: entriesOffset)
    for _ in 0..<wasmFunctionCount { entryOfWasmFunction.append(try entries.u32()) }
  }

  private static func readSections(_ file: FileBytes, _ range: Range<UInt64>) throws(Violation) -> [Range<UInt64>] {
    let start = range.lowerBound
    let headerSize = 8 + 8 * sectionCount
    var header = FieldReader(file, .e4_metadata, at: start)
    try header.require(range.count >= headerSize, "no metadata header")
    let magic = try header.u32()
    try header.require(magic == 0x4D54_4C48, "no metadata header")
    let count = try header.u32()
    try header.require(count == sectionCount, "not \(sectionCount) sections")
    var sections: [Range<UInt64>] = []
    var previousEnd = start + UInt64(headerSize)
    for _ in 0..<sectionCount {
      let first = start + UInt64(try header.u32())
      try header.require((first - start) % 8 == 0, "section not at a multiple of 8")
      let isBehind = first >= previousEnd && first <= range.upperBound
      try header.require(isBehind, "section overlaps what is before it, or begins outside the segment")
      let (startAt, size) = (header.last, UInt64(try header.u32()))
      try header.require(size <= range.upperBound - first, at: startAt, "section ends outside the segment")
      try file.requireZero(previousEnd..<first, .e4_metadata, "between sections")
      previousEnd = first + size
      sections.append(first..<previousEnd)
    }
    try file.requireZero(previousEnd..<range.upperBound, .e4_metadata, "behind the last section")
    return sections
  }

  private static func readMemory(_ shape: inout FieldReader, _ use: MemoryUse) throws(Violation) -> MemoryShape {
    let flags = try shape.flags(3, "memory")
    let is64Bit = flags & 2 != 0
    let k = try shape.count()
    let allowed = use == .segment ? 32...32 : 16...(is64Bit ? 40 : use == .slot ? 31 : 32)
    try shape.require(allowed.contains(k), "k = \(k) is not allowed here")
    return MemoryShape(isImported: flags & 1 != 0, is64Bit: is64Bit, k: k)
  }

  private static func readTable(_ shape: inout FieldReader) throws(Violation) -> TableShape {
    let flags = try shape.flags(15, "table")
    let k = try shape.count()
    try shape.require(k <= 24, "k = \(k) is not allowed for a table")
    let minimum = try shape.u64()
    try shape.require(minimum <= 1 << UInt64(k), "a declared minimum above 2^k elements")
    return TableShape(
      isImported: flags & 1 != 0, isExported: flags & 2 != 0, is64Bit: flags & 4 != 0,
      holdsExternalReferences: flags & 8 != 0, k: k, minimum: minimum, maximum: try shape.u64())
  }

  private static func readGlobal(_ shape: inout FieldReader) throws(Violation) -> GlobalShape {
    let flags = try shape.flags(15, "global")
    return GlobalShape(
      isImported: flags & 1 != 0, isMutable: flags & 2 != 0, isReference: flags & 4 != 0, isExported: flags & 8 != 0)
  }
}
