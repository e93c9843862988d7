import Testing

@testable import NaClValidator

/// Rule M7: where an index's bound comes from, and when it is gone.
@Suite struct CorpusFacts {
  private static let module = NexeBuilder().limitWord(4).memory(k: 20).function("g", "ret")
  private static let load = "mov cl, [r15 + rax]"
  private static let bad = "bad: mov cl, [r15 + rax]"
  private static let mask = "and eax, 0xffff; "

  private static func row(
    _ name: String, _ legal: String, _ attack: String, _ rule: Rule = .m1_region, in setting: Setting? = nil
  ) -> Twins { Twins(rule, name, legal: legal, attack: attack, in: setting) }

  private static let sources = TwinTable(
    .body(module),
    [
      row("the mask dropped", mask + load, bad),
      row("a mask of k + 1 bits", mask + load, "and eax, 0x1ffff; " + bad),
      row("a mask of another register", mask + load, "and ecx, 0xffff; " + bad),
      row("a mask of eax for r8", "and r8d, 0xffff; mov cl, [r15 + r8]", mask + "bad: mov cl, [r15 + r8]"),
      row("a mask of r8 for eax", mask + load, "and r8d, 0xffff; " + bad),
      row("a mask of r12 for esp's number", "and r12d, 0xffff; mov cl, [r15 + r12]", mask + "bad: mov cl, [r15 + r12]"),
      row("a negative imm8", "and eax, 0x7f; " + load, "and eax, -1; " + bad),
      row("a negative imm32", mask + load, "and eax, 0x80000000; " + bad),
      row("a negative 64-bit immediate", "and rax, 0xffff; " + load, "and rax, -65536; " + bad),
      row("a 16-bit mask", mask + load, "and ax, 0xfff; " + bad),
      row("an 8-bit mask", "and eax, 15; " + load, "and al, 15; " + bad),
      row("a mask of memory", mask + load, "and dword ptr [r15], 0xffff; mov eax, [r15]; " + bad),
      row("test for and", mask + load, "test eax, 0xffff; " + bad),
      row("or for and", mask + load, "or eax, 0xffff; " + bad),
      row("andn for and", mask + load, "andn eax, ecx, eax; " + bad),
      row("the mask word with 32 bits", "and rax, [r15 + MMASK0]; " + load, "and eax, [r15 + MMASK0]; " + bad),
      row("the mask word loaded", "and rax, [r15 + MMASK0]; " + load, "mov rax, [r15 + MMASK0]; " + bad),
      row("another memory's mask word", "and rax, [r15 + MMASK0]; " + load, "and rax, [r15 + MMASK1]; " + bad),
      row("a size for a mask", "and rax, [r15 + MMASK0]; " + load, "and rax, [r15 + M0]; " + bad),
      row("a limit for a mask", "and rax, [r15 + MMASK0]; " + load, "and rax, [r15 + L0]; " + bad),
      row(
        "a mask word with an index", "mov ecx, 0; and rax, [r15 + MMASK0]; " + load,
        "and rcx, 0; and rax, [r15 + rcx + XFER0]; " + bad),
      row("mov of a large immediate", "mov eax, 0x11000; " + load, "mov eax, 0x11040; " + bad),
      row("mov of a negative immediate", "mov eax, 0xffff; " + load, "mov rax, -1; " + bad),
      row("mov of 16 bits", "mov eax, 5; " + load, "mov ax, 5; " + bad),
      row("mov of 8 bits", "mov eax, 5; " + load, "mov al, 5; " + bad),
      row("mov into ah", "movzx eax, cx; " + load, "bad: mov ah, 5; " + load, .v2_instruction),
      row("movzx into 16 bits", "movzx eax, cl; " + load, "movzx ax, cl; " + bad),
      row("movsx", "movzx eax, cx; " + load, "movsx eax, cx; " + bad),
      row("movsx to 64 bits", "movzx eax, cl; " + load, "movsx rax, cl; " + bad),
      row("a sign-extended index", mask + load, mask + "movsxd rax, eax; " + bad),
      row("cdqe", mask + load, mask + "cdqe; " + bad),
      row("cwde", mask + load, mask + "cwde; " + bad),
      row("shr by 0", "shr eax, 16; " + load, ".byte 0xc1, 0xe8, 0; " + bad),
      row("shr by 32", "shr eax, 31; " + load, ".byte 0xc1, 0xe8, 32; " + bad),
      row("shr by 33", "shr eax, 16; " + load, ".byte 0xc1, 0xe8, 33; " + bad),
      row("shr by 255", "shr eax, 16; " + load, ".byte 0xc1, 0xe8, 255; " + bad),
      row("shr by too little", "shr eax, 16; " + load, "shr eax, 12; " + bad),
      row("shr of 64 bits by 0", "shr rax, 48; " + load, ".byte 0x48, 0xc1, 0xe8, 0; " + bad),
      row("shr of 64 bits by 64", "shr rax, 63; " + load, ".byte 0x48, 0xc1, 0xe8, 64; " + bad),
      row("shr of 64 bits by 32", "shr rax, 48; " + load, "shr rax, 32; " + bad),
      row("shr of 64 bits as if 32", "shr eax, 16; " + load, "shr rax, 16; " + bad),
      row("shr of 16 bits", "shr eax, 20; " + load, "shr ax, 15; " + bad),
      row("shr of 8 bits", "shr eax, 20; " + load, "shr al, 7; " + bad),
      row("shr by 1", "shr eax, 31; " + load, "shr eax, 1; " + bad),
      row("shr by cl", "shr eax, 16; " + load, "mov ecx, 16; shr eax, cl; " + bad),
      row("sar", "shr eax, 16; " + load, "sar eax, 16; " + bad),
      row("ror", "shr eax, 16; " + load, "ror eax, 16; " + bad),
      row("shld", "shr eax, 16; " + load, "shld eax, ecx, 16; " + bad),
      row("shrx", "shr eax, 16; " + load, "mov ecx, 16; shrx eax, eax, ecx; " + bad),
      row("a branch is no bound", mask + load, "cmp eax, 127; ja t; " + bad + "; t: nop"),
      row("a bound by cmova", mask + load, "mov ecx, 0xffff; cmp eax, ecx; cmova eax, ecx; " + bad),
      row(
        "a scale folded after the mask", "and eax, 0x1fff; mov cl, [r15 + rax*8]", mask + "bad: mov cl, [r15 + rax*8]"),
      row("a scale of 2", "and eax, 0x7fff; mov cl, [r15 + rax*2]", mask + "bad: mov cl, [r15 + rax*2]"),
      row("a shift after the mask", "shl eax, 3; " + mask + load, mask + "shl eax, 3; " + bad),
      row("an add after the mask", "add eax, 64; " + mask + load, mask + "add eax, 64; " + bad),
      row("an add of 64 bits after the mask", "add rax, rcx; " + mask + load, mask + "add rax, rcx; " + bad),
      row("a sub after the mask", "sub eax, 1; " + mask + load, mask + "sub eax, 1; " + bad),
      row("lea after the mask", "lea rax, [rax + rax]; " + mask + load, mask + "lea rax, [rax + rax]; " + bad),
      row("neg after the mask", "neg rax; " + mask + load, mask + "neg rax; " + bad),
      row("not after the mask", "not rax; " + mask + load, mask + "not rax; " + bad),
      row("bswap after the mask", "bswap rax; " + mask + load, mask + "bswap rax; " + bad),
    ])

