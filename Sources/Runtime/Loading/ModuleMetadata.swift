import Entities
import NaClValidator
import Wasm

/// The embedded wasm module, decoded, and what follows from it. It is as untrusted as the rest of the file: `init`
/// refuses it unless it agrees with the validated shape in every count, limit and flag.
struct ModuleMetadata: Sendable {
  struct Import: Sendable {
    let module: String
    let name: String
    let type: ExternType
    /// Of a function or tag.
    let id: DefinedTypeID?
  }

  let wasm: Wasm.Module
  let types: TypeRegistration
  let imports: [Import]
  /// By type index.
  let layouts: [CallLayout]
  let exports: [ExactName: Wasm.Export.Item]
  /// By bundle of the entry area: the lowest wasm function whose entry it is, or nil.
  let functionOfEntry: [Int?]

  init(_ bytes: [UInt8], _ verified: VerifiedModule, _ registry: TypeRegistry) throws(LoadError) {
    let wasm: Wasm.Module
    do {
      wasm = try Wasm.Module.decode(bytes, codeSection: .absent)
    } catch {
      throw .metadata("\(error)")
    }
    self.wasm = wasm
    types = registry.register(wasm)
    let ids = types.ids
    layouts = wasm.types.elements.map { CallLayout($0.function.map { FunctionType($0, ids) } ?? FunctionType()) }
    imports = wasm.imports.map { entry in
      var id: DefinedTypeID?
      switch entry.kind {
      case .function(let index), .tag(let index): id = ids[index.index]
      case .table, .memory, .global: break
      }
      return Import(module: entry.module, name: entry.name, type: ExternType(entry.kind, in: wasm, ids), id: id)
    }
    exports = Dictionary(
      wasm.exports.map { (ExactName($0.name), $0.item) }, uniquingKeysWith: { first, _ in first })
    var functionOfEntry = [Int?](repeating: nil, count: Int(verified.entryArea?.count ?? 0))
    for (function, entry) in verified.entryOfWasmFunction.enumerated() where entry >= 2 {
      let entry = Int(entry)
      if entry < functionOfEntry.count, functionOfEntry[entry] == nil { functionOfEntry[entry] = function }
    }
    self.functionOfEntry = functionOfEntry
    if let difference = ModuleAgreement(wasm: wasm, verified: verified).difference(layouts: layouts) {
      throw .metadata(difference)
    }
  }

  func type(of item: Wasm.Export.Item) -> ExternType {
    switch item {
    case .function(let index): .function(layouts[wasm.functions[index].index].type)
    case .table(let index): .table(TableType(wasm.tables[index], types.ids))
    case .memory(let index): .memory(MemoryType(wasm.memories[index]))
    case .global(let index): .global(GlobalType(wasm.globals[index], types.ids))
    case .tag(let index): .tag(layouts[wasm.tags[index].index].type)
    }
  }
}

extension Module {
  func layout(ofFunction index: Int) -> CallLayout {
    metadata.layouts[metadata.wasm.functions[FunctionIndex(index: index)].index]
  }

  func typeID(ofFunction index: Int) -> DefinedTypeID {
    metadata.types.ids[metadata.wasm.functions[FunctionIndex(index: index)].index]
  }
}
