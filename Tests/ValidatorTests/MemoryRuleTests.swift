import Testing

@testable import NaClValidator

/// Rules M1 to M8 and S3: what code may touch.
@Suite struct MemoryRuleTests {
  /// k = 16; one limit word; an in-context table of 4, a private one of 2^10, a shared one; globals: plain,
  /// imported mutable, mirror.
  private static let mask = NexeBuilder(model: .mask(k: 16)).limitWord(4)
    .table(k: 2, maximum: 4).table(k: 10).table(flags: 2, k: 10)
    .global(2).global(3).global(2 | 4 | 8)
    .data("constants: .quad 1, 2\nodd: .quad 3")

  @Test(arguments: [
    RuleCase.legal("mask at the edge", "and eax, 0xffff\nmov rcx, qword ptr [r15 + rax]"),
    .legal("mask and the whole pad", "and eax, 0xffff\nmovups xmm0, xmmword ptr [r15 + rax + 4145]"),
    .attack(.m1_region, "past the pad", "and eax, 0xffff\nbad: movups xmm0, xmmword ptr [r15 + rax + 4146]"),
    .attack(.m1_region, "no mask", "bad: mov ecx, dword ptr [r15 + rax]"),
    .attack(.m1_region, "a mask one bit too wide", "and eax, 0x1ffff\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "a negative 64-bit mask", "and rax, -16\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "a negative 32-bit mask", "and eax, -16\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "a 16-bit mask", "and ax, 0xff\nbad: mov cl, byte ptr [r15 + rax]"),
    .legal("scale", "movzx eax, al\nmov ecx, dword ptr [r15 + rax*8]"),
    .attack(.m1_region, "scale", "and eax, 0xffff\nbad: mov ecx, dword ptr [r15 + rax*8]"),
    .attack(.m1_region, "a fact through a move", "and eax, 0xffff\nmov rdx, rax\nbad: mov cl, byte ptr [r15 + rdx]"),
    .attack(.m1_region, "a fact behind a write", "and eax, 0xffff\nadd eax, 1\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "a fact behind a byte write", "and eax, 0xffff\nmov al, 1\nbad: mov cl, byte ptr [r15 + rax]"),
    .legal("shr", "shr eax, 16\nmov cl, byte ptr [r15 + rax]"),
    .legal("shr 64", "shr rax, 48\nmov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "shr by the width", ".byte 0xc1, 0xe8, 0x20\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "shr 64 by 64", ".byte 0x48, 0xc1, 0xe8, 0x40\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "bsf", "and eax, 0xffff\nbsf eax, ecx\nbad: mov cl, byte ptr [r15 + rax]"),
    .legal("movzx", "movzx eax, cx\nmov cl, byte ptr [r15 + rax]"),
    .legal("mov immediate", "mov eax, 0xffff\nmov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "mov immediate too large", "mov eax, 0x12000\nbad: mov cl, byte ptr [r15 + rax]"),
    .legal("constant address", "mov ecx, dword ptr [r15 + 100]"),
    .attack(.m1_region, "constant address below 0", "bad: mov rcx, qword ptr [r15 - 4]"),
    .attack(.m1_region, "facts at a jump target", "and eax, 0xffff\njmp t\nt: bad: mov cl, byte ptr [r15 + rax]"),
    .legal("facts on jcc's fall-through", "and eax, 0xffff\nje t\nmov cl, byte ptr [r15 + rax]\nt: nop"),
    .attack(.m1_region, "facts behind a call", "and eax, 0xffff\ncall f\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "absolute", "bad: mov ecx, dword ptr [0x1000]"),
    .attack(.m1_region, "no base but an index", "and eax, 0xffff\nbad: mov ecx, dword ptr [rax*4 + 0]"),
    .attack(.m1_region, "write LIMIT", "bad: mov qword ptr [r15 + LIMIT], rax"),
    .legal("read LIMIT", "mov rax, qword ptr [r15 + LIMIT]"),
    .attack(.m1_region, "read a gate", "bad: mov rax, qword ptr [r15 + TRAP]"),
    .attack(.m1_region, "write a gate", "bad: mov qword ptr [r15 + FOREIGN], rax"),
    .attack(.m1_region, "add to a gate", "bad: add qword ptr [r15 + FOREIGN], rax"),
    .attack(.m1_region, "read HOST", "bad: mov rax, qword ptr [r15 + HOST]"),
    .legal("compare with a limit word", "cmp rax, qword ptr [r15 + L0]"),
    .attack(.m1_region, "or a limit word", "bad: or qword ptr [r15 + L0], rax"),
    .attack(.m1_region, "a read over two words", "bad: mov rax, qword ptr [r15 + L0 - 4]"),
    .legal("global", "mov rax, qword ptr [r15 + GLOBAL0]\nmov qword ptr [r15 + GLOBAL0 + 8], rax"),
    .attack(.m1_region, "write a mirror", "bad: mov qword ptr [r15 + GLOBAL2], rax"),
    .legal("read a mirror", "mov rax, qword ptr [r15 + GLOBAL2]"),
    .legal("imported global", "mov rcx, qword ptr [r15 + GBASE1]\nmovups xmmword ptr [rcx], xmm0"),
    .attack(
      .m1_region, "past an imported global", "mov rcx, qword ptr [r15 + GBASE1]\nbad: mov byte ptr [rcx + 16], al"),
    .attack(.m1_region, "below a base", "mov rcx, qword ptr [r15 + GBASE1]\nbad: mov byte ptr [rcx - 1], al"),
    .attack(.m1_region, "half of a base", "mov ecx, dword ptr [r15 + GBASE1]\nbad: mov byte ptr [rcx], al"),
    .attack(.m1_region, "a base moved", "mov rcx, qword ptr [r15 + GBASE1]\nmov rdx, rcx\nbad: mov byte ptr [rdx], al"),
    .legal(
      "context table",
      "and eax, 3\nmov rcx, qword ptr [r15 + rax*8 + TCELL0]\nmov qword ptr [r15 + rax*8 + TCELL0], rcx"),
    .attack(.m1_region, "past a context table", "and eax, 7\nbad: mov rcx, qword ptr [r15 + rax*8 + TCELL0]"),
    .legal(
      "private table",
      "mov rcx, qword ptr [r15 + TBASE1]\nand rax, qword ptr [r15 + TMASK1]\nmov qword ptr [rcx + rax*8], rdx"),
    .attack(
      .m1_region, "write a shared table",
      "mov rcx, qword ptr [r15 + TBASE2]\nand rax, qword ptr [r15 + TMASK2]\nbad: mov qword ptr [rcx + rax*8], rdx"),
    .legal("read a shared table", "mov rcx, qword ptr [r15 + TBASE2]\nand eax, 1023\nmov rdx, qword ptr [rcx + rax*8]"),
    .attack(.m1_region, "mask as 32 bits", "and eax, dword ptr [r15 + TMASK1]\nbad: mov cl, byte ptr [r15 + rax]"),
    .attack(.m1_region, "a size is no mask", "and rax, qword ptr [r15 + TSIZE1]\nbad: mov cl, byte ptr [r15 + rax]"),
    .legal("compare of eax, short form", "cmp eax, 65535\ncmp al, 5\ncmp rax, 65535\nand eax, 65535"),
    .legal("transfer area", "mov qword ptr [r15 + XFER0], rax\nmovups xmm0, xmmword ptr [r15 + XFER3]"),
    .attack(.m1_region, "below the transfer area", "bad: mov qword ptr [r15 + XFER0 - 8], rax"),
    .attack(.s3_reservedRegister, "mov from rsp", "bad: mov rax, rsp"),
    .attack(.s3_reservedRegister, "store r15", "bad: mov qword ptr [r15 + XFER0], r15"),
    .attack(.s3_reservedRegister, "write r15", "bad: add r15, 8"),
    .attack(.s3_reservedRegister, "lea of r15", "bad: lea rax, [r15 + 8]"),
    .attack(.s3_reservedRegister, "write esp", "bad: mov esp, eax"),
    .attack(.s3_reservedRegister, "cmp with rsp", "bad: cmp rax, rsp"),
    .attack(.s3_reservedRegister, "pinsrq rsp", "bad: vpinsrq xmm0, xmm1, rsp, 0"),
    .attack(.m1_region, "r15 as index", "bad: mov eax, dword ptr [rcx + r15]"),
    .legal("read a constant", "movaps xmm0, xmmword ptr [rip + constants]\nmov rax, qword ptr [rip + odd]"),
    .attack(.m5_readOnlyData, "write a constant", "bad: mov dword ptr [rip + constants], eax"),
    .attack(.m5_readOnlyData, "read text", "bad: mov eax, dword ptr [rip + f]"),
    .attack(.m5_readOnlyData, "read past read-only data", "bad: mov rax, qword ptr [rip + DATA_END - 7]"),
    .attack(.m6_alignment, "unaligned constant", "bad: addps xmm0, xmmword ptr [rip + constants + 8]"),
    .attack(.m6_alignment, "aligned operand in memory", "and eax, 0xfff0\nbad: movaps xmm0, xmmword ptr [r15 + rax]"),
    .attack(.m6_alignment, "legacy arithmetic on memory", "bad: paddd xmm0, xmmword ptr [r15 + 16]"),
    .attack(.m6_alignment, "VEX movdqa", "bad: vmovdqa xmm0, xmmword ptr [r15 + 16]"),
    .legal("VEX needs no alignment", "vpaddd xmm0, xmm1, xmmword ptr [r15 + 17]"),
    .attack(.m8_atomic, "lock", "bad: lock add dword ptr [r15 + 16], eax"),
    .attack(.m8_atomic, "xchg", "bad: xchg dword ptr [r15 + 16], eax"),
    .attack(.m8_atomic, "cmpxchg", "bad: cmpxchg dword ptr [r15 + 16], ecx"),
    .attack(.m8_atomic, "xadd", "bad: xadd dword ptr [r15 + 16], ecx"),
    .legal("xchg of registers", ".byte 0x87, 0xc1, 0x87, 0xc0"),
    .attack(.m3_segmentForm, "gs in the mask model", "bad: .byte 0x65, 0x67, 0x8b, 0x08"),
    .legal("pextrb writes one byte", "mov eax, 0xffff\nvpextrb byte ptr [r15 + rax + 4160], xmm0, 1"),
    .attack(.m1_region, "pextrq writes eight", "mov eax, 0xffff\nbad: vpextrq qword ptr [r15 + rax + 4154], xmm0, 1"),
  ])
  func mask(_ test: RuleCase) throws { try test.check(Self.mask, wrapped: true) }

  @Test(arguments: [
    RuleCase.legal("plain", ".byte 0x65, 0x67, 0x8b, 0x08"),
    .legal("base, index, scale, displacement", ".byte 0x65, 0x67, 0x8b, 0x8c, 0xd8, 0xff, 0xff, 0xff, 0x7f"),
    .legal("store with 66 and REX", ".byte 0x65, 0x67, 0x66, 0x45, 0x89, 0x08"),
    .legal("VEX", ".byte 0x65, 0x67, 0xc5, 0xfa, 0x10, 0x00"),
    .legal("displacement only", ".byte 0x65, 0x67, 0x8b, 0x0c, 0x25, 0x10, 0, 0, 0"),
    .attack(.m3_segmentForm, "65 alone", "bad: .byte 0x65, 0x8b, 0x08"),
    .attack(.m3_segmentForm, "67 alone", "bad: .byte 0x67, 0x8b, 0x08"),
    .attack(.m3_segmentForm, "67 65", "bad: .byte 0x67, 0x65, 0x8b, 0x08"),
    .attack(.m3_segmentForm, "66 65 67", "bad: .byte 0x66, 0x65, 0x67, 0x8b, 0x08"),
    .attack(.m3_segmentForm, "fs", "bad: .byte 0x64, 0x67, 0x8b, 0x08"),
    .attack(.m3_segmentForm, "gs:[eip+d]", "bad: .byte 0x65, 0x67, 0x8b, 0x0d, 0, 0, 0, 0"),
    .attack(.m3_segmentForm, "gs:[esp+d]", "bad: .byte 0x65, 0x67, 0x8b, 0x4c, 0x24, 0x08"),
    .attack(.m3_segmentForm, "r15d as base", "bad: .byte 0x65, 0x67, 0x41, 0x8b, 0x0f"),
    .attack(.m3_segmentForm, "r15d as index", "bad: .byte 0x65, 0x67, 0x42, 0x8b, 0x0c, 0x38"),
    .attack(.m3_segmentForm, "aligned", "bad: .byte 0x65, 0x67, 0x0f, 0x28, 0x00"),
    .attack(.m3_segmentForm, "lea", "bad: .byte 0x65, 0x67, 0x8d, 0x08"),
    .attack(.m3_segmentForm, "no memory", "bad: .byte 0x65, 0x67, 0x89, 0xc1"),
    .attack(.v2_instruction, "nop", "bad: .byte 0x65, 0x67, 0x0f, 0x1f, 0x00"),
    .attack(.c6_gate, "call", "bad: .byte 0x65, 0x67, 0xff, 0x10"),
    .attack(.v2_instruction, "a legacy prefix before VEX", "bad: .byte 0x65, 0x67, 0x66, 0xc5, 0xfa, 0x10, 0x00"),
    .legal("from r15 too", "mov eax, eax\nmov ecx, dword ptr [r15 + rax + 4160 - 3]"),
    .attack(.m1_region, "from r15 past the pad", "mov eax, eax\nbad: mov ecx, dword ptr [r15 + rax + 4160 - 2]"),
  ])
  func seg32(_ test: RuleCase) throws { try test.check(NexeBuilder(model: .seg32), wrapped: true) }

  @Test func anImportedMemoryIsReachedThroughItsBase() throws {
    let builder = NexeBuilder().with { $0.memories[0].flags = 1 }
    let load = "mov rcx, qword ptr [r15 + MBASE0]\nand eax, 0xffff\nmov dl, byte ptr [rcx + rax]"
    try RuleCase.legal("", load).check(builder, wrapped: true)
    try RuleCase.attack(.m1_region, "", "bad: mov al, byte ptr [r15 + 1]").check(builder, wrapped: true)
  }

  @Test func aMemory64NeedsTheMaskWord() throws {
    let builder = NexeBuilder().with { $0.memories[0] = .init(flags: 2, k: 33) }
    let load = "and rax, qword ptr [r15 + MMASK0]\nmov dl, byte ptr [r15 + rax + 4096]"
    try RuleCase.legal("", load).check(builder, wrapped: true)
    let tooWide = "mov rax, qword ptr [r15 + MMASK0]\nbad: mov dl, byte ptr [r15 + rax]"
    try RuleCase.attack(.m1_region, "", tooWide).check(builder, wrapped: true)
  }
}
