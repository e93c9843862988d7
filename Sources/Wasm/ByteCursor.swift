import Entities

/// A position in a module's bytes, with the primitive readers of the binary format (specification 5.1 and 5.2).
///
/// Invariant: offset <= end <= bytes.count, so that a read needs one comparison.
struct ByteCursor: Sendable {
  let bytes: [UInt8]
  private(set) var offset: Int
  /// Where the innermost section or body ends.
  private(set) var end: Int

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range beyond the bytes")
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { offset == end }
  var remaining: Int { end - offset }
  func peek() -> UInt8? { offset < end ? bytes[offset] : nil }

  /// Running out inside a section is another reason than running out of bytes.
  private func outOfBytes() -> WasmError {
    WasmError(end == bytes.count ? .unexpectedEnd : .unexpectedEndOfSection, at: end)
  }

  @inline(__always)
  mutating func readByte() throws(WasmError) -> UInt8 {
    if offset >= end { throw outOfBytes() }
    let byte = bytes[offset]
    offset += 1
    return byte
  }

  mutating func skip(_ count: Int) throws(WasmError) {
    if count > remaining { throw outOfBytes() }
    offset += count
  }

  /// Narrows the cursor to the next `size` bytes; returns the end to `leave` to.
  mutating func enter(_ size: Int, at sizeOffset: Int) throws(WasmError) -> Int {
    if size > remaining {
      throw WasmError(.lengthOutOfBounds, at: sizeOffset, "\(size) bytes, but \(remaining) remain")
    }
    let outer = end
    end = offset + size
    return outer
  }

  /// Widens the cursor again behind what it was narrowed to.
  mutating func leave(to outer: Int) {
    offset = end
    end = outer
  }

  // MARK: Integers

  /// u32 as unsigned LEB128: at most five bytes; the fifth carries four value bits (specification 5.2.2).
  @inline(__always)
  mutating func readU32() throws(WasmError) -> UInt32 {
    if offset < end {
      let byte = bytes[offset]
      if byte < 0x80 {
        offset += 1
        return UInt32(byte)
      }
    }
    return UInt32(try readUnsigned(bits: 32))
  }

  mutating func readU64() throws(WasmError) -> UInt64 { try readUnsigned(bits: 64) }

  private mutating func readUnsigned(bits: UInt64) throws(WasmError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readByte()
      if shift + 7 > bits {
        // The last byte that fits: no bits beyond the width, and no continuation.
        if (byte & 0x7f) >> (bits - shift) != 0 {
          throw WasmError(.integerTooLarge, at: start, "more than \(bits) bits")
        }
        if byte >= 0x80 { throw tooLong(bits, at: start) }
      }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  private func tooLong(_ bits: UInt64, at start: Int) -> WasmError {
    WasmError(.integerTooLong, at: start, "more than \((bits + 6) / 7) bytes for \(bits) bits")
  }

  mutating func readI32() throws(WasmError) -> Int32 { Int32(truncatingIfNeeded: try readSigned(bits: 32)) }
  mutating func readI64() throws(WasmError) -> Int64 { try readSigned(bits: 64) }
  /// A block type: a type index as a positive number, else a type's byte as a negative one.
  mutating func readS33() throws(WasmError) -> Int64 { try readSigned(bits: 33) }

  private mutating func readSigned(bits: UInt64) throws(WasmError) -> Int64 {
    let start = offset
    var value: Int64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readByte()
      if shift + 7 > bits {
        // The unused bits must repeat the sign bit.
        let unused = Int8(bitPattern: byte << 1) >> Int8(bits - shift)
        if unused != 0 && unused != -1 { throw WasmError(.integerTooLarge, at: start, "more than \(bits) bits") }
        if byte >= 0x80 { throw tooLong(bits, at: start) }
      }
      value |= Int64(byte & 0x7f) << Int64(shift)
      shift += 7
      if byte < 0x80 {
        if shift < 64 && byte & 0x40 != 0 { value |= -1 << Int64(shift) }
        return value
      }
    }
  }

  /// Four bytes, little-endian.
  mutating func readFixed32() throws(WasmError) -> UInt32 {
    var value: UInt32 = 0
    for shift in stride(from: UInt32(0), to: 32, by: 8) { value |= UInt32(try readByte()) << shift }
    return value
  }

  mutating func readFixed64() throws(WasmError) -> UInt64 {
    let low = try readFixed32()
    return UInt64(low) | UInt64(try readFixed32()) << 32
  }

  // MARK: Vectors and names

  /// The length of a vector. It is a claim: reserve no more than `plausible` makes of it.
  mutating func readCount(limit: Int, of what: String) throws(WasmError) -> Int {
    let start = offset
    let count = Int(try readU32())
    if count > limit { throw WasmError(.implementationLimit, at: start, "\(count) \(what), at most \(limit)") }
    return count
  }

  /// At most as many elements as the remaining bytes can hold, if each takes `elementSize` bytes at least.
  func plausible(_ count: Int, elementSize: Int) -> Int { min(count, remaining / elementSize) }

  /// A length and that many bytes.
  mutating func readByteRange() throws(WasmError) -> Range<Int> {
    let start = offset
    let count = Int(try readU32())
    if count > remaining {
      throw WasmError(.lengthOutOfBounds, at: start, "\(count) bytes, but \(remaining) remain")
    }
    offset += count
    return offset - count..<offset
  }

  mutating func readName() throws(WasmError) -> String {
    let range = try readByteRange()
    guard let name = String(validating: bytes[range], as: UTF8.self) else {
      throw WasmError(.malformedUTF8, at: range.lowerBound)
    }
    return name
  }
}

/// Numbers beyond which a module is refused: those of the WebAssembly JavaScript interface (section 7), which all
/// engines share.
public enum ImplementationLimit {
  public static let types = 1_000_000
  public static let functions = 1_000_000
  public static let imports = 1_000_000
  public static let exports = 1_000_000
  public static let globals = 1_000_000
  public static let tables = 100_000
  public static let memories = 100
  public static let tags = 1_000_000
  /// Of a structure type.
  public static let fields = 10_000
  /// Of a try_table.
  public static let catches = 10_000
  public static let segments = 100_000
  public static let segmentItems = 10_000_000
  public static let parameters = 1_000
  public static let results = 1_000
  public static let locals = 50_000
  public static let bodySize = 7_654_321
}
