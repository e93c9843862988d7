import Entities
import IR
import Optimizer
import Wasm
import WasmToIR

/// One function on its way through the optimiser, with its text forms if they were asked for.
struct TranslatedFunction: Sendable {
  var function: IR.Function
  var translated = ""
  var optimized = ""

  /// Translates, and does what comes before inlining.
  init(
    _ index: FunctionIndex, of module: Module, _ declarations: ModuleShape, _ options: CompilerOptions
  ) throws(CompileError) {
    do throws(WasmError) {
      var choices = TranslationOptions(checksBounds: options.policy == .trap)
      choices.canonicalizesNaNs = options.canonicalizesNaNs
      function = try Translator.translate(module, index, in: declarations, options: choices)
    } catch { throw .module(error) }
    try Self.verify(function, declarations, after: "translation", options)
    if options.emittedStages.contains(.ir) { translated = Printer.print(function) }

    var failure: CompileError?
    Pipeline.prepare(&function, in: declarations, level: options.optimization, without: options.excludedPasses) {
      Self.note($1, declarations, after: $0, options, &failure)
    }
    if let failure { throw failure }
  }

  mutating func optimize(
    inlining candidates: InlineCandidates, _ declarations: ModuleShape, _ options: CompilerOptions
  ) throws(CompileError) {
    var failure: CompileError?
    Pipeline.finish(
      &function, in: declarations, level: options.optimization, inlining: candidates, without: options.excludedPasses
    ) {
      Self.note($1, declarations, after: $0, options, &failure)
    }
    if let failure { throw failure }
    if options.emittedStages.contains(.opt) { optimized = Printer.print(function) }
  }

  /// Remembers the first failure.
  private static func note(
    _ function: IR.Function, _ declarations: ModuleShape, after pass: Pass, _ options: CompilerOptions,
    _ failure: inout CompileError?
  ) {
    guard failure == nil else { return }
    do throws(CompileError) { try verify(function, declarations, after: "\(pass)", options) } catch { failure = error }
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
