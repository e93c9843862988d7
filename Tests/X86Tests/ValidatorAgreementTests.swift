import Testing

@testable import NaClValidator
@testable import X86

/// What an instruction does to registers and memory, as one of the two tables says.
private struct Effects: Equatable, CustomStringConvertible {
  /// Raw values of `Register`.
  var reads: Set<UInt32> = []
  var writes: Set<UInt32> = []
  var memory = ""

  var description: String { "reads \(reads.sorted()), writes \(writes.sorted()), memory \(memory)" }
}

/// The compiler's and the validator's tables are written twice on purpose; here they must agree.
@Suite struct ValidatorAgreementTests {
  @Test(arguments: ISALevel.allCases)
  func everyEncodingIsAcceptedWithTheSameEffects(isa: ISALevel) {
    let table = TemplateTable.shared
    var disassembler = Disassembler(textSize: 1 << 20)
    var faults: [String] = []
    for sample in Samples.all(isa: isa) {
      var code: ContiguousArray<UInt8> = []
      X86.Encoder(isa: isa).encode(sample, into: &code)
      do throws(Violation) {
        let fields = try NaClValidator.Instruction(window(code), table)
        let difference = disassembler.disagreement(fields)
        let (ours, theirs) = (effects(sample, isa), effects(fields, of: sample.opcode))
        if fields.length != code.count || difference != nil || ours != theirs {
          faults.append("\(AsmPrinter.text(sample, isa: isa)): \(difference ?? "") \(ours), validator: \(theirs)")
        }
      } catch {
        faults.append("\(AsmPrinter.text(sample, isa: isa)): \(error)")
      }
    }
    let report = faults.prefix(40).joined(separator: "\n")
    #expect(faults.count == 0, "\n\(report)")
  }

  /// Every instruction that can be written longer means the same then.
  @Test(arguments: ISALevel.allCases)
  func stretchedEncodingsMeanTheSame(isa: ISALevel) {
    let table = TemplateTable.shared
    var disassembler = Disassembler(textSize: 1 << 20)
    var faults: [String] = []
    var counts: [Int: Int] = [:]
    for sample in Samples.all(isa: isa) {
      var code: ContiguousArray<UInt8> = []
      var stretch = Stretch()
      _ = X86.Encoder(isa: isa).encode(sample, into: &code, stretch: &stretch)
      for count in [1, 3, 4] where stretch.allows(count, code[...]) && code.count + count <= 15 {
        counts[count, default: 0] += 1
        var longer: ContiguousArray<UInt8> = []
        stretch.write(code[...], adding: count, to: &longer)
        do throws(Violation) {
          let before = try NaClValidator.Instruction(window(code), table)
          let after = try NaClValidator.Instruction(window(longer), table)
          let difference = disassembler.disagreement(after)
          let agrees =
            after.length == code.count + count && difference == nil && after.immediate == before.immediate
            && after.memory?.displacement == before.memory?.displacement && after.memory?.base == before.memory?.base
            && after.memory?.index == before.memory?.index
            && effects(after, of: sample.opcode) == effects(before, of: sample.opcode)
          if !agrees { faults.append("\(AsmPrinter.text(sample, isa: isa)) +\(count): \(difference ?? "")") }
        } catch {
          faults.append("\(AsmPrinter.text(sample, isa: isa)) +\(count): \(error)")
        }
      }
    }
    let report = faults.prefix(40).joined(separator: "\n")
    #expect(faults.count == 0, "\n\(report)")
    #expect([1, 3, 4].allSatisfy { counts[$0, default: 0] > 100 })
  }

  private func window(_ code: ContiguousArray<UInt8>) -> ByteWindow {
    var (low, high) = (UInt64(0), UInt64(0))
    for (index, byte) in code.enumerated() {
      if index < 8 { low |= UInt64(byte) << UInt64(8 * index) } else { high |= UInt64(byte) << UInt64(8 * index - 64) }
    }
    return ByteWindow(bits: UInt128(high) << 64 | UInt128(low))
  }

  /// By the encoder's row. The registers of addresses are left out on both sides.
  private func effects(_ sample: X86.Instruction, _ isa: ISALevel) -> Effects {
    var result = Effects()
    let row = sample.opcode.row
    for register in row.implicitReads.registers { result.reads.insert(register.rawValue) }
    for register in row.implicitWrites.registers { result.writes.insert(register.rawValue) }
    for position in 0..<row.operandCount {
      let specification = row.operands[position]
      let isRead = specification.role == .read || specification.role == .readWrite
      let isWritten = specification.role == .write || specification.role == .readWrite
      switch sample[operand: position] {
      case .register(let register):
        if isRead { result.reads.insert(register.rawValue) }
        if isWritten { result.writes.insert(register.rawValue) }
      case .address:
        let size = specification.memoryWidth(operation: sample.width).bytes
        result.memory = memory(size, isRead: isRead, isWritten: isWritten)
      case .none, .immediate, .target: break
      }
    }
    // A gate's word is no data access.
    if sample.opcode == .callIndirect { result.memory = "" }
    return result
  }

  private func effects(_ fields: NaClValidator.Instruction, of opcode: Opcode) -> Effects {
    let template = fields.template
    var result = Effects()
    for position in 0..<template.operandCount {
      let operand = template.operands[position]
      let (isRead, isWritten) = (operand.access.contains(.read), operand.access.contains(.write))
      if operand.place == .memory {
        result.memory = memory(Int(operand.size), isRead: isRead, isWritten: isWritten)
      }
      guard let number = fields.register(operand.place) else { continue }
      let register = UInt32(number) + (operand.place.isVector ? 16 : 0)
      if isRead { result.reads.insert(register) }
      if isWritten { result.writes.insert(register) }
    }
    switch opcode {
    case .zero, .zeroVector, .onesVector: result.reads = []
    case .movss, .movsd:
      // The validator has one row for loads, which clear the upper part, and moves, which keep it.
      if template.operands[0].place.isVector { result.reads = [] }
    case .bsf, .bsr:
      // The destination's old value shows only when the source is 0, and then the compiler does not use the result.
      if let destination = fields.register(template.operands[0].place), fields.memory != nil || fields.register(.rm) != destination
      {
        result.reads.remove(UInt32(destination))
      }
    default: break
    }
    return result
  }

  private func memory(_ size: Int, isRead: Bool, isWritten: Bool) -> String {
    isRead || isWritten ? "\(size)\(isRead ? "r" : "")\(isWritten ? "w" : "")" : ""
  }
}
