/// The type of an SSA value. References (funcref, externref) are opaque 64-bit scalars: `i64` (docs/ABI.md, C5).
///
/// An `i32` value lives zero-extended in a 64-bit register; every instruction that makes one keeps it so.
public enum Type: UInt8, Sendable, CaseIterable {
  case i32, i64, f32, f64, v128

  /// Size in bytes.
  @inlinable
  public var size: Int {
    switch self {
    case .i32, .f32: 4
    case .i64, .f64: 8
    case .v128: 16
    }
  }

  @inlinable public var isInteger: Bool { self == .i32 || self == .i64 }
  @inlinable public var isFloat: Bool { self == .f32 || self == .f64 }
  public var name: String { "\(self)" }
}

public struct Signature: Hashable, Sendable {
  public var parameters: [Type]
  public var results: [Type]
  public init(parameters: [Type], results: [Type]) {
    self.parameters = parameters
    self.results = results
  }
}

/// Comparison of integers; the result is an i32, 0 or 1.
public enum IntegerCondition: UInt8, Sendable, CaseIterable {
  case equal, notEqual
  case lessSigned, lessUnsigned, greaterSigned, greaterUnsigned
  case lessOrEqualSigned, lessOrEqualUnsigned, greaterOrEqualSigned, greaterOrEqualUnsigned
}

/// Comparison of floats: false when an operand is a NaN, but for `notEqual`.
public enum FloatCondition: UInt8, Sendable, CaseIterable {
  case equal, notEqual, less, greater, lessOrEqual, greaterOrEqual
}

/// What a load or store moves: the size in memory and how it becomes a value.
public enum MemoryAccess: UInt8, Sendable, CaseIterable {
  /// The whole value: 4, 8 or 16 bytes by the instruction's type.
  case full
  case unsigned8, signed8, unsigned16, signed16, unsigned32, signed32
  /// Vectors only: the low half, the rest 0; as `unsigned32` is the lowest quarter.
  case unsigned64

  /// Bytes accessed in memory by an instruction of type `type`.
  @inlinable
  public func size(for type: Type) -> Int {
    switch self {
    case .full: type.size
    case .unsigned8, .signed8: 1
    case .unsigned16, .signed16: 2
    case .unsigned32, .signed32: 4
    case .unsigned64: 8
    }
  }
}

/// Why a sandbox stopped. The raw value stands in the nexe's trap table (docs/NEXE.md).
public enum TrapCode: UInt8, Sendable, CaseIterable {
  case unreachable = 0
  case memoryOutOfBounds = 1
  case tableOutOfBounds = 2
  case indirectCallToNull = 3
  case indirectCallTypeMismatch = 4
  case integerDivideByZero = 5
  case integerOverflow = 6
  case invalidConversionToInteger = 7
  case callStackExhausted = 8
  case nullReference = 9
  case unalignedAtomic = 10
  /// memory.atomic.wait on a memory that is not shared.
  case expectedSharedMemory = 11
}
