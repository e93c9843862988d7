import Entities

/// A place in the function being assembled, bound once by whoever lays the code out.
@frozen
public struct Label: EntityID {
  public static let prefix = "L"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// Something outside the function: another function, read-only data. Its meaning belongs to whoever resolves fixups.
@frozen
public struct Symbol: EntityID {
  public static let prefix = "S"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// What a relative displacement points at.
@frozen
public enum Target: Hashable, Sendable {
  case label(Label)
  case symbol(Symbol)
}

/// A memory operand.
@frozen
public struct Address: Hashable, Sendable {
  @frozen
  public enum Form: UInt8, Sendable {
    /// `[base + index * scale + displacement]`, 64-bit registers.
    case flat
    /// `gs:[base + index * scale + displacement]` with 32-bit registers: written with the prefix pair 65 67, which
    /// truncates the effective address to 32 bits (docs/ABI.md, M3).
    case segment32
    /// `[rip + target + displacement]`.
    case relativeToLabel, relativeToSymbol
  }

  @usableFromInline var baseValue: UInt32
  @usableFromInline var indexValue: UInt32
  public var displacement: Int32
  public var form: Form
  /// Two to the power of this: 0...3.
  public var scaleShift: UInt8

  @usableFromInline static let absent = UInt32.max

  @inlinable
  init(_ form: Form, base: UInt32, index: UInt32, scale: Int, displacement: Int32) {
    precondition(scale == 1 || scale == 2 || scale == 4 || scale == 8, "a scale is 1, 2, 4 or 8")
    self.form = form
    baseValue = base
    indexValue = index
    scaleShift = UInt8(scale.trailingZeroBitCount)
    self.displacement = displacement
  }

  /// `[base + index * scale + displacement]`.
  @inlinable
  public static func flat(
    _ base: Register?, index: Register? = nil, scale: Int = 1, displacement: Int32 = 0
  ) -> Address {
    Address(
      .flat, base: base?.rawValue ?? absent, index: index?.rawValue ?? absent, scale: scale, displacement: displacement)
  }

  /// `gs:[base + index * scale + displacement]` modulo 2^32.
  @inlinable
  public static func segment32(
    _ base: Register?, index: Register? = nil, scale: Int = 1, displacement: Int32 = 0
  ) -> Address {
    Address(
      .segment32, base: base?.rawValue ?? absent, index: index?.rawValue ?? absent, scale: scale,
      displacement: displacement)
  }

  /// `[rip + target]`, plus a number of bytes.
  @inlinable
  public static func relative(to target: Target, plus displacement: Int32 = 0) -> Address {
    switch target {
    case .label(let label):
      Address(.relativeToLabel, base: label.rawValue, index: absent, scale: 1, displacement: displacement)
    case .symbol(let symbol):
      Address(.relativeToSymbol, base: symbol.rawValue, index: absent, scale: 1, displacement: displacement)
    }
  }

  @inlinable public var isRelative: Bool { form == .relativeToLabel || form == .relativeToSymbol }

  /// What a rip-relative address points at.
  @inlinable public var target: Target? {
    switch form {
    case .flat, .segment32: nil
    case .relativeToLabel: .label(Label(baseValue))
    case .relativeToSymbol: .symbol(Symbol(baseValue))
    }
  }

  @inlinable public var scale: Int { 1 << Int(scaleShift) }

  @inlinable public var base: Register? {
    get { isRelative || baseValue == Address.absent ? nil : Register(rawValue: baseValue) }
    set {
      precondition(!isRelative, "a rip-relative address has no base")
      baseValue = newValue?.rawValue ?? Address.absent
    }
  }

  @inlinable public var index: Register? {
    get { indexValue == Address.absent ? nil : Register(rawValue: indexValue) }
    set {
      precondition(!isRelative, "a rip-relative address has no index")
      indexValue = newValue?.rawValue ?? Address.absent
    }
  }
}
