import Testing

@testable import NaClValidator

/// The allow-list against Capstone: every row, in register and memory form, with low and high registers.
@Suite struct TemplateTests {
  @Test func everyTemplateIsUnderstoodByCapstone() throws {
    let table = TemplateTable.shared
    var disassembler = Disassembler(textSize: 1 << 20)
    var seen = Set<UnsafePointer<Template>>()
    var complaints: [String] = []
    for bytes in Encodings.all() {
      guard let instruction = try? Instruction(bytes, table) else { continue }
      let template = instruction.template
      seen.insert(instruction.row)
      if let difference = disassembler.disagreement(instruction) {
        complaints.append(
          "\(Encodings.text(bytes)): \(difference), template for \(template.semantic) \(template.operation)")
      }
    }
    let summary = complaints.prefix(40).joined(separator: "\n")
    #expect(summary == "", "\(complaints.count) encodings")
    #expect(seen.count == table.templates.count, "some templates are reached by no encoding")
  }

  @Test func everyRowHasAnOperation() {
    let ids = Disassembler.operationIDs()
    for line in TemplateTable.rows {
      let columns = line.split(separator: " ")
      let mnemonic = columns[4].drop { $0 == "*" }
      if mnemonic.hasSuffix("cc") { continue }
      #expect(ids[String(mnemonic)] != nil, "\(line)")
    }
  }
}

/// Raw encodings: all opcodes of all maps with all mandatory prefixes, W, and a few operand forms.
enum Encodings {
  static func text(_ bytes: ByteWindow) -> String {
    (0..<15).map { String(bytes.word(at: $0) & 0xFF, radix: 16) }.joined(separator: " ")
  }

  /// Opcodes that the table has nothing for are left out.
  static func all() -> [ByteWindow] {
    let prefixes: [[UInt8]] = [[], [0x66], [0xF3], [0xF2]]
    let rex: [[UInt8]] = [[], [0x41], [0x48], [0x45]]
    let maps: [[UInt8]] = [[], [0x0F], [0x0F, 0x38], [0x0F, 0x3A]]
    var result: [ByteWindow] = []
    for opcode in UInt8(0)...255 {
      for (map, escape) in maps.enumerated()
      where TemplateTable.shared.slot(isVEX: false, map: UInt8(map), opcode: opcode) != nil {
        for prefix in prefixes {
          for tail in operands { result += rex.map { window(prefix + $0 + escape + [opcode] + tail) } }
        }
      }
      for map in UInt8(1)...3 where TemplateTable.shared.slot(isVEX: true, map: map, opcode: opcode) != nil {
        for tail in operands {
          for prefixAndW in [0, 1, 2, 3, 0x80, 0x81, 0x82, 0x83] as [UInt8] {
            // vvvv unused and no extension bits; vvvv = 5 and all of R, X, B.
            result.append(window([0xC4, 0xE0 | map, prefixAndW | 0x78, opcode] + tail))
            result.append(window([0xC4, 0x40 | map, prefixAndW | 0x50, opcode] + tail))
          }
        }
      }
    }
    return result
  }

  /// ModRM and what follows: every ModRM.reg with a register and with [base]; the other address forms with one.
  private static let operands: [[UInt8]] = {
    let others: [[UInt8]] = [[0xEE], [0x6B, 0x10], [0xAB, 0, 1, 0, 0], [0x2C, 0x8B], [0x2D, 0, 1, 0, 0]]
    return (UInt8(0)..<8).flatMap { [[0xC1 | $0 << 3], [0x01 | $0 << 3]] } + others
  }()

  private static func window(_ bytes: [UInt8]) -> ByteWindow {
    var words: (UInt64, UInt64) = (0, 0)
    for (index, byte) in bytes.enumerated() {
      if index < 8 { words.0 |= UInt64(byte) << (8 * index) } else { words.1 |= UInt64(byte) << (8 * (index - 8)) }
    }
    return ByteWindow(bits: UInt128(words.1) << 64 | UInt128(words.0))
  }
}
