/// The type of a WebAssembly value.
public enum ValueType: UInt8, Sendable, CaseIterable {
  case i32, i64, f32, f64, v128, funcref, externref

  public var isReference: Bool { self == .funcref || self == .externref }
}

/// A WebAssembly value. Floats are their bit patterns, so that every NaN survives.
public enum Value: Sendable {
  case i32(UInt32)
  case i64(UInt64)
  case f32(bits: UInt32)
  case f64(bits: UInt64)
  /// Bytes 0-7 in element 0, little-endian.
  case v128(SIMD2<UInt64>)
  case funcref(FunctionReference?)
  case externref(ExternReference?)

  public var type: ValueType {
    switch self {
    case .i32: .i32
    case .i64: .i64
    case .f32: .f32
    case .f64: .f64
    case .v128: .v128
    case .funcref: .funcref
    case .externref: .externref
    }
  }

  /// The zero or null of `type`.
  public static func zero(of type: ValueType) -> Value {
    switch type {
    case .i32: .i32(0)
    case .i64: .i64(0)
    case .f32: .f32(bits: 0)
    case .f64: .f64(bits: 0)
    case .v128: .v128(.zero)
    case .funcref: .funcref(nil)
    case .externref: .externref(nil)
    }
  }

  public static func f32(_ value: Float) -> Value { .f32(bits: value.bitPattern) }
  public static func f64(_ value: Double) -> Value { .f64(bits: value.bitPattern) }
}

/// A host value as a sandbox may hold it: opaque there, equal only to itself.
public final class ExternReference: Sendable {
  public let value: any Sendable
  public init(_ value: any Sendable) { self.value = value }
}
