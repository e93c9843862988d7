import Testing

@testable import NaClValidator

/// Rules V2 and M8: what is no instruction of the allow-list, or is written in a way on which decoders or processors
/// differ.
@Suite struct CorpusDecoding {
  private static let module = NexeBuilder().function("g", "ret")
  private static let old = Setting.body(NexeBuilder().with { $0.instructionSet = 2 })

  private static let instructions = TwinTable(
    .body(module),
    [
      // Extensions the sandbox does not have.
      Twins(.v2_instruction, "x87", legal: "addsd xmm0, xmm1", attack: "bad: fadd st, st(1)"),
      Twins(
        .v2_instruction, "x87 store", legal: "movsd qword ptr [r15 + 16], xmm0",
        attack: "bad: fstp qword ptr [r15 + 16]"),
      Twins(.v2_instruction, "wait", legal: "nop", attack: "bad: .byte 0x9b"),
      Twins(.v2_instruction, "MMX", legal: "paddd xmm0, xmm1", attack: "bad: paddd mm0, mm1"),
      Twins(.v2_instruction, "MMX conversion", legal: "cvttps2dq xmm0, xmm1", attack: "bad: cvttps2pi mm0, xmm1"),
      Twins(.v2_instruction, "MMX move to xmm", legal: "movq xmm0, xmm1", attack: "bad: movq2dq xmm0, mm1"),
      Twins(.v2_instruction, "emms", legal: "nop", attack: "bad: emms"),
      Twins(
        .v2_instruction, "EVEX", legal: "vaddps xmm0, xmm1, xmm2",
        attack: "bad: .byte 0x62, 0xf1, 0x74, 0x08, 0x58, 0xc2"),
      Twins(.v2_instruction, "256 bits", legal: "vaddps xmm0, xmm1, xmm2", attack: "bad: vaddps ymm0, ymm1, ymm2"),
      Twins(
        .v2_instruction, "256-bit load", legal: "vmovups xmm0, xmmword ptr [r15]",
        attack: "bad: vmovups ymm0, ymmword ptr [r15]"),
      Twins(
        .v2_instruction, "XOP", legal: "vpslld xmm0, xmm1, 1", attack: "bad: .byte 0x8f, 0xe8, 0x78, 0xc0, 0xc1, 0x01"),
      Twins(.v2_instruction, "3DNow", legal: "addps xmm0, xmm1", attack: "bad: .byte 0x0f, 0x0f, 0xc1, 0x9e"),
      Twins(
        .v2_instruction, "gather", legal: "vmovd xmm0, dword ptr [r15 + 16]",
        attack: "bad: vpgatherdd xmm0, dword ptr [r15 + xmm1], xmm2"),
      Twins(.v2_instruction, "maskmovdqu", legal: "pand xmm0, xmm1", attack: "bad: maskmovdqu xmm0, xmm1"),
      Twins(
        .v2_instruction, "masked store", legal: "vmovups xmmword ptr [r15], xmm1",
        attack: "bad: vmaskmovps xmmword ptr [r15], xmm1, xmm2"),

      // VEX fields.
      Twins(
        .v2_instruction, "VEX.vvvv unused but not 1111", legal: ".byte 0xc5, 0xf8, 0x28, 0xc1",
        attack: "bad: .byte 0xc5, 0xf0, 0x28, 0xc1"),
      Twins(
        .v2_instruction, "VEX.vvvv unused in a load", legal: ".byte 0xc4, 0xc1, 0x78, 0x10, 0x07",
        attack: "bad: .byte 0xc4, 0xc1, 0x70, 0x10, 0x07"),
      Twins(
        .v2_instruction, "low bits of is4", legal: ".byte 0xc4, 0xe3, 0x71, 0x4a, 0xc2, 0x30",
        attack: "bad: .byte 0xc4, 0xe3, 0x71, 0x4a, 0xc2, 0x31"),
      Twins(
        .v2_instruction, "VEX.W where it must be 0", legal: ".byte 0xc4, 0xe3, 0x71, 0x4a, 0xc2, 0x30",
        attack: "bad: .byte 0xc4, 0xe3, 0xf1, 0x4a, 0xc2, 0x30"),
      Twins(
        .v2_instruction, "VEX.L on a general instruction", legal: ".byte 0xc4, 0xe2, 0x70, 0xf2, 0xc2",
        attack: "bad: .byte 0xc4, 0xe2, 0x74, 0xf2, 0xc2"),
      Twins(
        .v2_instruction, "66 before VEX", legal: ".byte 0xc5, 0xf8, 0x28, 0xc1",
        attack: "bad: .byte 0x66, 0xc5, 0xf8, 0x28, 0xc1"),
      Twins(
        .v2_instruction, "REX before VEX", legal: ".byte 0xc5, 0xf8, 0x28, 0xc1",
        attack: "bad: .byte 0x40, 0xc5, 0xf8, 0x28, 0xc1"),
      Twins(
        .v2_instruction, "a VEX map that does not exist", legal: ".byte 0xc4, 0xe1, 0x70, 0x58, 0xc2",
        attack: "bad: .byte 0xc4, 0xe4, 0x70, 0x58, 0xc2"),

      // String, stack and system instructions.
      Twins(.v2_instruction, "movsb", legal: "movsx eax, byte ptr [r15]", attack: "bad: movsb"),
      Twins(.v2_instruction, "movsd, the string one", legal: "movsd xmm0, xmm1", attack: "bad: .byte 0xa5"),
      Twins(.v2_instruction, "rep stosb", legal: "mov byte ptr [r15], al", attack: "bad: rep stosb"),
      Twins(.v2_instruction, "lodsq", legal: "mov rax, qword ptr [r15]", attack: "bad: lodsq"),
      Twins(.v2_instruction, "scasb", legal: "cmp al, byte ptr [r15]", attack: "bad: repne scasb"),
      Twins(.v2_instruction, "xlatb", legal: "movzx eax, byte ptr [r15]", attack: "bad: xlatb"),
      Twins(
        .v2_instruction, "moffs", legal: "mov al, byte ptr [r15 + 16]",
        attack: "bad: .byte 0xa0, 16, 0, 0, 0, 0, 0, 0, 0"),
      Twins(
        .v2_instruction, "push", legal: "sub rsp, 8; mov qword ptr [rsp], rax; add rsp, 8", attack: "bad: push rax"),
      Twins(
        .v2_instruction, "push immediate", legal: "sub rsp, 8; mov qword ptr [rsp], 1; add rsp, 8",
        attack: "bad: push 1"),
      Twins(.v2_instruction, "push memory", legal: "mov rax, qword ptr [r15]", attack: "bad: push qword ptr [r15]"),
      Twins(.v2_instruction, "pop", legal: "sub rsp, 8; mov rax, qword ptr [rsp]; add rsp, 8", attack: "bad: pop rax"),
      Twins(.v2_instruction, "pop memory", legal: "mov qword ptr [r15], rax", attack: "bad: pop qword ptr [r15]"),
      Twins(.v2_instruction, "pop rsp", legal: "sub rsp, 8; add rsp, 8", attack: "bad: pop rsp"),
      Twins(.v2_instruction, "enter", legal: "sub rsp, 16; add rsp, 16", attack: "bad: enter 16, 0"),
      Twins(.v2_instruction, "leave", legal: "sub rsp, 16; add rsp, 16", attack: "bad: leave"),
      Twins(.v2_instruction, "pushf", legal: "setb al", attack: "bad: pushfq"),
      Twins(.v2_instruction, "popf", legal: "test eax, eax", attack: "bad: popfq"),
      Twins(.v2_instruction, "std", legal: "nop", attack: "bad: std"),
      Twins(.v2_instruction, "sti", legal: "nop", attack: "bad: sti"),
      Twins(.v2_instruction, "syscall", legal: "call qword ptr [r15 + HOSTCALL]", attack: "bad: syscall"),
      Twins(.v2_instruction, "sysenter", legal: "call qword ptr [r15 + HOSTCALL]", attack: "bad: sysenter"),
      Twins(.v2_instruction, "int 0x80", legal: "call qword ptr [r15 + HOSTCALL]", attack: "bad: int 0x80"),
      Twins(.v2_instruction, "int3", legal: "HALT", attack: "bad: int3"),
      Twins(.v2_instruction, "int1", legal: "HALT", attack: "bad: .byte 0xf1"),
      Twins(.v2_instruction, "ud2", legal: "HALT", attack: "bad: ud2"),
      Twins(.v2_instruction, "ud1", legal: "HALT", attack: "bad: .byte 0x0f, 0xb9, 0xc0"),
      Twins(.v2_instruction, "hlt", legal: "HALT", attack: "bad: hlt"),
      Twins(.v2_instruction, "in", legal: "nop", attack: "bad: in al, dx"),
      Twins(.v2_instruction, "ldmxcsr", legal: "movd xmm0, dword ptr [r15]", attack: "bad: ldmxcsr dword ptr [r15]"),
      Twins(.v2_instruction, "fxrstor", legal: "movups xmm0, xmmword ptr [r15]", attack: "bad: fxrstor [r15]"),
      Twins(.v2_instruction, "xsave", legal: "movups xmmword ptr [r15], xmm0", attack: "bad: xsave [r15]"),
      Twins(.v2_instruction, "wrgsbase", legal: "mov eax, ecx", attack: "bad: wrgsbase rax"),
      Twins(.v2_instruction, "wrfsbase", legal: "mov eax, ecx", attack: "bad: wrfsbase rax"),
      Twins(.v2_instruction, "rdgsbase", legal: "mov eax, ecx", attack: "bad: rdgsbase rax"),
      Twins(.v2_instruction, "swapgs", legal: "mov eax, ecx", attack: "bad: swapgs"),
      Twins(.v2_instruction, "wrpkru", legal: "mov eax, ecx", attack: "bad: wrpkru"),
      Twins(.v2_instruction, "mov to a segment register", legal: "mov eax, ecx", attack: "bad: mov ds, eax"),
      Twins(.v2_instruction, "mov to gs", legal: "mov eax, ecx", attack: "bad: mov gs, eax"),
      Twins(.v2_instruction, "mov to a control register", legal: "mov rax, rcx", attack: "bad: mov cr0, rax"),
      Twins(.v2_instruction, "mov to a debug register", legal: "mov rax, rcx", attack: "bad: mov dr7, rax"),
      Twins(.v2_instruction, "pop fs", legal: "nop", attack: "bad: pop fs"),
      Twins(.v2_instruction, "lgs", legal: "mov eax, dword ptr [r15]", attack: "bad: .byte 0x41, 0x0f, 0xb5, 0x07"),
      Twins(.v2_instruction, "far jmp", legal: "TAIL g", attack: "bad: .byte 0x41, 0xff, 0x2f"),
      Twins(.v2_instruction, "far call", legal: "call g", attack: "bad: .byte 0x41, 0xff, 0x1f"),
      Twins(.v2_instruction, "far ret", legal: "ret", attack: "bad: .byte 0xcb"),
      Twins(.v2_instruction, "iretq", legal: "ret", attack: "bad: iretq"),
      Twins(.v2_instruction, "ret that pops", legal: "ret", attack: "bad: ret 16"),
      Twins(.v2_instruction, "loop", legal: "jne t; nop; t: nop", attack: "bad: .byte 0xe2, 0; nop"),
      Twins(.v2_instruction, "jrcxz", legal: "jne t; nop; t: nop", attack: "bad: .byte 0xe3, 0; nop"),
      Twins(.v2_instruction, "xbegin", legal: "jmp t; t: nop", attack: "bad: .byte 0xc7, 0xf8, 0, 0, 0, 0"),
      Twins(.v2_instruction, "salc", legal: "sbb al, al", attack: "bad: .byte 0xd6"),

      Twins(.v2_instruction, "cpuid", legal: "mov eax, ecx", attack: "bad: cpuid"),
      Twins(.v2_instruction, "rdpmc", legal: "mov eax, ecx", attack: "bad: rdpmc"),
      Twins(.v2_instruction, "xgetbv", legal: "mov eax, ecx", attack: "bad: xgetbv"),
      Twins(.v2_instruction, "sgdt", legal: "mov [r15 + 16], rax", attack: "bad: sgdt [r15 + 16]"),
      Twins(.v2_instruction, "smsw", legal: "mov eax, ecx", attack: "bad: smsw eax"),
      Twins(.v2_instruction, "lar", legal: "mov eax, ecx", attack: "bad: lar eax, ecx"),
      Twins(.v2_instruction, "clflush", legal: "mov al, [r15 + 16]", attack: "bad: clflush [r15 + 16]"),
      Twins(
        .v2_instruction, "movntdq, which must be aligned", legal: "movdqu [r15 + 16], xmm0",
        attack: "bad: movntdq [r15 + 16], xmm0"),
      Twins(
        .v2_instruction, "movntdqa, which must be aligned", legal: "movdqu xmm0, [r15 + 16]",
        attack: "bad: movntdqa xmm0, [r15 + 16]"),
      Twins(.v2_instruction, "a NOP with a register", legal: "nop dword ptr [rax]", attack: "bad: nop eax"),
      Twins(
        .v2_instruction, "a NOP with a displacement", legal: "nop dword ptr [rax]",
        attack: "bad: nop dword ptr [rax + 1]"),
      Twins(
        .v2_instruction, "REX.X without an index", legal: ".byte 0x48, 0x89, 0xc8",
        attack: "bad: .byte 0x4a, 0x89, 0xc8"),
      Twins(
        .v2_instruction, "REX.R without a register", legal: ".byte 0x48, 0xf7, 0xd8",
        attack: "bad: .byte 0x4c, 0xf7, 0xd8"),
      Twins(.v2_instruction, "REX.B on cdq", legal: ".byte 0x48, 0x98", attack: "bad: .byte 0x49, 0x98"),
      Twins(.v2_instruction, "REX.W on call", legal: "call g", attack: "bad: .byte 0x48, 0xe8, 0, 0, 0, 0"),
      Twins(
        .v2_instruction, "VEX.X without an index", legal: ".byte 0xc4, 0xe1, 0x78, 0x28, 0xc1",
        attack: "bad: .byte 0xc4, 0xa1, 0x78, 0x28, 0xc1"),

      // What reaches memory beyond its operand, or by another width than it says.
      Twins(
        .v2_instruction, "bts memory, register", legal: "bts rax, rcx", attack: "bad: bts qword ptr [r15 + 16], rcx"),
      Twins(.v2_instruction, "bt memory, register", legal: "bt eax, ecx", attack: "bad: bt dword ptr [r15 + 16], ecx"),
      Twins(
        .v2_instruction, "btc memory, register", legal: "btc eax, ecx", attack: "bad: btc dword ptr [r15 + 16], ecx"),
      Twins(.v2_instruction, "movsxd without REX.W", legal: ".byte 0x48, 0x63, 0xc1", attack: "bad: .byte 0x63, 0xc1"),
      Twins(
        .v2_instruction, "movq with REX.W", legal: ".byte 0xf3, 0x0f, 0x7e, 0xc1",
        attack: "bad: .byte 0xf3, 0x48, 0x0f, 0x7e, 0xc1"),

      Twins(.v2_instruction, "ah", legal: "mov al, cl", attack: "bad: mov ah, cl"),

      // Undocumented twins of documented opcodes.
      Twins(.v2_instruction, "shl by its second name", legal: ".byte 0xd1, 0xe0", attack: "bad: .byte 0xd1, 0xf0"),
      Twins(
        .v2_instruction, "test by its second name", legal: ".byte 0xf7, 0xc0, 1, 0, 0, 0",
        attack: "bad: .byte 0xf7, 0xc8, 1, 0, 0, 0"),
      Twins(.v2_instruction, "opcode 82", legal: ".byte 0x80, 0xc0, 1", attack: "bad: .byte 0x82, 0xc0, 1"),
      Twins(.v2_instruction, "FE /2", legal: ".byte 0xfe, 0xc0", attack: "bad: .byte 0xfe, 0xd0"),
      Twins(.v2_instruction, "FF /7", legal: ".byte 0xff, 0xc0", attack: "bad: .byte 0xff, 0xf8"),
      Twins(
        .v2_instruction, "C7 /1", legal: ".byte 0xc7, 0xc0, 1, 0, 0, 0", attack: "bad: .byte 0xc7, 0xc8, 1, 0, 0, 0"),

      // Atomic operations (rule M8): a split lock faults on kernels that forbid it.
      Twins(
        .m8_atomic, "a lock over two cache lines", legal: "add dword ptr [r15 + 62], eax",
        attack: "bad: lock add dword ptr [r15 + 62], eax"),
      Twins(
        .m8_atomic, "an aligned lock", legal: "inc dword ptr [r15 + 64]", attack: "bad: lock inc dword ptr [r15 + 64]"),
      Twins(.m8_atomic, "xchg with memory", legal: ".byte 0x87, 0xc1", attack: "bad: xchg dword ptr [r15 + 62], eax"),
      Twins(.m8_atomic, "xadd with memory", legal: "add ecx, eax", attack: "bad: xadd dword ptr [r15 + 62], eax"),
      Twins(.m8_atomic, "cmpxchg with memory", legal: "cmp ecx, eax", attack: "bad: cmpxchg dword ptr [r15 + 62], ecx"),
      Twins(
        .m8_atomic, "xchg with an 8-bit operand", legal: "mov byte ptr [r15], al",
        attack: "bad: xchg byte ptr [r15], al"),
      Twins(
        .m8_atomic, "cmpxchg16b", legal: "movups xmm0, xmmword ptr [r15]", attack: "bad: cmpxchg16b xmmword ptr [r15]"),

      // Levels.
      Twins(.v2_instruction, "lzcnt is bsr at level v2", legal: "bsr eax, ecx", attack: "bad: lzcnt eax, ecx", in: old),
      Twins(.v2_instruction, "tzcnt is bsf at level v2", legal: "bsf eax, ecx", attack: "bad: tzcnt eax, ecx", in: old),
      Twins(
        .v2_instruction, "VEX at level v2", legal: "addsd xmm0, xmm1", attack: "bad: vaddsd xmm0, xmm0, xmm1", in: old),
      Twins(.v2_instruction, "andn at level v2", legal: "and eax, ecx", attack: "bad: andn eax, ecx, edx", in: old),
      Twins(
        .v2_instruction, "FMA at level v2", legal: "mulss xmm0, xmm1", attack: "bad: vfmadd213ss xmm0, xmm1, xmm2",
        in: old),
    ])

