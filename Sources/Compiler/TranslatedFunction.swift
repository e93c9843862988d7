import Entities
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
    do throws(WasmError) {
      let choices = TranslationOptions(checksBounds: options.policy == .trap)
      function = try Translator.translate(module, index, in: declarations, options: choices)
    } catch { throw .module(error) }
    try Self.verify(function, declarations, after: "translation", options)
    if options.emittedStages.contains(.ir) { translated = Printer.print(function) }

    var failure: CompileError?
    Pipeline.run(on: &function, in: declarations, level: options.optimization) { pass, function in
      guard failure == nil else { return }
      do throws(CompileError) { try Self.verify(function, declarations, after: "\(pass)", options) } catch { failure = error }
    }
    if let failure { throw failure }
    if options.emittedStages.contains(.opt) { optimized = Printer.print(function) }
  }

  private static func verify(
    _ function: IR.Function, _ declarations: ModuleShape, after pass: String, _ options: CompilerOptions
  ) throws(CompileError) {
    guard options.verifiesEachPass else { return }
    let findings = Verifier.verify(function, in: declarations)
    if !findings.isEmpty {
      throw .brokenIR(
        function: "\(function.index) \(function.name)", pass: pass, findings: findings.map { "\($0)" })
    }
  }
}
