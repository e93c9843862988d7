/// Everything around the code: file, note, metadata and function table, and what the host allows of it (rule E5).
struct Envelope: Hashable {
  let image: ELFImage
  let note: Note
  let metadata: Metadata
  let functionTable: FunctionTable
  let layout: ContextLayout

  init(_ file: FileBytes, _ options: ValidationOptions) throws(Violation) {
    try Note.checkVersion(of: file)
    image = try ELFImage(file)
    let (noteStart, metadataStart) = (image.note.lowerBound, image.metadata.lowerBound)
    note = try Note(file, range: image.note)
    metadata = try Metadata(file, range: image.metadata, model: note.model)
    for (index, word) in note.limitWords.enumerated() where word.memory >= metadata.memories.count {
      throw Violation(.e3_note, at: noteStart + Note.offset(ofLimitWord: index), "a limit word of no memory")
    }
    guard
      let layout = ContextLayout(
        limitWordCount: note.limitWords.count, memories: metadata.memories, tables: metadata.tables,
        globals: metadata.globals, transferCells: metadata.transferCells)
    else { throw Violation(.s1_contextSize, at: metadataStart, "the context block is larger than 1 MiB") }
    self.layout = layout
    functionTable = try FunctionTable(file, image, metadata)

    let reach = VerifiedModule.reach(memories: metadata.memories, tables: metadata.tables)
    let limits: [(holds: Bool, at: UInt64, what: String)] = [
      (options.allowedModels.contains(note.model), noteStart + 28, "the host does not allow this memory model"),
      (note.instructionSet <= options.instructionSet, noteStart + 30, "this processor lacks instructions of the level"),
      (reach <= options.maximumReach, metadataStart, "reach is \(reach) bytes; the host allows \(options.maximumReach)"),
    ]
    for limit in limits where !limit.holds { throw Violation(.e5_hostLimits, at: limit.at, limit.what) }
  }
}
