import Testing

@testable import NaClValidator

/// Rules P1 and P2: every cycle polls, and soon. The texts are whole functions; `g` is a leaf.
@Suite struct CorpusPreemption {
  private static let module = NexeBuilder().function("g", "ret")
  private static let tail = "; SLOW p"
  private static let table = Setting.whole(module.data("table: .long t - table, u - table"))

  private static func nops(_ count: Int) -> String { ".rept \(count); nop; .endr; " }
  private static func calls(_ count: Int) -> String { ".rept \(count); call g; .endr; " }
  private static func gates(_ count: Int) -> String { ".rept \(count); call [r15 + HOSTCALL]; .endr; " }

  private static let edges = TwinTable(
    .whole(module),
    [
      Twins(.p1_backwardEdge, "a bare jmp loop", legal: "POLL p; jmp p; SLOW p", attack: "bad: t: jmp t"),
      Twins(
        .p1_backwardEdge, "a bare jcc loop", legal: "POLL p; dec eax; jne p; ret; SLOW p",
        attack: "t: dec eax; bad: jne t; ret"),
      Twins(
        .p1_backwardEdge, "a POLL before the loop", legal: "POLL p; dec eax; jne p; ret; SLOW p",
        attack: "POLL p; t: dec eax; bad: jne t; ret; SLOW p"),
      Twins(
        .p1_backwardEdge, "a loop that only calls a leaf", legal: "POLL p; call g; jmp p; SLOW p",
        attack: "POLL p; t: call g; bad: jmp t; SLOW p"),
      Twins(
        .p1_backwardEdge, "a loop that only calls a gate", legal: "POLL p; call [r15 + HOSTCALL]; jmp p; SLOW p",
        attack: "POLL p; t: call [r15 + HOSTCALL]; bad: jmp t; SLOW p"),
      Twins(
        .p1_backwardEdge, "a loop that only calls INTERRUPT", legal: "POLL p; call [r15 + INTERRUPT]; jmp p; SLOW p",
        attack: "POLL p; t: call [r15 + INTERRUPT]; bad: jmp t; SLOW p"),
      Twins(
        .p1_backwardEdge, "polled, then a call", legal: "POLL p; t: call g; POLL q; jmp t; SLOW p; SLOW q",
        attack: "POLL p; t: nop; POLL q; call g; bad: jmp t; SLOW p; SLOW q"),
      Twins(
        .p1_backwardEdge, "polled, then a gate", legal: "POLL p; t: call g; POLL q; jmp t; SLOW p; SLOW q",
        attack: "POLL p; t: nop; POLL q; call [r15 + DATA_DROP]; bad: jmp t; SLOW p; SLOW q"),
      Twins(
        .p1_backwardEdge, "polled, then a jump target", legal: "POLL p; t: je u; u: POLL q; jmp t; SLOW p; SLOW q",
        attack: "POLL p; t: je u; POLL q; u: nop; bad: jmp t; SLOW p; SLOW q"),
      Twins(
        .p1_backwardEdge, "polled, then a forward jmp", legal: "POLL p; t: nop; POLL q; nop; jmp t; SLOW p; SLOW q",
        attack: "POLL p; t: nop; POLL q; jmp u; u: bad: jmp t; SLOW p; SLOW q"),
      Twins(
        .p1_backwardEdge, "polled on one way", legal: "POLL p; t: je u; nop; u: POLL q; jmp t; SLOW p; SLOW q",
        attack: "POLL p; t: je u; POLL q; nop; u: dec eax; bad: jne t; ret; SLOW p; SLOW q"),
      Twins(
        .p1_backwardEdge, "one byte before a POLL", legal: "POLL p; nop; POLL q; je q; ret; SLOW p; SLOW q",
        attack: "POLL p; nop; t: mov eax, 1; POLL q; mov eax, 1; call g; bad: je t; ret; SLOW p; SLOW q"),
      Twins(
        .p1_backwardEdge, "the slow path, reached backwards", legal: "POLL p; ret; SLOW p",
        attack:
          "POLL o; jmp p; p_slow: call [r15 + INTERRUPT]; jmp p; .p2align 5; p: cmp rsp, [r15 + LIMIT]; bad: jb p_slow; ret; SLOW o"
      ),
      Twins(
        .p1_backwardEdge, "a leaf around itself", legal: "POLL p; dec eax; jne p; ret; SLOW p",
        attack: "dec eax; bad: jne f; ret"),
      Twins(
        .p1_backwardEdge, "a leaf that jumps to its own start", legal: "POLL p; dec eax; jmp p; SLOW p",
        attack: "dec eax; bad: TAIL f"),
      Twins(
        .p1_backwardEdge, "polled at a function's start", legal: "POLL p; t: nop; POLL q; jmp t; SLOW p; SLOW q",
        attack: "t: nop; bad: jmp t",
        in: .whole(NexeBuilder().function("g", "POLL o; nop; POLL n; TAIL f; SLOW o; SLOW n".asLines))),
      Twins(
        .p1_backwardEdge, "the inner of two loops", legal: "POLL p; t: nop; POLL q; je t; jmp p; SLOW p; SLOW q",
        attack: "POLL p; t: dec eax; bad: jne t; jmp p; SLOW p"),
      Twins(
        .p1_backwardEdge, "a loop through TRAP's shadow", legal: "POLL p; HALT; SLOW p",
        attack: "POLL p; HALT; t: nop; bad: jmp t; SLOW p"),
      Twins(
        .p1_backwardEdge, "a division's exit backwards", legal: "POLL p; UDIV32 rcx, p; ret; SLOW p",
        attack: "POLL p; t: nop; .p2align 5; test ecx, ecx; bad: je t; xor edx, edx; div ecx; ret; SLOW p"),
      Twins(
        .p1_backwardEdge, "a br_table back edge",
        legal: "POLL p; SWITCH rax, rcx, rdx, 1, table; .p2align 5; u: t: ret; SLOW p",
        attack:
          "POLL p; .p2align 5; t: nop; .p2align 5; and eax, 1; lea rdx, [rip + table]; movsxd rcx, dword ptr [rdx + rax*4]; add rcx, rdx; bad: jmp rcx; .p2align 5; u: ret; SLOW p",
        in: table),
      Twins(
        .p1_backwardEdge, "a br_table that leads to itself",
        legal: "POLL p; SWITCH rax, rcx, rdx, 1, table; .p2align 5; u: t: ret; SLOW p",
        attack:
          "POLL p; .p2align 5; t: and eax, 1; lea rdx, [rip + table]; movsxd rcx, dword ptr [rdx + rax*4]; add rcx, rdx; bad: jmp rcx; .p2align 5; u: ret; SLOW p",
        in: table),
      Twins(
        .p1_backwardEdge, "a br_table polled before a call",
        legal: "POLL p; .p2align 5; t: nop; POLL q; SWITCH rax, rcx, rdx, 1, table; .p2align 5; u: ret; SLOW p; SLOW q",
        attack:
          "POLL p; .p2align 5; t: nop; POLL q; call g; .p2align 5; and eax, 1; lea rdx, [rip + table]; movsxd rcx, dword ptr [rdx + rax*4]; add rcx, rdx; bad: jmp rcx; .p2align 5; u: ret; SLOW p; SLOW q",
        in: table),

      // Tail calls: the callee polls, or is a leaf that cannot come back.
      Twins(
        .f4_entryPoll, "a cycle of direct tail calls", legal: "POLL p; TAIL h; SLOW p", attack: "bad: TAIL h",
        in: .whole(NexeBuilder().function("h", "POLL o; TAIL f; SLOW o".asLines))),
      Twins(
        .f4_entryPoll, "a cycle of tail calls through the table", legal: "POLL p; ITAIL rax, 7, rdx; SLOW p",
        attack: "bad: ITAIL rax, 7, rdx",
        in: .whole(NexeBuilder().function("h", "ret").entryArea([.trap, .jump(to: "h"), .typed(7, to: "f"), .trap]))),
      Twins(
        .f4_entryPoll, "a cycle of tail calls behind one byte", legal: "POLL p; TAIL f; SLOW p",
        attack: "bad: nop; POLL p; TAIL g; SLOW p"),
    ])

