/// What a `TypedFunction` may return: a number, or nothing.
public protocol WasmResult: Sendable {
  static var wasmTypes: [ValueType] { get }
  /// From a register's 64 bits, of which only as many count as the type has.
  init(wasmWord: UInt64)
}

/// A Swift number that stands for a WebAssembly one.
public protocol WasmNumber: WasmResult {
  static var wasmType: ValueType { get }
  /// The bits, zero-extended.
  var wasmWord: UInt64 { get }
}

extension WasmNumber {
  public static var wasmTypes: [ValueType] { [wasmType] }
}

/// Of a function without results.
public struct NoResult: WasmResult {
  public static var wasmTypes: [ValueType] { [] }
  @inlinable public init(wasmWord: UInt64) {}
}

extension UInt32: WasmNumber {
  public static var wasmType: ValueType { .i32 }
  @inlinable public init(wasmWord: UInt64) { self = UInt32(truncatingIfNeeded: wasmWord) }
  @inlinable public var wasmWord: UInt64 { UInt64(self) }
}

extension Int32: WasmNumber {
  public static var wasmType: ValueType { .i32 }
  @inlinable public init(wasmWord: UInt64) { self = Int32(truncatingIfNeeded: wasmWord) }
  @inlinable public var wasmWord: UInt64 { UInt64(UInt32(bitPattern: self)) }
}

extension UInt64: WasmNumber {
  public static var wasmType: ValueType { .i64 }
  @inlinable public init(wasmWord: UInt64) { self = wasmWord }
  @inlinable public var wasmWord: UInt64 { self }
}

extension Int64: WasmNumber {
  public static var wasmType: ValueType { .i64 }
  @inlinable public init(wasmWord: UInt64) { self = Int64(bitPattern: wasmWord) }
  @inlinable public var wasmWord: UInt64 { UInt64(bitPattern: self) }
}

extension Float: WasmNumber {
  public static var wasmType: ValueType { .f32 }
  @inlinable public init(wasmWord: UInt64) { self = Float(bitPattern: UInt32(truncatingIfNeeded: wasmWord)) }
  @inlinable public var wasmWord: UInt64 { UInt64(bitPattern) }
}

extension Double: WasmNumber {
  public static var wasmType: ValueType { .f64 }
  @inlinable public init(wasmWord: UInt64) { self = Double(bitPattern: wasmWord) }
  @inlinable public var wasmWord: UInt64 { bitPattern }
}
