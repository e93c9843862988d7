/// A breach of the file format: where the file broke which rule.
struct FormatError: Error {
  let rule: Rule
  let location: Location
  let message: String

  init(_ rule: Rule, at offset: UInt64, _ message: String) {
    self.rule = rule
    self.location = .fileOffset(offset)
    self.message = message
  }

  init(_ rule: Rule, address: UInt64, _ message: String) {
    self.rule = rule
    self.location = .address(address)
    self.message = message
  }
}

/// The file's bytes behind bounds-checked little-endian reads. The only place that reads the buffer at computed
/// offsets; the decoder gets a copy of at most 16 bytes from here. Sendable, since nobody writes them (rule R7).
struct FileBytes: @unchecked Sendable {
  private let buffer: UnsafeRawBufferPointer

  init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

  var count: UInt64 { UInt64(buffer.count) }

  /// Reads past the end give nil.
  func read<Value: FixedWidthInteger>(_ type: Value.Type, at offset: UInt64) -> Value? {
    let size = UInt64(MemoryLayout<Value>.size)
    guard offset <= count, size <= count - offset else { return nil }
    return Value(littleEndian: buffer.loadUnaligned(fromByteOffset: Int(offset), as: Value.self))
  }

  func u8(_ offset: UInt64, _ rule: Rule) throws(FormatError) -> UInt8 { try require(offset, rule) }
  func u16(_ offset: UInt64, _ rule: Rule) throws(FormatError) -> UInt16 { try require(offset, rule) }
  func u32(_ offset: UInt64, _ rule: Rule) throws(FormatError) -> UInt32 { try require(offset, rule) }
  func u64(_ offset: UInt64, _ rule: Rule) throws(FormatError) -> UInt64 { try require(offset, rule) }

  private func require<Value: FixedWidthInteger>(_ offset: UInt64, _ rule: Rule) throws(FormatError) -> Value {
    guard let value = read(Value.self, at: offset) else { throw FormatError(rule, at: offset, "the file ends here") }
    return value
  }

  /// The bytes of `range` that the file has.
  func slice(_ range: Range<UInt64>) -> [UInt8] {
    let clamped = range.clamped(to: 0..<count)
    return Array(buffer[Int(clamped.lowerBound)..<Int(clamped.upperBound)])
  }

  /// The first offset of `range` that holds anything but zero, or that the file lacks.
  func firstNonZero(in range: Range<UInt64>) -> UInt64? {
    guard range.upperBound <= count else { return range.lowerBound }
    let bytes = buffer[Int(range.lowerBound)..<Int(range.upperBound)]
    return bytes.firstIndex { $0 != 0 }.map(UInt64.init)
  }

  /// 16 bytes from `offset`, zeros past `end` or past the file's end.
  @inline(__always) func window(at offset: UInt64, end: UInt64) -> ByteWindow {
    let available = min(end, count)
    if offset <= available, available - offset >= 16 {
      let at = Int(offset)
      return ByteWindow(
        low: UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: at, as: UInt64.self)),
        high: UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)))
    }
    return ByteWindow(slice(min(offset, available)..<available))
  }
}
