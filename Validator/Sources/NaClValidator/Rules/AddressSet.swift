/// A dense set of addresses in text.
struct AddressSet: ~Copyable, Sendable {
  private let origin: UInt64
  private let size: UInt64
  private var words = Buffer<UInt64>()

  init(_ text: LoadedSegment) {
    origin = text.address
    size = text.size
    words.fill(0, count: Int(text.size / 64) + 1)
  }

  mutating func insert(_ address: UInt64) {
    let offset = address &- origin
    if offset < size { words[Int(offset >> 6)] |= 1 << (offset & 63) }
  }

  /// False for any address outside text.
  func contains(_ address: UInt64) -> Bool {
    let offset = address &- origin
    return offset < size && words[Int(offset >> 6)] >> (offset & 63) & 1 == 1
  }
}
