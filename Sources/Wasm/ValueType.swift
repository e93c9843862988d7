import Entities

/// The type of a value: a number, a vector or a reference, in four bytes so that stacks of types are cheap to compare.
///
/// The low byte is the type's byte in the binary format (0x63 and 0x64 stand for all nullable and non-nullable
/// references); the other three hold a reference's heap type.
@frozen
public struct ValueType: Hashable, Sendable {
  public let rawValue: UInt32

  @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

  @inlinable public static var i32: ValueType { ValueType(rawValue: 0x7f) }
  @inlinable public static var i64: ValueType { ValueType(rawValue: 0x7e) }
  @inlinable public static var f32: ValueType { ValueType(rawValue: 0x7d) }
  @inlinable public static var f64: ValueType { ValueType(rawValue: 0x7c) }
  @inlinable public static var v128: ValueType { ValueType(rawValue: 0x7b) }
  @inlinable public static var funcref: ValueType { .reference(.funcref) }
  @inlinable public static var externref: ValueType { .reference(.externref) }
  @inlinable public static var exnref: ValueType { .reference(.exnref) }

  @inlinable
  public static func reference(_ type: ReferenceType) -> ValueType {
    ValueType(rawValue: type.heapType.rawValue << 8 | (type.isNullable ? 0x63 : 0x64))
  }

  /// The type taken apart, for exhaustive switches.
  @frozen
  public enum Kind: Hashable, Sendable {
    case i32, i64, f32, f64, v128
    case reference(ReferenceType)
  }

  @inlinable
  public var kind: Kind {
    switch rawValue & 0xff {
    case 0x7f: .i32
    case 0x7e: .i64
    case 0x7d: .f32
    case 0x7c: .f64
    case 0x7b: .v128
    default: .reference(ReferenceType(HeapType(rawValue: rawValue >> 8), isNullable: rawValue & 0xff == 0x63))
    }
  }

  @inlinable public var isReference: Bool { rawValue & 0xff <= 0x64 }
  /// A reference to an exception.
  public var isException: Bool {
    if case .reference(let type) = kind { return type.heapType.isException }
    return false
  }
  @inlinable public var isNumber: Bool { rawValue >= 0x7c && rawValue <= 0x7f }
  @inlinable public var isVector: Bool { rawValue == 0x7b }
}

/// A reference: null or not, and to what.
@frozen
public struct ReferenceType: Hashable, Sendable {
  public var heapType: HeapType
  public var isNullable: Bool

  @inlinable
  public init(_ heapType: HeapType, isNullable: Bool = true) {
    self.heapType = heapType
    self.isNullable = isNullable
  }

  @inlinable public static var funcref: ReferenceType { ReferenceType(.function) }
  @inlinable public static var externref: ReferenceType { ReferenceType(.external) }
  @inlinable public static var exnref: ReferenceType { ReferenceType(.exception) }
}

/// What a reference refers to: an abstract type by its byte in the binary format, or a type of the module by its index.
/// Indices fit: `Limits.types` is below 2^24 - 2^8.
@frozen
public struct HeapType: Hashable, Sendable {
  /// 24 bits: an index, or 0xffff00 and the abstract type's byte.
  public let rawValue: UInt32

  @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

  @inlinable public static var function: HeapType { HeapType(rawValue: 0xffff70) }
  @inlinable public static var external: HeapType { HeapType(rawValue: 0xffff6f) }
  @inlinable public static var exception: HeapType { HeapType(rawValue: 0xffff69) }
  @inlinable public static var any: HeapType { HeapType(rawValue: 0xffff6e) }
  @inlinable public static var eq: HeapType { HeapType(rawValue: 0xffff6d) }
  @inlinable public static var i31: HeapType { HeapType(rawValue: 0xffff6c) }
  @inlinable public static var structure: HeapType { HeapType(rawValue: 0xffff6b) }
  @inlinable public static var array: HeapType { HeapType(rawValue: 0xffff6a) }
  // The bottoms of the hierarchies: only null refers to them.
  @inlinable public static var noFunction: HeapType { HeapType(rawValue: 0xffff73) }
  @inlinable public static var noExternal: HeapType { HeapType(rawValue: 0xffff72) }
  @inlinable public static var noException: HeapType { HeapType(rawValue: 0xffff74) }
  @inlinable public static var none: HeapType { HeapType(rawValue: 0xffff71) }
  /// Below all: of a reference in unreachable code. No module can write it.
  static var bottom: HeapType { HeapType(rawValue: 0xffff00) }

  /// The abstract type of a byte in the binary format.
  static func abstract(_ byte: UInt8) -> HeapType? {
    (0x69...0x74).contains(byte) ? HeapType(rawValue: 0xffff00 | UInt32(byte)) : nil
  }

  /// The top of the type's hierarchy if it is abstract: all that an opaque word needs to be read by.
  public var isExternal: Bool { self == .external || self == .noExternal }
  public var isException: Bool { self == .exception || self == .noException }

  /// The type index of a concrete heap type; nil for abstract ones.
  @inlinable public var typeIndex: TypeIndex? { rawValue < 0xffff00 ? TypeIndex(rawValue) : nil }
  @inlinable public init(_ index: TypeIndex) { rawValue = index.rawValue }
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .i32: "i32"
    case .i64: "i64"
    case .f32: "f32"
    case .f64: "f64"
    case .v128: "v128"
    case .reference(.funcref): "funcref"
    case .reference(.externref): "externref"
    case .reference(.exnref): "exnref"
    case .reference(let type): "(ref \(type.isNullable ? "null " : "")\(type.heapType))"
    }
  }
}

extension HeapType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .function: "func"
    case .external: "extern"
    case .exception: "exn"
    case .any: "any"
    case .eq: "eq"
    case .i31: "i31"
    case .structure: "struct"
    case .array: "array"
    case .noFunction: "nofunc"
    case .noExternal: "noextern"
    case .noException: "noexn"
    case .none: "none"
    default: typeIndex.map { "\($0.rawValue)" } ?? "abstract 0x\(String(rawValue & 0xff, radix: 16))"
    }
  }
}
