import Testing

@testable import NaClValidator

/// Rules M4 and F2 to F5. The texts are whole functions; `g` is a leaf.
@Suite struct CorpusFrames {
  private static let module = NexeBuilder().limitWord(4).function("g", "nop; ret".asLines)
  private static let entries = Setting.whole(
    NexeBuilder().function("g", "ret").entryArea([.trap, .jump(to: "g"), .typed(7, to: "g"), .trap]))

  /// The groups' last instructions are where depths are compared.
  private static let switchTo =
    ".p2align 5; and eax, 0; lea rdx, [rip + table]; movsxd rcx, dword ptr [rdx + rax*4]; add rcx, rdx; bad: jmp rcx"
  private static let tailGroup =
    ".p2align 5; and eax, ENTRY_MASK; mov r10d, 7; lea rdx, [rip + ENTRIES]; add rax, rdx; bad: jmp rax"

  private static let depths = TwinTable(
    .whole(module),
    [
      // Depth 0 or N.
      Twins(
        .f2_depth, "two sizes", legal: "sub rsp, 16; add rsp, 16; ret", attack: "sub rsp, 16; bad: add rsp, 24; ret"),
      Twins(
        .f2_depth, "two subs of two sizes",
        legal: "je t; sub rsp, 16; add rsp, 16; ret; t: sub rsp, 16; add rsp, 16; ret",
        attack: "je t; sub rsp, 16; add rsp, 16; ret; t: bad: sub rsp, 24; add rsp, 24; ret"),
      Twins(
        .f2_depth, "lea of another size", legal: "sub rsp, 16; lea rsp, [rsp + 16]; ret",
        attack: "sub rsp, 16; bad: lea rsp, [rsp + 24]; ret"),
      Twins(
        .f2_depth, "lea downwards", legal: "sub rsp, 16; lea rsp, [rsp + 16]; ret",
        attack: "bad: lea rsp, [rsp - 16]; add rsp, 16; ret"),
      Twins(
        .f2_depth, "sub twice", legal: "sub rsp, 16; add rsp, 16; ret",
        attack: "sub rsp, 16; bad: sub rsp, 16; add rsp, 16; ret"),
      Twins(
        .f2_depth, "add twice", legal: "sub rsp, 16; add rsp, 16; ret",
        attack: "sub rsp, 16; add rsp, 16; bad: add rsp, 16; ret"),
      Twins(.f2_depth, "add without sub", legal: "sub rsp, 16; add rsp, 16; ret", attack: "bad: add rsp, 16; ret"),
      Twins(
        .f2_depth, "no multiple of 8", legal: "sub rsp, 8; add rsp, 8; ret", attack: "bad: sub rsp, 4; add rsp, 4; ret"),
      Twins(.f2_depth, "a negative size", legal: "sub rsp, 16; add rsp, 16; ret", attack: "bad: sub rsp, -16; ret"),
      Twins(
        .f2_depth, "add of a negative size", legal: "sub rsp, 16; add rsp, 16; ret",
        attack: "bad: add rsp, -16; add rsp, 16; ret"),
      Twins(.f2_depth, "sub of nothing", legal: "nop; ret", attack: "bad: sub rsp, 0; ret"),
      Twins(.f2_depth, "ret at depth N", legal: "sub rsp, 16; add rsp, 16; ret", attack: "sub rsp, 16; bad: ret"),
      Twins(
        .f2_depth, "a tail jump at depth N", legal: "POLL p; sub rsp, 16; add rsp, 16; TAIL g; SLOW p",
        attack: "POLL p; sub rsp, 16; bad: TAIL g; add rsp, 16; ret; SLOW p"),
      Twins(
        .f2_depth, "a jmp to its own start at depth N", legal: "POLL p; sub rsp, 16; add rsp, 16; jmp p; SLOW p",
        attack: "POLL p; sub rsp, 16; bad: jmp p; SLOW p; add rsp, 16; ret"),
      Twins(
        .f2_depth, "a tail group at depth N", legal: "POLL p; sub rsp, 16; add rsp, 16; ITAIL rax, 7, rdx; SLOW p",
        attack: "POLL p; sub rsp, 16; " + tailGroup + "; SLOW p", in: entries),
      Twins(
        .f2_depth, "code between add and ret", legal: "sub rsp, 16; mov eax, 1; add rsp, 16; ret",
        attack: "sub rsp, 16; add rsp, 16; bad: mov eax, 1; ret"),
      Twins(
        .f2_depth, "code between lea and ret", legal: "sub rsp, 16; mov eax, 1; lea rsp, [rsp + 16]; nop; ret",
        attack: "sub rsp, 16; lea rsp, [rsp + 16]; bad: mov eax, 1; ret"),
      Twins(
        .f2_depth, "jcc behind add", legal: "sub rsp, 16; je t; t: add rsp, 16; ret",
        attack: "sub rsp, 16; add rsp, 16; bad: je t; t: ret"),
      Twins(
        .f2_depth, "a jmp inside the function behind add", legal: "sub rsp, 16; jmp t; t: add rsp, 16; ret",
        attack: "sub rsp, 16; add rsp, 16; bad: jmp t; t: ret"),
      Twins(
        .f2_depth, "a call behind add", legal: "POLL p; sub rsp, 16; call g; add rsp, 16; ret; SLOW p",
        attack: "POLL p; sub rsp, 16; add rsp, 16; bad: call g; ret; SLOW p"),
      Twins(
        .f2_depth, "TRAP behind add", legal: "sub rsp, 16; add rsp, 16; ret; HALT",
        attack: "sub rsp, 16; add rsp, 16; bad: HALT"),
      Twins(
        .f2_depth, "a jump to the ret behind add", legal: "sub rsp, 16; je t; t: add rsp, 16; ret",
        attack: "sub rsp, 16; je t; add rsp, 16; bad: t: ret"),
      Twins(
        .f2_depth, "a join of two depths", legal: "je t; nop; t: sub rsp, 16; add rsp, 16; ret",
        attack: "je t; sub rsp, 16; bad: t: mov eax, 1; add rsp, 16; ret"),
      Twins(
        .f2_depth, "two jumps of two depths", legal: "je t; sub rsp, 16; add rsp, 16; ret; t: ret",
        attack: "je t; sub rsp, 16; bad: je t; add rsp, 16; ret; t: ret"),
      Twins(
        .f2_depth, "a backward jump of another depth",
        legal: "POLL p; sub rsp, 16; t: mov eax, 1; POLL q; je t; add rsp, 16; ret; SLOW p; SLOW q",
        attack: "POLL p; t: mov eax, 1; sub rsp, 16; POLL q; bad: je t; add rsp, 16; ret; SLOW p; SLOW q"),
      Twins(
        .f2_depth, "unreachable code is at depth N", legal: "sub rsp, 16; add rsp, 16; ret; add rsp, 16; ret",
        attack: "sub rsp, 16; add rsp, 16; ret; bad: ret"),
      Twins(
        .f2_depth, "a late jump to code taken for depth N",
        legal: "POLL p; jmp u; t: ret; u: nop; POLL q; nop; ret; SLOW p; SLOW q",
        attack: "POLL p; jmp u; t: add rsp, 16; ret; u: nop; POLL q; bad: je t; ret; SLOW p; SLOW q"),
      Twins(
        .f2_depth, "a slow path shared by two depths",
        legal: "POLL p; sub rsp, 16; POLL q; add rsp, 16; ret; SLOW p; SLOW q",
        attack: "POLL p; sub rsp, 16; .p2align 5; q: cmp rsp, [r15 + LIMIT]; bad: jb p_slow; add rsp, 16; ret; SLOW p"),
      Twins(
        .f2_depth, "a table that leads to another depth",
        legal: "POLL p; sub rsp, 16; SWITCH rax, rcx, rdx, 0, table; .p2align 5; u: add rsp, 16; ret; SLOW p",
        attack: "POLL p; je u; sub rsp, 16; " + switchTo + "; .p2align 5; u: ret; SLOW p",
        in: .whole(NexeBuilder().data("table: .long u - table"))),

      // The frame's slots.
      Twins(
        .m4_frameSlot, "the return slot at depth 0", legal: "sub rsp, 8; mov [rsp], rax; add rsp, 8; ret",
        attack: "bad: mov [rsp], rax; ret"),
      Twins(
        .m4_frameSlot, "the return slot read at depth 0", legal: "sub rsp, 8; mov rax, [rsp]; add rsp, 8; ret",
        attack: "bad: mov rax, [rsp]; ret"),
      Twins(
        .m4_frameSlot, "a caller's slot at depth 0", legal: "sub rsp, 16; mov [rsp + 8], rax; add rsp, 16; ret",
        attack: "bad: mov [rsp + 8], rax; sub rsp, 16; add rsp, 16; ret"),
      Twins(
        .m4_frameSlot, "the return slot at depth N", legal: "sub rsp, 16; mov [rsp + 8], rax; add rsp, 16; ret",
        attack: "sub rsp, 16; bad: mov [rsp + 16], rax; add rsp, 16; ret"),
      Twins(
        .f2_depth, "the return slot behind add", legal: "sub rsp, 16; mov [rsp], rax; add rsp, 16; ret",
        attack: "sub rsp, 16; add rsp, 16; bad: mov [rsp], rax; ret"),
      Twins(
        .m4_frameSlot, "the return slot where a jump says depth 0",
        legal: "je t; sub rsp, 16; add rsp, 16; ret; t: mov rax, 1; ret",
        attack: "je t; sub rsp, 16; add rsp, 16; ret; t: bad: mov [rsp], rax; ret"),
      Twins(
        .m4_frameSlot, "one byte over the end", legal: "sub rsp, 16; mov [rsp + 12], eax; add rsp, 16; ret",
        attack: "sub rsp, 16; bad: mov [rsp + 13], eax; add rsp, 16; ret"),
      Twins(
        .m4_frameSlot, "16 bytes over the end", legal: "sub rsp, 32; movups [rsp + 16], xmm0; add rsp, 32; ret",
        attack: "sub rsp, 32; bad: movups [rsp + 17], xmm0; add rsp, 32; ret"),
      Twins(
        .m4_frameSlot, "below the frame", legal: "sub rsp, 16; mov [rsp], al; add rsp, 16; ret",
        attack: "sub rsp, 16; bad: mov [rsp - 1], al; add rsp, 16; ret"),
      Twins(
        .m4_frameSlot, "an index", legal: "sub rsp, 16; mov [rsp], al; add rsp, 16; ret",
        attack: "sub rsp, 16; mov eax, 0; bad: mov [rsp + rax], al; add rsp, 16; ret"),
      Twins(
        .m4_frameSlot, "rsp with a bounded index within a large frame",
        legal: "LARGE p, 8192; mov [rsp + 8191], al; add rsp, 8192; ret; SLOW p",
        attack: "LARGE p, 8192; and eax, 7; bad: mov [rsp + rax], al; add rsp, 8192; ret; SLOW p"),
      Twins(
        .m4_frameSlot, "past a large frame", legal: "LARGE p, 8192; mov [rsp + 8191], al; add rsp, 8192; ret; SLOW p",
        attack: "LARGE p, 8192; bad: mov [rsp + 8192], al; add rsp, 8192; ret; SLOW p"),
    ])

