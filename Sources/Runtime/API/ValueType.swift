/// The type of a WebAssembly value.
public enum ValueType: Hashable, Sendable {
  case i32, i64, f32, f64, v128
  case reference(ReferenceType)

  public static var funcref: ValueType { .reference(ReferenceType(.function)) }
  public static var externref: ValueType { .reference(ReferenceType(.external)) }
  public static var exnref: ValueType { .reference(ReferenceType(.exception)) }

  public var isReference: Bool {
    if case .reference = self { return true }
    return false
  }
}

/// A reference: null or not, and to what.
public struct ReferenceType: Hashable, Sendable {
  public var heapType: HeapType
  public var isNullable: Bool

  public init(_ heapType: HeapType, isNullable: Bool = true) {
    self.heapType = heapType
    self.isNullable = isNullable
  }
}

/// What a reference refers to.
public enum HeapType: Hashable, Sendable {
  case function, external, exception
  case any, eq, i31, structure, array
  /// The bottoms of the hierarchies: only null refers to them.
  case noFunction, noExternal, noException, none
  case defined(DefinedTypeID)

  /// What words of such references mean.
  enum Hierarchy { case function, external, exception, any }

  var hierarchy: Hierarchy {
    switch self {
    case .function, .noFunction: .function
    case .external, .noExternal: .external
    case .exception, .noException: .exception
    case .any, .eq, .i31, .structure, .array, .none: .any
    case .defined(let id): id.isFunction ? .function : .any
    }
  }
}

/// A type of some module's type section. Equal for equivalent types of all modules of an engine.
public struct DefinedTypeID: Hashable, Sendable {
  let number: Int
  let isFunction: Bool
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .i32: "i32"
    case .i64: "i64"
    case .f32: "f32"
    case .f64: "f64"
    case .v128: "v128"
    case .funcref: "funcref"
    case .externref: "externref"
    case .exnref: "exnref"
    case .reference(let type): "(ref \(type.isNullable ? "null " : "")\(type.heapType))"
    }
  }
}
