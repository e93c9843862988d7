/// A breach of the file format: where the file broke which rule.
struct FormatError: Error {
  let rule: Rule
  let location: Location
  let message: String

  init(_ rule: Rule, at offset: UInt64, _ message: String) {
    (self.rule, location, self.message) = (rule, .fileOffset(offset), message)
  }

  init(_ rule: Rule, address: UInt64, _ message: String) {
    (self.rule, location, self.message) = (rule, .address(address), message)
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
    guard offset <= count, UInt64(MemoryLayout<Value>.size) <= count - offset else { return nil }
    return Value(littleEndian: buffer.loadUnaligned(fromByteOffset: Int(offset), as: Value.self))
  }

  /// The bytes of `range` that the file has.
  func slice(_ range: Range<UInt64>) -> [UInt8] {
    let clamped = range.clamped(to: 0..<count)
    return Array(buffer[Int(clamped.lowerBound)..<Int(clamped.upperBound)])
  }

  /// The first offset of `range` that holds anything but zero, or that the file lacks.
  func firstNonZero(in range: Range<UInt64>) -> UInt64? {
    guard range.upperBound <= count else { return range.lowerBound }
    return buffer[Int(range.lowerBound)..<Int(range.upperBound)].firstIndex { $0 != 0 }.map(UInt64.init)
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

/// Reads a structure's little-endian fields in order. A breach is located at the field read last.
struct FieldReader {
  let file: FileBytes
  let rule: Rule
  private(set) var next: UInt64
  private(set) var last: UInt64

  init(_ file: FileBytes, _ rule: Rule, at offset: UInt64) {
    (self.file, self.rule, next, last) = (file, rule, offset, offset)
  }

  mutating func read<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(FormatError) -> Value {
    guard let value = file.read(type, at: next) else { throw FormatError(rule, at: next, "the file ends here") }
    last = next
    next += UInt64(MemoryLayout<Value>.size)
    return value
  }

  mutating func u32() throws(FormatError) -> UInt32 { try read() }
  mutating func u64() throws(FormatError) -> UInt64 { try read() }

  /// 32 bits, of which only those of `known` may be set.
  mutating func flags(_ known: UInt32, _ what: String) throws(FormatError) -> UInt32 {
    let flags = try u32()
    try require(flags & ~known == 0, "unknown \(what) flags")
    return flags
  }

  func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(FormatError) {
    if !condition { throw FormatError(rule, at: last, what()) }
  }
}
