import Testing

@testable import NaClValidator

/// Rules P1 and P2: every cycle polls, within bounds.
@Suite struct PreemptionRuleTests {
  private static let cases: [RuleCase] = [
    .legal("a loop through a POLL", "POLL p\ndec eax\njne p\nret\nSLOW p"),
    .legal("a POLL at the bottom", "POLL p\nt: dec eax\nPOLL q\njne t\nret\nSLOW p\nSLOW q"),
    .attack(.p1_backwardEdge, "a bare loop", "t: dec eax\nbad: jne t\nret"),
    .attack(.p1_backwardEdge, "a jump to itself", "bad: t: jmp t"),
    .attack(.p1_backwardEdge, "only a call of a leaf", "POLL p\nt: call g\nbad: jmp t\nSLOW p"),
    .attack(
      .p1_backwardEdge, "a POLL beside the loop", "POLL p\nt: je u\nPOLL q\nu: dec eax\nbad: jne t\nret\nSLOW p\nSLOW q"
    ),
    .attack(
      .p1_backwardEdge, "a call behind the POLL", "POLL p\nt: dec eax\nPOLL q\ncall g\nbad: jmp t\nSLOW p\nSLOW q"),
    .attack(.p1_backwardEdge, "a leaf around itself", "dec eax\nbad: jmp f"),
    .attack(
      .p2_weight, "a POLL too far before the edge",
      "POLL p\nt: dec eax\nPOLL q\n.rept 256\nnop\n.endr\nbad: jne t\nret\nSLOW p\nSLOW q"),
    .legal("a POLL near the edge", "POLL p\nt: dec eax\nPOLL q\n.rept 200\nnop\n.endr\njne t\nret\nSLOW p\nSLOW q"),
    .attack(.p2_weight, "calls before ret", "POLL p\n.rept 16\ncall g\n.endr\nbad: ret\nSLOW p"),
    .legal("fewer calls before ret", "POLL p\n.rept 15\ncall g\n.endr\nret\nSLOW p"),
    .attack(
      .p2_weight, "gate calls before a tail jump",
      "POLL p\n.rept 16\ncall qword ptr [r15 + HOSTCALL]\n.endr\nbad: TAIL g\nSLOW p"),
    .legal("a POLL between", "POLL p\n.rept 10\ncall g\n.endr\nPOLL q\n.rept 10\ncall g\n.endr\nret\nSLOW p\nSLOW q"),
    .attack(
      .p2_weight, "calls past 2^16", "POLL p\n.rept 63\ncall g\n.endr\nbad: call g\ncall g\ncall g\nHALT\nSLOW p"),
  ]

  @Test(arguments: cases)
  func required(_ test: RuleCase) throws {
    if test.name.contains("2^16") { return try weightLimit() }
    try test.check(NexeBuilder().function("g", "ret"), wrapped: false)
  }

  @Test(arguments: cases)
  func notRequired(_ test: RuleCase) throws {
    let options = ValidationOptions(requiresPreemption: false)
    let legal = RuleCase.legal(test.name, test.text)
    try legal.check(NexeBuilder().function("g", "ret"), wrapped: false, options: options)
  }

  /// 65,536 = 2^16: 60 calls at 1,024 + 5 and their padding stay below, a few more do not.
  private func weightLimit() throws {
    let text = "POLL p\n.rept 65\ncall g\n.endr\nHALT\nSLOW p"
    try expectRejected(NexeBuilder().function("g", "ret").function("f", text), .p2_weight, at: nil)
    let fewer = "POLL p\n.rept 60\ncall g\n.endr\nHALT\nSLOW p"
    try expectAccepted(NexeBuilder().function("g", "ret").function("f", fewer))
  }

  @Test func aTableMayLeadBackToAPoll() throws {
    let data = "table: .long p - table, b - table"
    let loop = "POLL p\nSWITCH rax, rcx, rdx, 1, table\n.p2align 5\nb: ret\nSLOW p"
    try expectAccepted(NexeBuilder().function("f", loop).data(data))
    let bare = "POLL q\n.p2align 5\np: mov eax, 1\nSWITCH rax, rcx, rdx, 1, table\n.p2align 5\nb: ret\nSLOW q"
    try expectRejected(NexeBuilder().function("f", bare).data(data), .p1_backwardEdge, at: nil)
  }
}
