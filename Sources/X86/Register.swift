/// The register files that instructions name.
public enum RegisterClass: UInt8, Sendable, CaseIterable {
  case general, vector
}

/// A physical or virtual register: raw values 0-15 are rax...r15 in the processor's numbering, 16-31 are xmm0-15, and
/// 32 up are virtual registers, numbered by the code generator.
@frozen
public struct Register: Hashable, Comparable, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  @usableFromInline static let physicalCount: UInt32 = 32

  @inlinable public static func virtual(_ number: Int) -> Register {
    Register(rawValue: Register.physicalCount + UInt32(number))
  }
  @inlinable public static func general(_ number: Int) -> Register { Register(rawValue: UInt32(number & 15)) }
  @inlinable public static func xmm(_ number: Int) -> Register { Register(rawValue: 16 + UInt32(number & 15)) }

  @inlinable public var isVirtual: Bool { rawValue >= Register.physicalCount }
  @inlinable public var isPhysical: Bool { rawValue < Register.physicalCount }
  /// Requires: `isVirtual`.
  @inlinable public var virtualNumber: Int { Int(rawValue) - Int(Register.physicalCount) }
  /// The four bits of an encoding. Requires: `isPhysical`.
  @inlinable public var number: UInt8 { UInt8(truncatingIfNeeded: rawValue & 15) }
  /// The file of a physical register. A virtual register's is known to the code generator only.
  @inlinable public var physicalClass: RegisterClass { rawValue < 16 ? .general : .vector }

  @inlinable public static func < (a: Register, b: Register) -> Bool { a.rawValue < b.rawValue }

  public static let rax = general(0)
  public static let rcx = general(1)
  public static let rdx = general(2)
  public static let rbx = general(3)
  public static let rsp = general(4)
  public static let rbp = general(5)
  public static let rsi = general(6)
  public static let rdi = general(7)
  public static let r8 = general(8)
  public static let r9 = general(9)
  public static let r10 = general(10)
  public static let r11 = general(11)
  public static let r12 = general(12)
  public static let r13 = general(13)
  public static let r14 = general(14)
  public static let r15 = general(15)
  public static let xmm0 = xmm(0)
}

extension Register: CustomStringConvertible {
  private static let legacyNames = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]

  /// The assembler's name when `width` bits of it are used; `v7` for virtual register 7.
  public func name(_ width: Width) -> String {
    if isVirtual { return "v\(virtualNumber)" }
    if physicalClass == .vector { return "xmm\(number)" }
    if number >= 8 {
      switch width {
      case .w8: return "r\(number)b"
      case .w16: return "r\(number)w"
      case .w32: return "r\(number)d"
      case .w64, .w128: return "r\(number)"
      }
    }
    let base = Register.legacyNames[Int(number)]
    switch width {
    case .w8: return number < 4 ? "\(base.prefix(1))l" : "\(base)l"
    case .w16: return base
    case .w32: return "e\(base)"
    case .w64, .w128: return "r\(base)"
    }
  }

  public var description: String { name(.w64) }
}

/// An operand's size in bits. `w128` occurs as the size of vector operands only.
public enum Width: UInt8, Sendable, CaseIterable {
  case w8 = 8
  case w16 = 16
  case w32 = 32
  case w64 = 64
  case w128 = 128

  @inlinable public var bits: Int { Int(rawValue) }
  @inlinable public var bytes: Int { Int(rawValue) / 8 }
}

/// A set of physical registers; bit n is the register with raw value n.
@frozen
public struct RegisterSet: OptionSet, Hashable, Sendable {
  public var rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public init(_ register: Register) { rawValue = 1 << register.rawValue }

  public static let rax = RegisterSet(.rax)
  public static let rcx = RegisterSet(.rcx)
  public static let rdx = RegisterSet(.rdx)

  @inlinable public func contains(_ register: Register) -> Bool {
    register.isPhysical && rawValue & (1 << register.rawValue) != 0
  }

  /// Members, ascending.
  public var registers: [Register] { (0..<32).map { Register(rawValue: $0) }.filter { contains($0) } }
}

/// What the target processor has (x86-64 psABI levels). Level 3 selects the VEX forms of all vector instructions.
public enum ISALevel: UInt8, Sendable, CaseIterable, Comparable {
  case v2 = 2
  case v3 = 3

  @inlinable public static func < (a: ISALevel, b: ISALevel) -> Bool { a.rawValue < b.rawValue }
}
