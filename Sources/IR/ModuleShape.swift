import Entities

/// What a function body may refer to: the declarations of its module, without any code.
public struct ModuleShape: Sendable {
  /// One row a type of the type section; whoever refers to one uses the first of its structurally equal class
  /// (equality of the wasm types: funcref, externref and i64 differ there though all are `i64` here).
  public var signatures = EntityMap<SignatureIndex, Signature>()
  /// Imports first.
  public var functions = EntityMap<FunctionIndex, SignatureIndex>()
  /// How many of `functions` are imports.
  public var importedFunctionCount = 0
  public var memories = EntityMap<MemoryIndex, MemoryShape>()
  public var tables = EntityMap<TableIndex, TableShape>()
  public var globals = EntityMap<GlobalIndex, GlobalShape>()
  public var dataSegmentCount = 0
  public var elementSegmentCount = 0

  public init() {}

  public func signature(of function: FunctionIndex) -> Signature { signatures[functions[function]] }
}

public struct MemoryShape: Sendable, Equatable {
  /// i32, or i64 for memory64.
  public var indexType: Type
  /// Declared minimum and maximum, in pages of 65,536 bytes.
  public var minimumPages: UInt64
  public var maximumPages: UInt64?
  public var isImported: Bool
  public var isExported: Bool
  public init(indexType: Type, minimumPages: UInt64, maximumPages: UInt64?, isImported: Bool, isExported: Bool) {
    self.indexType = indexType
    self.minimumPages = minimumPages
    self.maximumPages = maximumPages
    self.isImported = isImported
    self.isExported = isExported
  }
}

public struct TableShape: Sendable, Equatable {
  public var indexType: Type
  /// In elements.
  public var minimum: UInt64
  public var maximum: UInt64?
  public var isImported: Bool
  public var isExported: Bool
  /// Holds function references (else external ones).
  public var isFunctionTable: Bool
  public init(
    indexType: Type, minimum: UInt64, maximum: UInt64?, isImported: Bool, isExported: Bool, isFunctionTable: Bool
  ) {
    self.indexType = indexType
    self.minimum = minimum
    self.maximum = maximum
    self.isImported = isImported
    self.isExported = isExported
    self.isFunctionTable = isFunctionTable
  }
}

public struct GlobalShape: Sendable, Equatable {
  public var type: Type
  public var isMutable: Bool
  public var isImported: Bool
  public var isExported: Bool
  /// funcref or externref, carried as i64.
  public var isReference: Bool
  public init(type: Type, isMutable: Bool, isImported: Bool, isExported: Bool, isReference: Bool) {
    self.type = type
    self.isMutable = isMutable
    self.isImported = isImported
    self.isExported = isExported
    self.isReference = isReference
  }
}
