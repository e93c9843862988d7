/// Decodes text bundle by bundle. Since nothing crosses a bundle boundary (rule C1), a bundle is all the context a
/// rule needs. One for each thread.
struct CodeReader: ~Copyable {
  static let bundleSize: UInt64 = 32

  let file: FileBytes
  let text: LoadedSegment
  let level: InstructionSetLevel
  private let table = TemplateTable.shared
  var disassembler: Disassembler

  /// Appends the instructions that start in [start, end), all of one bundle and one function. Stops at the first that
  /// cannot be. `isChecked`: Capstone has already agreed on these very bytes.
  mutating func read(
    from start: UInt64, to end: UInt64, isChecked: Bool, into instructions: inout Buffer<Instruction>
  ) throws(Violation) {
    var address = start
    while address < end {
      let window = file.window(at: address, end: text.end)
      let instruction = try Instruction(window, table, at: address)
      if !isChecked && !disassembler.hasAgreed(on: instruction.key) { try consult(window, address) }
      guard instruction.end <= end else {
        let (rule, what): (Rule, String) =
          end % Self.bundleSize == 0 ? (.c1_directTarget, "a bundle boundary") : (.f1_functionTable, "its function's end")
        throw Violation(rule, address: address, length: instruction.length, "an instruction crosses \(what)")
      }
      instructions.append(instruction)
      address = instruction.end
    }
  }

  /// Asks Capstone about one instruction. It parses the window again: were the caller to hand over what it has parsed,
  /// that would live in memory for every instruction, and this costs a third of all time.
  @inline(never) private mutating func consult(_ window: ByteWindow, _ address: UInt64) throws(Violation) {
    let instruction = try Instruction(window, table, at: address)
    let isBeyond = instruction.template.level > level
    if let what = disassembler.disagreement(instruction) ?? (isBeyond ? "beyond the declared level" : nil) {
      throw Violation(.v2_instruction, address: address, length: instruction.length, what)
    }
  }
}
