import Testing

@testable import NaClValidator

/// Rules C1 to C6 and D1.
@Suite struct ControlRuleTests {
  private static let plain = NexeBuilder().function("g", "ret")
  private static let withEntries = NexeBuilder().function("g", "ret").function("foreign", "ret")
    .entryArea([.trap, .jump(to: "foreign"), .typed(7, to: "g"), .typed(8, to: "g")])

  @Test(arguments: [
    RuleCase.legal("call", "call g"),
    .legal("tail jump", "TAIL g"),
    .attack(.c1_directTarget, "call into a function", "bad: call f + 4"),
    .attack(.c1_directTarget, "jump into an instruction", "bad: jmp t + 1\nt: mov eax, 1"),
    .attack(.c1_directTarget, "jump into a group", "bad: je t + 3\nt: UDIV32 rcx, u\nu: nop"),
    .attack(.c1_directTarget, "jcc to another function", "bad: je g"),
    .attack(.c1_directTarget, "short tail jump", "bad: .byte 0xeb\n.byte g - . - 1"),
    .attack(.c1_directTarget, "jump out of text", "bad: .byte 0xe9, 0xff, 0xff, 0xff, 0x7f"),
    .attack(.f2_depth, "tail jump with the frame", "sub rsp, 16\nbad: TAIL g"),
    .attack(.c2_callGroup, "bare call", "bad: call rax"),
    .attack(.c2_callGroup, "bare jmp", "bad: jmp rax"),
    .attack(.c6_gate, "call [memory]", "bad: call qword ptr [r15 + 16]"),
    .attack(.c6_gate, "call LIMIT", "bad: call qword ptr [r15 + LIMIT]"),
    .attack(.c6_gate, "call between gates", "bad: call qword ptr [r15 + TRAP + 4]"),
    .attack(.c6_gate, "call a gate with an index", "mov eax, 0\nbad: call qword ptr [r15 + rax + TRAP]"),
    .attack(.v2_instruction, "jmp [gate]", "bad: jmp qword ptr [r15 + TRAP]"),
    .legal("gates", "call qword ptr [r15 + HOSTCALL]\ncall qword ptr [r15 + GLOBAL_SET]"),
    .legal("unsigned division", "UDIV32 rcx, t\nUDIV64 r8, t\nt: nop"),
    .legal("signed division", "SDIV32 rcx, rsi, t\nSDIV64 r8, r9, t\nt: nop"),
    .attack(.d1_division, "bare div", "bad: div ecx"),
    .attack(.d1_division, "div edx", "bad: UDIV32 rdx, t\nt: nop"),
    .attack(.d1_division, "idiv by the scratch", "bad: SDIV32 rcx, rcx, t\nt: nop"),
    .attack(.d1_division, "scratch rax", "bad: SDIV32 rcx, rax, t\nt: nop"),
    .attack(.d1_division, "another width", ".p2align 5\nbad: test ecx, ecx\nje t\nxor edx, edx\ndiv rcx\nt: nop"),
    .attack(.d1_division, "another register", ".p2align 5\nbad: test ecx, ecx\nje t\nxor edx, edx\ndiv esi\nt: nop"),
    .attack(.d1_division, "jb for jbe", ".p2align 5\nlea esi, [rcx + 1]\ncmp esi, 1\njb t\ncdq\nbad: idiv ecx\nt: nop"),
    .attack(
      .d1_division, "cdq for cqo", ".p2align 5\nbad: lea rsi, [rcx + 1]\ncmp rsi, 1\njbe t\ncdq\nidiv rcx\nt: nop"),
    .attack(.d1_division, "a NOP inside", ".p2align 5\ntest ecx, ecx\nje t\nnop\nxor edx, edx\nbad: div ecx\nt: nop"),
  ])
  func direct(_ test: RuleCase) throws { try test.check(Self.plain, wrapped: true) }