  @Test(arguments: sources.rows.indices)
  func refusesSource(_ row: Int) throws { try Self.sources.check(row) }

  /// 64-bit `xchg` of the registers with these numbers, in the form with ModRM.
  private static func xchg(_ first: Int, _ second: Int) -> String { ".byte 0x48, 0x87, \(0xC0 + 8 * second + first); " }

  private static let losses = TwinTable(
    .body(module),
    [
      // Other writers of the masked register, implicit ones first.
      row("mul writes rax", "mul ecx; " + mask + load, mask + "mul rcx; " + bad),
      row(
        "mul writes rdx", "and edx, 0xffff; imul eax, ecx; mov cl, [r15 + rdx]",
        "and edx, 0xffff; mul rcx; bad: mov cl, [r15 + rdx]"),
      row(
        "imul of one operand writes rdx", "and edx, 0xffff; imul eax, ecx; mov cl, [r15 + rdx]",
        "and edx, 0xffff; imul rcx; bad: mov cl, [r15 + rdx]"),
      row(
        "mulx writes its second destination", "and edx, 0xffff; mulx rax, rsi, rcx; mov cl, [r15 + rdx]",
        mask + "mulx rax, rsi, rcx; " + bad),
      row(
        "mulx writes its first destination", mask + "mulx rcx, rsi, rcx; " + load, mask + "mulx rsi, rax, rcx; " + bad),
      row(
        "cdq writes rdx", "and edx, 0xffff; cdqe; mov cl, [r15 + rdx]", "and edx, 0xffff; cqo; bad: mov cl, [r15 + rdx]"
      ),
      row(
        "cdq sign-extends", "and edx, 0xffff; cwde; mov cl, [r15 + rdx]",
        "and edx, 0xffff; cdq; bad: mov cl, [r15 + rdx]"),
      row(
        "a division writes the quotient", "UDIV32 rcx, t; " + mask + load + "; t: nop",
        mask + "UDIV32 rcx, t; " + bad + "; t: nop"),
      row(
        "a division writes the remainder", "and esi, 0xffff; UDIV32 rcx, t; mov cl, [r15 + rsi]; t: nop",
        "and edx, 0xffff; UDIV64 rcx, t; bad: mov cl, [r15 + rdx]; t: nop"),
      row(
        "a signed division writes its scratch", "SDIV32 rcx, rsi, t; and esi, 0xffff; mov cl, [r15 + rsi]; t: nop",
        "and esi, 0xffff; SDIV32 rcx, rsi, t; bad: mov cl, [r15 + rsi]; t: nop"),
      row("xchg writes both, the first", mask + xchg(1, 2) + load, mask + xchg(0, 1) + bad),
      row("xchg writes both, the second", mask + xchg(1, 2) + load, mask + xchg(1, 0) + bad),
      row("xchg carries no fact", mask + load, mask + xchg(0, 2) + "bad: mov cl, [r15 + rdx]"),
      row("xchg in its short form", mask + xchg(1, 2) + load, mask + "bad: .byte 0x48, 0x91; " + load, .v2_instruction),
      row("xchg of bytes", mask + "xchg cl, dl; " + load, mask + "xchg cl, al; " + bad),
      row("xchg of ah", mask + "xchg cl, dl; " + load, mask + "bad: xchg cl, ah; " + load, .v2_instruction),
      row("cmov", mask + "cmove ecx, eax; " + load, mask + "cmove rax, rcx; " + bad),
      row("cmov that zero-extends", mask + "cmove ecx, eax; " + load, mask + "cmove eax, ecx; " + bad),
      row("cmov carries no fact", mask + load, mask + "cmove rdx, rax; bad: mov cl, [r15 + rdx]"),
      row("mov carries no fact", mask + load, mask + "mov rdx, rax; bad: mov cl, [r15 + rdx]"),
      row("a 32-bit mov carries none either", mask + load, mask + "mov edx, eax; bad: mov cl, [r15 + rdx]"),
      row("movq there and back", mask + load, mask + "movq xmm0, rax; movq rdx, xmm0; bad: mov cl, [r15 + rdx]"),
      row("a byte written", mask + "mov cl, dl; " + load, mask + "mov al, cl; " + bad),
      row("the second byte written", mask + "mov cl, dl; " + load, mask + "bad: mov ah, cl; " + load, .v2_instruction),
      row("16 bits written", mask + "mov cx, dx; " + load, mask + "mov ax, cx; " + bad),
      row("setcc", mask + "setb cl; " + load, mask + "setb al; " + bad),
      row("inc", mask + "inc ecx; " + load, mask + "inc eax; " + bad),
      row("adc", mask + "adc ecx, eax; " + load, mask + "adc eax, ecx; " + bad),
      row("bts", mask + "bts ecx, 31; " + load, mask + "bts eax, 31; " + bad),
      row("popcnt into it", mask + "popcnt ecx, eax; " + load, mask + "popcnt rax, rcx; " + bad),
      row("bsf into it", mask + "bsf ecx, eax; " + load, mask + "bsf eax, ecx; " + bad),
      row("movmskps into it", mask + "movmskps ecx, xmm0; " + load, mask + "movmskps eax, xmm0; " + bad),
      row("pextrd into it", mask + "pextrd ecx, xmm0, 0; " + load, mask + "pextrd eax, xmm0, 0; " + bad),
      row("movd into it", mask + "movd ecx, xmm0; " + load, mask + "movd eax, xmm0; " + bad),
      row("cvttsd2si into it", mask + "cvttsd2si ecx, xmm0; " + load, mask + "cvttsd2si rax, xmm0; " + bad),
      row("blsr into it", mask + "blsr ecx, eax; " + load, mask + "blsr eax, ecx; " + bad),
      row("rorx into it", mask + "rorx rcx, rax, 3; " + load, mask + "rorx rax, rcx, 3; " + bad),
      row("a load into it", mask + "mov ecx, [r15]; " + load, mask + "mov eax, [r15]; " + bad),
      row("movbe into it", mask + "movbe ecx, [r15]; " + load, mask + "movbe eax, [r15]; " + bad),

      // Control flow.
      row("over a call", "call g; " + mask + load, mask + "call g; " + bad),
      row("over a gate", "call [r15 + HOSTCALL]; " + mask + load, mask + "call [r15 + HOSTCALL]; " + bad),
      row("over a forward target", "je t; t: " + mask + load, "je t; " + mask + "t: " + bad),
      row(
        "over a forward target masked on both ways", mask + "je t; " + load + "; t: nop", mask + "je t; nop; t: " + bad),
      row(
        "over a backward target", "t: " + mask + load + "; POLL q; je t; ret; SLOW q",
        mask + "t: " + bad + "; POLL q; je t; ret; SLOW q"),
      row(
        "over a POLL that its slow path returns to", "POLL q; " + mask + load + "; ret; SLOW q",
        mask + "POLL q; " + bad + "; ret; SLOW q"),
      row(
        "over a division's exit", "UDIV32 rcx, t; t: " + mask + load,
        "and esi, 0xffff; UDIV32 rcx, t; t: bad: mov cl, [r15 + rsi]"),
      row(
        "over a signed division's exit", "SDIV32 rcx, rdi, t; t: " + mask + load,
        "and esi, 0xffff; SDIV32 rcx, rdi, t; t: bad: mov cl, [r15 + rsi]"),
      row("behind ret", mask + load + "; ret; nop", mask + "ret; " + bad),
      row("behind jmp", mask + load, mask + "jmp t; " + bad + "; t: nop"),
      row("behind TRAP", mask + load, mask + "HALT; " + bad),
      row("behind a tail jump", mask + load, mask + "TAIL g; " + bad),
    ])

