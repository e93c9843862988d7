import Testing

@testable import NaClValidator

/// Rules C1 and C6: direct jumps and calls, bundles, gates.
@Suite struct CorpusControl {
  private static let module = NexeBuilder().limitWord(4).function("g", "nop; ret".asLines)
  private static let withEntries = NexeBuilder().function("g", "nop; ret".asLines)
    .entryArea([.trap, .jump(to: "g"), .typed(7, to: "g"), .trap])
  private static let entries = Setting.body(withEntries)

  private static let direct = TwinTable(
    .body(module),
    [
      Twins(
        .c1_directTarget, "a jump into an instruction", legal: "jmp t; t: mov eax, 0xc3",
        attack: "bad: jmp t + 1; t: mov eax, 0xc3"),
      Twins(
        .c1_directTarget, "a jcc into an instruction", legal: "je t; t: mov eax, 0xc3",
        attack: "bad: je t + 2; t: mov eax, 0xc3"),
      Twins(
        .c1_directTarget, "a jump backwards into an instruction", legal: "jmp p", attack: "mov eax, 1; bad: jmp p + 1"),
      Twins(
        .c1_directTarget, "a jump behind a REX", legal: "je t; t: mov rax, rcx",
        attack: "bad: je t + 1; t: mov rax, rcx"),
      Twins(.c1_directTarget, "a jump into POLL", legal: "jmp p", attack: "bad: jmp p + 4"),
      Twins(
        .c1_directTarget, "a jump into an unsigned division", legal: "je t; t: UDIV32 rcx, u; u: nop",
        attack: ".p2align 5; bad: je t + 4; t: UDIV32 rcx, u; u: nop"),
      Twins(
        .c1_directTarget, "a jump to div", legal: "je t; t: UDIV32 rcx, u; u: nop",
        attack: ".p2align 5; bad: je t + 6; t: UDIV32 rcx, u; u: nop"),
      Twins(
        .c1_directTarget, "a jump into a signed division", legal: "je t; t: SDIV32 rcx, rsi, u; u: nop",
        attack: ".p2align 5; bad: je t + 3; t: SDIV32 rcx, rsi, u; u: nop"),
      Twins(
        .c1_directTarget, "a division's exit into a division", legal: "UDIV32 rcx, u; u: nop",
        attack: ".p2align 5; t: test ecx, ecx; bad: jz t + 4; xor edx, edx; div ecx"),
      Twins(
        .c1_directTarget, "a jump into a call group, behind its mask", legal: "je t; .p2align 5; t: ICALL rcx, 7, r11",
        attack: "bad: je t + 3; .p2align 5; t: ICALL rcx, 7, r11", in: entries),
      Twins(
        .c1_directTarget, "a jump to a group's call", legal: "je t; .p2align 5; t: ICALL rcx, 7, r11",
        attack: "bad: je t + 19; .p2align 5; t: ICALL rcx, 7, r11", in: entries),
      Twins(.c1_directTarget, "a jump to another function's middle", legal: "TAIL g", attack: "bad: TAIL g + 1"),
      Twins(.c1_directTarget, "a jcc to another function", legal: "je t; t: nop", attack: "bad: je g"),
      Twins(
        .c1_directTarget, "a short jump to another function", legal: "TAIL g",
        attack: "bad: .byte 0xeb; .byte g - . - 1"),
      Twins(.c1_directTarget, "a jump to padding behind another function", legal: "TAIL g", attack: "bad: TAIL g + 2"),
      Twins(.c1_directTarget, "a jump out of text", legal: "TAIL g", attack: "bad: .byte 0xe9, 0xff, 0xff, 0xff, 0x7f"),
      Twins(.c1_directTarget, "a jump below text", legal: "TAIL g", attack: "bad: .byte 0xe9, 0, 0, 0, 0x80"),
      Twins(.c1_directTarget, "a jump to text's end", legal: "TAIL g", attack: "bad: TAIL TEXT_END"),
      Twins(.c1_directTarget, "a jump into read-only data", legal: "TAIL g", attack: "bad: TAIL DATA"),
      Twins(.c1_directTarget, "a call of the middle of a function", legal: "call g", attack: "bad: call g + 1"),
      Twins(.c1_directTarget, "a call of its own middle", legal: "call f", attack: "bad: call t; t: nop"),
      Twins(.c1_directTarget, "a call of padding", legal: "call g", attack: "bad: call g + 2"),
      Twins(.c1_directTarget, "a call out of text", legal: "call g", attack: "bad: .byte 0xe8, 0xff, 0xff, 0xff, 0x7f"),
      Twins(.c1_directTarget, "a call of read-only data", legal: "call g", attack: "bad: call DATA"),
      Twins(.c1_directTarget, "a call of the entry area", legal: "call g", attack: "bad: call ENTRIES", in: entries),
      Twins(.c1_directTarget, "a call of an entry", legal: "call g", attack: "bad: call entry_2", in: entries),
      Twins(.c1_directTarget, "a tail jump to an entry", legal: "TAIL g", attack: "bad: TAIL entry_2", in: entries),
      Twins(
        .c1_directTarget, "a jcc into the entry area", legal: "je t; t: nop", attack: "bad: je entry_2", in: entries),

      // Calls through memory.
      Twins(.c6_gate, "a call of LIMIT", legal: "call [r15 + HOSTCALL]", attack: "bad: call [r15 + LIMIT]"),
      Twins(.c6_gate, "a call of a limit word", legal: "call [r15 + FOREIGN]", attack: "bad: call [r15 + L0]"),
      Twins(.c6_gate, "a call of a base", legal: "call [r15 + FOREIGN]", attack: "bad: call [r15 + MBASE0]"),
      Twins(.c6_gate, "a call of the host's word", legal: "call [r15 + GLOBAL_SET]", attack: "bad: call [r15 + HOST]"),
      Twins(.c6_gate, "a call of the memory", legal: "call [r15 + HOSTCALL]", attack: "bad: call [r15 + 16]"),
      Twins(.c6_gate, "a call of the transfer area", legal: "call [r15 + HOSTCALL]", attack: "bad: call [r15 + XFER0]"),
      Twins(.c6_gate, "a call between two gates", legal: "call [r15 + TRAP]", attack: "bad: call [r15 + TRAP + 4]"),
      Twins(.c6_gate, "a call below the context", legal: "call [r15 + TRAP]", attack: "bad: call [r15 - 4096 - 8]"),
      // Without the limit word FOREIGN is at -64, which here is MASK0; -72 is FOREIGN here and MEMORY_GROW there.
      Twins(
        .c6_gate, "a gate of a layout without limit words", legal: "call [r15 - 72]", attack: "bad: call [r15 - 64]"),
      Twins(
        .c6_gate, "a gate of a layout with more words", legal: "call [r15 + GLOBAL_SET]",
        attack: "bad: call [r15 + GLOBAL_SET - 8]"),
      Twins(
        .c6_gate, "a gate with an index", legal: "mov eax, 0; call [r15 + TRAP]",
        attack: "mov eax, 0; bad: call [r15 + rax + TRAP]"),
      Twins(.c6_gate, "a gate through another register", legal: "call [r15 + TRAP]", attack: "bad: call [r14 + TRAP]"),
      Twins(.c6_gate, "a gate through r7 for r15", legal: "call [r15 + TRAP]", attack: "bad: call [rdi + TRAP]"),
      Twins(.c6_gate, "a call through the frame", legal: "call g", attack: "sub rsp, 8; bad: call [rsp]; add rsp, 8"),
      Twins(.c6_gate, "a call through read-only data", legal: "call g", attack: "bad: call [rip + DATA]"),
      Twins(
        .c6_gate, "a call through an absolute address", legal: "call g",
        attack: "bad: .byte 0xff, 0x14, 0x25, 0, 0x10, 0, 0"),
      Twins(.v2_instruction, "a jmp to a gate", legal: "call [r15 + TRAP]", attack: "bad: jmp [r15 + TRAP]"),
      Twins(.v2_instruction, "a jmp through memory", legal: "TAIL g", attack: "bad: jmp [r15]"),
      Twins(.c2_callGroup, "a bare call", legal: "call g", attack: "bad: call rax"),
      Twins(.c2_callGroup, "a bare jmp", legal: "TAIL g", attack: "bad: jmp rax"),
      Twins(.c2_callGroup, "a call of rsp", legal: "call g", attack: "bad: call rsp"),
      Twins(.c2_callGroup, "a call of r15", legal: "call g", attack: "bad: call r15"),
    ])

