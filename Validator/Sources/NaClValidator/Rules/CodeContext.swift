/// What all functions are checked against. Threads share it; nobody changes it.
final class CodeContext: Sendable {
  let file: FileBytes
  let text, readOnlyData: LoadedSegment
  let level: InstructionSetLevel
  let regions: RegionMap
  let groups: GroupMatcher
  /// Starts of the functions of kind 0.
  let functionStarts: AddressSet
  let requiresPreemption: Bool
  let maximumFindings: Int

  init(_ file: FileBytes, _ envelope: Envelope, _ options: ValidationOptions) {
    self.file = file
    text = envelope.image.text
    level = envelope.note.instructionSet
    regions = RegionMap(envelope.note, envelope.metadata, envelope.layout)
    readOnlyData = envelope.image.readOnlyData
    groups = GroupMatcher(limit: envelope.layout.limit, entryArea: envelope.functionTable.entryArea, text: text)
    var starts = AddressSet(text)
    for function in envelope.functionTable.records where function.kind == .function {
      starts.insert(text.address + UInt64(function.start))
    }
    functionStarts = starts
    requiresPreemption = options.requiresPreemption
    maximumFindings = options.maximumFindings
  }

  func makeReader() -> CodeReader { CodeReader(file, text: text, level: level) }

  func makeFindings() -> FindingList { FindingList(file, text: text, maximum: maximumFindings) }

  func isFunctionStart(_ target: Int64) -> Bool { functionStarts.contains(UInt64(bitPattern: target)) }

  /// The gate that a call through operand 0 goes to, if it is one (rule C6).
  func gate(_ instruction: Instruction) -> Gate? {
    guard instruction.semantic == .call, let offset = instruction.contextOffset(0) else { return nil }
    return regions.gate(at: offset)
  }
}
