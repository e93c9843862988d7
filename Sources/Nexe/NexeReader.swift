/// Why a file is not a nexe that tools can show.
public struct NexeReadError: Error, Sendable, CustomStringConvertible {
  /// Byte offset in the file.
  public var offset: Int
  public var expectation: String
  public var description: String { "offset \(offset): expected \(expectation)" }
}

/// Reads a nexe for people: `naclc inspect` and tests. It proves nothing; the validator has a reader of its own.
public enum NexeReader {
  /// What a nexe says of itself, with its parts as ranges of the file.
  public struct Contents: Sendable {
    public var model: MemoryModel
    public var policy: OutOfBoundsPolicy
    public var instructionSet: InstructionSet
    public var moduleHash: [UInt8]
    public var shape: Shape
    public var text: Range<Int>
    public var readOnlyData: Range<Int>
    public var metadata: Range<Int>
    public var functions: [FunctionRecord]
    public var importedFunctionCount: UInt32
    public var functionRecords: [UInt32]
    public var entries: [UInt32]
    public var startFunction: UInt32?
    public var sites: [Site]
    /// The wasm module without its code section.
    public var module: Range<Int>
  }

  public static func read(_ bytes: [UInt8]) throws(NexeReadError) -> Contents {
    let file = Reader(bytes: bytes)
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { throw file.error(0, "an ELF header") }
    guard try file.u16(56) == 5 else { throw file.error(56, "five program headers") }
    let text = try file.segment(0)
    let data = try file.segment(1)
    let note = try file.segment(2)
    let metadata = try file.segment(3)
    guard try file.u32(64 + 3 * 56) == NexeFormat.metadataSegment else {
      throw file.error(64 + 3 * 56, "the metadata segment")
    }

    let descriptor = note.lowerBound + 20
    let version = try file.u32(descriptor)
    guard version == NexeFormat.version else {
      throw file.error(descriptor, "format version \(NexeFormat.version), found \(version)")
    }
    guard let model = MemoryModel(rawValue: try file.u8(descriptor + 8)),
      let policy = OutOfBoundsPolicy(rawValue: try file.u8(descriptor + 9)),
      let instructionSet = InstructionSet(rawValue: try file.u8(descriptor + 10))
    else { throw file.error(descriptor + 8, "a known model, policy and instruction set") }

    guard try file.u32(metadata.lowerBound) == NexeFormat.metadataMagic else {
      throw file.error(metadata.lowerBound, "the metadata magic")
    }
    var sections: [Range<Int>] = []
    for index in 0..<5 {
      let entry = metadata.lowerBound + 8 + 8 * index
      let start = metadata.lowerBound + Int(try file.u32(entry))
      sections.append(try file.range(start, Int(try file.u32(entry + 4))))
    }

    let head = sections[0].lowerBound
    var shape = try file.shape(sections[0])
    for index in 0..<min(64, Int(try file.u32(descriptor + 12))) {
      let word = descriptor + 48 + 16 * index
      shape.limitWords.append(LimitWord(memory: try file.u32(word + 8), reach: try file.u64(word)))
    }
    let start = try file.u32(head + 32)
    return Contents(
      model: model, policy: policy, instructionSet: instructionSet,
      moduleHash: Array(bytes[try file.range(descriptor + 16, 32)]), shape: shape, text: text, readOnlyData: data,
      metadata: metadata,
      functions: try file.functionTable(at: Int(try file.u32(head)), count: Int(try file.u32(head + 4)), in: data),
      importedFunctionCount: try file.u32(head + 24), functionRecords: try file.words(sections[1]),
      entries: try file.words(sections[2]), startFunction: start == .max ? nil : start,
      sites: try file.sites(sections[3]), module: sections[4])
  }
}

/// Bounds-checked little-endian reads.
private struct Reader {
  let bytes: [UInt8]

  func error(_ offset: Int, _ expectation: String) -> NexeReadError {
    NexeReadError(offset: offset, expectation: expectation)
  }

