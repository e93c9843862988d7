import Testing

@testable import NaClValidator

/// Rule C3: the entry area. Each row replaces some entries of an area of four.
@Suite struct CorpusEntryArea {
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let legal: [NexeBuilder.Entry]
    let attack: [NexeBuilder.Entry]
    let rule: Rule
    /// Where the finding is.
    let label: String
    /// The finding is at the area's record.
    let isOfArea: Bool

    init(
      _ name: String, _ legal: [NexeBuilder.Entry], _ attack: [NexeBuilder.Entry], rule: Rule = .c3_entryArea,
      at label: String = "entry_2", ofArea isOfArea: Bool = false
    ) {
      self.name = name
      self.legal = legal
      self.attack = attack
      self.rule = rule
      self.label = label
      self.isOfArea = isOfArea
    }

    var testDescription: String { name }
  }

  private static func module(_ entries: [NexeBuilder.Entry]) -> NexeBuilder {
    NexeBuilder().function("g", "nop; ret".asLines).function("h", "POLL p; ret; SLOW p".asLines).entryArea(entries)
      .function("behind", "HALT")
  }
  private static func text(_ lines: String) -> NexeBuilder.Entry { .text(lines.asLines) }
  private static let check = ".byte 0x41, 0x81, 0xfa, 7, 0, 0, 0; "
  private static func four(_ third: NexeBuilder.Entry, _ fourth: NexeBuilder.Entry = .trap) -> [NexeBuilder.Entry] {
    [.trap, .jump(to: "h"), third, fourth]
  }
  private static let good = four(.typed(7, to: "g"))

  /// Chains from entry 2 on, of so many bundles each: all miss into the next, the last of each into entry 0, or, `isOpen`, the very last
  /// into the trap bundle behind it. 128 bundles in all.
  private static func chain(_ counts: Int..., isOpen: Bool = false) -> [NexeBuilder.Entry] {
    var entries: [NexeBuilder.Entry] = [.trap, .jump(to: "h")]
    for count in counts {
      for position in 1...count {
        let miss = position < count || isOpen ? entries.count + 1 : 0
        entries.append(.typed(1, to: "g", miss: "entry_\(miss)"))
      }
    }
    return entries + Array(repeating: .trap, count: 128 - entries.count)
  }

  private static let rows: [Row] = [
    Row("three entries", good, [.trap, .jump(to: "h"), .typed(7, to: "g")], ofArea: true),
    Row("one entry", [.trap, .jump(to: "h")], [.trap], ofArea: true),
    Row(
      "entry 0 is no trap", good, [.jump(to: "h"), .jump(to: "h"), .typed(7, to: "g", miss: "entry_3"), .trap],
      at: "entry_0"),
    Row(
      "entry 0 is a typed entry", good,
      [.typed(7, to: "g", miss: "entry_3"), .jump(to: "h"), .typed(7, to: "g", miss: "entry_3"), .trap], at: "entry_0"),
    Row(
      "entry 0 calls another gate", good,
      [text("call [r15 + HOSTCALL]"), .jump(to: "h"), .typed(7, to: "g", miss: "entry_3"), .trap], at: "entry_0"),
    Row("entry 1 is a trap", good, [.trap, .trap, .typed(7, to: "g"), .trap], at: "entry_1"),
    Row("entry 1 is typed", good, [.trap, .typed(7, to: "h"), .typed(7, to: "g"), .trap], at: "entry_1"),
    Row("entry 2 without its check", good, four(.jump(to: "g"))),
    Row("an empty entry", good, four(text("nop"))),
    Row("a trap by ud2", good, four(text("ud2")), rule: .v2_instruction),
    Row("a trap by HOSTCALL", good, four(text("call [r15 + HOSTCALL]"))),
    Row("a call for the jmp", good, four(text(check + "jne entry_0; call g"))),
    Row("a jmp to a function's middle", good, four(.typed(7, to: "g + 1"))),
    Row("a jmp behind POLL", good, four(.typed(7, to: "h + 6"))),
    Row("a jmp to padding", good, four(.typed(7, to: "g + 2"))),
    Row("a jmp to another entry", good, four(.typed(7, to: "entry_3"))),
    Row("a jmp out of text", good, four(.typed(7, to: "TEXT_END"))),
    Row("entry 1 jumps to a middle", good, [.trap, .jump(to: "g + 1"), .typed(7, to: "g"), .trap], at: "entry_1"),
    Row("a short jmp", good, four(text(check + "jne entry_0; .byte 0xeb, 0"))),
    Row("an indirect jmp", good, four(text(check + "jne entry_0; jmp rax"))),
    Row(
      "a comparison of another register", good, four(text(".byte 0x41, 0x81, 0xfb, 7, 0, 0, 0; jne entry_0; TAIL g"))),
    Row(
      "a comparison of r10 with 64 bits", good, four(text(".byte 0x49, 0x81, 0xfa, 7, 0, 0, 0; jne entry_0; TAIL g"))),
    Row("a comparison of edx", good, four(text(".byte 0x81, 0xfa, 7, 0, 0, 0; jne entry_0; TAIL g"))),
    Row("a comparison with 8 bits", good, four(text("cmp r10d, 7; jne entry_0; TAIL g"))),
    Row("test for cmp", good, four(text("test r10d, 1000; jne entry_0; TAIL g"))),
    Row("je for jne", good, four(text(check + "je entry_0; TAIL g"))),
    Row("jb for jne", good, four(text(check + "jb entry_0; TAIL g"))),
    Row("no jne", good, four(text(check + "TAIL g"))),
    Row("jne twice", good, four(text(check + "jne entry_0; jne entry_0; TAIL g"))),
    Row("a NOP between", good, four(text(check + "nop; jne entry_0; TAIL g"))),
    Row("code before the comparison", good, four(text("mov eax, 1; " + check + "jne entry_0; TAIL g"))),
    Row("code behind the jmp", good, four(text(check + "jne entry_0; TAIL g; ret"))),
    Row("data behind the jmp", good, four(text(check + "jne entry_0; TAIL g; .byte 0, 0"))),
    Row("code behind a trap", good, four(text("HALT; ret"))),
    Row("jne into a bundle", good, four(.typed(7, to: "g", miss: "entry_3 + 4"))),
    Row("jne to its own jmp", good, four(text(check + "jne t; t: TAIL g"))),
    Row("jne to itself", good, four(.typed(7, to: "g", miss: "entry_2"))),
    Row(
      "jne backwards to a typed entry", good, four(.typed(7, to: "g"), .typed(8, to: "g", miss: "entry_2")),
      at: "entry_3"),
    Row(
      "jne over one bundle",
      four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g")) + [.trap, .trap, .trap, .trap],
      four(.typed(7, to: "g", miss: "entry_4"), .trap) + [.typed(8, to: "g"), .trap, .trap, .trap]),
    Row("jne to entry 1", good, four(.typed(7, to: "g", miss: "entry_1"))),
    Row("jne to a function", good, four(.typed(7, to: "g", miss: "g"))),
    Row("jne past the area", good, four(.trap, .typed(7, to: "g", miss: "entry_3 + 32")), at: "entry_3"),
    Row("jne below the area", good, four(.typed(7, to: "g", miss: "entry_0 - 32"))),
    Row("64 bundles linked", chain(63), chain(64), at: "entry_64"),
    Row("64 bundles linked, the last to the trap bundle behind", chain(63, isOpen: true), chain(64, isOpen: true), at: "entry_64"),
    Row("two chains of 63 made one", chain(63, 63), chain(126), at: "entry_64"),
    Row("a chain of 63 and one more behind a single one", chain(1, 63), chain(1, 64), at: "entry_65"),
    Row(
      "jne into the next typed bundle, behind its comparison",
      four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g")), four(.typed(7, to: "g", miss: "entry_3 + 7"), .typed(8, to: "g"))),
    Row(
      "jne to the next typed bundle's jmp",
      four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g")), four(.typed(7, to: "g", miss: "entry_3 + 9"), .typed(8, to: "g"))),
    Row(
      "jne over a typed bundle to a typed one",
      four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g", miss: "entry_4")) + [.typed(9, to: "g"), .trap, .trap, .trap],
      four(.typed(7, to: "g", miss: "entry_4"), .typed(8, to: "g", miss: "entry_4")) + [.typed(9, to: "g"), .trap, .trap, .trap]),
    Row(
      "the first of a chain again at its end", four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g")),
      four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g", miss: "entry_2")), at: "entry_3"),
    Row(
      "a chain that leaves the area for a function that traps", four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g")),
      four(.typed(7, to: "g", miss: "entry_3"), .typed(8, to: "g", miss: "behind")), at: "entry_3"),
    Row(
      "a chain that leaves the area for the trap that ends text", good, four(.trap, .typed(8, to: "g", miss: "behind + 7")), at: "entry_3"),
    // What the second sweep would say of a NOP in a function is said of the whole bundle here.
    Row("a trap behind a NOP", good, four(text("nop; HALT"))),
    Row("a NOP with a displacement behind a trap", four(text("HALT; nop")), four(text("HALT; .byte 0x0f, 0x1f, 0x40, 1"))),
    Row("a NOP with rsp behind a trap", four(text("HALT; nop")), four(text("HALT; .byte 0x0f, 0x1f, 0x44, 0x24, 0"))),
    Row("a NOP of rsp + rax behind the jmp", good, four(text(check + "jne entry_0; TAIL g; .byte 0x0f, 0x1f, 0x04, 0x04"))),
    Row("the segment pair before the jne", good, four(text(check + "pair: .byte 0x65, 0x67; jne entry_0; TAIL g")), rule: .m3_segmentForm, at: "pair"),
    Row("the segment pair before the comparison", good, four(text(".byte 0x65, 0x67; " + check + "jne entry_0; TAIL g")), rule: .m3_segmentForm),
    Row("the segment pair before a trap", good, four(text(".byte 0x65, 0x67; HALT"))),
  ]

  private static let nexes = Result {
    try Assembler.assemble(rows.flatMap { [$0.legal, $0.attack] }.map { try module($0).assembly() })
  }

  @Test(arguments: rows.indices)
  func refusesArea(_ index: Int) throws {
    let row = Self.rows[index]
    let images = try Self.nexes.get()
    expectAccepted(try Nexe(Self.module(row.legal), images[2 * index]))
    let attack = try Nexe(Self.module(row.attack), images[2 * index + 1])
    guard row.isOfArea else {
      return try expectRejected(attack, row.rule, at: row.label)
    }
    // The area as a whole is refused where its record, the third, is.
    let record = try #require(attack.labels["FUNCTIONS"]) + 16
    guard case .failure(let rejection) = Validator.validate(attack.bytes) else {
      Issue.record("accepted: \(row.name)")
      return
    }
    #expect(rejection.findings.first?.location == .address(record) && rejection.findings.first?.rule == row.rule)
  }

  @Test func twoAreasAreRefused() throws {
    let one = NexeBuilder().function("g", "ret").entryArea([.trap, .jump(to: "g")])
    try expectAccepted(one)
    let two = one.with { $0.records.append(.init(name: "MORE", kind: 1, text: "HALT\n.p2align 5\nTAIL g\n.p2align 5")) }
    try expectRejected(two, .c3_entryArea, at: nil)
  }

  /// NEXE.md, section 2: a non-zero entry is the bundle whose `jmp` goes to the function.
  @Test(arguments: [("g", UInt32(1)), ("g", 3), ("g", 4), ("g", 0x8000_0002), ("h", 2), ("h", 1)])
  func theEntryMapCannotLie(_ function: String, _ entry: UInt32) throws {
    try expectAccepted(Self.module(Self.good).with { $0.entries = ["g": 2] })
    try expectRejected(Self.module(Self.good).with { $0.entries = [function: entry] }, .e4_metadata, at: nil)
  }

  /// Of a chain each bundle counts for itself: one that leads elsewhere is nobody's entry, wherever the chain began.
  @Test(arguments: [("g", UInt32(3), false), ("h", 2, false), ("behind", 2, false), ("g", 2, true), ("h", 3, true)])
  func theEntryMapNamesBundlesNotChains(_ function: String, _ entry: UInt32, _ isLegal: Bool) throws {
    let area = Self.four(.typed(7, to: "g", miss: "entry_3"), .typed(7, to: "h"))
    let builder = Self.module(area).with { $0.entries = [function: entry] }
    if isLegal { try expectAccepted(builder) } else { try expectRejected(builder, .e4_metadata, at: nil) }
  }
}
