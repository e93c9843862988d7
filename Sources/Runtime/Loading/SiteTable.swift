/// The nexe's word on its return addresses (docs/NEXE.md, "Sites"). Untrusted: read with bounds checks, shown to people
/// only.
struct SiteTable: Sendable {
  struct Site: Equatable {
    let returnAddress: UInt32
    let moduleOffset: UInt32
    let function: UInt32
    let kind: UInt8
    let trapCode: UInt8
    let hasFrame: Bool
    let isInlined: Bool
    var isTrap: Bool { kind == 1 }
  }

  private static let recordSize = 16
  let bytes: [UInt8]

  private var count: Int { bytes.count / Self.recordSize }

  /// The site of a return address, relative to text: the innermost, where calls were inlined. If the table is not sorted
  /// some sites are not found. O(log n).
  func site(at returnAddress: UInt32) -> Site? { record(position(of: returnAddress), of: returnAddress) }

  /// The site and, behind it, the frames it was inlined into.
  func sites(at returnAddress: UInt32) -> [Site] {
    var sites: [Site] = []
    var position = position(of: returnAddress)
    while let site = record(position, of: returnAddress) {
      sites.append(site)
      if !site.isInlined || sites.count == Self.longestChain { break }
      position += 1
    }
    return sites
  }

  /// More inlined frames at one place than the compiler makes: a hostile table must not cost more.
  private static let longestChain = 64

  /// Of the first record that is not below the address.
  private func position(of returnAddress: UInt32) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if word(middle * Self.recordSize) < returnAddress { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func record(_ position: Int, of returnAddress: UInt32) -> Site? {
    let start = position * Self.recordSize
    guard position < count, word(start) == returnAddress else { return nil }
    return Site(
      returnAddress: returnAddress, moduleOffset: word(start + 4), function: word(start + 8), kind: bytes[start + 12],
      trapCode: bytes[start + 13], hasFrame: bytes[start + 14] == 1, isInlined: bytes[start + 15] == 1)
  }

  private func word(_ offset: Int) -> UInt32 {
    bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
  }
}