  @Test(arguments: instructions.rows.indices)
  func refusesInstruction(_ row: Int) throws { try Self.instructions.check(row) }

  private static let prefixes = TwinTable(
    .body(module),
    [
      Twins(.v2_instruction, "66 twice", legal: ".byte 0x66, 0x01, 0xc8", attack: "bad: .byte 0x66, 0x66, 0x01, 0xc8"),
      Twins(.v2_instruction, "66 twice on a NOP", legal: ".byte 0x66, 0x90", attack: "bad: .byte 0x66, 0x66, 0x90"),
      Twins(.v2_instruction, "66 and F2", legal: "addsd xmm0, xmm1", attack: "bad: .byte 0x66, 0xf2, 0x0f, 0x58, 0xc1"),
      Twins(.v2_instruction, "F2 and F3", legal: "addss xmm0, xmm1", attack: "bad: .byte 0xf2, 0xf3, 0x0f, 0x58, 0xc1"),
      Twins(.v2_instruction, "F3 without meaning", legal: "add eax, ecx", attack: "bad: .byte 0xf3, 0x01, 0xc8"),
      Twins(.v2_instruction, "rep ret", legal: "ret", attack: "bad: .byte 0xf3, 0xc3"),
      Twins(
        .v2_instruction, "66 on crc32 with F2", legal: "pcmpgtq xmm0, xmm1",
        attack: "bad: .byte 0x66, 0xf2, 0x0f, 0x38, 0xf1, 0xc1"),
      Twins(
        .v2_instruction, "66 on popcnt with F3", legal: "popcnt eax, ecx",
        attack: "bad: .byte 0x66, 0xf3, 0x0f, 0xb8, 0xc1"),
      Twins(.v2_instruction, "REX twice", legal: ".byte 0x48, 0x01, 0xc8", attack: "bad: .byte 0x48, 0x48, 0x01, 0xc8"),
      Twins(
        .v2_instruction, "REX before 66", legal: ".byte 0x66, 0x48, 0x0f, 0x6e, 0xc1",
        attack: "bad: .byte 0x48, 0x66, 0x0f, 0x6e, 0xc1"),
      Twins(
        .v2_instruction, "REX before F2", legal: ".byte 0xf2, 0x48, 0x0f, 0x2a, 0xc1",
        attack: "bad: .byte 0x48, 0xf2, 0x0f, 0x2a, 0xc1"),
      Twins(.v2_instruction, "a 16-bit jmp", legal: "TAIL g", attack: "bad: .byte 0x66, 0xe9, 0, 0"),
      Twins(.v2_instruction, "a 16-bit call", legal: "call g", attack: "bad: .byte 0x66, 0xe8, 0, 0"),
      Twins(.v2_instruction, "a 16-bit jcc", legal: "je t; t: nop", attack: "bad: .byte 0x66, 0x0f, 0x84, 0, 0"),
      Twins(.v2_instruction, "a 16-bit short jump", legal: "jmp t; t: nop", attack: "bad: .byte 0x66, 0xeb, 0"),
      Twins(.v2_instruction, "a 16-bit ret", legal: "ret", attack: "bad: .byte 0x66, 0xc3"),
      Twins(.v2_instruction, "bnd jmp", legal: "jmp t; t: nop", attack: "bad: .byte 0xf2, 0xe9, 0, 0, 0, 0"),
      Twins(.m8_atomic, "lock on a register", legal: "add eax, ecx", attack: "bad: .byte 0xf0, 0x01, 0xc8"),
    ])

