import IR

/// From one function's IR to sandboxed machine code: selection, allocation, emission. Pure; safe to run in parallel.
public enum CodeGenerator {
  /// - Requires: `function` is well formed and its unreachable blocks have been removed.
  public static func compile(
    _ function: Function, in module: ModuleContext
  ) throws(CodeGenerationError) -> CompiledFunction {
    CompiledFunction(index: function.index, frameSize: 0)
  }
}
