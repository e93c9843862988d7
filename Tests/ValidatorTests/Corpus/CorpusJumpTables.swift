import Testing

@testable import NaClValidator

/// Rule C4: table jumps. What is too far from the group to be taken for one is a bare jump (rule C2). The
/// tables stand in read-only data; `a` and `b` are bundle starts of `f`, `g` another function.
@Suite struct CorpusJumpTables {
  private static let cases = "; .p2align 5; a: mov eax, 1; ret; .p2align 5; b: ret"
  private static let good = "bad: SWITCH rax, rcx, rdx, 1, table" + cases

  private static func around(_ entries: String) -> Setting {
    .whole(NexeBuilder().function("g", "nop; ret".asLines).data("table: .long \(entries)").data("behind: .long 0, 0"))
  }

  /// The group's five instructions by hand; a finding is expected at the one that `bad:` stands before.
  private static func group(_ bound: String, _ lea: String, _ load: String, _ add: String, _ jump: String) -> String {
    ".p2align 5; start: \(bound); \(lea); \(load); \(add); bad: \(jump)" + cases
  }
  private static let (lea, load, add) = (
    "lea rdx, [rip + table]", "movsxd rcx, dword ptr [rdx + rax*4]", "add rcx, rdx"
  )
  private static let legal = group("and eax, 1", lea, load, add, "jmp rcx")
  private static let clamped = group("mov esi, 1; cmp eax, esi; cmova eax, esi", lea, load, add, "jmp rcx")

