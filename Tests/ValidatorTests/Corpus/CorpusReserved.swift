import Testing

@testable import NaClValidator

/// Rules S3, M5 and M6: rsp, r15, read-only data, and alignment.
@Suite struct CorpusReserved {
  private static let module = NexeBuilder().limitWord(4).data("constants: .quad 1, 2, 3, 4").function("g", "ret")

  private static let registers = TwinTable(
    .body(module),
    [
      // rsp as data.
      Twins(.s3_reservedRegister, "mov from rsp", legal: "mov rax, rbp", attack: "bad: mov rax, rsp"),
      Twins(.s3_reservedRegister, "mov from esp", legal: "mov eax, ebp", attack: "bad: mov eax, esp"),
      Twins(.s3_reservedRegister, "mov from spl", legal: "mov al, bpl", attack: "bad: mov al, spl"),
      Twins(.s3_reservedRegister, "mov to rsp", legal: "mov rbp, rax", attack: "bad: mov rsp, rax"),
      Twins(.s3_reservedRegister, "mov to sp", legal: "mov bp, ax", attack: "bad: mov sp, ax"),
      Twins(.s3_reservedRegister, "mov to spl", legal: "mov bpl, al", attack: "bad: mov spl, al"),
      Twins(
        .s3_reservedRegister, "mov of an immediate to rsp", legal: "mov rbp, 0x1000", attack: "bad: mov rsp, 0x1000"),
      Twins(.s3_reservedRegister, "setcc spl", legal: "setb bpl", attack: "bad: setb spl"),
      Twins(.s3_reservedRegister, "cmov rsp", legal: "cmove rbp, rax", attack: "bad: cmove rsp, rax"),
      Twins(.s3_reservedRegister, "xchg rsp", legal: ".byte 0x48, 0x87, 0xc5", attack: "bad: .byte 0x48, 0x87, 0xc4"),
      Twins(.s3_reservedRegister, "bswap rsp", legal: "bswap rbp", attack: "bad: bswap rsp"),
      Twins(.s3_reservedRegister, "inc rsp", legal: "inc rbp", attack: "bad: inc rsp"),
      Twins(.s3_reservedRegister, "and rsp", legal: "and rbp, -16", attack: "bad: and rsp, -16"),
      Twins(.s3_reservedRegister, "add of a register to rsp", legal: "add rbp, rax", attack: "bad: add rsp, rax"),
      Twins(.s3_reservedRegister, "add of rsp to a register", legal: "add rax, rbp", attack: "bad: add rax, rsp"),
      Twins(.s3_reservedRegister, "add of memory to rsp", legal: "add rbp, [r15]", attack: "bad: add rsp, [r15]"),
      Twins(.s3_reservedRegister, "load of rsp", legal: "mov rbp, [r15]", attack: "bad: mov rsp, [r15]"),
      Twins(.s3_reservedRegister, "movzx into esp", legal: "movzx ebp, al", attack: "bad: movzx esp, al"),
      Twins(.s3_reservedRegister, "movsxd into rsp", legal: "movsxd rbp, eax", attack: "bad: movsxd rsp, eax"),
      Twins(.s3_reservedRegister, "movq into rsp", legal: "movq rbp, xmm0", attack: "bad: movq rsp, xmm0"),
      Twins(.s3_reservedRegister, "movq from rsp", legal: "movq xmm0, rbp", attack: "bad: movq xmm0, rsp"),
      Twins(
        .s3_reservedRegister, "cvttsd2si into rsp", legal: "cvttsd2si rbp, xmm0", attack: "bad: cvttsd2si rsp, xmm0"),
      Twins(.s3_reservedRegister, "cvtsi2sd from rsp", legal: "cvtsi2sd xmm0, rbp", attack: "bad: cvtsi2sd xmm0, rsp"),
      Twins(.s3_reservedRegister, "imul into rsp", legal: "imul rbp, rax, 3", attack: "bad: imul rsp, rax, 3"),
      Twins(.s3_reservedRegister, "imul from rsp", legal: "imul rax, rbp", attack: "bad: imul rax, rsp"),
      Twins(.s3_reservedRegister, "mul by rsp", legal: "mul rbp", attack: "bad: mul rsp"),
      Twins(.s3_reservedRegister, "mulx into rsp", legal: "mulx rbp, rax, rcx", attack: "bad: mulx rsp, rax, rcx"),
      Twins(
        .s3_reservedRegister, "mulx into rsp by vvvv", legal: "mulx rax, rbp, rcx", attack: "bad: mulx rax, rsp, rcx"),
      Twins(.s3_reservedRegister, "blsr into rsp by vvvv", legal: "blsr rbp, rax", attack: "bad: blsr rsp, rax"),
      Twins(.s3_reservedRegister, "shlx by rsp", legal: "shlx rax, rcx, rbp", attack: "bad: shlx rax, rcx, rsp"),
      Twins(.s3_reservedRegister, "rorx into rsp", legal: "rorx rbp, rax, 1", attack: "bad: rorx rsp, rax, 1"),
      Twins(.s3_reservedRegister, "shl rsp", legal: "shl rbp, 1", attack: "bad: shl rsp, 1"),
      Twins(.s3_reservedRegister, "shld rsp", legal: "shld rbp, rax, 1", attack: "bad: shld rsp, rax, 1"),
      Twins(.s3_reservedRegister, "test rsp", legal: "test rbp, rbp", attack: "bad: test rsp, rsp"),
      Twins(.s3_reservedRegister, "cmp with rsp", legal: "cmp rax, rbp", attack: "bad: cmp rax, rsp"),
      Twins(.s3_reservedRegister, "bt rsp", legal: "bt rbp, 3", attack: "bad: bt rsp, 3"),
      Twins(.s3_reservedRegister, "popcnt of rsp", legal: "popcnt rax, rbp", attack: "bad: popcnt rax, rsp"),
      Twins(.s3_reservedRegister, "pinsrq of rsp", legal: "pinsrq xmm0, rbp, 0", attack: "bad: pinsrq xmm0, rsp, 0"),
      Twins(.s3_reservedRegister, "pextrq into rsp", legal: "pextrq rbp, xmm0, 0", attack: "bad: pextrq rsp, xmm0, 0"),
      Twins(.s3_reservedRegister, "movmskps into esp", legal: "movmskps ebp, xmm0", attack: "bad: movmskps esp, xmm0"),
      Twins(
        .s3_reservedRegister, "a spill of rsp", legal: "sub rsp, 8; mov [rsp], rbp; add rsp, 8",
        attack: "sub rsp, 8; bad: mov [rsp], rsp; add rsp, 8"),
      Twins(.s3_reservedRegister, "rsp into the memory", legal: "mov [r15], rbp", attack: "bad: mov [r15], rsp"),
      Twins(.s3_reservedRegister, "lea from rsp", legal: "lea rax, [rbp + 8]", attack: "bad: lea rax, [rsp + 8]"),
      Twins(
        .s3_reservedRegister, "lea rsp of another register", legal: "lea rbp, [rax + 8]",
        attack: "bad: lea rsp, [rax + 8]"),
      Twins(
        .s3_reservedRegister, "lea of 32 bits into esp", legal: "sub rsp, 8; lea rsp, [rsp + 8]",
        attack: "sub rsp, 8; bad: lea esp, [rsp + 8]"),
      Twins(
        .s3_reservedRegister, "lea rsp with an index", legal: "sub rsp, 8; lea rsp, [rsp + 8]",
        attack: "sub rsp, 8; bad: lea rsp, [rsp + rax + 8]"),
      Twins(
        .s3_reservedRegister, "sub of 32 bits", legal: "sub rsp, 8; add rsp, 8", attack: "bad: sub esp, 8; add rsp, 8"),
      Twins(.s3_reservedRegister, "sbb rsp", legal: "sub rsp, 8; add rsp, 8", attack: "bad: sbb rsp, 8"),
      Twins(.s3_reservedRegister, "adc rsp", legal: "sub rsp, 8; add rsp, 8", attack: "sub rsp, 8; bad: adc rsp, 8"),

      // r15.
      Twins(.s3_reservedRegister, "mov from r15", legal: "mov rax, r14", attack: "bad: mov rax, r15"),
      Twins(.s3_reservedRegister, "mov to r15", legal: "mov r14, rax", attack: "bad: mov r15, rax"),
      Twins(.s3_reservedRegister, "mov to r15d", legal: "mov r14d, eax", attack: "bad: mov r15d, eax"),
      Twins(.s3_reservedRegister, "mov to r15w", legal: "mov r14w, ax", attack: "bad: mov r15w, ax"),
      Twins(.s3_reservedRegister, "mov to r15b", legal: "mov r14b, al", attack: "bad: mov r15b, al"),
      Twins(.s3_reservedRegister, "load of r15", legal: "mov r14, [r15]", attack: "bad: mov r15, [r15]"),
      Twins(.s3_reservedRegister, "inc r15", legal: "inc r14", attack: "bad: inc r15"),
      Twins(.s3_reservedRegister, "setcc r15b", legal: "setb r14b", attack: "bad: setb r15b"),
      Twins(.s3_reservedRegister, "add to r15", legal: "add r14, 8", attack: "bad: add r15, 8"),
      Twins(.s3_reservedRegister, "xchg r15", legal: ".byte 0x49, 0x87, 0xc6", attack: "bad: .byte 0x49, 0x87, 0xc7"),
      Twins(.s3_reservedRegister, "lea of r15", legal: "lea rax, [r14 + 8]", attack: "bad: lea rax, [r15 + 8]"),
      Twins(
        .s3_reservedRegister, "lea of r15 as index", legal: "lea rax, [rcx + r14]", attack: "bad: lea rax, [rcx + r15]"),
      Twins(.s3_reservedRegister, "lea into r15", legal: "lea r14, [rax]", attack: "bad: lea r15, [rax]"),
      Twins(.s3_reservedRegister, "a spill of r15", legal: "mov [r15], r14", attack: "bad: mov [r15], r15"),
      Twins(.s3_reservedRegister, "one byte of r15 stored", legal: "mov [r15], r14b", attack: "bad: mov [r15], r15b"),
      Twins(.s3_reservedRegister, "cmp with r15", legal: "cmp r14, rax", attack: "bad: cmp r15, rax"),
      Twins(.s3_reservedRegister, "movq of r15", legal: "vmovq xmm0, r14", attack: "bad: vmovq xmm0, r15"),
      Twins(
        .s3_reservedRegister, "andn from r15 by vvvv", legal: "andn rax, r14, rcx", attack: "bad: andn rax, r15, rcx"),
      Twins(
        .s3_reservedRegister, "mulx into r15 by vvvv", legal: "mulx rax, r14, rcx", attack: "bad: mulx rax, r15, rcx"),
      Twins(.s3_reservedRegister, "cmpxchg of r15", legal: "cmp r14, rcx", attack: "bad: cmp rcx, r15"),
      Twins(
        .m1_region, "r15 as index", legal: "mov eax, 0; mov al, [r15 + rax]",
        attack: "mov eax, 0; bad: mov al, [rax + r15]"),
      Twins(
        .m1_region, "r15 as scaled index", legal: "mov eax, 0; mov al, [r15 + rax*2]",
        attack: "bad: mov al, [r15 + r15*2]"),
    ])