  @Test(arguments: losses.rows.indices)
  func refusesLostFact(_ row: Int) throws { try Self.losses.check(row) }

  private static let starts = TwinTable(
    .whole(
      NexeBuilder().global(3).function("g", "POLL o; and eax, 0xffff; mov rcx, [r15 + GBASE0]; TAIL f; SLOW o".asLines)),
    [
      row("a mask before a function's start", mask + load + "; ret", bad + "; ret"),
      row("a base before a function's start", "mov rcx, [r15 + GBASE0]; mov al, [rcx]; ret", "bad: mov al, [rcx]; ret"),
      row(
        "a mask before a jump table's target",
        "POLL p; SWITCH rsi, rdi, rdx, 0, table; .p2align 5; u: " + mask + load + "; ret; SLOW p",
        "POLL p; " + mask + "SWITCH rsi, rdi, rdx, 0, table; .p2align 5; u: " + bad + "; ret; SLOW p",
        in: .whole(NexeBuilder().data("table: .long u - table"))),
      row(
        "a mask before a bundle that a table leads to, reached by falling through",
        "POLL p; je t; SWITCH rsi, rdi, rdx, 0, table; t: .p2align 5; u: " + mask + load + "; ret; SLOW p",
        "POLL p; je t; SWITCH rsi, rdi, rdx, 0, table; t: " + mask + ".p2align 5; u: " + bad + "; ret; SLOW p",
        in: .whole(NexeBuilder().data("table: .long u - table"))),
      row(
        "the scratch of Large", "LARGE p, 8192; and r11d, 0xffff; mov cl, [r15 + r11]; add rsp, 8192; ret; SLOW p",
        "POLL p; and r11d, 0xffff; LARGE q, 8192; bad: mov cl, [r15 + r11]; add rsp, 8192; ret; q_slow: call [r15 + INTERRUPT]; jmp p; SLOW p"
      ),
      row(
        "the type register's fact", "POLL p; ICALL rax, 7, rdx; and r10d, 0xffff; mov cl, [r15 + r10]; ret; SLOW p",
        "POLL p; and r10d, 0xffff; ICALL rax, 7, rdx; bad: mov cl, [r15 + r10]; ret; SLOW p",
        in: .whole(NexeBuilder().function("g", "ret").entryArea([.trap, .jump(to: "g")]))),
    ])

  @Test(arguments: starts.rows.indices)
  func refusesFactAcrossFunctions(_ row: Int) throws { try Self.starts.check(row) }
}
