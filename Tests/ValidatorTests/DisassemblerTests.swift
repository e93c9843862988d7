import Testing

@testable import NaClValidator

/// Capstone as a second opinion, tried with a field parser and a table that are wrong: each fault that changes what an instruction means
/// to a rule is a disagreement.
@Suite struct DisassemblerTests {
  private typealias Case = (bytes: ByteWindow, instruction: Instruction)

  /// Some encodings of each template: registers, [base], [base+disp], [base+index*4], [rip+disp]; and the segment form.
  private static func cases() -> [Case] {
    var seen: [UnsafePointer<Template>: Int] = [:]
    return Encodings.all().flatMap { bytes -> [Case] in
      guard let instruction = try? Instruction(bytes, .shared) else { return [] }
      seen[instruction.row, default: 0] += 1
      guard seen[instruction.row]! % 8 == 1 else { return [] }
      let shifted = ByteWindow(bits: bytes.bits << 16 | 0x6765)
      let segmented = (try? Instruction(shifted, .shared)).map { (shifted, $0) }
      return [(bytes, instruction)] + (segmented.map { [$0] } ?? [])
    }
  }

  /// All that rules take from an instruction and that Capstone is shown.
  private struct Meaning: Equatable {
    let length: Int
    let memory: MemoryOperand?
    let registers: [UInt8?]

    init(_ instruction: Instruction) {
      length = instruction.length
      // Rules look at the address of an operand only; without an index its scale means nothing.
      memory = (instruction.template.memory == nil ? nil : instruction.memory).map {
        MemoryOperand(base: $0.base, index: $0.index, scale: $0.index == Register.none ? 1 : $0.scale, isSegmentForm: $0.isSegmentForm)
      }
      registers = DisassemblerTests.explicit(instruction.template).map { instruction.register(instruction.template.operands[$0].place) }
    }

    /// Numbers as a parser may make them, right or wrong.
    var isPossible: Bool {
      let isIndex = memory.map { $0.index < 16 || $0.index == Register.none } ?? true
      let isBase = memory.map { $0.base < 16 || [Register.none, Register.rip].contains($0.base) } ?? true
      return isIndex && isBase && registers.allSatisfy { $0 ?? 0 < 16 } && [1, 2, 4, 8].contains(memory?.scale ?? 1)
    }
  }

  /// Positions of the operands that Capstone lists.
  private static func explicit(_ template: Template) -> [Int] {
    (0..<template.operandCount).filter { !template.operands[$0].isImplicit }
  }

  @Test func theTrueOnesAgree() {
    var disassembler = Disassembler()
    for (bytes, instruction) in Self.cases() {
      if let difference = disassembler.disagreement(instruction) { Issue.record("\(Encodings.text(bytes)): \(difference)") }
    }
    #expect(Self.cases().count > 2_000)
  }

  /// One wrong bit anywhere in what the parser made of the bytes, but in displacement and immediate, which Capstone does not see.
  @Test func aParserWithAWrongBitIsCaught() throws {
    var disassembler = Disassembler()
    let key = try #require(MemoryLayout<Instruction>.offset(of: \.key))
    let row = try #require(MemoryLayout<Instruction>.offset(of: \.row))
    var caught = 0
    for (bytes, instruction) in Self.cases() {
      let meaning = Meaning(instruction)
      for position in 0..<8 * MemoryLayout<Instruction>.size
      where !(key..<key + 16).contains(position / 8) && !(row..<row + 8).contains(position / 8) {
        var wrong = instruction
        withUnsafeMutableBytes(of: &wrong) { $0[position / 8] ^= 1 << UInt8(position % 8) }
        let other = Meaning(wrong)
        guard other != meaning, other.isPossible else { continue }
        caught += 1
        if disassembler.disagreement(wrong) == nil {
          Issue.record("\(Encodings.text(bytes)): bit \(position): \(meaning) became \(other)")
        }
      }
    }
    #expect(caught > 20_000)
  }

  /// The same for the table: operation, number of operands, their places, and the width of registers.
  @Test func aTableWithAWrongFactIsCaught() throws {
    var disassembler = Disassembler()
    let row = try #require(MemoryLayout<Instruction>.offset(of: \.row))
    for (bytes, instruction) in Self.cases() {
      let template = instruction.template
      let operands = (0..<template.operandCount).map { template.operands[$0] }
      func expectCaught(_ what: String, _ operation: UInt32? = nil, _ list: [OperandTemplate]? = nil) {
        let wrong = Template(
          operation ?? template.operation, template.semantic, template.level, list ?? operands, needsAlignment: template.needsAlignment)
        withUnsafePointer(to: wrong) { pointer in
          var copy = instruction
          withUnsafeMutableBytes(of: &copy) { $0.storeBytes(of: pointer, toByteOffset: row, as: UnsafePointer<Template>.self) }
          if disassembler.disagreement(copy) == nil { Issue.record("\(Encodings.text(bytes)): \(what)") }
        }
      }
      expectCaught("another operation", template.operation + 1)
      let register = OperandTemplate(place: .reg, size: 8, access: .read, isImplicit: false)
      if operands.count < 4 { expectCaught("an operand too many", nil, operands + [register]) }
      if operands.last?.isImplicit == false { expectCaught("an operand too few", nil, Array(operands.dropLast())) }
      for position in Self.explicit(template) {
        func with(_ place: Place, _ size: UInt8) -> [OperandTemplate] {
          var list = operands
          list[position] = OperandTemplate(place: place, size: size, access: operands[position].access, isImplicit: false)
          return list
        }
        for place in [Place.reg, .immediate, .memory]
        where Kind(place) != Kind(operands[position].place) && (place != .memory || instruction.memory != nil) {
          expectCaught("operand \(position) as \(place)", nil, with(place, 8))
        }
        for size in [1, 2, 4, 8] as [UInt8] where operands[position].place.isInteger && size != operands[position].size {
          expectCaught("operand \(position) of \(size) bytes", nil, with(operands[position].place, size))
        }
      }
    }
  }

  /// What has disagreed is asked again, and only what has agreed is not.
  @Test func aDisagreementIsNotRemembered() throws {
    let row = try #require(MemoryLayout<Instruction>.offset(of: \.row))
    for (_, instruction) in Self.cases().prefix(200) {
      var disassembler = Disassembler()
      let template = instruction.template
      let wrong = Template(
        template.operation + 1, template.semantic, template.level, (0..<template.operandCount).map { template.operands[$0] },
        needsAlignment: template.needsAlignment)
      withUnsafePointer(to: wrong) { pointer in
        var copy = instruction
        withUnsafeMutableBytes(of: &copy) { $0.storeBytes(of: pointer, toByteOffset: row, as: UnsafePointer<Template>.self) }
        #expect(disassembler.disagreement(copy) != nil && !disassembler.hasAgreed(on: instruction.key))
      }
      #expect(disassembler.disagreement(instruction) == nil && disassembler.hasAgreed(on: instruction.key))
    }
  }

  private enum Kind {
    case integer, vector, memory, number
    init(_ place: Place) {
      self = place.isInteger ? .integer : place.isVector ? .vector : place == .memory || place == .address ? .memory : .number
    }
  }
}