  @Test(arguments: registers.rows.indices)
  func refusesReservedRegister(_ row: Int) throws { try Self.registers.check(row) }

  private static let readOnlyData = TwinTable(
    .body(module),
    [
      Twins(
        .m5_readOnlyData, "a constant written", legal: "mov eax, [rip + constants]",
        attack: "bad: mov [rip + constants], eax"),
      Twins(
        .m5_readOnlyData, "a constant incremented", legal: "cmp dword ptr [rip + constants], 1",
        attack: "bad: inc dword ptr [rip + constants]"),
      Twins(
        .m5_readOnlyData, "a vector stored", legal: "movups xmm0, [rip + constants]",
        attack: "bad: movups [rip + constants], xmm0"),
      Twins(
        .m5_readOnlyData, "setcc into a constant", legal: "mov al, [rip + constants]",
        attack: "bad: setb byte ptr [rip + constants]"),
      Twins(.m5_readOnlyData, "text read", legal: "mov eax, [rip + DATA]", attack: "bad: mov eax, [rip + f]"),
      Twins(.m5_readOnlyData, "text written", legal: "mov eax, [rip + DATA]", attack: "bad: mov [rip + f], eax"),
      Twins(
        .m5_readOnlyData, "below the data", legal: "mov rax, [rip + DATA]", attack: "bad: mov rax, [rip + DATA - 1]"),
      Twins(
        .m5_readOnlyData, "past the data", legal: "mov rax, [rip + DATA_END - 8]",
        attack: "bad: mov rax, [rip + DATA_END - 7]"),
      Twins(
        .m5_readOnlyData, "16 bytes past the data", legal: "movups xmm0, [rip + DATA_END - 16]",
        attack: "bad: movups xmm0, [rip + DATA_END - 15]"),
      Twins(
        .m5_readOnlyData, "an immediate behind the displacement", legal: "cmp dword ptr [rip + DATA_END - 4], 0x1000",
        attack: "bad: cmp dword ptr [rip + DATA_END - 3], 0x1000"),
      Twins(
        .m5_readOnlyData, "the page behind the data", legal: "mov al, [rip + DATA_END - 1]",
        attack: "bad: mov al, [rip + DATA_END + 4096]"),
      Twins(
        .m5_readOnlyData, "far away", legal: "mov al, [rip + DATA]",
        attack: "bad: .byte 0x8a, 0x05, 0xff, 0xff, 0xff, 0x7f"),
      Twins(
        .m5_readOnlyData, "below the image", legal: "mov al, [rip + DATA]",
        attack: "bad: .byte 0x8a, 0x05, 0, 0, 0, 0x80"),
      Twins(
        .m3_segmentForm, "eip", legal: "mov al, [rip + DATA]", attack: "bad: .byte 0x67, 0x8a, 0x05, 0, 0x10, 0, 0"),
    ])