  @Test(arguments: depths.rows.indices)
  func refusesDepth(_ row: Int) throws { try Self.depths.check(row) }

  private static let pollLine = "bad: cmp rsp, [r15 + LIMIT]; "
  private static let slow = "; ret; p_slow: call [r15 + INTERRUPT]; jmp p"

  private static let polls = TwinTable(
    .whole(module),
    [
      // POLL and its slow path.
      Twins(
        .f3_poll, "a slow path that only jumps back", legal: "POLL p; ret; SLOW p",
        attack: "bad: POLL p; ret; p_slow: jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path of other code", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; ret; p_slow: mov eax, 1; jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path that continues", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; t: mov eax, 1; ret; p_slow: call [r15 + INTERRUPT]; jmp t", at: "p"),
      Twins(
        .f3_poll, "a slow path that returns", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; ret; p_slow: call [r15 + INTERRUPT]; ret", at: "p"),
      Twins(
        .f3_poll, "a slow path to another gate", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; ret; p_slow: call [r15 + MEMORY_GROW]; jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path to a function", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; ret; p_slow: call g; jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path with code before its gate",
        legal: "POLL p; ret; p_slow: nop; call [r15 + INTERRUPT]; jmp p",
        attack: "POLL p; ret; p_slow: mov eax, 1; call [r15 + INTERRUPT]; jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path with code behind its gate",
        legal: "POLL p; ret; p_slow: call [r15 + INTERRUPT]; nop; jmp p",
        attack: "POLL p; ret; p_slow: call [r15 + INTERRUPT]; mov eax, 1; jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path that ends in jcc", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; ret; p_slow: call [r15 + INTERRUPT]; je p; ret", at: "p"),
      Twins(
        .f3_poll, "a slow path entered at its jmp", legal: "POLL p; ret; SLOW p",
        attack: "POLL p; ret; call [r15 + INTERRUPT]; p_slow: jmp p", at: "p"),
      Twins(
        .f3_poll, "a slow path that returns to another POLL",
        legal: "POLL p; POLL q; ret; SLOW p; q_slow: call [r15 + INTERRUPT]; jmp p",
        attack: "POLL p; POLL q; ret; SLOW p; q_slow: call [r15 + INTERRUPT]; jmp t; t: ret", at: "q"),
      Twins(
        .s3_reservedRegister, "another word for LIMIT",
        legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: "bad: cmp rsp, [r15 + L0]; jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"),
      Twins(
        .s3_reservedRegister, "a comparison of 32 bits",
        legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: "bad: cmp esp, [r15 + LIMIT]; jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"),
      Twins(
        .s3_reservedRegister, "a reversed comparison",
        legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: "bad: cmp [r15 + LIMIT], rsp; jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"),
      Twins(
        .s3_reservedRegister, "jae", legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: pollLine + "jae p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"),
      Twins(
        .s3_reservedRegister, "jl", legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: pollLine + "jl p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"),
      Twins(
        .s3_reservedRegister, "no jump", legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: pollLine + "nop; ret"),
      Twins(
        .s3_reservedRegister, "a NOP inside POLL",
        legal: pollLine + "jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad",
        attack: pollLine + "nop; jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"),
      Twins(
        .c1_directTarget, "a jump into POLL", legal: "POLL p; jmp p; SLOW p", attack: "POLL p; bad: jmp p + 4; SLOW p"),

      // Large.
      Twins(
        .f3_poll, "POLL for a frame above 4,096", legal: "POLL p; sub rsp, 4096; add rsp, 4096; ret; SLOW p",
        attack: "POLL p; bad: sub rsp, 4104; add rsp, 4104; ret; SLOW p"),
      Twins(
        .f3_poll, "Large for a frame of 4,096", legal: "LARGE p, 4104; add rsp, 4104; ret; SLOW p",
        attack: "LARGE p, 4096; add rsp, 4096; ret; SLOW p", at: "p"),
      Twins(
        .f3_poll, "a frame above 2^30", legal: "LARGE p, 1073741824; add rsp, 1073741824; ret; SLOW p",
        attack: "LARGE p, 1073741832; add rsp, 1073741832; ret; SLOW p", at: "p"),
      Twins(
        .f3_poll, "Large checks less than it takes", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack:
          ".p2align 5; bad: lea r11, [rsp - 8192]; cmp r11, [r15 + LIMIT]; jb p_slow; sub rsp, 8200; add rsp, 8200; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"
      ),
      Twins(
        .f3_poll, "Large checks upwards", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack:
          ".p2align 5; bad: lea r11, [rsp + 8192]; cmp r11, [r15 + LIMIT]; jb p_slow; sub rsp, 8192; add rsp, 8192; ret; p_slow: call [r15 + INTERRUPT]; jmp bad"
      ),
      Twins(
        .f2_depth, "Large gives back another size", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack: "LARGE p, 8192; bad: add rsp, 8200; ret; SLOW p"),
      Twins(
        .f2_depth, "two Larges of two sizes",
        legal:
          "POLL o; je q; LARGE p, 8192; add rsp, 8192; ret; LARGE q, 8192; add rsp, 8192; ret; SLOW p; SLOW q; SLOW o",
        attack:
          "POLL o; je q; LARGE p, 8192; add rsp, 8192; ret; LARGE q, 16384; add rsp, 16384; ret; SLOW p; SLOW q; SLOW o",
        at: "q"),
      Twins(
        .f2_depth, "Large with the frame taken", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack: "LARGE p, 8192; LARGE q, 8192; add rsp, 8192; ret; SLOW p; SLOW q", at: "q"),
      Twins(
        .s3_reservedRegister, "Large with another register", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack:
          "POLL o; .p2align 5; bad: lea r10, [rsp - 8192]; cmp r10, [r15 + LIMIT]; jb p_slow; sub rsp, 8192; add rsp, 8192; ret; p_slow: call [r15 + INTERRUPT]; jmp bad; SLOW o"
      ),
      Twins(
        .s3_reservedRegister, "Large without its comparison", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack: "POLL o; .p2align 5; bad: lea r11, [rsp - 8192]; sub rsp, 8192; add rsp, 8192; ret; SLOW o"),
      Twins(
        .s3_reservedRegister, "r11 changed inside Large", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack:
          "POLL o; .p2align 5; bad: lea r11, [rsp - 8192]; mov r11, 0; cmp r11, [r15 + LIMIT]; jb p_slow; sub rsp, 8192; add rsp, 8192; ret; p_slow: call [r15 + INTERRUPT]; jmp bad; SLOW o"
      ),
      Twins(
        .c1_directTarget, "a jump to Large's sub",
        legal: "POLL o; je p; ret; LARGE p, 8192; add rsp, 8192; ret; SLOW p; SLOW o",
        attack: "POLL o; bad: je p + 18; ret; LARGE p, 8192; add rsp, 8192; ret; SLOW p; SLOW o"),

      // What begins with POLL.
      Twins(.f4_entryPoll, "a call without POLL", legal: "POLL p; call g; ret; SLOW p", attack: "bad: call g; ret"),
      Twins(.f4_entryPoll, "a gate call without POLL", legal: "HALT", attack: "bad: call [r15 + HOSTCALL]; ret"),
      Twins(.f4_entryPoll, "a tail jump without POLL", legal: "POLL p; TAIL g; SLOW p", attack: "bad: TAIL g"),
      Twins(
        .f4_entryPoll, "a call group without POLL", legal: "POLL p; ICALL rax, 7, rdx; ret; SLOW p",
        attack: "bad: ICALL rax, 7, rdx; ret", in: entries),
      Twins(
        .f4_entryPoll, "a tail group without POLL", legal: "POLL p; ITAIL rax, 7, rdx; SLOW p",
        attack: "bad: ITAIL rax, 7, rdx", in: entries),
      Twins(
        .f4_entryPoll, "POLL behind another instruction", legal: "POLL p; nop; call g; ret; SLOW p",
        attack: "bad: mov eax, 1; POLL p; call g; ret; SLOW p"),
      Twins(
        .f4_entryPoll, "POLL on one way only", legal: "POLL p; je t; call g; t: ret; SLOW p",
        attack: "bad: je t; POLL p; t: call g; ret; SLOW p"),
      Twins(
        .f4_entryPoll, "1,025 bytes without POLL", legal: ".rept 1023; nop; .endr; ret",
        attack: "bad: .rept 1024; nop; .endr; ret", at: "f"),
      Twins(
        .f4_entryPoll, "a large frame later", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
        attack: "bad: nop; LARGE p, 8192; add rsp, 8192; ret; SLOW p", at: "f"),

      // Ends.
      Twins(.f5_terminator, "falling off the end", legal: "mov eax, 1; ret", attack: "bad: mov eax, 1"),
      Twins(.f5_terminator, "falling off through NOPs", legal: "ret; nop; nop", attack: "bad: mov eax, 1; nop; nop"),
      Twins(
        .f5_terminator, "falling off behind add", legal: "sub rsp, 8; add rsp, 8; ret",
        attack: "sub rsp, 8; bad: add rsp, 8"),
      Twins(
        .f5_terminator, "a jcc last", legal: "POLL p; je p; ret; SLOW p", attack: "POLL p; jmp t; SLOW p; t: bad: je p"),
      Twins(
        .f5_terminator, "a call last", legal: "POLL p; call g; ret; SLOW p",
        attack: "POLL p; jmp t; SLOW p; t: bad: call g"),
      Twins(
        .f5_terminator, "a gate that returns last", legal: "HALT",
        attack: "POLL p; jmp t; SLOW p; t: bad: call [r15 + HOSTCALL]"),
      Twins(.f5_terminator, "INTERRUPT last", legal: "HALT", attack: "bad: call [r15 + INTERRUPT]"),
      Twins(
        .f5_terminator, "a call group last", legal: "POLL p; ITAIL rax, 7, rdx; SLOW p",
        attack: "POLL p; jmp t; SLOW p; t: bad: ICALL rax, 7, rdx", in: entries),
    ])

  @Test(arguments: polls.rows.indices)
  func refusesPoll(_ row: Int) throws { try Self.polls.check(row) }
}
