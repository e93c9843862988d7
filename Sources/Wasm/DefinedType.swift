import Entities

/// A row of the type section (specification 2.3, "Recursive Types"): what its values look like and where it stands in
/// subtyping. References to types of the module are canonical: they name the first of all equivalent types.
public struct DefinedType: Hashable, Sendable {
  public var composite: CompositeType
  /// The declared supertype: of a lower index.
  public var supertype: TypeIndex?
  /// Has no subtypes.
  public var isFinal: Bool

  public init(_ composite: CompositeType, supertype: TypeIndex? = nil, isFinal: Bool = true) {
    self.composite = composite
    self.supertype = supertype
    self.isFinal = isFinal
  }

  /// nil for structures and arrays.
  public var function: FunctionType? {
    if case .function(let type) = composite { return type }
    return nil
  }
}

public enum CompositeType: Hashable, Sendable {
  case function(FunctionType)
  case structure(ContiguousArray<FieldType>)
  case array(FieldType)
}

/// A field of a structure, or the elements of an array.
public struct FieldType: Hashable, Sendable {
  public enum Storage: Hashable, Sendable {
    case i8, i16
    case value(ValueType)
  }

  public var storage: Storage
  public var isMutable: Bool

  public init(storage: Storage, isMutable: Bool) {
    self.storage = storage
    self.isMutable = isMutable
  }
}

extension CompositeType {
  /// The same with every value type replaced.
  func map(_ transform: (ValueType) -> ValueType) -> CompositeType {
    func field(_ field: FieldType) -> FieldType {
      guard case .value(let type) = field.storage else { return field }
      return FieldType(storage: .value(transform(type)), isMutable: field.isMutable)
    }
    switch self {
    case .function(let type):
      return .function(
        FunctionType(
          parameters: ContiguousArray(type.parameters.map(transform)),
          results: ContiguousArray(type.results.map(transform))))
    case .structure(let fields): return .structure(ContiguousArray(fields.map(field)))
    case .array(let element): return .array(field(element))
    }
  }
}

extension ValueType {
  /// The type index of a concrete reference.
  var typeIndex: TypeIndex? {
    guard isReference, case .reference(let reference) = kind else { return nil }
    return reference.heapType.typeIndex
  }

  /// The same reference to another type of the module.
  func replacing(_ index: TypeIndex) -> ValueType {
    guard case .reference(let reference) = kind else { return self }
    return .reference(ReferenceType(HeapType(index), isNullable: reference.isNullable))
  }

  /// Whether a local or table of the type may begin with a zero or null.
  public var isDefaultable: Bool { rawValue & 0xff != 0x64 }
}
