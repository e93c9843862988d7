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

  /// What nothing reads is zero. `range` is within the file.
  func requireZero(_ range: Range<UInt64>, _ rule: Rule, _ what: String) throws(Violation) {
    let stray = buffer[Int(range.lowerBound)..<Int(range.upperBound)].firstIndex { $0 != 0 }
    if let stray { throw Violation(rule, at: UInt64(stray), "a byte \(what) is not zero") }
  }

  /// 16 bytes from `offset`, zeros past `end` or past the file's end.
  @inline(__always) func window(at offset: UInt64, end: UInt64) -> ByteWindow {
    let available = min(end, count)
    if offset <= available, available - offset >= 16 {
      let bits = buffer.loadUnaligned(fromByteOffset: Int(offset), as: UInt128.self)
      return ByteWindow(bits: UInt128(littleEndian: bits))
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

  mutating func read<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(Violation) -> Value {
    guard let value = file.read(type, at: next) else { throw Violation(rule, at: next, "the file ends here") }
    (last, next) = (next, next + UInt64(MemoryLayout<Value>.size))
    return value
  }

  mutating func u32() throws(Violation) -> UInt32 { try read() }
  mutating func u64() throws(Violation) -> UInt64 { try read() }
  /// 32 bits, a number of things.
  mutating func count() throws(Violation) -> Int { Int(try u32()) }

  /// 32 bits, of which only those of `known` may be set.
  mutating func flags(_ known: UInt32, _ what: String) throws(Violation) -> UInt32 {
    let flags = try u32()
    try require(flags & ~known == 0, "unknown \(what) flags")
    return flags
  }

  /// One byte, a case of an enumeration.
  mutating func choice<Value: RawRepresentable<UInt8>>(_ what: String) throws(Violation) -> Value {
    guard let value = Value(rawValue: try read()) else { throw Violation(rule, at: last, "unknown \(what)") }
    return value
  }

  func require(_ condition: Bool, at offset: UInt64? = nil, _ what: @autoclosure () -> String) throws(Violation) {
    if !condition { throw Violation(rule, at: offset ?? last, what()) }
  }
}
