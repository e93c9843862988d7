import Entities

/// Imports, functions, tables, memories, globals, exports, start.
extension ModuleReader {
  mutating func readImports() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.imports, of: "imports")
    module.imports.reserveCapacity(cursor.plausible(count, elementSize: 4))
    for _ in 0..<count {
      let moduleName = try cursor.readName()
      let name = try cursor.readName()
      let start = cursor.offset
      let kind: Import.Kind
      switch try cursor.readByte() {
      case 0:
        let type = try readFunctionTypeIndex()
        module.functions.append(type)
        module.importedFunctionCount += 1
        kind = .function(type)
      case 1:
        let type = try readTableType()
        try addTable(type, at: start)
        module.importedTableCount += 1
        kind = .table(type)
      case 2:
        let type = try cursor.readMemoryType(features)
        try addMemory(type, at: start)
        module.importedMemoryCount += 1
        kind = .memory(type)
      case 3:
        let type = try readGlobalType()
        module.globals.append(type)
        module.importedGlobalCount += 1
        kind = .global(type)
      case 4:
        try require(.exceptions, at: start, "(tag import)")
        let type = try readTagType()
        module.tags.append(type)
        module.importedTagCount += 1
        kind = .tag(type)
      case let byte: throw WasmError(.malformedImportKind, at: start, "\(byte)")
      }
      module.imports.append(Import(module: moduleName, name: name, kind: kind))
    }
  }

  mutating func readFunctions(at start: Int) throws(WasmError) {
    functionSectionOffset = start
    let count = try cursor.readCount(limit: ImplementationLimit.functions, of: "functions")
    module.functions.reserveCapacity(module.functions.count + cursor.plausible(count, elementSize: 1))
    for _ in 0..<count { module.functions.append(try readFunctionTypeIndex()) }
  }

  mutating func readTables() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.tables, of: "tables")
    for _ in 0..<count {
      let start = cursor.offset
      let hasInitializer = cursor.peek() == 0x40
      if hasInitializer {
        try require(.functionReferences, at: start, "(table with an initial value)")
        try cursor.skip(1)
        let reserved = cursor.offset
        if try cursor.readByte() != 0 { throw WasmError(.malformedTable, at: reserved, "a reserved byte is not 0") }
      }
      let type = try readTableType()
      let element = ValueType.reference(type.element)
      if !hasInitializer && !element.isDefaultable {
        throw WasmError(.typeMismatch, at: start, "a table of \(element) needs an initial value")
      }
      module.tableInitializers.append(hasInitializer ? try readConstantExpression(element) : nil)
      try addTable(type, at: start)
    }
  }

  private mutating func addTable(_ type: TableType, at offset: Int) throws(WasmError) {
    if !module.tables.isEmpty && !features.contains(.referenceTypes) {
      throw WasmError(.unsupportedFeature, at: offset, "\(Features.referenceTypes.name) (several tables)")
    }
    if module.tables.count == ImplementationLimit.tables {
      throw WasmError(.implementationLimit, at: offset, "more than \(ImplementationLimit.tables) tables")
    }
    module.tables.append(type)
  }

  mutating func readMemories() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.memories, of: "memories")
    for _ in 0..<count {
      let start = cursor.offset
      try addMemory(try cursor.readMemoryType(features), at: start)
    }
  }

  private mutating func addMemory(_ type: MemoryType, at offset: Int) throws(WasmError) {
    if !module.memories.isEmpty && !features.contains(.multiMemory) {
      throw WasmError(.unsupportedFeature, at: offset, Features.multiMemory.name)
    }
    if module.memories.count == ImplementationLimit.memories {
      throw WasmError(.implementationLimit, at: offset, "more than \(ImplementationLimit.memories) memories")
    }
    module.memories.append(type)
  }

  /// Attribute 0, an exception; parameters and no results.
  mutating func readTags(at start: Int) throws(WasmError) {
    try require(.exceptions, at: start, "(tag section)")
    let count = try cursor.readCount(limit: ImplementationLimit.tags, of: "tags")
    for _ in 0..<count { module.tags.append(try readTagType()) }
  }

  private mutating func readTagType() throws(WasmError) -> TypeIndex {
    let start = cursor.offset
    if try cursor.readByte() != 0 { throw WasmError(.malformedTagAttribute, at: start) }
    let type = try readFunctionTypeIndex()
    if !module.functionType(type).results.isEmpty {
      throw WasmError(.tagWithResults, at: start, "type \(type.rawValue)")
    }
    return type
  }

  mutating func readGlobals() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.globals, of: "globals")
    module.globals.reserveCapacity(module.globals.count + cursor.plausible(count, elementSize: 4))
    for _ in 0..<count {
      let type = try readGlobalType()
      // The initial value may refer to the globals before this one.
      module.globalInitializers.append(try readConstantExpression(type.type))
      module.globals.append(type)
    }
  }

  mutating func readExports() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.exports, of: "exports")
    module.exports.reserveCapacity(cursor.plausible(count, elementSize: 3))
    for _ in 0..<count {
      let start = cursor.offset
      let name = try cursor.readName()
      let kindOffset = cursor.offset
      let item: Export.Item
      switch try cursor.readByte() {
      case 0:
        let function = try readFunctionIndex()
        module.declaredReferences.insert(function)
        if module.firstExport[function] == nil { module.firstExport[function] = module.exports.count }
        item = .function(function)
      case 1: item = .table(try readTableIndex())
      case 2: item = .memory(try readMemoryIndex())
      case 3: item = .global(try readIndex(GlobalIndex.self, below: module.globals.count, else: .unknownGlobal))
      case 4:
        try require(.exceptions, at: kindOffset, "(tag export)")
        item = .tag(try readIndex(TagIndex.self, below: module.tags.count, else: .unknownTag))
      case let byte: throw WasmError(.malformedExportKind, at: kindOffset, "\(byte)")
      }
      if !exportNames.insert(Array(name.utf8)).inserted { throw WasmError(.duplicateExport, at: start, name) }
      module.exports.append(Export(name: name, item: item))
    }
  }

  mutating func readStart() throws(WasmError) {
    let offset = cursor.offset
    let function = try readFunctionIndex()
    if module.type(of: function) != FunctionType() {
      throw WasmError(.startFunction, at: offset, "must have neither parameters nor results")
    }
    module.start = function
  }

  // MARK: Types

  private mutating func readTableType() throws(WasmError) -> TableType {
    let offset = cursor.offset
    var type = try cursor.readTableType(features)
    type.element = try checked(type.element, at: offset)
    return type
  }

  private mutating func readGlobalType() throws(WasmError) -> GlobalType {
    let offset = cursor.offset
    let type = try cursor.readGlobalType(features)
    return GlobalType(type: try module.checked(type.type, at: offset), isMutable: type.isMutable)
  }

  /// The type with its references made canonical.
  func checked(_ type: ReferenceType, at offset: Int) throws(WasmError) -> ReferenceType {
    guard case .reference(let checked) = try module.checked(.reference(type), at: offset).kind else { return type }
    return checked
  }

  // MARK: Indices

  mutating func readFunctionTypeIndex() throws(WasmError) -> TypeIndex {
    let offset = cursor.offset
    let index = try readIndex(TypeIndex.self, below: module.types.count, else: .unknownType)
    if module.types[index].function == nil {
      throw WasmError(.typeMismatch, at: offset, "type \(index.rawValue) is no function type")
    }
    return index
  }
  mutating func readFunctionIndex() throws(WasmError) -> FunctionIndex {
    try readIndex(FunctionIndex.self, below: module.functions.count, else: .unknownFunction)
  }
  mutating func readTableIndex() throws(WasmError) -> TableIndex {
    try readIndex(TableIndex.self, below: module.tables.count, else: .unknownTable)
  }
  mutating func readMemoryIndex() throws(WasmError) -> MemoryIndex {
    try readIndex(MemoryIndex.self, below: module.memories.count, else: .unknownMemory)
  }

  private mutating func readIndex<ID: EntityID>(
    _: ID.Type, below count: Int, else reason: WasmError.Reason
  ) throws(WasmError) -> ID {
    let offset = cursor.offset
    let index = try cursor.readU32()
    if Int(index) >= count { throw WasmError(reason, at: offset, "\(index) of \(count)") }
    return ID(index)
  }
}