  func range(_ start: Int, _ count: Int) throws(NexeReadError) -> Range<Int> {
    guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
      throw error(start, "\(count) bytes inside the file")
    }
    return start..<start + count
  }

  private func integer<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) throws(NexeReadError) -> T {
    let place = try range(offset, MemoryLayout<T>.size)
    return place.reversed().reduce(0) { $0 << 8 | T(truncatingIfNeeded: bytes[$1]) }
  }
  func u8(_ offset: Int) throws(NexeReadError) -> UInt8 { try integer(offset, UInt8.self) }
  func u16(_ offset: Int) throws(NexeReadError) -> UInt16 { try integer(offset, UInt16.self) }
  func u32(_ offset: Int) throws(NexeReadError) -> UInt32 { try integer(offset, UInt32.self) }
  func u64(_ offset: Int) throws(NexeReadError) -> UInt64 { try integer(offset, UInt64.self) }

  /// The file range of program header `index`.
  func segment(_ index: Int) throws(NexeReadError) -> Range<Int> {
    let header = 64 + 56 * index
    guard let start = Int(exactly: try u64(header + 8)), let size = Int(exactly: try u64(header + 32)) else {
      throw error(header + 8, "a segment inside the file")
    }
    return try range(start, size)
  }

  func words(_ section: Range<Int>) throws(NexeReadError) -> [UInt32] {
    var words: [UInt32] = []
    for offset in stride(from: section.lowerBound, to: section.upperBound, by: 4) { words.append(try u32(offset)) }
    return words
  }

  func functionTable(at address: Int, count: Int, in data: Range<Int>) throws(NexeReadError) -> [FunctionRecord] {
    let table = try range(address, count * 8)
    guard table.lowerBound >= data.lowerBound, table.upperBound <= data.upperBound else {
      throw error(address, "the function table inside the read-only data")
    }
    var records: [FunctionRecord] = []
    for offset in stride(from: table.lowerBound, to: table.upperBound, by: 8) {
      guard let kind = FunctionRecord.Kind(rawValue: try u32(offset + 4)) else {
        throw error(offset + 4, "record kind 0 or 1")
      }
      records.append(FunctionRecord(start: try u32(offset), kind: kind, name: ""))
    }
    return records
  }

  func shape(_ section: Range<Int>) throws(NexeReadError) -> Shape {
    var shape = Shape()
    let head = section.lowerBound
    var cursor = head + 48
    for _ in 0..<(try u32(head + 8)) {
      let flags = try u32(cursor)
      shape.memories.append(
        Shape.Memory(isImported: flags & 1 != 0, hasIndex64: flags & 2 != 0, log2Reach: try u32(cursor + 4)))
      cursor += 8
    }
    for _ in 0..<(try u32(head + 12)) {
      let flags = try u32(cursor)
      let maximum = try u64(cursor + 16)
      shape.tables.append(
        Shape.Table(
          isImported: flags & 1 != 0, isExported: flags & 2 != 0, hasIndex64: flags & 4 != 0,
          holdsExternal: flags & 8 != 0, log2Elements: try u32(cursor + 4), minimum: try u64(cursor + 8),
          maximum: maximum == .max ? nil : maximum))
      cursor += 24
    }
    for _ in 0..<(try u32(head + 16)) {
      let flags = try u32(cursor)
      shape.globals.append(
        Shape.Global(
          isImported: flags & 1 != 0, isMutable: flags & 2 != 0, isReference: flags & 4 != 0,
          isExported: flags & 8 != 0))
      cursor += 4
    }
    shape.transferCells = try u32(head + 20)
    shape.returnsStatus = try u32(head + 44) & 1 != 0
    return shape
  }

  func sites(_ section: Range<Int>) throws(NexeReadError) -> [Site] {
    var sites: [Site] = []
    for offset in stride(from: section.lowerBound, to: section.upperBound, by: 16) {
      guard let kind = Site.Kind(rawValue: try u8(offset + 12)) else { throw error(offset + 12, "site kind 0, 1 or 2") }
      sites.append(
        Site(
          returnAddress: try u32(offset), moduleOffset: try u32(offset + 4), function: try u32(offset + 8), kind: kind,
          trapCode: try u8(offset + 13), hasFrame: try u8(offset + 14) != 0, isInlined: try u8(offset + 15) != 0))
    }
    return sites
  }
}