  @Test(arguments: prefixes.rows.indices)
  func refusesPrefixes(_ row: Int) throws { try Self.prefixes.check(row) }

  /// NOPs of any other address, register or displacement than the plain padding forms: executed, behind the function's end, and where
  /// only NOPs may stand.
  private static let paddings: TwinTable = {
    let forms: [(name: String, bytes: String)] = [
      ("[rax + 1]", "0x40, 1"), ("[rax + rcx]", "0x04, 0x08"), ("[rsp]", "0x04, 0x24"), ("[rsp + 0]", "0x44, 0x24, 0"),
      ("[rbp + 0]", "0x45, 0"), ("[rip]", "0x05, 0, 0, 0, 0"), ("[rax + 256]", "0x80, 0, 1, 0, 0"), ("[rax + rax + 1]", "0x44, 0, 1"),
      ("[rcx]", "0x01"), ("[rax*1 + 0]", "0x04, 0x05, 0, 0, 0, 0"), ("eax", "0xc0"), ("[rax + rax*2]", "0x04, 0x40"), ("[rax + rax*8 + 0]", "0x84, 0xc0, 0, 0, 0, 0"),
    ]
    let bytes = forms.flatMap { form in ["", "0x66, "].map { (form.name, "\($0)0x0f, 0x1f, \(form.bytes)") } }
      + [("[r8]", "0x41, 0x0f, 0x1f, 0"), ("[rax + r8]", "0x42, 0x0f, 0x1f, 4, 0"), ("[rax + rax], reg 1", "0x0f, 0x1f, 0x4c, 0, 0")]
    return TwinTable(
      .body(module),
      bytes.flatMap { name, bytes in
        [
          Twins(.v2_instruction, "executed: \(bytes)", legal: "nop", attack: "bad: .byte \(bytes)"),
          Twins(.v2_instruction, "unreachable: \(bytes)", legal: "ret; nop", attack: "ret; bad: .byte \(bytes)"),
          Twins(
            .v2_instruction, "in a slow path: \(bytes)", legal: "POLL q; ret; q_slow: nop; call [r15 + INTERRUPT]; jmp q",
            attack: "POLL q; ret; q_slow: bad: .byte \(bytes); call [r15 + INTERRUPT]; jmp q", anyFinding: true),
          Twins(
            .v2_instruction, "behind the frame's end: \(bytes)", legal: "sub rsp, 8; add rsp, 8; nop",
            attack: "sub rsp, 8; add rsp, 8; bad: .byte \(bytes)", anyFinding: true),
        ]
      })
  }()

  @Test(arguments: paddings.rows.indices)
  func refusesPadding(_ row: Int) throws { try Self.paddings.check(row) }
}
