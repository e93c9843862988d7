/// Why bytes are no instruction that any rule accepts.
struct DecodeFailure: Error {
  let rule: Rule
  let message: String
  /// Length in bytes, if it is known.
  let length: Int
  /// Where, once the reader knows.
  var address: UInt64 = 0

  init(_ rule: Rule, _ message: String, length: Int = 0) {
    self.rule = rule
    self.message = message
    self.length = length
  }
}

/// Decodes text bundle by bundle. Since nothing crosses a bundle boundary (rule C1), a bundle is all the context a
/// rule needs. One for each thread.
struct CodeReader: ~Copyable {
  static let bundleSize: UInt64 = 32

  let file: FileBytes
  let text: LoadedSegment
  let level: InstructionSetLevel
  private let table = TemplateTable.shared
  private(set) var disassembler: Disassembler
  /// Instructions parsed, over both sweeps.
  private(set) var parsed = 0

  init(_ file: FileBytes, text: LoadedSegment, level: InstructionSetLevel) {
    self.file = file
    self.text = text
    self.level = level
    disassembler = Disassembler(textSize: text.size)
  }

  /// Appends the instructions that start in [start, end), all of one bundle and one function. Stops at the first that
  /// cannot be. `isChecked`: Capstone has already agreed on these very bytes.
  mutating func read(
    from start: UInt64, to end: UInt64, isChecked: Bool, into instructions: inout Buffer<Instruction>
  ) throws(DecodeFailure) {
    var address = start
    while address < end {
      do throws(DecodeFailure) {
        let window = file.window(at: address, end: text.end)
        let fields = try Fields(window, table)
        if !isChecked && !disassembler.hasAgreed(on: fields.key) { try consult(window) }
        guard UInt64(fields.length) <= end - address else {
          let isBundle = end % Self.bundleSize == 0
          throw DecodeFailure(
            isBundle ? .c1_directTarget : .f1_functionTable,
            "an instruction crosses \(isBundle ? "a bundle boundary" : "its function's end")", length: fields.length)
        }
        instructions.append(Instruction(address: address, fields: fields, table))
        parsed += 1
        address += UInt64(fields.length)
      } catch {
        var failure = error
        failure.address = address
        throw failure
      }
    }
  }

  /// Asks Capstone about the instruction at the window's start. It parses the window again: were the caller to hand over
  /// its fields, they would live in memory for every instruction, and that costs a third of all time.
  @inline(never) private mutating func consult(_ window: ByteWindow) throws(DecodeFailure) {
    let fields = try Fields(window, table)
    let template = table.templates[fields.templateIndex]
    let isBeyond = template.level > level
    if let refusal = disassembler.disagreement(fields, template) ?? (isBeyond ? "beyond the declared level" : nil) {
      throw DecodeFailure(.v2_instruction, refusal, length: fields.length)
    }
  }
}
