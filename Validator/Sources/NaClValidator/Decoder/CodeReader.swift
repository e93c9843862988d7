/// Decodes text bundle by bundle. Since nothing crosses a bundle boundary (rule C1), a bundle is all the context a
/// rule needs.
struct CodeReader: ~Copyable {
  static let bundleSize: UInt64 = 32

  let file: FileBytes
  let text: LoadedSegment
  let level: InstructionSetLevel
  private let table = TemplateTable.shared
  private(set) var disassembler: Disassembler

  init(_ file: FileBytes, text: LoadedSegment, level: InstructionSetLevel) {
    self.file = file
    self.text = text
    self.level = level
    disassembler = Disassembler(textSize: text.size)
  }

  /// Fills `instructions` with those that start in [start, end), all of one bundle and one function. Stops at the
  /// first that cannot be.
  mutating func read(
    from start: UInt64, to end: UInt64, into instructions: inout [Instruction]
  ) throws(LocatedFailure) {
    instructions.removeAll(keepingCapacity: true)
    var address = start
    while address < end {
      do throws(DecodeFailure) {
        let instruction = try decode(at: address)
        guard instruction.end <= end else {
          let crossesBundle = end % Self.bundleSize == 0
          throw DecodeFailure(
            crossesBundle ? .c1_directTarget : .f1_functionTable,
            crossesBundle ? "an instruction crosses a bundle boundary" : "an instruction crosses its function's end",
            length: instruction.length)
        }
        instructions.append(instruction)
        address = instruction.end
      } catch {
        throw LocatedFailure(address: address, failure: error)
      }
    }
  }

  /// Text's addresses are its file offsets.
  private mutating func decode(at address: UInt64) throws(DecodeFailure) -> Instruction {
    let window = file.window(at: address, end: text.end)
    let fields = try Fields(ByteWindow(low: window.low, high: window.high), table)
    let template = table.templates[fields.templateIndex]
    if let difference = disassembler.disagreement(fields, template) {
      throw DecodeFailure(.v2_instruction, difference, length: fields.length)
    }
    guard template.level <= level else {
      throw DecodeFailure(.v2_instruction, "beyond the declared instruction set level", length: fields.length)
    }
    guard template.semantic != .nop || Instruction(address: address, fields: fields, template: template).isNop else {
      throw DecodeFailure(.v2_instruction, "a NOP that is no plain padding form", length: fields.length)
    }
    return Instruction(address: address, fields: fields, template: template)
  }
}

/// A decode failure and where it was.
struct LocatedFailure: Error {
  let address: UInt64
  let failure: DecodeFailure
}
