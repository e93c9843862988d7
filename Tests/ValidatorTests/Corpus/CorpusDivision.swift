import Testing

@testable import NaClValidator

/// Rule D1: no division may fault. The texts begin with `.p2align 5`, so that a broken group does not fail for its
/// place alone.
@Suite struct CorpusDivision {
  private static let unsigned = "UDIV32 rcx, t; t: nop"
  private static let signed = "SDIV32 rcx, rsi, t; t: nop"
  private static let signed64 = "SDIV64 rcx, rsi, t; t: nop"

  /// Four instructions, the last of which is the division.
  private static func udiv(_ test: String, _ jump: String, _ zero: String, _ div: String) -> String {
    ".p2align 5; start: \(test); \(jump) t; \(zero); bad: \(div); t: nop"
  }
  private static func sdiv(_ lea: String, _ compare: String, _ jump: String, _ extend: String, _ idiv: String) -> String
  {
    ".p2align 5; start: \(lea); \(compare); \(jump) t; \(extend); bad: \(idiv); t: nop"
  }

  private static let table = TwinTable(
    .body(NexeBuilder()),
    [
      Twins(.d1_division, "a bare div", legal: unsigned, attack: "bad: div ecx"),
      Twins(.d1_division, "a bare idiv", legal: signed, attack: "bad: idiv ecx"),
      Twins(.d1_division, "div edx", legal: unsigned, attack: udiv("test edx, edx", "jz", "xor edx, edx", "div edx")),
      Twins(.d1_division, "div eax", legal: unsigned, attack: udiv("test eax, eax", "jz", "xor edx, edx", "div eax")),
      Twins(
        .d1_division, "another register divides", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, edx", "div esi")),
      Twins(
        .d1_division, "another register tested", legal: unsigned,
        attack: udiv("test ecx, esi", "jz", "xor edx, edx", "div ecx")),
      Twins(
        .d1_division, "r9 for ecx", legal: unsigned, attack: udiv("test ecx, ecx", "jz", "xor edx, edx", "div r9d")),
      Twins(
        .d1_division, "tested wider than divided", legal: unsigned,
        attack: udiv("test rcx, rcx", "jz", "xor edx, edx", "div ecx")),
      Twins(
        .d1_division, "tested narrower than divided", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, edx", "div rcx")),
      Twins(
        .d1_division, "tested with 16 bits", legal: unsigned,
        attack: udiv("test cx, cx", "jz", "xor edx, edx", "div ecx")),
      Twins(.d1_division, "jnz", legal: unsigned, attack: udiv("test ecx, ecx", "jnz", "xor edx, edx", "div ecx")),
      Twins(.d1_division, "js", legal: unsigned, attack: udiv("test ecx, ecx", "js", "xor edx, edx", "div ecx")),
      Twins(
        .d1_division, "cmp for test", legal: unsigned, attack: udiv("cmp ecx, ecx", "jz", "xor edx, edx", "div ecx")),
      Twins(.d1_division, "edx not zeroed", legal: unsigned, attack: udiv("test ecx, ecx", "jz", "nop", "div ecx")),
      Twins(
        .d1_division, "another register zeroed", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor esi, esi", "div ecx")),
      Twins(
        .d1_division, "the divisor zeroed", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor ecx, ecx", "div ecx")),
      Twins(.d1_division, "dl zeroed", legal: unsigned, attack: udiv("test ecx, ecx", "jz", "xor dl, dl", "div ecx")),
      Twins(
        .d1_division, "edx from edx xor ecx", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, ecx", "div ecx")),
      Twins(.d1_division, "cdq before div", legal: unsigned, attack: udiv("test ecx, ecx", "jz", "cdq", "div ecx")),
      Twins(
        .d1_division, "idiv in the unsigned group", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, edx", "idiv ecx")),
      Twins(
        .d1_division, "a NOP before div", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, edx; nop", "div ecx")),
      Twins(
        .d1_division, "the divisor changed before div", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, edx; mov ecx, 0", "div ecx")),
      Twins(
        .d1_division, "xor before the test", legal: unsigned,
        attack: ".p2align 5; xor edx, edx; test ecx, ecx; jz t; bad: div ecx; t: nop"),
      Twins(
        .v2_instruction, "div by memory", legal: unsigned,
        attack: udiv("test ecx, ecx", "jz", "xor edx, edx", "div dword ptr [r15]")),
      Twins(
        .v2_instruction, "div of 16 bits", legal: unsigned, attack: udiv("test cx, cx", "jz", "xor edx, edx", "div cx")),
      Twins(
        .v2_instruction, "div of 8 bits", legal: unsigned, attack: udiv("test cl, cl", "jz", "xor edx, edx", "div cl")),
      Twins(
        .d1_division, "two groups share one test", legal: "UDIV32 rcx, t; UDIV32 rcx, t; t: nop",
        attack: ".p2align 5; test ecx, ecx; jz t; xor edx, edx; div ecx; bad: div ecx; t: nop"),

      Twins(
        .d1_division, "idiv edx", legal: signed,
        attack: sdiv("lea esi, [rdx + 1]", "cmp esi, 1", "jbe", "cdq", "idiv edx")),
      Twins(
        .d1_division, "idiv eax", legal: signed,
        attack: sdiv("lea esi, [rax + 1]", "cmp esi, 1", "jbe", "cdq", "idiv eax")),
      Twins(
        .d1_division, "the scratch divides", legal: signed,
        attack: sdiv("lea ecx, [rcx + 1]", "cmp ecx, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "scratch eax", legal: signed,
        attack: sdiv("lea eax, [rcx + 1]", "cmp eax, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "scratch edx", legal: signed,
        attack: sdiv("lea edx, [rcx + 1]", "cmp edx, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "jb for jbe", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jb", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "jle for jbe", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jle", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "compared with 0", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 0", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "compared with 2", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 2", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "plus 2", legal: signed,
        attack: sdiv("lea esi, [rcx + 2]", "cmp esi, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "an index in lea", legal: signed,
        attack: sdiv("lea esi, [rcx + rax + 1]", "cmp esi, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "a scaled lea", legal: signed,
        attack: sdiv("lea esi, [rcx*2 + 1]", "cmp esi, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "lea of another register", legal: signed,
        attack: sdiv("lea esi, [rdi + 1]", "cmp esi, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "another register compared", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp edi, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "cqo for cdq", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jbe", "cqo", "idiv ecx")),
      Twins(
        .d1_division, "cdq for cqo", legal: signed64,
        attack: sdiv("lea rsi, [rcx + 1]", "cmp rsi, 1", "jbe", "cdq", "idiv rcx")),
      Twins(
        .d1_division, "lea of 32 bits for idiv of 64", legal: signed64,
        attack: sdiv("lea esi, [rcx + 1]", "cmp rsi, 1", "jbe", "cqo", "idiv rcx")),
      Twins(
        .d1_division, "cmp of 32 bits for idiv of 64", legal: signed64,
        attack: sdiv("lea rsi, [rcx + 1]", "cmp esi, 1", "jbe", "cqo", "idiv rcx")),
      Twins(
        .d1_division, "lea of 64 bits for idiv of 32", legal: signed,
        attack: sdiv("lea rsi, [rcx + 1]", "cmp rsi, 1", "jbe", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "no extension", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jbe", "nop", "idiv ecx")),
      Twins(
        .d1_division, "edx zeroed before idiv", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jbe", "xor edx, edx", "idiv ecx")),
      Twins(
        .d1_division, "only the test for zero", legal: signed, attack: udiv("test ecx, ecx", "jz", "cdq", "idiv ecx")),
      Twins(
        .d1_division, "div in the signed group", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jbe", "cdq", "div ecx")),
      Twins(
        .d1_division, "a NOP before idiv", legal: signed,
        attack: sdiv("lea esi, [rcx + 1]", "cmp esi, 1", "jbe", "cdq; nop", "idiv ecx")),
      Twins(
        .d1_division, "rsp as scratch", legal: signed64,
        attack: ".p2align 5; bad: lea rsp, [rcx + 1]; cmp rsp, 1; jbe t; cqo; idiv rcx; t: nop"),
      Twins(
        .d1_division, "r15 as divisor", legal: signed64,
        attack: ".p2align 5; bad: lea rsi, [r15 + 1]; cmp rsi, 1; jbe t; cqo; idiv r15; t: nop"),
      Twins(
        .d1_division, "r15 as unsigned divisor", legal: unsigned,
        attack: ".p2align 5; bad: test r15, r15; jz t; xor edx, edx; div r15; t: nop"),
    ])

  @Test(arguments: table.rows.indices)
  func refusesDivision(_ row: Int) throws { try Self.table.check(row) }
}