  @Test(arguments: direct.rows.indices)
  func refusesTarget(_ row: Int) throws { try Self.direct.check(row) }

  /// Text of one function, from a bundle's start.
  private static let bundles = TwinTable(
    .whole(module),
    [
      Twins(
        .c1_directTarget, "an instruction over a bundle's end",
        legal: ".rept 27; nop; .endr; .byte 0xb8, 1, 0, 0, 0; ret",
        attack: ".rept 28; nop; .endr; bad: .byte 0xb8, 1, 0, 0, 0; ret"),
      Twins(
        .c1_directTarget, "a NOP over a bundle's end", legal: ".rept 30; nop; .endr; .byte 0x66, 0x90; ret",
        attack: ".rept 31; nop; .endr; bad: .byte 0x66, 0x90; ret"),
      Twins(
        .c1_directTarget, "a call over a bundle's end",
        legal: "POLL p; .rept 17; nop; .endr; .byte 0xe8; .long g - . - 4; ret; SLOW p",
        attack: "POLL p; .rept 18; nop; .endr; bad: .byte 0xe8; .long g - . - 4; ret; SLOW p"),
      Twins(
        .c1_directTarget, "an instruction over the text's end", legal: "ret; .rept 30; nop; .endr; nop",
        attack: "ret; .rept 30; nop; .endr; bad: .byte 0xb8"),
      Twins(
        .c1_directTarget, "a POLL over a bundle's end",
        legal:
          "POLL p; .rept 16; nop; .endr; t: .byte 0x49, 0x3b, 0x67, 0xf8, 0x72, t_slow - . - 1; ret; SLOW p; SLOW t",
        attack:
          "POLL p; .rept 20; nop; .endr; bad: t: .byte 0x49, 0x3b, 0x67, 0xf8, 0x72, t_slow - . - 1; ret; SLOW p; SLOW t"
      ),
      Twins(
        .d1_division, "a division over a bundle's end", legal: "test ecx, ecx; je t; xor edx, edx; div ecx; t: ret",
        attack: ".rept 25; nop; .endr; test ecx, ecx; je t; xor edx, edx; bad: div ecx; t: ret"),
    ])

