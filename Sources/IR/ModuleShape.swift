import Entities

/// What a function body may refer to: the declarations of its module, without any code.
public struct ModuleShape: Sendable {
  /// One row a type of the type section; whoever refers to one uses the first of its structurally equal class
  /// (equality of the wasm types: funcref, externref and i64 differ there though all are `i64` here).
  public var signatures = EntityMap<SignatureIndex, Signature>()
  /// The signatures that have a declared supertype, and it; both the first of their class.
  public var supertypes: [SignatureIndex: SignatureIndex] = [:]
  /// Imports first.
  public var functions = EntityMap<FunctionIndex, SignatureIndex>()
  /// How many of `functions` are imports.
  public var importedFunctionCount = 0
  public var memories = EntityMap<MemoryIndex, MemoryShape>()
  public var tables = EntityMap<TableIndex, TableShape>()
  public var globals = EntityMap<GlobalIndex, GlobalShape>()
  /// nil for a module in which no exception can be thrown or caught.
  public var exceptions: ExceptionShape?
  public var dataSegmentCount = 0
  public var elementSegmentCount = 0

  public init() {}

  /// The signatures under which a function may be called: its own, and the supertypes of that.
  public func acceptedSignatures(of function: FunctionIndex) -> [SignatureIndex] {
    var accepted = [functions[function]]
    while let next = supertypes[accepted[accepted.count - 1]] { accepted.append(next) }
    return accepted
  }

  public func signature(of function: FunctionIndex) -> Signature { signatures[functions[function]] }
}

/// What code needs to know to throw and catch.
public struct ExceptionShape: Sendable {
  /// Functions out of which an exception may come.
  public var throwing = BitSet<FunctionIndex>()
  /// Functions whose callers look at a status, or may: those that throw, and those that may be called without being known.
  public var returningStatus = BitSet<FunctionIndex>()
  public var tags = EntityMap<TagIndex, TagShape>()
  public init() {}

  /// The most values that an exception of the module's tags carries.
  public var widestPayload: Int { tags.elements.map(\.payload.count).max() ?? 0 }
}

public struct TagShape: Sendable, Equatable {
  /// Types of the values that an exception carries.
  public var payload: [Type]
  /// The signature of the payload, the first of its class: tags with different ones are different.
  public var signature: SignatureIndex
  /// For an imported tag: the global that holds its word. The word of any other tag is its index + 1.
  public var wordGlobal: GlobalIndex?
  public init(payload: [Type], signature: SignatureIndex, wordGlobal: GlobalIndex?) {
    self.payload = payload
    self.signature = signature
    self.wordGlobal = wordGlobal
  }
}

public struct MemoryShape: Sendable, Equatable {
  /// i32, or i64 for memory64.
  public var indexType: Type
  /// Declared minimum and maximum, in pages of 65,536 bytes.
  public var minimumPages: UInt64
  public var maximumPages: UInt64?
  public var isImported: Bool
  public var isExported: Bool
  /// Accesses out of bounds wrap round 2^wrapBits bytes instead of trapping, by a mask of each address. nil: they trap,
  /// or wrap without one.
  public var wrapBits: UInt32?
  public init(
    indexType: Type, minimumPages: UInt64, maximumPages: UInt64?, isImported: Bool, isExported: Bool,
    wrapBits: UInt32? = nil
  ) {
    self.indexType = indexType
    self.minimumPages = minimumPages
    self.maximumPages = maximumPages
    self.isImported = isImported
    self.isExported = isExported
    self.wrapBits = wrapBits
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