  private static let groups = TwinTable(
    around("a - table, b - table"),
    [
      Twins(
        .c2_callGroup, "an unbounded index", legal: legal, attack: group("mov eax, eax", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "another register bounded", legal: legal, attack: group("and esi, 1", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "bounded with 64 bits", legal: legal, attack: group("and rax, 1", lea, load, add, "jmp rcx")),
      Twins(.c4_tableJump, "bounded with 16 bits", legal: legal, attack: group("and ax, 1", lea, load, add, "jmp rcx")),
      Twins(.c4_tableJump, "bounded with 8 bits", legal: legal, attack: group("and al, 1", lea, load, add, "jmp rcx")),
      Twins(
        .c2_callGroup, "cmovae", legal: clamped,
        attack: group("mov esi, 1; cmp eax, esi; cmovae ecx, esi", lea, load, add, "jmp rcx")),
      Twins(
        .c2_callGroup, "cmovg", legal: clamped,
        attack: group("mov esi, 1; cmp eax, esi; cmovg eax, esi", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "clamped with 64 bits", legal: clamped,
        attack: group("mov esi, 1; cmp rax, rsi; cmova eax, esi", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "a reversed comparison", legal: clamped,
        attack: group("mov esi, 1; cmp esi, eax; cmova eax, esi", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "another register clamped", legal: clamped,
        attack: group("mov esi, 1; cmp edi, esi; cmova edi, esi", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "a bound that is not this group's", legal: clamped,
        attack: group("mov edi, 1; cmp eax, esi; cmova eax, esi", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "a clamp by itself", legal: clamped,
        attack: group("mov eax, 1; cmp eax, eax; cmova eax, eax", lea, load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "a base of 32 bits", legal: legal,
        attack: group("and eax, 1", "lea edx, [rip + table]", load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "another base", legal: legal,
        attack: group("and eax, 1", "lea rsi, [rip + table]", load, add, "jmp rcx")),
      Twins(
        .c4_tableJump, "base and index one register", legal: legal,
        attack: group(
          "and eax, 1", "lea rax, [rip + table]", "movsxd rcx, dword ptr [rax + rax*4]", "add rcx, rax", "jmp rcx")),
      Twins(
        .c4_tableJump, "base and result one register", legal: legal,
        attack: group("and eax, 1", lea, "movsxd rdx, dword ptr [rdx + rax*4]", "add rdx, rdx", "jmp rdx")),
      Twins(
        .c4_tableJump, "a scale of 8", legal: legal,
        attack: group("and eax, 1", lea, "movsxd rcx, dword ptr [rdx + rax*8]", add, "jmp rcx")),
      Twins(
        .c4_tableJump, "a displacement", legal: legal,
        attack: group("and eax, 1", lea, "movsxd rcx, dword ptr [rdx + rax*4 + 4]", add, "jmp rcx")),
      Twins(
        .c4_tableJump, "another index", legal: legal,
        attack: group("and eax, 1", lea, "movsxd rcx, dword ptr [rdx + rsi*4]", add, "jmp rcx")),
      Twins(
        .c2_callGroup, "a load of 64 bits", legal: legal,
        attack: group("and eax, 1", lea, "mov rcx, [rdx + rax*4]", add, "jmp rcx")),
      Twins(
        .c2_callGroup, "a load without sign", legal: legal,
        attack: group("and eax, 1", lea, "mov ecx, [rdx + rax*4]", add, "jmp rcx")),
      Twins(
        .c4_tableJump, "an add of 32 bits", legal: legal,
        attack: group("and eax, 1", lea, load, "add ecx, edx", "jmp rcx")),
      Twins(
        .c4_tableJump, "an add the other way round", legal: legal,
        attack: group("and eax, 1", lea, load, "add rdx, rcx", "jmp rcx")),
      Twins(
        .c4_tableJump, "an add of another register", legal: legal,
        attack: group("and eax, 1", lea, load, "add rcx, rsi", "jmp rcx")),
      Twins(
        .c4_tableJump, "a jmp to another register", legal: legal, attack: group("and eax, 1", lea, load, add, "jmp rsi")
      ),
      Twins(.c4_tableJump, "a jmp to the base", legal: legal, attack: group("and eax, 1", lea, load, add, "jmp rdx")),
      Twins(.c4_tableJump, "a jmp to r9 for rcx", legal: legal, attack: group("and eax, 1", lea, load, add, "jmp r9")),
      Twins(.c2_callGroup, "a call for the jmp", legal: legal, attack: group("and eax, 1", lea, load, add, "call rcx")),
      Twins(
        .c2_callGroup, "a NOP inside", legal: legal, attack: group("and eax, 1", lea, load, add + "; nop", "jmp rcx")),
      Twins(
        .c2_callGroup, "a NOP behind the mask", legal: legal,
        attack: group("and eax, 1; nop", lea, load, add, "jmp rcx")),
      Twins(
        .c2_callGroup, "over two bundles", legal: legal,
        attack: ".p2align 5; .rept 20; nop; .endr; start: and eax, 1; \(lea); \(load); \(add); bad: jmp rcx" + cases),
      Twins(
        .c1_directTarget, "a jump behind the mask",
        legal: "je t; .p2align 5; t: SWITCH rax, rcx, rdx, 1, table" + cases,
        attack: "bad: je t + 3; .p2align 5; t: SWITCH rax, rcx, rdx, 1, table" + cases),
      Twins(
        .c1_directTarget, "a jump to the jmp", legal: "je t; .p2align 5; t: SWITCH rax, rcx, rdx, 1, table" + cases,
        attack: "bad: je t + 17; .p2align 5; t: SWITCH rax, rcx, rdx, 1, table" + cases),
    ])

  @Test(arguments: groups.rows.indices)
  func refusesGroup(_ row: Int) throws { try Self.groups.check(row) }

  private static func switchOn(_ count: Int, _ table: String) -> String {
    "bad: SWITCH rax, rcx, rdx, \(count), \(table)" + cases
  }
  private static let two = around("a - table, b - table")
  private static let three = around("a - table, b - table, 0")

  private static let tables = TwinTable(
    two,
    [
      Twins(
        .c4_tableJump, "a mask past the table's entries", legal: switchOn(1, "table"), attack: switchOn(3, "table")),
      Twins(
        .c4_tableJump, "a bound past the table's entries", legal: "CLAMP rax, rsi, rcx, rdx, 1, table" + cases,
        attack: "bad: CLAMP rax, rsi, rcx, rdx, 2, table" + cases),
      Twins(
        .c4_tableJump, "a bound past the data", legal: "CLAMP rax, rsi, rcx, rdx, 1, table" + cases,
        attack: "bad: CLAMP rax, rsi, rcx, rdx, 1000, table" + cases),
      Twins(
        .c4_tableJump, "a bound that wraps", legal: "CLAMP rax, rsi, rcx, rdx, 1, table" + cases,
        attack: "bad: CLAMP rax, rsi, rcx, rdx, 0x40000001, table" + cases),
      Twins(
        .c4_tableJump, "a negative bound", legal: "CLAMP rax, rsi, rcx, rdx, 1, table" + cases,
        attack: "bad: CLAMP rax, rsi, rcx, rdx, -1, table" + cases),
      Twins(.c4_tableJump, "a negative mask", legal: switchOn(1, "table"), attack: switchOn(-1, "table")),
      Twins(.c4_tableJump, "a mask with a hole", legal: switchOn(0, "table"), attack: switchOn(2, "table"), in: three),
      Twins(.c4_tableJump, "a table in text", legal: switchOn(1, "table"), attack: switchOn(0, "a")),
      Twins(.c4_tableJump, "a table half below the data", legal: switchOn(0, "DATA"), attack: switchOn(1, "DATA - 4")),
      Twins(.c4_tableJump, "a misaligned table", legal: switchOn(0, "table"), attack: switchOn(0, "table + 2")),
      Twins(.c4_tableJump, "a table behind the data", legal: switchOn(0, "table"), attack: switchOn(0, "DATA_END")),
      Twins(
        .c4_tableJump, "two groups, one table",
        legal:
          "je t; SWITCH rax, rcx, rdx, 0, table; .p2align 5; t: SWITCH rax, rcx, rdx, 0, table + 4; .p2align 5; a: b: ret",
        attack:
          "je t; SWITCH rax, rcx, rdx, 0, table; .p2align 5; t: bad: SWITCH rax, rcx, rdx, 0, table; .p2align 5; a: b: ret",
        in: around("a - table, a - table - 4")),
      Twins(
        .c4_tableJump, "two tables that overlap",
        legal:
          "je t; SWITCH rax, rcx, rdx, 0, table; .p2align 5; t: SWITCH rax, rcx, rdx, 0, table + 4; .p2align 5; a: b: ret",
        attack:
          "je t; SWITCH rax, rcx, rdx, 1, table; .p2align 5; t: bad: SWITCH rax, rcx, rdx, 0, table + 4; .p2align 5; a: b: ret",
        in: around("a - table, a - table - 4")),
    ])

  @Test(arguments: tables.rows.indices)
  func refusesTable(_ row: Int) throws { try Self.tables.check(row) }

  /// The same text around two tables; the finding is at the group.
  private static let entries: [(name: String, rule: Rule, table: String)] = [
    ("into another function", .c4_tableJump, "a - table, g - table"),
    ("past the text", .c4_tableJump, "a - table, TEXT_END - table"),
    ("into read-only data", .c4_tableJump, "a - table, 0"),
    ("no bundle's start", .c4_tableJump, "a - table, b + 1 - table"),
    ("an instruction, but no bundle's start", .c4_tableJump, "a - table, a + 5 - table"),
    ("absolute", .c4_tableJump, "a - table, b - TEXT"),
    ("a large distance", .c4_tableJump, "a - table, 0x7fffffff"),
    ("a large negative distance", .c4_tableJump, "a - table, 0x80000000"),
  ]

  @Test(arguments: entries.indices)
  func refusesEntry(_ index: Int) throws {
    try expectAccepted(Self.two.nexe(Self.good))
    try expectRejected(Self.around(Self.entries[index].table).nexe(Self.good), Self.entries[index].rule)
  }

  /// Tables of two functions, each of which would be legal alone: found at the second group by the table's address, whichever function
  /// comes first. Each row has where f's and g's tables begin and how many entries they have, in a run of eight that lead to both.
  @Test(arguments: [
    ("one table", 0, 2, 0, 2, "g_jump"), ("they overlap", 0, 4, 3, 4, "g_jump"), ("one inside the other", 0, 8, 2, 2, "g_jump"),
    ("g's first", 2, 2, 0, 8, "f_jump"), ("they end together", 0, 8, 6, 2, "g_jump"), ("they begin together, one longer", 2, 2, 2, 4, "g_jump"),
  ])
  func tablesOfTwoFunctions(_ name: String, _ fStart: Int, _ fCount: Int, _ gStart: Int, _ gCount: Int, _ label: String) throws {
    func function(_ name: String, _ table: String, _ count: Int) -> String {
      "\(name)_jump: SWITCH rax, rcx, rdx, \(count - 1), \(table)\n.p2align 5\n\(name)_case: ret"
    }
    func module(_ f: Int, _ g: Int, both: Bool) -> NexeBuilder {
      // Entries are relative to their table, so that the same words lead to another place from another start: all lead somewhere legal only
      // if they are looked at before the tables are known to be apart.
      let words = (0..<8).map { _ in "f_case - table - \(4 * f)" }.joined(separator: ", ")
      let others = (0..<8).map { _ in "g_case - other - \(4 * g)" }.joined(separator: ", ")
      return NexeBuilder().function("f", function("f", "table + \(4 * f)", fCount))
        .function("g", function("g", both ? "table + \(4 * g)" : "other + \(4 * g)", gCount))
        .data("table: .long \(words)\nother: .long \(others)")
    }
    try expectAccepted(module(fStart, gStart, both: false))
    try expectRejected(module(fStart, gStart, both: true), .c4_tableJump, at: label)
  }

  /// One function, two groups, a table each, which share their border: legal. One entry more: not.
  @Test(arguments: [(2, true), (3, false), (4, false)])
  func tablesThatTouch(_ count: Int, _ isLegal: Bool) throws {
    let text = """
      je t
      .p2align 5
      SWITCH rax, rcx, rdx, \(count - 1), table
      .p2align 5
      t: second: SWITCH rax, rcx, rdx, 1, table + 8
      .p2align 5
      a: ret
      """
    let entries = (0..<4).map { "a - table" + ($0 < 2 ? "" : " - 8") }.joined(separator: ", ")
    let builder = NexeBuilder().function("f", text).data("table: .long \(entries)")
    if isLegal { try expectAccepted(builder) } else { try expectRejected(builder, .c4_tableJump, at: "second") }
  }
}
