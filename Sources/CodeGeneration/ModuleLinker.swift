import IR

/// Lays all functions out in text and read-only data; adds import thunks, the FOREIGN stub, the entry area and the
/// function table.
public enum ModuleLinker {
  /// - Parameter functions: the module's own functions, in index order.
  /// - Returns: text in the order functions, thunks, FOREIGN stub, entry area; in read-only data the function table
  ///   comes last.
  public static func link(
    _ functions: [CompiledFunction], in module: ModuleContext
  ) throws(CodeGenerationError) -> LinkedModule {
    var linker = TextLinker()
    var kinds: [LinkedModule.Record.Kind] = []
    for function in functions {
      linker.add(function.code, as: .function(function.index))
      kinds.append(.function(function.index))
    }
    for index in 0..<module.declarations.importedFunctionCount {
      let function = FunctionIndex(index: index)
      linker.add(ModuleStubs.importThunk(function, in: module), as: .function(function))
      kinds.append(.importThunk(function))
    }
    // Text is never empty: without any function the stub stands alone.
    if module.entryCountLog2 != nil || kinds.isEmpty {
      linker.add(ModuleStubs.foreignStub(in: module), as: .foreignStub)
      kinds.append(.foreignStub)
    }
    if let countLog2 = module.entryCountLog2 {
      linker.add(ModuleStubs.entryArea(in: module, countLog2: countLog2), as: .entryArea)
      kinds.append(.entryArea)
    }
    let output = try linker.link(textAddress: LinkedModule.textAddress)
    return finish(output, kinds, module)
  }

  private static func finish(
    _ output: TextLinker.Output, _ kinds: [LinkedModule.Record.Kind], _ module: ModuleContext
  ) -> LinkedModule {
    let functionCount = module.declarations.functions.count
    var linked = LinkedModule(
      text: output.text, readOnlyData: output.readOnlyData, readOnlyDataAddress: output.readOnlyDataAddress,
      functionTableAddress: output.readOnlyDataAddress + UInt32(output.readOnlyData.count), records: [],
      functionRecords: Array(repeating: 0, count: functionCount),
      entries: module.declarations.functions.ids.map { module.entries[$0] }, sites: output.sites)
    for (position, kind) in kinds.enumerated() {
      let start = output.starts[position]
      let end = position + 1 < kinds.count ? output.starts[position + 1] : UInt32(output.text.count)
      linked.records.append(LinkedModule.Record(start: start, size: end - start, kind: kind))
      switch kind {
      case .function(let function), .importThunk(let function):
        linked.functionRecords[function.index] = UInt32(position)
      case .foreignStub, .entryArea: break
      }
      append(start, to: &linked.readOnlyData)
      append(kind == .entryArea ? 1 : 0, to: &linked.readOnlyData)
    }
    return linked
  }

  private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
  }
}
