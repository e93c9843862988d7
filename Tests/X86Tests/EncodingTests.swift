import Testing

@testable import X86

@Suite struct EncodingTests {
  /// Every row against the toolchain's assembler.
  @Test(arguments: ISALevel.allCases)
  func agreesWithTheSystemAssembler(isa: ISALevel) throws {
    // The system assembler sizes branches as it likes; they are tested by their bytes.
    let samples = Samples.all(isa: isa).filter { $0.target == nil }
    let expected = try SystemAssembler.assemble(samples.map { AsmPrinter.text($0, isa: isa) })
    var mismatches: [String] = []
    for (sample, bytes) in zip(samples, expected) where encode(sample, isa) != bytes {
      if isEquivalent(sample, bytes, isa) { continue }
      mismatches.append(
        "\(AsmPrinter.text(sample, isa: isa)): \(hex(encode(sample, isa))), expected \(hex(bytes))")
    }
    #expect(samples.count > 5000)
    let report = mismatches.prefix(40).joined(separator: "\n")
    #expect(mismatches.count == 0, "of \(samples.count):\n\(report)")
  }

  private func encode(_ instruction: Instruction, _ isa: ISALevel) -> [UInt8] {
    var code: ContiguousArray<UInt8> = []
    Encoder(isa: isa).encode(instruction, into: &code)
    return SystemAssembler.fill(code)
  }

  /// What the assembler writes otherwise on purpose.
  private func isEquivalent(_ sample: Instruction, _ bytes: [UInt8], _ isa: ISALevel) -> Bool {
    switch sample.opcode {
    case .cmpLong:
      // Has one form on purpose; the assembler prefers the accumulator's.
      return sample[operand: 0] == .register(.rax)
    case .xchg:
      // 90+r is shorter with rax, but 90 alone is a NOP that does not zero-extend (docs/ABI.md, M7).
      return sample[operand: 0] == .register(.rax) || sample[operand: 1] == .register(.rax)
    case .movaps, .movups, .movdqa, .movdqu, .movq:
      // Between registers the store's opcode saves a byte when only the source is xmm8-15.
      return isa == .v3 && encode(sample, isa)[0] == 0xC4 && bytes[0] == 0xC5
        && [0x29, 0x11, 0x7F, 0xD6].contains(bytes[2])
    default:
      // LLVM exchanges the sources of commutative VEX operations when that saves a byte.
      return isCommutative(sample.opcode) && encode(swapped(sample), isa) == bytes
    }
  }

  private func isCommutative(_ opcode: Opcode) -> Bool {
    switch opcode {
    case .addps, .addpd, .addss, .addsd, .mulps, .mulpd, .mulss, .mulsd, .andps, .andpd, .orps, .orpd, .xorps, .xorpd,
      .pand, .por, .pxor, .pcmpeqb, .pcmpeqw, .pcmpeqd, .cmpps, .cmppd, .paddb, .paddw, .paddd, .paddq, .paddsb,
      .paddsw,
      .paddusb, .paddusw, .pmullw, .pmulhw, .pmulhuw, .pmuludq, .pmaddwd, .pminub, .pmaxub, .pminsw, .pmaxsw, .pavgb,
      .pavgw:
      true
    default: false
    }
  }

  private func swapped(_ instruction: Instruction) -> Instruction {
    var result = instruction
    result[operand: 1] = instruction[operand: 2]
    result[operand: 2] = instruction[operand: 1]
    return result
  }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
