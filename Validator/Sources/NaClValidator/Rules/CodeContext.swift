/// What all functions are checked against. Threads share it; nobody changes it.
final class CodeContext: Sendable {
  let file: FileBytes
  let text, readOnlyData: LoadedSegment
  let level: InstructionSetLevel
  let regions: RegionMap
  let groups: GroupMatcher
  let requiresPreemption: Bool
  let maximumFindings: Int
  /// A bit for each byte of text: a function of kind 0 starts there.
  private let starts: Buffer<UInt64>

  init(_ file: FileBytes, _ envelope: Envelope, _ options: ValidationOptions) {
    self.file = file
    (text, readOnlyData) = (envelope.image.text, envelope.image.readOnlyData)
    level = envelope.note.instructionSet
    regions = RegionMap(envelope.note, envelope.metadata, envelope.layout)
    let origin = Int64(text.address)
    let area = envelope.functionTable.entryArea.map { (Int64($0.count - 1) << 5, origin + Int64($0.start)) }
    groups = GroupMatcher(limit: Int64(envelope.layout.limit), entryArea: area)
    (requiresPreemption, maximumFindings) = (options.requiresPreemption, options.maximumFindings)
    var starts = Buffer<UInt64>()
    starts.fill(0, count: Int(text.size / 64) + 1)
    for function in envelope.functionTable.records where function.kind == .function {
      starts[Int(function.start / 64)] |= 1 << UInt64(function.start % 64)
    }
    self.starts = starts
  }

  func makeReader() -> CodeReader {
    CodeReader(file: file, text: text, level: level, disassembler: Disassembler(textSize: text.size))
  }

  func makeFindings() -> FindingList { FindingList(file, text: text, maximum: maximumFindings) }

  func isFunctionStart(_ target: Int64) -> Bool {
    let offset = UInt64(bitPattern: target) &- text.address
    return offset < text.size && starts[Int(offset / 64)] >> (offset % 64) & 1 == 1
  }

  /// The gate that a call through operand 0 goes to, if it is one (rule C6).
  func gate(_ instruction: Instruction) -> Gate? {
    guard instruction.semantic == .call, let offset = instruction.contextOffset(0),
      case .gate(let gate)? = regions.meaning(at: offset)
    else { return nil }
    return gate
  }
}
