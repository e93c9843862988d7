/// The program has written as many bytes as it may (`WASI.maximumOutput`). Comes out of the host's call; no call of the program's
/// returns after it.
public struct OutputLimitReached: Error, Hashable, Sendable {
  public var maximum: UInt64
}

/// Nobody reads what the program writes to a standard stream (`WASI.endsOnBrokenStream`). Comes out of the host's call.
public struct BrokenStream: Error, Hashable, Sendable {}

/// What a program may still write, through all of its descriptors together.
struct OutputBudget {
  private let maximum: UInt64?
  private var left: UInt64

  init(_ maximum: UInt64?) {
    self.maximum = maximum
    left = maximum ?? .max
  }

  /// How many of `count` bytes may be written now. Throws `OutputLimitReached` if none may.
  func allowance(_ count: Int) throws -> Int {
    guard let maximum, count > 0 else { return count }
    guard left > 0 else { throw OutputLimitReached(maximum: maximum) }
    return Int(min(UInt64(count), left))
  }

  mutating func spend(_ count: UInt64) { if maximum != nil { left -= min(left, count) } }

  /// For what is granted as a whole or not at all.
  mutating func spendAll(_ count: UInt64) throws {
    guard let maximum else { return }
    guard count <= left else { throw OutputLimitReached(maximum: maximum) }
    left -= count
  }
}

extension Context {
  /// Makes one write, of no more bytes than the program may still write. The call that goes beyond writes a part; the next one ends
  /// the program.
  func spend(_ bytes: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) throws -> Int) throws -> Int {
    let allowed = try output.allowance(bytes.count)
    let moved = try write(UnsafeRawBufferPointer(rebasing: bytes[..<allowed]))
    output.spend(UInt64(moved))
    return moved
  }
}
