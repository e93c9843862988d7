import IR
import Optimizer
import Wasm
import WasmToIR

/// One function after the optimiser, with its text forms if they were asked for.
struct TranslatedFunction: Sendable {
  var function: IR.Function
  var translated = ""
  var optimized = ""

  init(
    _ index: FunctionIndex, of module: Module, _ declarations: ModuleShape, _ options: CompilerOptions
  ) throws(CompileError) {
    do {
      function = try Translator.translate(module, index, declarations, checksBounds: options.policy == .trap)
    } catch { throw .module(error) }
    if options.emittedStages.contains(.ir) { translated = Printer.text(of: function) }
    do {
      try Pipeline.run(
        on: &function, in: declarations, level: options.optimization, verifies: options.verifiesEachPass)
    } catch {
      throw .brokenIR(function: "\(index) \(function.name)", pass: error.pass, findings: error.findings)
    }
    if options.emittedStages.contains(.opt) { optimized = Printer.text(of: function) }
  }
}
