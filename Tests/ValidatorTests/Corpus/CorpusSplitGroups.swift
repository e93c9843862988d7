import Testing

@testable import NaClValidator

/// Rule C1: a group whose members follow each other over a bundle's border is none, and its members are refused. Small functions are decoded
/// whole before groups are looked for and large ones bundle by bundle, so that each split stands in functions on both sides of that
/// size, and in functions that begin in the middle of a bundle.
@Suite struct CorpusSplitGroups {
  /// Each member's text and length in bytes.
  private struct Group {
    let name: String
    let members: [(text: String, length: Int)]
    /// What is said of a member that stands alone, and of which.
    let rule: Rule
    let culprit: Int
  }

  private static let area: [(text: String, length: Int)] = [
    ("and ecx, ENTRY_MASK", 3), ("mov r10d, 7", 6), ("lea rdx, [rip + ENTRIES]", 7), ("add rcx, rdx", 3),
  ]
  private static let dispatch: [(text: String, length: Int)] = [
    ("lea rdx, [rip + table]", 7), ("movsxd rcx, dword ptr [rdx + rax*4]", 4), ("add rcx, rdx", 3), ("jmp rcx", 2),
  ]
  private static let groups = [
    Group(name: "POLL", members: [("cmp rsp, [r15 + LIMIT]", 4), ("jb p_slow", 2)], rule: .s3_reservedRegister, culprit: 0),
    Group(name: "call group", members: area + [("call rcx", 2)], rule: .v2_instruction, culprit: 2),
    Group(name: "tail group", members: area + [("jmp rcx", 2)], rule: .v2_instruction, culprit: 2),
    Group(name: "table jump", members: [("and eax, 1", 3)] + dispatch, rule: .v2_instruction, culprit: 1),
    Group(
      name: "clamped table jump", members: [("mov esi, 1", 5), ("cmp eax, esi", 2), ("cmova eax, esi", 3)] + dispatch, rule: .v2_instruction,
      culprit: 3),
    Group(
      name: "unsigned division", members: [("test ecx, ecx", 2), ("je u", 2), ("xor edx, edx", 2), ("div ecx", 2)], rule: .d1_division, culprit: 3),
    Group(
      name: "signed division", members: [("lea esi, [rcx + 1]", 3), ("cmp esi, 1", 3), ("jbe u", 2), ("cdq", 1), ("idiv ecx", 2)],
      rule: .d1_division, culprit: 4),
    Group(
      name: "signed division of 64 bits",
      members: [("lea rsi, [rcx + 1]", 4), ("cmp rsi, 1", 4), ("jbe u", 2), ("cqo", 2), ("idiv rcx", 3)], rule: .d1_division, culprit: 4),
  ]

  /// The group with its first `before` members at the end of a bundle; 0: whole, at a bundle's start.
  private static func text(_ group: Group, before: Int) -> String {
    let room = 32 - group.members[..<before].reduce(0) { $0 + $1.length }
    let members = group.members.indices.map { ($0 == group.culprit ? "bad: " : "") + group.members[$0].text }
    return ".p2align 5; .fill \(before == 0 ? 0 : room), 1, 0x90; " + members.joined(separator: "; ")
  }

  private static let module = NexeBuilder().function("g", "nop; ret".asLines)
    .entryArea([.trap, .jump(to: "g"), .typed(7, to: "g"), .trap]).data("table: .long a - table, b - table")

  /// `size`: of the function, filled up with NOPs behind all code; nil: as it comes.
  private static func function(_ group: String, size: Int?) -> String {
    let fill = size.map { "; .org f + \($0), 0x90" } ?? ""
    return "POLL p; \(group); u: ret; .p2align 5; a: mov eax, 1; ret; .p2align 5; b: ret; SLOW p" + fill
  }

  private static func table(size: Int?) -> TwinTable {
    TwinTable(
      .whole(module),
      groups.flatMap { group in
        (1..<group.members.count).map { before in
          Twins(
            group.rule, "\(group.name), \(before) before the border", legal: function(text(group, before: 0), size: size),
            attack: function(text(group, before: before), size: size))
        }
      })
  }

  private static let small = table(size: nil)
  private static let largestSmall = table(size: 1 << 16)
  private static let smallestLarge = table(size: 1 << 16 + 32)

  @Test(arguments: small.rows.indices)
  func inASmallFunction(_ row: Int) throws { try Self.small.check(row) }

  @Test(arguments: largestSmall.rows.indices)
  func in64KiB(_ row: Int) throws { try Self.largestSmall.check(row) }

  @Test(arguments: smallestLarge.rows.indices)
  func in64KiBAndABundle(_ row: Int) throws { try Self.smallestLarge.check(row) }

  /// Large over a border, behind the function's POLL.
  private static let large = TwinTable(
    .whole(NexeBuilder()),
    [0, 1 << 16, 1 << 16 + 32].flatMap { size in
      [(8, "lea r11, [rsp - 8192]"), (12, "cmp r11, [r15 + LIMIT]"), (14, "jb p_slow")].map { before, last in
        let members = "bad: lea r11, [rsp - 8192]; cmp r11, [r15 + LIMIT]; jb p_slow; sub rsp, 8192"
        let rest = "; add rsp, 8192; ret; p_slow: call [r15 + INTERRUPT]; jmp p; SLOW q" + (size == 0 ? "" : "; .org f + \(size), 0x90")
        return Twins(
          .s3_reservedRegister, "split behind \(last), function of \(size) bytes", legal: "POLL q; .p2align 5; p: " + members + rest,
          attack: "POLL q; .p2align 5; .fill \(32 - before), 1, 0x90; p: " + members + rest)
      }
    })

  @Test(arguments: large.rows.indices)
  func refusesLarge(_ row: Int) throws { try Self.large.check(row) }

  /// So many bytes into a bundle the function begins, and its POLL with it.
  @Test(arguments: [(20, Rule?.none), (26, nil), (28, .s3_reservedRegister)])
  func functionsThatBeginInABundle(_ start: Int, _ rule: Rule?) throws {
    let body = "bad: p: cmp rsp, [r15 + LIMIT]; jb p_slow; ret; p_slow: call [r15 + INTERRUPT]; jmp p".asLines
    let builder = NexeBuilder().function("g", "ret").function("f", ".fill \(start), 1, 0x90\n\(body)")
    var nexe = try builder.build()
    // f's record begins where the POLL does; the NOPs before belong to g.
    let (text, poll) = (Nexe.textAddress, try #require(nexe.labels["p"]))
    nexe = try nexe.patched("FUNCTIONS", offset: 8, withUnsafeBytes(of: UInt32(poll - text).littleEndian) { Array($0) })
    if let rule { try expectRejected(nexe, rule, at: "bad") } else { expectAccepted(nexe) }
  }
}