  @Test(arguments: [
    RuleCase.legal("call", "ICALL rcx, 7, r11"),
    .legal("tail", "ITAIL rax, 7, rdx"),
    .attack(.c2_callGroup, "r10 as target", "bad: ICALL r10, 7, r11"),
    .attack(.c2_callGroup, "r10 as base", "bad: ICALL rax, 7, r10"),
    .attack(.c2_callGroup, "one register", "bad: ICALL rax, 7, rax"),
    .attack(.c2_callGroup, "r15", "bad: ICALL rax, 7, r15"),
    .attack(
      .c2_callGroup, "a wide mask",
      ".p2align 5\nbad: and eax, ENTRY_MASK*2\nmov r10d, 7\nlea rdx, [rip + ENTRIES]\nadd rax, rdx\ncall rax"),
    .attack(
      .c2_callGroup, "an unaligned mask",
      ".p2align 5\nbad: and eax, ENTRY_MASK+31\nmov r10d, 7\nlea rdx, [rip + ENTRIES]\nadd rax, rdx\ncall rax"),
    .attack(
      .c2_callGroup, "another area",
      ".p2align 5\nbad: and eax, ENTRY_MASK\nmov r10d, 7\nlea rdx, [rip + f]\nadd rax, rdx\ncall rax"),
    .attack(
      .c2_callGroup, "64-bit and",
      ".p2align 5\nbad: and rax, ENTRY_MASK\nmov r10d, 7\nlea rdx, [rip + ENTRIES]\nadd rax, rdx\ncall rax"),
    .attack(
      .c2_callGroup, "32-bit add",
      ".p2align 5\nbad: and eax, ENTRY_MASK\nmov r10d, 7\nlea rdx, [rip + ENTRIES]\nadd eax, edx\ncall rax"),
    .attack(
      .c2_callGroup, "another type register",
      ".p2align 5\nbad: and eax, ENTRY_MASK\nmov r11d, 7\nlea rdx, [rip + ENTRIES]\nadd rax, rdx\ncall rax"),
    .attack(.c1_directTarget, "direct call into the area", "bad: call ENTRIES"),
    .attack(.c1_directTarget, "tail jump into the area", "bad: TAIL entry_2"),
  ])
  func indirect(_ test: RuleCase) throws { try test.check(Self.withEntries, wrapped: true) }

  @Test func theGroupNeedsAnArea() throws {
    let text = "POLL p\nbad: ICALL rcx, 7, r11\nret\nSLOW p\nENTRIES: ret"
    try expectRejected(NexeBuilder().function("f", text), .c2_callGroup)
  }

  @Test(arguments: [
    ("no trap first", [NexeBuilder.Entry.jump(to: "g"), .jump(to: "g")]),
    ("no jmp second", [.trap, .trap]),
    ("untyped third", [.trap, .jump(to: "g"), .jump(to: "g"), .trap]),
    ("into a function", [.trap, .jump(to: "g"), .typed(1, to: "g + 1"), .trap]),
    ("a miss into a bundle", [.trap, .jump(to: "g"), .typed(1, to: "g", miss: "entry_0 + 4"), .trap]),
    ("a miss to entry 1", [.trap, .jump(to: "g"), .typed(1, to: "g", miss: "entry_1"), .trap]),
    ("a miss past the area", [.trap, .jump(to: "g"), .trap, .typed(1, to: "g", miss: "entry_3 + 32")]),
    ("a short comparison", [.trap, .jump(to: "g"), .text("cmp r10d, 1\njne entry_0\nTAIL g"), .trap]),
    ("another register", [.trap, .jump(to: "g"), .text("cmp ecx, 1000\njne entry_0\nTAIL g"), .trap]),
    ("code behind the jmp", [.trap, .jump(to: "g"), .text("TAIL g\nret"), .trap]),
    ("another gate", [.trap, .jump(to: "g"), .text("call qword ptr [r15 + HOSTCALL]"), .trap]),
    ("not a power of two", [.trap, .jump(to: "g"), .trap]),
    ("too small", [.trap]),
    (
      "a chain of 64",
      [.trap, .jump(to: "g")] + (2..<66).map { .typed(1, to: "g", miss: "entry_\($0 + 1)") }
        + Array(repeating: .trap, count: 62)
    ),
  ])
  func entryAreas(_ name: String, _ entries: [NexeBuilder.Entry]) throws {
    try expectRejected(NexeBuilder().function("g", "nop\nret").entryArea(entries), .c3_entryArea, at: nil)
  }

