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
  case exnref(ExceptionReference?)
  /// Null in the hierarchy of `any`: this runtime makes no structures, arrays or i31.
  case anyref

  public var type: ValueType {
    switch self {
    case .i32: .i32
    case .i64: .i64
    case .f32: .f32
    case .f64: .f64
    case .v128: .v128
    case .funcref: .funcref
    case .externref: .externref
    case .exnref: .exnref
    case .anyref: .reference(ReferenceType(.any))
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
    case .reference(let type): null(type.heapType)
    }
  }

  private static func null(_ type: HeapType) -> Value {
    switch type.hierarchy {
    case .function: .funcref(nil)
    case .external: .externref(nil)
    case .exception: .exnref(nil)
    case .any: .anyref
    }
  }

  static func match(_ values: [Value], _ types: [ValueType], _ registry: TypeRegistry) -> Bool {
    values.count == types.count && zip(values, types).allSatisfy { $0.matches($1, registry) }
  }

  /// Whether the value may stand where `type` is asked for.
  func matches(_ type: ValueType, _ types: TypeRegistry) -> Bool {
    guard case .reference(let reference) = type else { return self.type == type }
    switch self {
    case .funcref(nil), .externref(nil), .exnref(nil), .anyref:
      return reference.isNullable && Self.null(reference.heapType).type == self.type
    case .funcref(let function?):
      guard case .defined(let id) = reference.heapType else { return reference.heapType == .function }
      return function.target.matches(id, types)
    case .externref: return reference.heapType == .external
    case .exnref: return reference.heapType == .exception
    default: return false
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
