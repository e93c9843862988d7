/// A typed 32-bit index into a table. Every thing the compiler refers to (a value, a block, a register) has its own
/// id type, so that one cannot be used for another.
public protocol EntityID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The letters before the number in text forms: `v` prints value 3 as `v3`.
  static var prefix: String { get }
  var rawValue: UInt32 { get }
  init(_ rawValue: UInt32)
}

extension EntityID {
  @inlinable public var index: Int { Int(rawValue) }
  @inlinable public init(index: Int) { self.init(UInt32(index)) }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  public var description: String { "\(Self.prefix)\(rawValue)" }
}
