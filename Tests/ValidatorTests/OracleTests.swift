import Foundation
import Testing

@testable import NaClValidator

/// Memory sizes and rights are the template table's own and nobody else checks them: so LLVM's disassembler is asked.
@Suite struct OracleTests {
  /// Of the 16 bytes, one encoding with memory at [rcx] for each template that has such a form.
  private static func encodings() -> [(bytes: ByteWindow, template: Template)] {
    var seen = Set<UnsafePointer<Template>>()
    return Encodings.all().compactMap { bytes in
      guard let instruction = try? Instruction(bytes, TemplateTable.shared), let memory = instruction.memory, memory.base == 1,
        memory.index == Register.none, memory.displacement == 0, seen.insert(instruction.row).inserted
      else { return nil }
      return (bytes, instruction.template)
    }
  }

  /// LLVM's text of each, in Intel syntax, tabs and comments removed.
  static func disassemble(_ list: [ByteWindow]) throws -> [String] {
    var text = ".intel_syntax noprefix\n.text\n"
    for bytes in list {
      let length = try Instruction(bytes, TemplateTable.shared).length
      let values = (0..<length).map { "\(bytes.word(at: $0) & 0xFF)" } + Array(repeating: "0x90", count: 16 - length)
      text += ".byte \(values.joined(separator: ","))\n"
    }
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("halite-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let object = directory.appendingPathComponent("list.o").path
    let source = directory.appendingPathComponent("list.s")
    try text.write(to: source, atomically: false, encoding: .utf8)
    _ = try Tool.run(["clang", "-c", "--target=x86_64-linux-gnu", source.path, "-o", object])
    let listing = try Tool.run(["llvm-objdump", "-d", "--no-show-raw-insn", "--x86-asm-syntax=intel", object])
    var byAddress: [Int: String] = [:]
    for line in listing.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let address = Int(parts[0].drop { $0 == " " }, radix: 16) else { continue }
      byAddress[address] = parts[1].replacing("\t", with: " ").trimmingCharacters(in: .whitespaces)
    }
    return list.indices.map { byAddress[16 * $0] ?? "" }
  }

  @Test func memorySizesAndRightsAreLLVMs() throws {
    let list = Self.encodings()
    let texts = try Self.disassemble(list.map(\.bytes))
    let sizes: [Substring: UInt8] = ["byte": 1, "word": 2, "dword": 4, "qword": 8, "xmmword": 16]
    var checked = 0
    for ((_, template), text) in zip(list, texts) {
      guard let operand = template.memory, operand.place == .memory else { continue }
      let words = text.split { $0 == " " || $0 == "," }
      let mnemonic = words.first ?? ""
      // lddqu is printed without a size.
      guard let pointer = words.firstIndex(of: "ptr"), pointer > 0 else {
        #expect(mnemonic.hasSuffix("lddqu"), "\(text)")
        continue
      }
      checked += 1
      #expect(operand.size == sizes[words[pointer - 1]], "\(text)")
      // In Intel's order a written operand stands first; these only read theirs.
      let isFirst = pointer == 2
      let onlyReads = ["cmp", "test", "mul", "imul"].contains(mnemonic)
      #expect(operand.access.contains(.write) == (isFirst && !onlyReads), "\(text)")
      let stores = ["mov", "vmov", "set", "pextr", "vpextr", "extract", "vextract"]
      let onlyWrites = stores.contains { mnemonic.hasPrefix($0) }
      if isFirst { #expect(operand.access.contains(.read) == !onlyWrites, "\(text)") }
    }
    #expect(checked > 800)
  }

  /// Rule M6: legacy vector operands of 16 bytes, but for the unaligned moves; of VEX only the aligned moves.
  @Test func alignmentIsTheManuals() throws {
    let list = Self.encodings()
    let texts = try Self.disassemble(list.map(\.bytes))
    for ((_, template), text) in zip(list, texts) {
      guard let operand = template.memory, operand.place == .memory else { continue }
      let mnemonic = text.split(separator: " ").first ?? ""
      let isVEX = mnemonic.hasPrefix("v")
      let isUnaligned = ["movups", "movupd", "movdqu", "lddqu"].contains(mnemonic)
      let needsAlignment =
        isVEX ? ["vmovaps", "vmovapd", "vmovdqa"].contains(mnemonic) : operand.size == 16 && !isUnaligned
      #expect(template.needsAlignment == needsAlignment, "\(text)")
    }
  }
}
