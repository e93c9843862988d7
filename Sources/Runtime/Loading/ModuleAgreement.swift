import NaClValidator
import Wasm

/// Compares the embedded module with the shape that the validator checked the code against. The code was proved for the
/// shape; if the module said something else, the host would fill the context's words with something else.
struct ModuleAgreement {
  let wasm: Wasm.Module
  let verified: VerifiedModule

  /// The first contradiction, or nil.
  func difference(layouts: [CallLayout]) -> String? {
    counts ?? memories ?? tables ?? globals ?? transfer(layouts)
  }

  private var counts: String? {
    let pairs: [(String, Int, Int)] = [
      ("functions", wasm.functions.count, verified.recordOfWasmFunction.count),
      ("entries", wasm.functions.count, verified.entryOfWasmFunction.count),
      ("imported functions", wasm.importedFunctionCount, verified.importedFunctionCount),
      ("memories", wasm.memories.count, verified.memories.count),
      ("tables", wasm.tables.count, verified.tables.count),
      ("globals and words of tags", wasm.globals.count + wordCount, verified.globals.count),
      ("data segments", wasm.data.count, verified.dataSegmentCount),
      ("element segments", wasm.elements.count, verified.elementSegmentCount),
      ("start function", wasm.start?.index ?? -1, verified.startFunction ?? -1),
    ]
    return pairs.first { $0.1 != $0.2 }.map { "\($0.0): \($0.1) in the module, \($0.2) in the shape" }
  }

  /// Words of imported tags, which stand behind the globals.
  private var wordCount: Int { verified.returnsStatus ? wasm.importedTagCount : 0 }

  private var memories: String? {
    for (index, type) in wasm.memories.elements.enumerated() {
      let shape = verified.memories[index]
      let agrees =
        shape.isImported == (index < wasm.importedMemoryCount) && shape.is64Bit == (type.indexType == .i64)
        && type.limits.minimum <= shape.reach / MemoryStorage.pageSize
      if !agrees { return "memory \(index)" }
    }
    return nil
  }

  private var tables: String? {
    var exported: Set<Int> = []
    for export in wasm.exports { if case .table(let index) = export.item { exported.insert(index.index) } }
    for (index, type) in wasm.tables.elements.enumerated() {
      let shape = verified.tables[index]
      let holdsFunctions = wasm.isFunctionReference(type.element)
      let flagsAgree =
        shape.isImported == (index < wasm.importedTableCount) && shape.isExported == exported.contains(index)
        && shape.is64Bit == (type.indexType == .i64) && shape.holdsExternalReferences != holdsFunctions
      let limitsAgree =
        shape.minimum == type.limits.minimum && shape.maximum == type.limits.maximum ?? .max
        && shape.minimum <= UInt64(1) << UInt64(shape.k)
      if !flagsAgree || !limitsAgree { return "table \(index)" }
    }
    return nil
  }

  private var globals: String? {
    var exported: Set<Int> = []
    for export in wasm.exports { if case .global(let index) = export.item { exported.insert(index.index) } }
    for (index, type) in wasm.globals.elements.enumerated() {
      let shape = verified.globals[index]
      let agrees =
        shape.isImported == (index < wasm.importedGlobalCount) && shape.isExported == exported.contains(index)
        && shape.isMutable == type.isMutable && shape.isReference == type.type.isReference
      if !agrees { return "global \(index)" }
    }
    for index in wasm.globals.count..<verified.globals.count {
      let shape = verified.globals[index]
      if shape.isImported || shape.isExported || shape.isMutable || shape.isReference { return "word of a tag" }
    }
    return nil
  }

  /// Every type's overflow of arguments and results has room: the host moves them in and out of the transfer area.
  private func transfer(_ layouts: [CallLayout]) -> String? {
    let carried = verified.returnsStatus ? wasm.tags.elements.map { layouts[$0.index].type.parameters.count }.max() : nil
    let needed = max(layouts.map(\.cells).max() ?? 0, carried ?? 0)
    let present = verified.context.transferCells
    return needed <= present ? nil : "transfer area: \(needed) cells needed, \(present) present"
  }
}
