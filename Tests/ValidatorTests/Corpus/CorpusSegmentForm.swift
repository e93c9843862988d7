import Testing

@testable import NaClValidator

/// Rule M3: `gs:` with 32-bit addresses, the one way to a memory of 4 GiB.
@Suite struct CorpusSegmentForm {
  private static let load = ".byte 0x65, 0x67, 0x8b, 0x08"
  private static let rebased = Setting.body(NexeBuilder(model: .seg32).with { $0.memories[0].flags = 1 })
  /// A memory 0 of 64-bit indices, own and imported: of 2^32 bytes all the same.
  private static let long = Setting.body(NexeBuilder(model: .seg32).with { $0.memories = [.init(flags: 2, k: 32)] })
  private static let longImported = Setting.body(NexeBuilder(model: .seg32).with { $0.memories = [.init(flags: 3, k: 32)] })
  private static let noMemory = Setting.body(
    NexeBuilder(model: .maskWithoutMemory).with {
      $0.isSegmented = true
    })

  private static let table = TwinTable(
    .body(NexeBuilder(model: .seg32).limitWord(4)),
    [
      Twins(.m3_segmentForm, "65 without 67", legal: load, attack: "bad: .byte 0x65, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "67 without 65", legal: load, attack: "bad: .byte 0x67, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "67 65", legal: load, attack: "bad: .byte 0x67, 0x65, 0x8b, 0x08"),
      Twins(
        .m3_segmentForm, "65 67 behind 66", legal: ".byte 0x65, 0x67, 0x66, 0x8b, 0x08",
        attack: "bad: .byte 0x66, 0x65, 0x67, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "fs for gs", legal: load, attack: "bad: .byte 0x64, 0x67, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "gs, then cs", legal: load, attack: "bad: .byte 0x65, 0x2e, 0x67, 0x8b, 0x08"),
      Twins(.v2_instruction, "cs, then gs", legal: load, attack: "bad: .byte 0x2e, 0x65, 0x67, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "gs, fs", legal: load, attack: "bad: .byte 0x65, 0x64, 0x67, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "gs twice", legal: load, attack: "bad: .byte 0x65, 0x65, 0x67, 0x8b, 0x08"),
      Twins(.m3_segmentForm, "67 twice", legal: load, attack: "bad: .byte 0x65, 0x67, 0x67, 0x8b, 0x08"),
      Twins(
        .m8_atomic, "lock behind 65 67", legal: ".byte 0x65, 0x67, 0x01, 0x08",
        attack: "bad: .byte 0x65, 0x67, 0xf0, 0x01, 0x08"),
      Twins(.m3_segmentForm, "gs:[eip+d]", legal: load, attack: "bad: .byte 0x65, 0x67, 0x8b, 0x0d, 0, 0, 0, 0"),
      Twins(
        .m3_segmentForm, "gs:[esp+d]", legal: ".byte 0x65, 0x67, 0x8b, 0x48, 0x08",
        attack: "bad: .byte 0x65, 0x67, 0x8b, 0x4c, 0x24, 0x08"),
      Twins(
        .m3_segmentForm, "gs:[r15d]", legal: ".byte 0x65, 0x67, 0x41, 0x8b, 0x0e",
        attack: "bad: .byte 0x65, 0x67, 0x41, 0x8b, 0x0f"),
      Twins(
        .m3_segmentForm, "r15d as index", legal: ".byte 0x65, 0x67, 0x42, 0x8b, 0x0c, 0x30",
        attack: "bad: .byte 0x65, 0x67, 0x42, 0x8b, 0x0c, 0x38"),
      Twins(
        .m3_segmentForm, "r15d through VEX.B", legal: ".byte 0x65, 0x67, 0xc4, 0xc1, 0x7a, 0x10, 0x06",
        attack: "bad: .byte 0x65, 0x67, 0xc4, 0xc1, 0x7a, 0x10, 0x07"),
      Twins(
        .m3_segmentForm, "movaps", legal: ".byte 0x65, 0x67, 0x0f, 0x10, 0x00",
        attack: "bad: .byte 0x65, 0x67, 0x0f, 0x28, 0x00"),
      Twins(
        .m3_segmentForm, "legacy SSE arithmetic", legal: ".byte 0x65, 0x67, 0xf3, 0x0f, 0x58, 0x00",
        attack: "bad: .byte 0x65, 0x67, 0x0f, 0x58, 0x00"),
      Twins(
        .m3_segmentForm, "vmovdqa", legal: ".byte 0x65, 0x67, 0xc5, 0xfa, 0x6f, 0x00",
        attack: "bad: .byte 0x65, 0x67, 0xc5, 0xf9, 0x6f, 0x00"
      ),
      Twins(.m3_segmentForm, "lea", legal: load, attack: "bad: .byte 0x65, 0x67, 0x8d, 0x08"),
      Twins(.m3_segmentForm, "between registers", legal: load, attack: "bad: .byte 0x65, 0x67, 0x8b, 0xc8"),
      Twins(.v2_instruction, "prefetch", legal: load, attack: "bad: .byte 0x65, 0x67, 0x0f, 0x18, 0x08"),
      Twins(.v2_instruction, "a NOP with an address", legal: load, attack: "bad: .byte 0x65, 0x67, 0x0f, 0x1f, 0x00"),
      Twins(.c6_gate, "an indirect call", legal: load, attack: "bad: .byte 0x65, 0x67, 0xff, 0x10"),
      Twins(.v2_instruction, "an indirect jmp", legal: load, attack: "bad: .byte 0x65, 0x67, 0xff, 0x20"),
      Twins(.v2_instruction, "push", legal: load, attack: "bad: .byte 0x65, 0x67, 0xff, 0x30"),
      Twins(.v2_instruction, "pop", legal: load, attack: "bad: .byte 0x65, 0x67, 0x8f, 0x00"),
      Twins(.m8_atomic, "xchg", legal: load, attack: "bad: .byte 0x65, 0x67, 0x87, 0x08"),
      Twins(.m8_atomic, "cmpxchg8b", legal: load, attack: "bad: .byte 0x65, 0x67, 0x0f, 0xc7, 0x08"),
      Twins(.v2_instruction, "bts by a register", legal: load, attack: "bad: .byte 0x65, 0x67, 0x0f, 0xab, 0x08"),
      Twins(
        .v2_instruction, "66 and VEX", legal: ".byte 0x65, 0x67, 0xc5, 0xfa, 0x10, 0x00",
        attack: "bad: .byte 0x65, 0x67, 0x66, 0xc5, 0xfa, 0x10, 0x00"),
      Twins(
        .v2_instruction, "REX, then 66", legal: ".byte 0x65, 0x67, 0x66, 0x41, 0x8b, 0x08",
        attack: "bad: .byte 0x65, 0x67, 0x41, 0x66, 0x8b, 0x08"),
      Twins(
        .m1_region, "a NOP is no zero extension", legal: "mov eax, eax; mov cl, [r15 + rax]",
        attack: "nop; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "64-bit arithmetic", legal: "mov eax, ecx; mov cl, [r15 + rax]",
        attack: "mov rax, rcx; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "bsf zero-extends nothing", legal: "tzcnt eax, ecx; mov cl, [r15 + rax]",
        attack: "bsf eax, ecx; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "bsr zero-extends nothing", legal: "lzcnt eax, ecx; mov cl, [r15 + rax]",
        attack: "bsr eax, ecx; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "a rotate by 32 that keeps the upper half", legal: "shr rax, 32; mov cl, [r15 + rax]",
        attack: "rol rax, 32; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "shld may leave the register alone", legal: "shl eax, 4; mov cl, [r15 + rax]",
        attack: "shld eax, ecx, 4; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "shrd may leave the register alone", legal: "shr eax, 4; mov cl, [r15 + rax]",
        attack: "shrd eax, ecx, 4; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "a scaled index", legal: "mov eax, eax; mov cl, [r15 + rax]",
        attack: "mov eax, eax; bad: mov cl, [r15 + rax*2]"),
      Twins(
        .m1_region, "an 8-bit register", legal: "movzx eax, cl; mov cl, [r15 + rax]",
        attack: "mov al, cl; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "a signed conversion", legal: "cvttsd2si eax, xmm0; mov cl, [r15 + rax]",
        attack: "cvttsd2si rax, xmm0; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "movsxd of a bounded register", legal: "mov eax, ecx; mov cl, [r15 + rax]",
        attack: "mov ecx, ecx; movsxd rax, ecx; bad: mov cl, [r15 + rax]"),
      Twins(.m1_region, "an imported memory 0 by r15", legal: load, attack: "bad: mov al, [r15 + 16]", in: rebased),
      Twins(
        .m1_region, "64-bit indices: gs cuts them, r15 does not", legal: load, attack: "bad: mov ecx, [r15 + rax]", in: long),
      Twins(
        .m1_region, "64-bit indices by r15 with a mask", legal: "and rax, [r15 + MMASK0]; mov ecx, [r15 + rax]",
        attack: "and rax, [r15 + M0]; bad: mov ecx, [r15 + rax]", in: long),
      Twins(
        .m3_segmentForm, "64-bit indices: 67 left out", legal: load, attack: "bad: .byte 0x65, 0x8b, 0x08", in: long),
      Twins(
        .m1_region, "an imported memory of 64-bit indices by r15", legal: load, attack: "bad: mov ecx, [r15 + 16]", in: longImported),
      Twins(
        .m1_region, "an imported memory of 64-bit indices by its base",
        legal: "mov rdx, [r15 + MBASE0]; and rax, [r15 + MMASK0]; mov ecx, [rdx + rax]",
        attack: "mov rdx, [r15 + MBASE0]; bad: mov ecx, [rdx + rax]", in: longImported),
      Twins(
        .m3_segmentForm, "gs without a memory", legal: "nop", attack: "bad: .byte 0x65, 0x67, 0x8b, 0x08", in: noMemory),
      Twins(
        .m3_segmentForm, "gs in the mask model", legal: "and eax, 0xffff; mov ecx, [r15 + rax]",
        attack: "bad: .byte 0x65, 0x67, 0x8b, 0x08", in: .body(NexeBuilder())),
    ])

  @Test(arguments: table.rows.indices)
  func attacks(_ row: Int) throws { try Self.table.check(row) }

  /// The segment form reaches 4 GiB whatever the metadata says, so that memory 0 has exactly that.
  @Test(arguments: [0, 1, 2, 3] as [UInt32], [31, 33, 40, 16] as [UInt32])
  func anotherReachIsRefused(_ flags: UInt32, _ k: UInt32) throws {
    let builder = NexeBuilder(model: .seg32).function("f", Self.load + "\nret")
    try expectAccepted(builder.with { $0.memories = [.init(flags: flags, k: 32)] })
    try expectRejected(builder.with { $0.memories = [.init(flags: flags, k: k)] }, .e4_metadata, at: nil)
  }
}