  @Test(arguments: bundles.rows.indices)
  func refusesStraddling(_ row: Int) throws { try Self.bundles.check(row) }

  private static let callGroup = "ICALL rcx, 7, rdx"
  private static func group(_ and: String, _ type: String, _ lea: String, _ add: String, _ call: String) -> String {
    ".p2align 5; start: \(and); \(type); \(lea); \(add); bad: \(call)"
  }
  private static let (and, type, lea, add) = (
    "and ecx, ENTRY_MASK", "mov r10d, 7", "lea rdx, [rip + ENTRIES]", "add rcx, rdx"
  )
  private static let legalGroup = group(and, type, lea, add, "call rcx")

  private static let groups = TwinTable(
    entries,
    [
      Twins(.c2_callGroup, "r10 as target", legal: callGroup, attack: "bad: ICALL r10, 7, rdx"),
      Twins(.c2_callGroup, "r10 as base", legal: callGroup, attack: "bad: ICALL rcx, 7, r10"),
      Twins(.c2_callGroup, "r15 as target", legal: callGroup, attack: "bad: ICALL r15, 7, rdx"),
      Twins(.c2_callGroup, "r15 as base", legal: callGroup, attack: "bad: ICALL rcx, 7, r15"),
      Twins(.c2_callGroup, "rsp as target", legal: callGroup, attack: "bad: ICALL rsp, 7, rdx"),
      Twins(.c2_callGroup, "rsp as base", legal: callGroup, attack: "bad: ICALL rcx, 7, rsp"),
      Twins(.c2_callGroup, "target and base one register", legal: callGroup, attack: "bad: ICALL rcx, 7, rcx"),
      Twins(.c2_callGroup, "the base called", legal: legalGroup, attack: group(and, type, lea, add, "call rdx")),
      Twins(
        .c2_callGroup, "another register called", legal: legalGroup, attack: group(and, type, lea, add, "call rsi")),
      Twins(.c2_callGroup, "the type called", legal: legalGroup, attack: group(and, type, lea, add, "call r10")),
      Twins(
        .c2_callGroup, "another register masked", legal: legalGroup,
        attack: group("and esi, ENTRY_MASK", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "a mask of 2n", legal: legalGroup,
        attack: group("and ecx, ENTRY_MASK*2+32", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "a mask of n/2", legal: legalGroup, attack: group("and ecx, 32", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "an unaligned mask", legal: legalGroup,
        attack: group("and ecx, ENTRY_MASK+31", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "a negative mask", legal: legalGroup, attack: group("and ecx, -32", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "a mask of 64 bits", legal: legalGroup,
        attack: group("and rcx, ENTRY_MASK", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "a mask of 16 bits", legal: legalGroup,
        attack: group("and cx, ENTRY_MASK", type, lea, add, "call rcx")),
      Twins(.c2_callGroup, "no mask", legal: legalGroup, attack: group("mov eax, ecx", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "a mask by test", legal: legalGroup,
        attack: group("test ecx, ENTRY_MASK", type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "the type of 64 bits", legal: legalGroup, attack: group(and, "mov r10, 7", lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "the type in another register", legal: legalGroup,
        attack: group(and, "mov r11d, 7", lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "the type from a register", legal: legalGroup,
        attack: group(and, "mov r10d, eax", lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "no type", legal: legalGroup, attack: ".p2align 5; start: \(and); \(lea); \(add); bad: call rcx"),
      Twins(
        .c2_callGroup, "another entry as base", legal: legalGroup,
        attack: group(and, type, "lea rdx, [rip + ENTRIES + 32]", add, "call rcx")),
      Twins(
        .c2_callGroup, "one byte into the area", legal: legalGroup,
        attack: group(and, type, "lea rdx, [rip + ENTRIES + 1]", add, "call rcx")),
      Twins(
        .c2_callGroup, "a function as base", legal: legalGroup,
        attack: group(and, type, "lea rdx, [rip + g]", add, "call rcx")),
      Twins(
        .c2_callGroup, "a base of 32 bits", legal: legalGroup,
        attack: group(and, type, "lea edx, [rip + ENTRIES]", add, "call rcx")),
      Twins(
        .c2_callGroup, "an add of 32 bits", legal: legalGroup, attack: group(and, type, lea, "add ecx, edx", "call rcx")
      ),
      Twins(
        .c2_callGroup, "an add the other way round", legal: legalGroup,
        attack: group(and, type, lea, "add rdx, rcx", "call rcx")),
      Twins(
        .c2_callGroup, "an add of another register", legal: legalGroup,
        attack: group(and, type, lea, "add rcx, rsi", "call rcx")),
      Twins(.c2_callGroup, "or for add", legal: legalGroup, attack: group(and, type, lea, "or rcx, rdx", "call rcx")),
      Twins(
        .c2_callGroup, "a call through memory", legal: legalGroup,
        attack: group(and, type, lea, "mov rcx, rdx", "call rcx")),
      Twins(.c2_callGroup, "type before mask", legal: legalGroup, attack: group(type, and, lea, add, "call rcx")),
      Twins(.c2_callGroup, "base before mask", legal: legalGroup, attack: group(lea, and, type, add, "call rcx")),
      Twins(.c2_callGroup, "a NOP inside", legal: legalGroup, attack: group(and, type, lea, add + "; nop", "call rcx")),
      Twins(
        .c2_callGroup, "a NOP behind the mask", legal: legalGroup,
        attack: group(and, "nop; " + type, lea, add, "call rcx")),
      Twins(
        .c2_callGroup, "over two bundles", legal: legalGroup,
        attack: ".p2align 5; .rept 24; nop; .endr; start: \(and); \(type); \(lea); \(add); bad: call rcx"),
    ])

  @Test(arguments: groups.rows.indices)
  func refusesGroup(_ row: Int) throws { try Self.groups.check(row) }

  @Test func theGroupNeedsAnArea() throws {
    let text = ".p2align 5; bad: and ecx, 0; mov r10d, 7; lea rdx, [rip + ENTRIES]; add rcx, rdx; call rcx".asLines
    try expectAccepted(
      NexeBuilder().function("g", "ret").entryArea([.trap, .jump(to: "g")]).function(
        "f", "POLL p\n\(text.replacing("ecx, 0", with: "ecx, 32"))\nret\nSLOW p"))
    try expectRejected(NexeBuilder().function("f", "POLL p\n\(text)\nret\nSLOW p\nENTRIES: ret"), .c2_callGroup)
  }
}
