/// The five segments of a nexe, every *must* of docs/NEXE.md's "File" checked (rules E1, E2, C7). Sections are
/// never read.
struct ELFImage {
  let text: LoadedSegment
  let readOnlyData: LoadedSegment
  let note: Range<UInt64>
  let metadata: Range<UInt64>

  private struct ProgramHeader {
    let type, flags: UInt32
    let offset, virtualAddress, physicalAddress, fileSize, memorySize, alignment: UInt64
  }

  private static let headerSize: UInt64 = 64
  private static let entrySize: UInt64 = 56
  private static let loadPage: UInt64 = 4096
  private static let names = ["text", "read-only data", "note", "metadata", "tools' data"]
  /// type, flags, alignment of each segment, in order.
  private static let expected: [(type: UInt32, flags: UInt32, alignment: UInt64)] = [
    (1, 5, 4096), (1, 4, 4096), (4, 4, 4), (0x6841_4C01, 4, 8), (0x6841_4C02, 4, 8),
  ]

  init(_ file: FileBytes) throws(FormatError) {
    try Self.checkHeader(file)
    var headers: [ProgramHeader] = []
    var previousEnd = Self.headerSize + Self.entrySize * UInt64(Self.expected.count)
    for index in Self.expected.indices {
      let header = try Self.readProgramHeader(file, index)
      let at = Self.headerSize + Self.entrySize * UInt64(index)
      try Self.check(header, index, at)
      let (end, overflow) = header.offset.addingReportingOverflow(header.fileSize)
      guard !overflow, end <= file.count else {
        throw FormatError(.e2_segments, at: at + 8, "segment past the file's end")
      }
      guard header.offset >= previousEnd else {
        throw FormatError(.e2_segments, at: at + 8, "segment overlaps what is before it")
      }
      if let stray = file.firstNonZero(in: previousEnd..<header.offset) {
        throw FormatError(.e2_segments, at: stray, "a byte outside every segment is not zero")
      }
      previousEnd = end
      headers.append(header)
    }
    guard previousEnd == file.count else {
      throw FormatError(.e2_segments, at: previousEnd, "the file goes on behind its last segment")
    }
    text = LoadedSegment(address: headers[0].virtualAddress, size: headers[0].fileSize)
    readOnlyData = LoadedSegment(address: headers[1].virtualAddress, size: headers[1].fileSize)
    note = headers[2].offset..<headers[2].offset + headers[2].fileSize
    metadata = headers[3].offset..<headers[3].offset + headers[3].fileSize
    // Both ends are at most the file's size here, so the sum cannot overflow.
    guard text.end + readOnlyData.end < 1 << 31 else {
      throw FormatError(.c7_size, at: Self.headerSize, "text and read-only data reach 2^31 bytes")
    }
  }

  private static func checkHeader(_ file: FileBytes) throws(FormatError) {
    func expect<Value: FixedWidthInteger>(_ offset: UInt64, _ values: [Value], _ what: String) throws(FormatError) {
      guard let value = file.read(Value.self, at: offset), values.contains(value) else {
        throw FormatError(.e1_elfHeader, at: offset, what)
      }
    }
    try expect(0, [UInt32(0x464C_457F)], "not an ELF file")
    try expect(4, [UInt8(2)], "not a 64-bit file")
    try expect(5, [UInt8(1)], "not little-endian")
    try expect(6, [UInt8(1)], "unknown ELF version")
    try expect(7, [UInt8(0)], "OSABI is not 0")
    try expect(8, [UInt64(0)], "ABI version or padding is not 0")
    try expect(16, [UInt16(3)], "not ET_DYN")
    try expect(18, [UInt16(62)], "not for x86-64")
    try expect(20, [UInt32(1)], "unknown ELF version")
    try expect(24, [UInt64(0)], "e_entry is not 0")
    try expect(32, [UInt64(64)], "e_phoff is not 64")
    try expect(48, [UInt32(0)], "e_flags is not 0")
    try expect(52, [UInt16(64)], "e_ehsize is not 64")
    try expect(54, [UInt16(56)], "e_phentsize is not 56")
    try expect(56, [UInt16(5)], "e_phnum is not 5")
    try expect(58, [UInt16(0), UInt16(64)], "e_shentsize is neither 64 nor 0")
  }

  private static func readProgramHeader(_ file: FileBytes, _ index: Int) throws(FormatError) -> ProgramHeader {
    let at = headerSize + entrySize * UInt64(index)
    return ProgramHeader(
      type: try file.u32(at, .e2_segments), flags: try file.u32(at + 4, .e2_segments),
      offset: try file.u64(at + 8, .e2_segments), virtualAddress: try file.u64(at + 16, .e2_segments),
      physicalAddress: try file.u64(at + 24, .e2_segments), fileSize: try file.u64(at + 32, .e2_segments),
      memorySize: try file.u64(at + 40, .e2_segments), alignment: try file.u64(at + 48, .e2_segments))
  }

  private static func check(_ header: ProgramHeader, _ index: Int, _ at: UInt64) throws(FormatError) {
    func require(_ condition: Bool, _ field: UInt64, _ what: String) throws(FormatError) {
      if !condition { throw FormatError(.e2_segments, at: at + field, "\(names[index]): \(what)") }
    }
    try require(header.type == expected[index].type, 0, "wrong segment type")
    try require(header.flags == expected[index].flags, 4, "wrong segment flags")
    try require(header.alignment == expected[index].alignment, 48, "wrong alignment")
    guard index < 2 else {
      try require(header.virtualAddress == 0, 16, "has an address")
      try require(header.physicalAddress == 0, 24, "has an address")
      return try require(header.memorySize == 0, 40, "takes memory")
    }
    try require(header.virtualAddress == header.offset, 16, "address is not the file offset")
    try require(header.physicalAddress == header.offset, 24, "physical address is not the file offset")
    try require(header.memorySize == header.fileSize, 40, "size in memory is not the size in the file")
    try require(header.fileSize > 0, 32, "is empty")
    try require(header.offset % loadPage == 0, 8, "not at a multiple of 4096")
    if index == 0 {
      try require(header.offset == loadPage, 8, "not at 4096")
      try require(header.fileSize % 32 == 0, 32, "not a whole number of bundles")
    }
  }
}
