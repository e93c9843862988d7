import CodeGeneration
import Entities
import IR
import Inspector
import Nexe
import Optimizer
import Wasm
import WasmToIR

/// From the bytes of a wasm module to those of a nexe: the list of passes.
///
/// The output depends on the module and the options alone, not on `jobs`, the machine or the time.
public enum Compiler {
  public static func compile(
    _ wasm: [UInt8], options: CompilerOptions = CompilerOptions(), progress: Progress = .none
  ) throws(CompileError) -> CompiledModule {
    var record = BuildRecord(options)

    let module = try record.time(.decode) { () throws(CompileError) in try decode(wasm) }
    let declared = ModuleShape(module)
    let target = try TargetChoice(declared, options)
    let declarations = target.tightened(declared, options.policy)
    record.keep(.wasm) { ModuleListing.text(of: module) }

    let functions = try record.time(.translateAndOptimize) { () throws(CompileError) in
      var functions = try translate(module, declarations, options, progress)
      try optimize(&functions, declarations, options, progress)
      return functions
    }
    record.keep(.ir, functions.lazy.map(\.translated))
    record.keep(.opt, functions.lazy.map(\.optimized))

    let context = try ModulePlan.context(for: module, declarations, target, functions.lazy.map(\.function), options)

    let compiled = try record.time(.generateCode) { () throws(CompileError) in
      try generateCode(functions, context, options, progress)
    }
    record.keep(.isel, of: functions, compiled.lazy.map(\.dumps.selection))
    record.keep(.regalloc, of: functions, compiled.lazy.map(\.dumps.allocation))
    record.keep(.asm, of: functions, compiled.lazy.map(\.dumps.assembly))

    let linked = try record.time(.link) { () throws(CompileError) in try link(compiled, context) }
    let nexe = record.time(.write) {
      NexeWriter.write(ModulePlan.image(of: linked, module, context, functions, options))
    }
    record.keep(.bundles) { NexeListing.disassembly(of: nexe) }
    let warnings = [BranchHints.fault(in: module)].compactMap(\.self)
    return CompiledModule(nexe: nexe, model: target.model, warnings: warnings, record: record)
  }

  private static func decode(_ wasm: [UInt8]) throws(CompileError) -> Module {
    do throws(WasmError) { return try Module.decode(wasm) } catch { throw .module(error) }
  }

  private static func translate(
    _ module: Module, _ declarations: ModuleShape, _ options: CompilerOptions, _ progress: Progress
  ) throws(CompileError) -> [TranslatedFunction] {
    let step = progress.start("translating", count: module.bodies.count)
    defer { progress.finish() }
    return try ParallelMap.map(count: module.bodies.count, jobs: options.jobs) {
      (position) throws(CompileError) -> TranslatedFunction in
      defer { step.advance() }
      let index = FunctionIndex(index: module.importedFunctionCount + position)
      return try TranslatedFunction(index, of: module, declarations, options)
    }
  }

  /// In place, so that a large module's functions stand in memory once. What is small enough to be inlined is copied
  /// first: no function sees how far another one has got.
  private static func optimize(
    _ functions: inout [TranslatedFunction], _ declarations: ModuleShape, _ options: CompilerOptions,
    _ progress: Progress
  ) throws(CompileError) {
    let step = progress.start("optimising", count: functions.count)
    defer { progress.finish() }
    let candidates =
      options.optimization == .full && options.inlines
      ? InlineCandidates(functions.lazy.map(\.function), in: declarations) : InlineCandidates()
    try ParallelMap.update(&functions, jobs: options.jobs) { (function) throws(CompileError) in
      defer { step.advance() }
      try function.optimize(inlining: candidates, declarations, options)
    }
  }

  private static func generateCode(
    _ functions: [TranslatedFunction], _ context: ModuleContext, _ options: CompilerOptions, _ progress: Progress
  ) throws(CompileError) -> [CompiledFunction] {
    let step = progress.start("generating code", count: functions.count)
    defer { progress.finish() }
    return try ParallelMap.map(count: functions.count, jobs: options.jobs) {
      (position) throws(CompileError) -> CompiledFunction in
      defer { step.advance() }
      do throws(CodeGenerationError) { return try CodeGenerator.compile(functions[position].function, in: context) } catch {
        throw .codeGeneration(error)
      }
    }
  }

  private static func link(
    _ functions: [CompiledFunction], _ context: ModuleContext
  ) throws(CompileError) -> LinkedModule {
    do throws(CodeGenerationError) { return try ModuleLinker.link(functions, in: context) } catch { throw .codeGeneration(error) }
  }
}

/// A finished build.
public struct CompiledModule: Sendable {
  /// The file's bytes.
  public let nexe: [UInt8]
  /// The memory model that was asked for or chosen.
  public let model: MemoryModel
  /// What is wrong with custom sections, which makes no module invalid.
  public let warnings: [WasmError]
  /// Texts of the stages asked for, and what each stage took.
  public let record: BuildRecord
}
