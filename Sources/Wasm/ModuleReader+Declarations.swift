import Entities

/// Types, imports, functions, tables, memories, globals, exports, start.
extension ModuleReader {
  mutating func readTypes() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.types, of: "types")
    module.types.reserveCapacity(cursor.plausible(count, elementSize: 3))
    var first: [FunctionType: TypeIndex] = [:]
    for _ in 0..<count {
      let type = try cursor.readFunctionType(features)
      let index = module.types.append(type)
      let canonical = first[type] ?? index
      first[type] = canonical
      module.canonicalTypes.append(canonical)
    }
  }

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
        let type = try readTypeIndex()
        module.functions.append(type)
        module.importedFunctionCount += 1
        kind = .function(type)
      case 1:
        let type = try cursor.readTableType(features)
        try addTable(type, at: start)
        module.importedTableCount += 1
        kind = .table(type)
      case 2:
        let type = try cursor.readMemoryType(features)
        try addMemory(type, at: start)
        module.importedMemoryCount += 1
        kind = .memory(type)
      case 3:
        let type = try cursor.readGlobalType(features)
        module.globals.append(type)
        module.importedGlobalCount += 1
        kind = .global(type)
      case 4: throw WasmError(.unsupportedFeature, at: start, "exception handling (tag import)")
      case let byte: throw WasmError(.malformedImportKind, at: start, "\(byte)")
      }
      module.imports.append(Import(module: moduleName, name: name, kind: kind))
    }
  }

  mutating func readFunctions(at start: Int) throws(WasmError) {
    functionSectionOffset = start
    let count = try cursor.readCount(limit: ImplementationLimit.functions, of: "functions")
    module.functions.reserveCapacity(module.functions.count + cursor.plausible(count, elementSize: 1))
    for _ in 0..<count { module.functions.append(try readTypeIndex()) }
  }

  mutating func readTables() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.tables, of: "tables")
    for _ in 0..<count {
      let start = cursor.offset
      if cursor.peek() == 0x40 {
        throw WasmError(.unsupportedFeature, at: start, "typed function references (table with an initial value)")
      }
      try addTable(try cursor.readTableType(features), at: start)
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

  mutating func readGlobals() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.globals, of: "globals")
    module.globals.reserveCapacity(module.globals.count + cursor.plausible(count, elementSize: 4))
    for _ in 0..<count {
      let type = try cursor.readGlobalType(features)
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
      case 4: throw WasmError(.unsupportedFeature, at: kindOffset, "exception handling (tag export)")
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

  // MARK: Indices

  mutating func readTypeIndex() throws(WasmError) -> TypeIndex {
    try readIndex(TypeIndex.self, below: module.types.count, else: .unknownType)
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
