/// Little-endian integers appended to a byte array.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
  mutating func write(u8 value: UInt8) { bytes.append(value) }
  mutating func write(u16 value: UInt16) { write(value) }
  mutating func write(u32 value: UInt32) { write(value) }
  mutating func write(u64 value: UInt64) { write(value) }
  mutating func write(_ raw: [UInt8]) { bytes.append(contentsOf: raw) }

  /// Zero bytes up to a multiple of `alignment`.
  mutating func align(_ alignment: Int) {
    let rest = bytes.count % alignment
    if rest != 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - rest)) }
  }
}
