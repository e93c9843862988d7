/// The five segments of a nexe, every *must* of docs/NEXE.md's "File" checked (rules E1, E2, C7). Sections are
/// never read.
struct ELFImage: Hashable {
  let text: LoadedSegment
  let readOnlyData: LoadedSegment
  let note: Range<UInt64>
  let metadata: Range<UInt64>

  private static let headerSize: UInt64 = 64
  private static let entrySize: UInt64 = 56
  /// Where the file offset of the note stands.
  static let noteOffsetField = headerSize + 2 * entrySize + 8
  /// Each segment's type, flags and alignment, in order.
  private static let segments: [(name: String, type: UInt32, flags: UInt32, alignment: UInt64)] = [
    ("text", 1, 5, 4096), ("read-only data", 1, 4, 4096), ("note", 4, 4, 4), ("metadata", 0x6841_4C01, 4, 8),
    ("tools' data", 0x6841_4C02, 4, 8),
  ]

  init(_ file: FileBytes) throws(Violation) {
    try Self.checkHeader(file)
    var ranges: [Range<UInt64>] = []
    var previousEnd = Self.headerSize + Self.entrySize * UInt64(Self.segments.count)
    for (index, expected) in Self.segments.enumerated() {
      let start = Self.headerSize + Self.entrySize * UInt64(index)
      var fields = FieldReader(file, .e2_segments, at: start)
      let (type, flags) = (try fields.u32(), try fields.u32())
      let (offset, virtual, physical) = (try fields.u64(), try fields.u64(), try fields.u64())
      let (size, memorySize, alignment) = (try fields.u64(), try fields.u64(), try fields.u64())
      let (isLoaded, isText) = (index < 2, index == 0)
      let (end, overflows) = offset.addingReportingOverflow(size)
      let checks: [(holds: Bool, field: UInt64, what: String)] = [
        (type == expected.type, 0, "wrong segment type"), (flags == expected.flags, 4, "wrong segment flags"),
        (alignment == expected.alignment, 48, "wrong alignment"),
        (virtual == (isLoaded ? offset : 0), 16, "address is not the file offset, or 0 if it is not loaded"),
        (physical == (isLoaded ? offset : 0), 24, "physical address is not the file offset, or 0 if it is not loaded"),
        (memorySize == (isLoaded ? size : 0), 40, "size in memory is not that in the file, or 0 if it is not loaded"),
        (!isLoaded || size > 0, 32, "is empty"), (!isLoaded || offset % 4096 == 0, 8, "not at a multiple of 4096"),
        (!isText || offset == 4096, 8, "not at 4096"),
        (!isText || size % CodeReader.bundleSize == 0, 32, "not a whole number of bundles"),
        (!overflows && end <= file.count, 8, "segment past the file's end"),
        (offset >= previousEnd, 8, "segment overlaps what is before it"),
      ]
      for check in checks where !check.holds {
        throw Violation(.e2_segments, at: start + check.field, "\(expected.name): \(check.what)")
      }
      try file.requireZero(previousEnd..<offset, .e2_segments, "outside every segment")
      previousEnd = end
      ranges.append(offset..<end)
    }
    guard previousEnd == file.count else {
      throw Violation(.e2_segments, at: previousEnd, "the file goes on behind its last segment")
    }
    text = LoadedSegment(address: ranges[0].lowerBound, size: UInt64(ranges[0].count))
    readOnlyData = LoadedSegment(address: ranges[1].lowerBound, size: UInt64(ranges[1].count))
    (note, metadata) = (ranges[2], ranges[3])
    // Both ends are at most the file's size here, so the sum cannot overflow.
    guard text.end + readOnlyData.end < 1 << 31 else {
      throw Violation(.c7_size, at: Self.headerSize, "text and read-only data reach 2^31 bytes")
    }
  }

  private static func checkHeader(_ file: FileBytes) throws(Violation) {
    func expect<Value: FixedWidthInteger>(_ offset: UInt64, _ values: Value..., what: String) throws(Violation) {
      guard let value = file.read(Value.self, at: offset), values.contains(value) else {
        throw Violation(.e1_elfHeader, at: offset, what)
      }
    }
    try expect(0, UInt32(0x464C_457F), what: "not an ELF file")
    try expect(4, UInt8(2), what: "not a 64-bit file")
    try expect(5, UInt8(1), what: "not little-endian")
    try expect(6, UInt8(1), what: "unknown ELF version")
    try expect(7, UInt8(0), what: "OSABI is not 0")
    try expect(8, UInt64(0), what: "ABI version or padding is not 0")
    try expect(16, UInt16(3), what: "not ET_DYN")
    try expect(18, UInt16(62), what: "not for x86-64")
    try expect(20, UInt32(1), what: "unknown ELF version")
    try expect(24, UInt64(0), what: "e_entry is not 0")
    try expect(32, UInt64(64), what: "e_phoff is not 64")
    try expect(48, UInt32(0), what: "e_flags is not 0")
    try expect(52, UInt16(64), what: "e_ehsize is not 64")
    try expect(54, UInt16(56), what: "e_phentsize is not 56")
    try expect(56, UInt16(5), what: "e_phnum is not 5")
    try expect(58, UInt16(0), UInt16(64), what: "e_shentsize is neither 64 nor 0")
  }
}