  @Test(arguments: edges.rows.indices)
  func refusesEdge(_ row: Int) throws { try Self.edges.check(row) }

  private static let weights = TwinTable(
    .whole(module),
    [
      // The weight of a call is 1,024 and its bytes: 15 stay below 2^14, 16 do not.
      Twins(
        .p2_weight, "16 calls before ret", legal: "POLL p; " + calls(15) + "ret" + tail,
        attack: "POLL p; " + calls(16) + "bad: ret" + tail),
      Twins(
        .p2_weight, "17 calls before ret", legal: "POLL p; " + calls(15) + "ret" + tail,
        attack: "POLL p; " + calls(17) + "bad: ret" + tail),
      Twins(
        .p2_weight, "17 gate calls before ret", legal: "POLL p; " + gates(15) + "ret" + tail,
        attack: "POLL p; " + gates(17) + "bad: ret" + tail),
      Twins(
        .p2_weight, "calls before a tail jump", legal: "POLL p; " + calls(15) + "TAIL g" + tail,
        attack: "POLL p; " + calls(16) + "bad: TAIL g" + tail),
      Twins(
        .p2_weight, "calls on one way of two", legal: "POLL p; je t; " + calls(15) + "t: ret" + tail,
        attack: "POLL p; je t; " + calls(16) + "t: bad: ret" + tail),
      Twins(
        .p2_weight, "calls on the other way of two", legal: "POLL p; " + calls(15) + "je t; nop; t: ret" + tail,
        attack: "POLL p; " + calls(16) + "je t; POLL q; nop; t: bad: ret; SLOW p; SLOW q"),
      Twins(
        .p2_weight, "calls before and behind a jmp",
        legal: "POLL p; " + calls(7) + "jmp t; t: " + calls(7) + "ret" + tail,
        attack: "POLL p; " + calls(8) + "jmp t; t: " + calls(8) + "bad: ret" + tail),
      Twins(
        .p2_weight, "calls before a polled loop's exit",
        legal: "POLL p; t: nop; POLL q; je t; " + calls(14) + "ret; SLOW p; SLOW q",
        attack: "POLL p; t: nop; POLL q; je t; " + calls(16) + "bad: ret; SLOW p; SLOW q"),
      Twins(
        .p2_weight, "17,000 bytes before ret", legal: "POLL p; " + nops(16_000) + "ret" + tail,
        attack: "POLL p; " + nops(17_000) + "bad: ret" + tail),
      Twins(
        .p2_weight, "a polled edge after more than 256 bytes",
        legal: "POLL p; t: nop; POLL q; " + nops(200) + "jne t; ret; SLOW p; SLOW q",
        attack: "POLL p; t: nop; POLL q; " + nops(260) + "bad: jne t; ret; SLOW p; SLOW q"),
      Twins(
        .p2_weight, "calls before a table jump's target",
        legal: "POLL p; " + calls(14) + "SWITCH rax, rcx, rdx, 1, table; .p2align 5; t: u: ret" + tail,
        attack: "POLL p; " + calls(16) + "SWITCH rax, rcx, rdx, 1, table; .p2align 5; t: u: bad: ret" + tail, in: table),
    ])

  @Test(arguments: weights.rows.indices)
  func refusesWeight(_ row: Int) throws { try Self.weights.check(row) }

  /// The host's option alone decides, so that a file cannot claim that it needs no preemption.
  @Test func theNoteCannotTurnPreemptionOff() throws {
    let loop = NexeBuilder().function("f", "t: nop\nbad: jmp t")
    try expectRejected(loop, .p1_backwardEdge)
    try expectAccepted(loop, options: ValidationOptions(requiresPreemption: false))
    let nexe = try loop.build()
    for flags: UInt8 in [1, 2, 0x80, 0xFF] {
      try expectRejected(nexe.patched(at: nexe.noteOffset + 20 + 11, [flags]), .e3_note)
    }
  }
}
