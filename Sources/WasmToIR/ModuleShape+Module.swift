import Entities
import IR
import Wasm

extension ModuleShape {
  /// The declarations of a decoded module.
  public init(_ module: Module) {
    self.init()
    for index in module.types.ids {
      signatures.append(module.types[index].function.map { Signature($0) } ?? Signature(parameters: [], results: []))
      let chain = module.supertypes(of: index)
      if chain.count > 1 { supertypes[SignatureIndex(chain[0].rawValue)] = SignatureIndex(chain[1].rawValue) }
    }
    functions.reserveCapacity(module.functions.count)
    for type in module.functions.elements {
      functions.append(SignatureIndex(module.canonicalType(type).rawValue))
    }
    importedFunctionCount = module.importedFunctionCount
    dataSegmentCount = module.data.count
    elementSegmentCount = module.elements.count
    addItems(of: module)
    exceptions = ExceptionShape(module, firstWordGlobal: module.globals.count)
    guard exceptions != nil else { return }
    for _ in 0..<module.importedTagCount {
      globals.append(
        GlobalShape(type: .i64, isMutable: false, isImported: false, isExported: false, isReference: false))
    }
  }

  private mutating func addItems(of module: Module) {
    var exportedTables = BitSet<TableIndex>()
    var exportedMemories = BitSet<MemoryIndex>()
    var exportedGlobals = BitSet<GlobalIndex>()
    for export in module.exports {
      switch export.item {
      case .function, .tag: break
      case .table(let index): exportedTables.insert(index)
      case .memory(let index): exportedMemories.insert(index)
      case .global(let index): exportedGlobals.insert(index)
      }
    }
    for index in module.memories.ids {
      let memory = module.memories[index]
      memories.append(
        MemoryShape(
          indexType: Type(memory.indexType), minimumPages: memory.limits.minimum, maximumPages: memory.limits.maximum,
          isImported: index.index < module.importedMemoryCount, isExported: exportedMemories.contains(index)))
    }
    for index in module.tables.ids {
      let table = module.tables[index]
      tables.append(
        TableShape(
          indexType: Type(table.indexType), minimum: table.limits.minimum, maximum: table.limits.maximum,
          isImported: index.index < module.importedTableCount, isExported: exportedTables.contains(index),
          isFunctionTable: module.isFunctionReference(table.element)))
    }
    for index in module.globals.ids {
      let global = module.globals[index]
      globals.append(
        GlobalShape(
          type: Type(global.type), isMutable: global.isMutable, isImported: index.index < module.importedGlobalCount,
          isExported: exportedGlobals.contains(index), isReference: global.type.isReference))
    }
  }
}

extension Signature {
  init(_ type: FunctionType) {
    self.init(parameters: type.parameters.map { Type($0) }, results: type.results.map { Type($0) })
  }
}

extension Type {
  /// References are opaque 64-bit scalars.
  init(_ type: ValueType) {
    switch type.kind {
    case .i32: self = .i32
    case .i64: self = .i64
    case .f32: self = .f32
    case .f64: self = .f64
    case .v128: self = .v128
    case .reference: self = .i64
    }
  }

  init(_ type: IndexType) {
    switch type {
    case .i32: self = .i32
    case .i64: self = .i64
    }
  }
}