  @Test func linkedEntriesAreLegal() throws {
    let chain = (2..<65).map { NexeBuilder.Entry.typed(1, to: "g", miss: "entry_\($0 < 64 ? $0 + 1 : 0)") }
    let area = [.trap, .jump(to: "g")] + chain + Array(repeating: NexeBuilder.Entry.trap, count: 63)
    try expectAccepted(NexeBuilder().function("g", "ret").entryArea(area))
  }

  @Test func anEntryLeadsToItsFunction() throws {
    try expectAccepted(Self.withEntries.with { $0.entries = ["g": 2] })
    try expectRejected(Self.withEntries.with { $0.entries = ["foreign": 2] }, .e4_metadata, at: nil)
    try expectRejected(Self.withEntries.with { $0.entries = ["foreign": 1] }, .e4_metadata, at: nil)
    try expectRejected(Self.withEntries.with { $0.entries = ["g": 4] }, .e4_metadata, at: nil)
  }

  private static let cases = "\n.p2align 5\na: mov eax, 1\nret\n.p2align 5\nb: ret"

  @Test(arguments: [
    RuleCase.legal("and", "bad: SWITCH rax, rcx, rdx, 1, table" + cases),
    .legal("result is the index", "bad: SWITCH rax, rax, rdx, 1, table" + cases),
    .legal("clamp", "CLAMP rax, rsi, rcx, rdx, 1, table" + cases),
    .attack(.c4_tableJump, "base is the result", "bad: SWITCH rax, rdx, rdx, 1, table" + cases),
    .attack(.c4_tableJump, "base is the index", "bad: SWITCH rax, rcx, rax, 1, table" + cases),
    .attack(.c4_tableJump, "clamp by itself", "bad: CLAMP rax, rax, rcx, rdx, 1, table" + cases),
    .attack(.c4_tableJump, "too many entries", "bad: SWITCH rax, rcx, rdx, 1023, table" + cases),
    .attack(.c4_tableJump, "entries that lead elsewhere", "bad: SWITCH rax, rcx, rdx, 3, table" + cases),
    .attack(.c4_tableJump, "a table in text", "bad: SWITCH rax, rcx, rdx, 1, f" + cases),
    .attack(.c4_tableJump, "unaligned", "bad: SWITCH rax, rcx, rdx, 0, table + 2" + cases),
    .attack(
      .c4_tableJump, "shared",
      "je t\nSWITCH rax, rcx, rdx, 1, table\nt: .p2align 5\nbad: SWITCH rax, rcx, rdx, 0, table + 4" + cases),
    .attack(
      .c4_tableJump, "scale",
      ".p2align 5\nbad: and eax, 1\nlea rdx, [rip + table]\nmovsxd rcx, dword ptr [rdx + rax*8]\nadd rcx, rdx\njmp rcx"
        + cases),
    .attack(
      .c4_tableJump, "another register",
      ".p2align 5\nbad: and eax, 1\nlea rdx, [rip + table]\nmovsxd rcx, dword ptr [rdx + rax*4]\nadd rcx, rdx\njmp rsi"
        + cases),
    .attack(
      .f2_depth, "depth",
      "test eax, eax\nsub rsp, 8\nSWITCH rax, rcx, rdx, 1, table\n.p2align 5\nbad: a: ret\n.p2align 5\nb: HALT"),
  ])
  func tables(_ test: RuleCase) throws {
    let data = "table: .long a - table, b - table, f + 1 - table, g - table"
    try test.check(NexeBuilder().function("g", "ret").data(data), wrapped: false)
  }

  @Test func nothingCrossesABundle() throws {
    let crossing = [UInt8](repeating: 0x90, count: 28) + [0xB8, 1, 0, 0, 0, 0xC3]
    try expectRejected(
      NexeBuilder().function("f", bytes: crossing).with { $0.dataText = "" }, .c1_directTarget, at: nil)
    let fitting = [UInt8](repeating: 0x90, count: 27) + [0xB8, 1, 0, 0, 0, 0xC3]
    try expectAccepted(NexeBuilder().function("f", bytes: fitting))
  }

  @Test func aGroupAcrossTwoBundlesIsNoGroup() throws {
    let text = ".rept 25\nnop\n.endr\ntest ecx, ecx\nje t\nxor edx, edx\nbad: div ecx\nt: ret"
    try expectRejected(NexeBuilder().function("f", text), .d1_division)
  }
}
