import CodeGeneration
import Entities
import IR
import Nexe
import Wasm

/// What is decided once for the whole module: its shape in the nexe, which functions have entries, and the final image.
enum ModulePlan {
  /// The context block's largest size in bytes (rule S1).
  static let largestContext = 1 << 20

  static func context(
    for module: Module, _ declarations: ModuleShape, _ target: TargetChoice, _ functions: some Sequence<IR.Function>,
    _ options: CompilerOptions
  ) throws(CompileError) -> ModuleContext {
    // Before any arithmetic on sizes: a module may declare millions of globals.
    let words = declarations.memories.count + declarations.tables.count + declarations.globals.count
    if words > largestContext / 8 { throw .contextTooLarge(words * 8) }

    var shape = Shape()
    shape.memories = target.memories
    shape.tables = target.tables
    shape.globals = declarations.globals.elements.map {
      Shape.Global(
        isImported: $0.isImported, isMutable: $0.isMutable, isReference: $0.isReference, isExported: $0.isExported)
    }
    do throws(CodeGenerationError) { shape.transferCells = try CallingConvention.transferCells(for: declarations) } catch {
      throw .codeGeneration(error)
    }
    shape.returnsStatus = declarations.exceptions != nil
    var uses = LimitWordCount()
    for function in functions { uses.add(function) }
    shape.limitWords = uses.chosen()
    let size = Int(ContextLayout(shape).size)
    if size > largestContext { throw .contextTooLarge(size) }

    var choices = CodeGenerationOptions()
    choices.memoryModel = target.model
    choices.outOfBounds = options.policy
    choices.instructionSet = options.instructionSet
    choices.checksAllocation = options.verifiesEachPass
    if options.emittedStages.contains(.isel) { choices.dumps.insert(.selection) }
    if options.emittedStages.contains(.regalloc) { choices.dumps.insert(.allocation) }
    if options.emittedStages.contains(.asm) { choices.dumps.insert(.assembly) }

    var referenced: [FunctionIndex] = []
    module.declaredReferences.forEach { referenced.append($0) }
    return ModuleContext(
      declarations: declarations, shape: shape, options: choices, referencedFunctions: referenced,
      hasIndirectCalls: !module.tables.isEmpty || functions.contains(where: \.callsReferences))
  }

  static func image(
    of linked: LinkedModule, _ module: Module, _ context: ModuleContext, _ functions: [TranslatedFunction],
    _ options: CompilerOptions
  ) -> NexeImage {
    NexeImage(
      model: context.options.memoryModel, policy: options.policy, instructionSet: options.instructionSet,
      moduleHash: ModuleHash.sha256(module.bytes), shape: context.shape, text: linked.text,
      readOnlyData: linked.readOnlyData, functionTableAddress: linked.functionTableAddress,
      functions: linked.records.map { record(for: $0, module) },
      importedFunctionCount: UInt32(module.importedFunctionCount), functionRecords: linked.functionRecords,
      entries: linked.entries, startFunction: module.start?.rawValue, dataSegmentCount: UInt32(module.data.count),
      elementSegmentCount: UInt32(module.elements.count), 
      sites: linked.sites.flatMap { sites($0, functions, importedFunctionCount: module.importedFunctionCount) },
      module: CodelessModule.bytes(of: module))
  }

  private static func record(for record: LinkedModule.Record, _ module: Module) -> FunctionRecord {
    func name(_ index: FunctionIndex) -> String {
      let name = module.name(of: index)
      return name.isEmpty ? "function[\(index.rawValue)]" : name
    }
    switch record.kind {
    case .function(let index): return FunctionRecord(start: record.start, kind: .function, name: name(index))
    case .importThunk(let index):
      let item = module.imports.lazy.filter { if case .function = $0.kind { true } else { false } }
        .dropFirst(index.index).first
      let label = item.map { "\($0.module).\($0.name)" } ?? name(index)
      return FunctionRecord(start: record.start, kind: .function, name: "import:\(label)")
    case .foreignStub: return FunctionRecord(start: record.start, kind: .function, name: "foreign-stub")
    case .entryArea: return FunctionRecord(start: record.start, kind: .entryArea, name: "entry-area")
    }
  }

  /// One record, and behind it one for each call that inlining has removed there.
  private static func sites(
    _ site: CodeSite, _ functions: [TranslatedFunction], importedFunctionCount: Int
  ) -> [Site] {
    let position = site.function.index - importedFunctionCount
    let frames =
      functions.indices.contains(position)
      ? functions[position].function.frames(at: site.sourceOffset)
      : [SourceFrame(function: site.function, offset: site.sourceOffset)]
    let kind: Site.Kind =
      switch site.kind {
      case .call: .call
      case .trap: .trap
      case .poll: .poll
      }
    return frames.indices.map { depth in
      Site(
        returnAddress: site.address, moduleOffset: frames[depth].offset, function: frames[depth].function.rawValue,
        kind: kind, trapCode: site.trapCode.rawValue, hasFrame: site.hasFrame, isInlined: depth < frames.count - 1)
    }
  }
}
