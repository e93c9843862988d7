import Entities

/// A value that wants a place: single assignment, defined by one operand or as one block parameter.
@frozen
public struct VirtualRegister: EntityID {
  public static var prefix: String { "v" }
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// An area of the frame, handed out by the allocator; its size is in `AllocationResult.slots`.
@frozen
public struct SpillSlot: EntityID {
  public static var prefix: String { "s" }
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// The two register files; a virtual register lives in one of them all its life.
@frozen
public enum RegisterClass: UInt8, CaseIterable, Sendable {
  case general
  case vector
}

/// How many bytes a register needs when it is spilled or reloaded. A register-to-register move copies the whole
/// register.
@frozen
public enum SpillWidth: UInt8, Comparable, Sendable {
  case bytes8 = 8
  case bytes16 = 16

  @inlinable public static func < (a: SpillWidth, b: SpillWidth) -> Bool { a.rawValue < b.rawValue }
}

/// A machine register: class and number, up to 32 to a class. Numbers are the client's (on x86 the encoding's).
@frozen
public struct PhysicalRegister: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0..<32 general, 32..<64 vector.
  public let rawValue: UInt8

  @inlinable
  public init(_ registerClass: RegisterClass, _ number: Int) {
    precondition(number >= 0 && number < 32, "a register class has at most 32 registers")
    rawValue = registerClass.rawValue << 5 | UInt8(number)
  }
  @inlinable init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public var registerClass: RegisterClass { rawValue < 32 ? .general : .vector }
  /// The number within its class.
  @inlinable public var number: Int { Int(rawValue & 31) }
  @inlinable public var index: Int { Int(rawValue) }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  public var description: String { (registerClass == .general ? "r" : "x") + String(number) }
}

/// A set of physical registers of both classes, one bit each.
@frozen
public struct RegisterSet: Hashable, Sendable, ExpressibleByArrayLiteral {
  public var bits: UInt64

  @inlinable public init(bits: UInt64 = 0) { self.bits = bits }
  @inlinable public init(arrayLiteral elements: PhysicalRegister...) { self.init(elements) }
  @inlinable
  public init(_ registers: some Sequence<PhysicalRegister>) {
    bits = 0
    for register in registers { insert(register) }
  }

  @inlinable public var isEmpty: Bool { bits == 0 }
  @inlinable public var count: Int { bits.nonzeroBitCount }
  @inlinable public func contains(_ register: PhysicalRegister) -> Bool { bits >> UInt64(register.rawValue) & 1 == 1 }
  @inlinable public mutating func insert(_ register: PhysicalRegister) { bits |= 1 << UInt64(register.rawValue) }
  @inlinable public mutating func remove(_ register: PhysicalRegister) { bits &= ~(1 << UInt64(register.rawValue)) }
  @inlinable public func union(_ other: RegisterSet) -> RegisterSet { RegisterSet(bits: bits | other.bits) }
  @inlinable public func intersection(_ other: RegisterSet) -> RegisterSet { RegisterSet(bits: bits & other.bits) }

  /// The members, ascending: general registers first.
  @inlinable
  public var members: [PhysicalRegister] {
    var result: [PhysicalRegister] = []
    var rest = bits
    while rest != 0 {
      result.append(PhysicalRegister(rawValue: UInt8(rest.trailingZeroBitCount)))
      rest &= rest - 1
    }
    return result
  }
}

/// Which registers the allocator may use, and how.
public struct RegisterEnvironment: Sendable {
  /// Allocatable registers of each class, the most wanted first. Neither contains a scratch register.
  public var general: [PhysicalRegister]
  public var vector: [PhysicalRegister]
  /// One register of each class that holds nothing but the allocator's own values between two instructions: it
  /// carries memory-to-memory moves and breaks cycles. An instruction may destroy it freely; no operand may name it.
  public var generalScratch: PhysicalRegister
  public var vectorScratch: PhysicalRegister
  /// Allocatable registers that cost a save and a restore when used at all. May be empty. Calls clobber the others of
  /// their class.
  public var calleeSaved: RegisterSet

  public init(
    general: [PhysicalRegister], vector: [PhysicalRegister], generalScratch: PhysicalRegister,
    vectorScratch: PhysicalRegister, calleeSaved: RegisterSet = []
  ) {
    self.general = general
    self.vector = vector
    self.generalScratch = generalScratch
    self.vectorScratch = vectorScratch
    self.calleeSaved = calleeSaved
  }

  public func allocatable(_ registerClass: RegisterClass) -> [PhysicalRegister] {
    registerClass == .general ? general : vector
  }

  public func scratch(_ registerClass: RegisterClass) -> PhysicalRegister {
    registerClass == .general ? generalScratch : vectorScratch
  }
}