  @Test(arguments: readOnlyData.rows.indices)
  func refusesDataAccess(_ row: Int) throws { try Self.readOnlyData.check(row) }

  private static let frame = "sub rsp, 16; "
  private static let alignment = TwinTable(
    .body(module),
    [
      Twins(
        .m6_alignment, "movaps of an odd constant", legal: "movaps xmm0, [rip + constants]",
        attack: "bad: movaps xmm0, [rip + constants + 8]"),
      Twins(
        .m6_alignment, "movdqa one byte off", legal: "movdqa xmm0, [rip + constants + 16]",
        attack: "bad: movdqa xmm0, [rip + constants + 1]"),
      Twins(
        .m6_alignment, "legacy arithmetic on an odd constant", legal: "addps xmm0, [rip + constants]",
        attack: "bad: addps xmm0, [rip + constants + 4]"),
      Twins(
        .m6_alignment, "legacy shuffle of an odd constant", legal: "pshufb xmm0, [rip + constants]",
        attack: "bad: pshufb xmm0, [rip + constants + 4]"),
      Twins(
        .m6_alignment, "legacy arithmetic on memory", legal: "vaddps xmm0, xmm0, [r15 + 16]",
        attack: "bad: addps xmm0, [r15 + 16]"),
      Twins(
        .m6_alignment, "legacy integer arithmetic on memory", legal: "vpaddb xmm0, xmm0, [r15 + 16]",
        attack: "bad: paddb xmm0, [r15 + 16]"),
      Twins(
        .m6_alignment, "legacy logic on the frame", legal: frame + "vpxor xmm0, xmm0, [rsp]; add rsp, 16",
        attack: frame + "bad: pxor xmm0, [rsp]; add rsp, 16"),
      Twins(
        .m6_alignment, "legacy insertps is 4 bytes, shufps 16", legal: "insertps xmm0, dword ptr [r15 + 1], 0",
        attack: "bad: shufps xmm0, [r15 + 16], 0"),
      Twins(
        .m6_alignment, "movaps from memory", legal: "movups xmm0, [r15 + 16]", attack: "bad: movaps xmm0, [r15 + 16]"),
      Twins(
        .m6_alignment, "movaps to memory", legal: "movups [r15 + 16], xmm0", attack: "bad: movaps [r15 + 16], xmm0"),
      Twins(
        .m6_alignment, "movaps to the frame", legal: frame + "movups [rsp], xmm0; add rsp, 16",
        attack: frame + "bad: movaps [rsp], xmm0; add rsp, 16"),
      Twins(
        .m6_alignment, "movdqa from the frame", legal: frame + "movdqu xmm0, [rsp]; add rsp, 16",
        attack: frame + "bad: movdqa xmm0, [rsp]; add rsp, 16"),
      Twins(
        .m6_alignment, "vmovaps from memory", legal: "vmovups xmm0, [r15 + 16]", attack: "bad: vmovaps xmm0, [r15 + 16]"
      ),
      Twins(
        .m6_alignment, "vmovdqa to memory", legal: "vmovdqu [r15 + 16], xmm0", attack: "bad: vmovdqa [r15 + 16], xmm0"),
      Twins(
        .m6_alignment, "vmovaps of an odd constant", legal: "vmovaps xmm0, [rip + constants]",
        attack: "bad: vmovaps xmm0, [rip + constants + 8]"),
      Twins(
        .m6_alignment, "a masked aligned address", legal: "and eax, 0xfff0; movups xmm0, [r15 + rax]",
        attack: "and eax, 0xfff0; bad: movaps xmm0, [r15 + rax]"),
    ])

  @Test(arguments: alignment.rows.indices)
  func refusesUnaligned(_ row: Int) throws { try Self.alignment.check(row) }
}
