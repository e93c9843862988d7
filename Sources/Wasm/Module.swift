import Entities

/// A decoded module whose declarations are valid; function bodies are byte ranges, validated when they are read
/// (`FunctionValidator`). Ranges index `bytes`.
public struct Module: Sendable {
  public internal(set) var bytes: [UInt8]

  public internal(set) var types = EntityMap<TypeIndex, DefinedType>()
  /// Ranges of types, in order; a type alone is a group too.
  public internal(set) var recursionGroups: ContiguousArray<Range<Int>> = []
  public internal(set) var imports: ContiguousArray<Import> = []

  // The index spaces, imports first.
  public internal(set) var functions = EntityMap<FunctionIndex, TypeIndex>()
  public internal(set) var tables = EntityMap<TableIndex, TableType>()
  public internal(set) var memories = EntityMap<MemoryIndex, MemoryType>()
  public internal(set) var tags = EntityMap<TagIndex, TypeIndex>()
  public internal(set) var globals = EntityMap<GlobalIndex, GlobalType>()

  public internal(set) var importedFunctionCount = 0
  public internal(set) var importedTableCount = 0
  public internal(set) var importedMemoryCount = 0
  public internal(set) var importedTagCount = 0
  public internal(set) var importedGlobalCount = 0

  /// What the elements of the tables that are not imported begin with, in order; nil for null.
  public internal(set) var tableInitializers: ContiguousArray<ConstantExpression?> = []

  /// The initial values of the globals that are not imported, in order.
  public internal(set) var globalInitializers: ContiguousArray<ConstantExpression> = []
  public internal(set) var exports: ContiguousArray<Export> = []
  public internal(set) var start: FunctionIndex?
  public internal(set) var elements = EntityMap<SegmentIndex, ElementSegment>()
  public internal(set) var data = EntityMap<SegmentIndex, DataSegment>()
  /// What the data count section says, if there is one.
  public internal(set) var dataCount: UInt32?
  /// The functions that are not imported, in order; empty if the module was decoded without its code section.
  public internal(set) var bodies: ContiguousArray<FunctionBody> = []
  /// The whole code section with its id and size; nil if there is none. What stands in a nexe is the module without it.
  public internal(set) var codeSection: Range<Int>?
  public internal(set) var customSections: ContiguousArray<CustomSection> = []
  /// From the custom section `name`, as far as it is well-formed.
  public internal(set) var names = Names()
  /// Functions that stand outside of bodies (exports, element segments, globals): those that `ref.func` may name.
  public internal(set) var declaredReferences = BitSet<FunctionIndex>()

  var canonicalTypes = EntityMap<TypeIndex, TypeIndex>()
  /// A function's first export, by position.
  var firstExport: [FunctionIndex: Int] = [:]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The lowest index of a type equivalent to this one: what calls through tables compare.
  public func canonicalType(_ index: TypeIndex) -> TypeIndex { canonicalTypes[index] }

  /// A reference to a type of the module names the canonical one.
  func canonical(_ type: ValueType) -> ValueType {
    guard let index = type.typeIndex else { return type }
    return type.replacing(canonicalTypes[index])
  }

  /// The type made canonical. Throws if it names a type that is not there.
  @inline(__always)
  func checked(_ type: ValueType, at offset: Int) throws(WasmError) -> ValueType {
    guard let index = type.typeIndex else { return type }
    if !types.contains(index) { throw WasmError(.unknownType, at: offset, "\(index.rawValue) of \(types.count)") }
    return canonical(type)
  }

  /// Requires: the type is a function type, as those of functions and tags are.
  public func functionType(_ index: TypeIndex) -> FunctionType {
    guard let type = types[index].function else { preconditionFailure("type \(index.rawValue) is no function type") }
    return type
  }

  /// The type of a reference to the function.
  func referenceType(of function: FunctionIndex) -> ValueType {
    .reference(ReferenceType(HeapType(canonicalTypes[functions[function]]), isNullable: false))
  }

  public func type(of function: FunctionIndex) -> FunctionType { functionType(functions[function]) }

  /// The body of a function that is not imported.
  public func body(of function: FunctionIndex) -> FunctionBody { bodies[function.index - importedFunctionCount] }

  /// For people: from the name section, else the first export of the function; empty if it has neither.
  public func name(of function: FunctionIndex) -> String {
    if let name = names.name(of: function, in: bytes) { return name }
    return firstExport[function].map { exports[$0].name } ?? ""
  }
}

public struct Import: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    case function(TypeIndex)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)
    case tag(TypeIndex)
  }

  public var module: String
  public var name: String
  public var kind: Kind
}

public struct Export: Hashable, Sendable {
  public enum Item: Hashable, Sendable {
    case function(FunctionIndex)
    case table(TableIndex)
    case memory(MemoryIndex)
    case global(GlobalIndex)
    case tag(TagIndex)
  }

  public var name: String
  public var item: Item
}

public struct ElementSegment: Sendable {
  public enum Mode: Sendable {
    /// Copied to the table at instantiation, then dropped.
    case active(table: TableIndex, offset: ConstantExpression)
    /// For table.init.
    case passive
    /// Only declares functions for ref.func.
    case declarative
  }

  public enum Items: Sendable {
    case functions(ContiguousArray<FunctionIndex>)
    case expressions(ContiguousArray<ConstantExpression>)
  }

  public var mode: Mode
  public var type: ReferenceType
  public var items: Items

  public var count: Int {
    switch items {
    case .functions(let functions): functions.count
    case .expressions(let expressions): expressions.count
    }
  }
}

public struct DataSegment: Sendable {
  public enum Mode: Sendable {
    case active(memory: MemoryIndex, offset: ConstantExpression)
    case passive
  }

  public var mode: Mode
  /// In `Module.bytes`.
  public var range: Range<Int>
}

/// A function body: local declarations and code, without the size before it.
public struct FunctionBody: Hashable, Sendable {
  public var range: Range<Int>
}

public struct CustomSection: Hashable, Sendable {
  public var name: String
  /// What follows the name, in `Module.bytes`.
  public var range: Range<Int>
}
