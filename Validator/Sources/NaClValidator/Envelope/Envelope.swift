/// Everything around the code: file, note, metadata and function table, and what the host allows of it (rule E5).
struct Envelope {
  let image: ELFImage
  let note: Note
  let metadata: Metadata
  let functionTable: FunctionTable
  let layout: ContextLayout

  init(_ file: FileBytes, _ options: ValidationOptions) throws(FormatError) {
    try Note.checkVersion(of: file)
    image = try ELFImage(file)
    note = try Note(file, range: image.note)
    metadata = try Metadata(file, range: image.metadata, model: note.model)
    for (index, word) in note.limitWords.enumerated() where word.memory >= metadata.memories.count {
      throw FormatError(.e3_note, at: image.note.lowerBound + 20 + Note.fixedSize + 16 * UInt64(index), "a limit word of no memory")
    }
    guard
      let layout = ContextLayout(
        limitWordCount: note.limitWords.count, memories: metadata.memories, tables: metadata.tables,
        globals: metadata.globals, transferCells: metadata.transferCells)
    else { throw FormatError(.s1_contextSize, at: image.metadata.lowerBound, "the context block is larger than 1 MiB") }
    self.layout = layout
    functionTable = try FunctionTable(file, image, metadata)
    try Self.check(note, metadata, image, options)
  }

  private static func check(
    _ note: Note, _ metadata: Metadata, _ image: ELFImage, _ options: ValidationOptions
  ) throws(FormatError) {
    let at = image.note.lowerBound
    let reach = VerifiedModule.reach(memories: metadata.memories, tables: metadata.tables)
    if !options.allowedModels.contains(note.model) {
      throw FormatError(.e5_hostLimits, at: at + 28, "the host does not allow this memory model")
    } else if note.instructionSet > options.instructionSet {
      throw FormatError(.e5_hostLimits, at: at + 30, "the code needs instructions that this processor lacks")
    } else if reach > options.maximumReach {
      throw FormatError(
        .e5_hostLimits, at: image.metadata.lowerBound,
        "the module reaches \(reach) bytes; the host allows \(options.maximumReach)")
    }
  }

  func verifiedModule(_ functions: [FunctionRecord], _ statistics: ValidationStatistics) -> VerifiedModule {
    VerifiedModule(
      model: note.model, outOfBoundsPolicy: note.outOfBoundsPolicy, instructionSet: note.instructionSet,
      wasmDigest: note.wasmDigest, limitWords: note.limitWords, memories: metadata.memories, tables: metadata.tables,
      globals: metadata.globals, importedFunctionCount: metadata.importedFunctionCount,
      dataSegmentCount: metadata.dataSegmentCount, elementSegmentCount: metadata.elementSegmentCount,
      returnsStatus: metadata.returnsStatus, context: layout,
      slotK: metadata.memories.first.flatMap { $0.isImported ? nil : $0.k } ?? 16, text: image.text,
      readOnlyData: image.readOnlyData, functions: functions, recordOfWasmFunction: metadata.recordOfWasmFunction,
      entryOfWasmFunction: metadata.entryOfWasmFunction, entryArea: functionTable.entryArea,
      startFunction: metadata.startFunction, sites: Int(metadata.sites.lowerBound)..<Int(metadata.sites.upperBound),
      moduleSection: Int(metadata.module.lowerBound)..<Int(metadata.module.upperBound), statistics: statistics)
  }
}
