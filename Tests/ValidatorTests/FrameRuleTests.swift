import Testing

@testable import NaClValidator

/// Rules M4, F2 to F5: depth, frames, POLL and Large. The text is the whole function.
@Suite struct FrameRuleTests {
  @Test(arguments: [
    RuleCase.legal("leaf without frame", "ret"),
    .legal("leaf with frame", "sub rsp, 16\nmov qword ptr [rsp + 8], rax\nadd rsp, 16\nret"),
    .legal("lea gives the frame back", "sub rsp, 16\nlea rsp, [rsp + 16]\nret"),
    .attack(.m4_frameSlot, "the return address", "sub rsp, 16\nbad: mov qword ptr [rsp + 16], rax\nadd rsp, 16\nret"),
    .attack(
      .m4_frameSlot, "half over the frame's end", "sub rsp, 16\nbad: mov qword ptr [rsp + 9], rax\nadd rsp, 16\nret"),
    .attack(.m4_frameSlot, "below the frame", "sub rsp, 16\nbad: mov qword ptr [rsp - 8], rax\nadd rsp, 16\nret"),
    .attack(.m4_frameSlot, "depth 0", "bad: mov qword ptr [rsp], rax\nsub rsp, 16\nadd rsp, 16\nret"),
    .attack(
      .m4_frameSlot, "an index", "mov eax, 0\nsub rsp, 16\nbad: mov qword ptr [rsp + rax], rcx\nadd rsp, 16\nret"),
    .attack(.f2_depth, "ret with the frame", "sub rsp, 16\nbad: ret"),
    .attack(.f2_depth, "two sizes", "sub rsp, 16\nbad: add rsp, 24\nret"),
    .attack(.f2_depth, "twice", "sub rsp, 16\nbad: sub rsp, 16\nadd rsp, 16\nret"),
    .attack(.f2_depth, "add at depth 0", "bad: add rsp, 16\nret"),
    .attack(.f2_depth, "no multiple of 8", "bad: sub rsp, 12\nadd rsp, 12\nret"),
    .attack(.f2_depth, "negative", "bad: sub rsp, -16\nret"),
    .attack(.s3_reservedRegister, "esp", "bad: sub esp, 16\nret"),
    .attack(.s3_reservedRegister, "by a register", "bad: sub rsp, rax\nret"),
    .attack(.f2_depth, "code behind add", "sub rsp, 16\nadd rsp, 16\nbad: mov eax, 1\nret"),
    .legal("NOPs behind add", "sub rsp, 16\nadd rsp, 16\nnop\nret"),
    .legal("two ways, one depth", "je t\nsub rsp, 16\nadd rsp, 16\nret\nt: sub rsp, 16\nadd rsp, 16\nret"),
    .attack(.f2_depth, "two depths at a label", "je t\nsub rsp, 16\nbad: t: mov eax, 1\nadd rsp, 16\nret"),
    .attack(.f2_depth, "two depths at a label behind ret", "je t\nsub rsp, 16\nbad: je t\nadd rsp, 16\nret\nt: ret"),
    .legal("frame", "POLL p\nsub rsp, 16\ncall f\nadd rsp, 16\nret\nSLOW p"),
    .legal("large", "LARGE p, 8192\nmov qword ptr [rsp + 8184], rax\nadd rsp, 8192\nret\nSLOW p"),
    .attack(.f3_poll, "a large frame by sub", "POLL p\nbad: sub rsp, 4104\nadd rsp, 4104\nret\nSLOW p"),
    .attack(
      .f3_poll, "sizes of Large differ",
      ".p2align 5\nbad: p:\nlea r11, [rsp - 8192]\ncmp r11, qword ptr [r15 + LIMIT]\njb p_slow\n"
        + "sub rsp, 16384\nadd rsp, 16384\nret\nSLOW p"
    ),
    .attack(
      .f3_poll, "a small Large",
      ".p2align 5\nbad: p:\nlea r11, [rsp - 64]\ncmp r11, qword ptr [r15 + LIMIT]\njb p_slow\n"
        + "sub rsp, 64\nadd rsp, 64\nret\nSLOW p"
    ),
    .attack(.f3_poll, "a fake slow path", "bad: POLL p\nret\np_slow: mov eax, 1\njmp p"),
    .attack(
      .f3_poll, "a slow path to another gate", "bad: POLL p\nret\np_slow: call qword ptr [r15 + HOSTCALL]\njmp p"),
    .attack(
      .f3_poll, "a slow path elsewhere",
      "bad: POLL p\nt: mov eax, 1\nret\np_slow: call qword ptr [r15 + INTERRUPT]\njmp t"),
    .attack(.f3_poll, "a slow path to the jmp", "bad: POLL p\nret\ncall qword ptr [r15 + INTERRUPT]\np_slow: jmp p"),
    .legal("NOPs in the slow path", "POLL p\nret\np_slow: nop\ncall qword ptr [r15 + INTERRUPT]\nnop\nnop\njmp p"),
    .legal(
      "a second POLL back to the start",
      "POLL p\nPOLL q\nret\nSLOW p\nq_slow: call qword ptr [r15 + INTERRUPT]\njmp p"),
    .attack(.s3_reservedRegister, "another comparison with LIMIT", "bad: cmp rsp, qword ptr [r15 + L0]\njb t\nt: ret"),
    .attack(.f4_entryPoll, "a call without POLL", "bad: mov eax, 1\ncall f\nret"),
    .attack(.f4_entryPoll, "a gate call without POLL", "bad: mov eax, 1\ncall qword ptr [r15 + MEMORY_GROW]\nret"),
    .attack(.f4_entryPoll, "POLL too late", "bad: nop\nPOLL p\ncall f\nret\nSLOW p"),
    .legal("TRAP without POLL", "HALT"),
    .attack(.f4_entryPoll, "1,025 bytes of leaf", "bad: test eax, eax\n.rept 1023\nnop\n.endr\nret"),
    .legal("1,024 bytes of leaf", ".rept 1023\nnop\n.endr\nret"),
    .attack(.f5_terminator, "falls off", "bad: mov eax, 1"),
    .attack(.f5_terminator, "a call last", "POLL p\njmp t\nSLOW p\nt: bad: call f"),
    .attack(.f5_terminator, "jcc last", "POLL p\njmp t\nSLOW p\nt: bad: je p"),
    .legal("NOPs behind ret", "ret\nnop\nnop"),
    .attack(.m4_frameSlot, "unreachable code is checked", "ret\nbad: mov qword ptr [rsp], rax\nret"),
    .attack(.f2_depth, "unreachable code is at depth N", "sub rsp, 16\nadd rsp, 16\nret\nbad: ret"),
  ])
  func frames(_ test: RuleCase) throws { try test.check(NexeBuilder().limitWord(4), wrapped: false) }
}
