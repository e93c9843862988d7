import Testing

@testable import NaClValidator

/// Shapes that one clause alone keeps out, or lets in: each was found by taking that clause out of the validator (Tests/ValidatorMutants).
@Suite struct CorpusNearMisses {
  private static let module = NexeBuilder().function("g", "nop; ret".asLines)
    .entryArea([.trap, .jump(to: "g"), .typed(7, to: "g"), .trap])
  private static let segmented = Setting.body(NexeBuilder(model: .seg32))

  private static let facts = TwinTable(
    .body(module),
    [
      Twins(
        .m1_region, "a 64-bit constant whose lower half is small", legal: "mov eax, 16; mov cl, [r15 + rax]",
        attack: "movabs rax, 0x100000010; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "a negative constant of 64 bits", legal: "mov eax, -1; mov cl, [r15 + rax]", attack: "mov rax, -1; bad: mov cl, [r15 + rax]",
        in: segmented),
      Twins(
        .m1_region, "an index of 63 bits, scaled", legal: "shr rax, 49; mov cl, [r15 + rax*2]", attack: "shr rax, 1; bad: mov cl, [r15 + rax*8]"),
      Twins(.m1_region, "an index of 62 bits, scaled", legal: "shr rax, 52; mov cl, [r15 + rax*8]", attack: "shr rax, 2; bad: mov cl, [r15 + rax*8]"),
      Twins(.m1_region, "an index of 48 bits", legal: "shr rax, 48; mov cl, [r15 + rax]", attack: "shr rax, 16; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "vectors of the numbers of rsp and r15", legal: "movaps xmm4, xmm15; addps xmm15, xmm4; movups [r15 + 16], xmm4; pxor xmm4, xmm15",
        attack: "movaps xmm4, xmm15; bad: movups [r15 - 16], xmm4"),
      Twins(
        .m1_region, "vectors of the numbers of rsp and r15 in VEX", legal: "vaddps xmm4, xmm15, xmm4; vmovups xmm15, [r15 + 16]; vblendvps xmm4, xmm15, xmm4, xmm15",
        attack: "vaddps xmm4, xmm15, xmm4; bad: vmovups xmm15, [r15 - 16]"),
      Twins(
        .m1_region, "a vector register's write leaves the fact of that number", legal: "and ecx, 0xffff; movups xmm1, [r15 + rcx]; movups xmm2, [r15 + rcx]",
        attack: "and ecx, 0xffff; movups xmm1, [r15 + rcx]; movd ecx, xmm1; bad: movups xmm2, [r15 + rcx]"),
    ])

  @Test(arguments: facts.rows.indices)
  func refusesFact(_ row: Int) throws { try Self.facts.check(row) }

  /// Without cells the transfer area is no region, and hides none.
  private static let empty = TwinTable(
    .body(NexeBuilder().global(2).with { $0.transferCells = 0 }),
    [
      Twins(.m1_region, "below the lowest global", legal: "movups [r15 + GLOBAL0], xmm0", attack: "bad: movups [r15 + GLOBAL0 - 16], xmm0"),
      Twins(
        .m1_region, "below the lowest table", legal: "mov [r15 + TCELL0], rax", attack: "bad: mov [r15 + TCELL0 - 8], rax",
        in: .body(NexeBuilder().table(k: 1, maximum: 2).with { $0.transferCells = 0 })),
    ])

  @Test(arguments: empty.rows.indices)
  func refusesWhatIsNoRegion(_ row: Int) throws { try Self.empty.check(row) }

  /// What may follow the frame's end: nothing that begins a group but the tail group.
  private static let ends = TwinTable(
    .whole(module),
    [("POLL q", "SLOW q"), ("UDIV32 rcx, u; u: nop", ""), ("SDIV64 rcx, rsi, u; u: nop", ""), ("ICALL rcx, 7, rdx", "")].map { group, slow in
      Twins(
        .f2_depth, "\(group) behind the frame's end", legal: "POLL p; sub rsp, 8; \(group); add rsp, 8; ret; SLOW p; \(slow)",
        attack: "POLL p; sub rsp, 8; add rsp, 8; bad: \(group); ret; SLOW p; \(slow)", anyFinding: true)
    })

  @Test(arguments: ends.rows.indices)
  func refusesGroup(_ row: Int) throws { try Self.ends.check(row) }

  /// Large by its shape, but the register that is compared is not the one that holds rsp - N.
  private static let large = TwinTable(
    .whole(module),
    ["lea r10, [rsp - 8192]", "lea r11d, [rsp - 8192]", ".byte 0x65, 0x67; lea r11, [rsp - 8192]", "lea r11, [rbp - 8192]", "lea r11, [rsp + rax - 8192]"]
      .map { lea in
        let rest = "cmp r11, [r15 + LIMIT]; jb p_slow; sub rsp, 8192; add rsp, 8192; ret; p_slow: call [r15 + INTERRUPT]; jmp p; SLOW o"
        return Twins(
          .f3_poll, lea, legal: "POLL o; .p2align 5; p: lea r11, [rsp - 8192]; " + rest,
          attack: "POLL o; .p2align 5; p: \(lea); " + rest.replacing("sub rsp, 8192", with: "bad: sub rsp, 8192"), anyFinding: true)
      } + [
        Twins(
          .s3_reservedRegister, "takes a register", legal: "LARGE p, 8192; add rsp, 8192; ret; SLOW p",
          attack: "POLL p; .p2align 5; bad: lea r11, [rsp - 8192]; cmp r11, [r15 + LIMIT]; jb p_slow; sub rsp, rax; ret; SLOW p", anyFinding: true)
      ])

  @Test(arguments: large.rows.indices)
  func refusesLarge(_ row: Int) throws { try Self.large.check(row) }

  /// Shaped like a group up to its last instruction, which is direct: no group, and nothing wrong with it.
  @Test(arguments: [
    "and eax, 1; mov ecx, 2; lea rdx, [rcx + 1]; add rdx, rcx; call g", "and eax, 1; mov ecx, 2; lea rdx, [rcx + 1]; add rdx, rcx; jmp t; t: nop",
    "and eax, 1; lea rdx, [rcx + 1]; movsxd rcx, edx; add rcx, rdx; jmp t; t: nop",
    "mov esi, 1; cmp eax, esi; cmova eax, esi; lea rdx, [rcx + 1]; movsxd rcx, edx; add rcx, rdx; jmp t; t: nop",
    "and eax, 1; mov ecx, 2; lea rdx, [rcx + 1]; add rdx, rcx; TAIL g",
  ])
  func whatIsNoGroupIsLegal(_ text: String) throws {
    try expectAccepted(Setting.body(Self.module).nexe(text))
  }

  /// Weight where a backward edge lands elsewhere than on a POLL: 256 at least, and no more than it is anywhere else.
  private static let weights = TwinTable(
    .whole(module),
    [
      Twins(
        .p2_weight, "behind a loop's head", legal: weighing(16_384 - 256 - 3, isLoop: true), attack: weighing(16_384 - 256 - 2, isLoop: true)),
      Twins(
        .p2_weight, "2^16 bytes of text", legal: "POLL p; .fill 65532, 1, 0x90; HALT; SLOW p",
        attack: "POLL p; .fill 65533, 1, 0x90; bad: HALT; SLOW p"),
      Twins(
        .p2_weight, "2^16 of calls and text", legal: "POLL p; .rept 63; .byte 0xe8; .long g - . - 4; .p2align 3, 0x90; .endr; .fill 512, 1, 0x90; HALT; SLOW p",
        attack: "POLL p; .rept 63; .byte 0xe8; .long g - . - 4; .p2align 3, 0x90; .endr; bad: .byte 0xe8; .long g - . - 4; HALT; SLOW p"),
      Twins(.p2_weight, "behind a forward jump's target", legal: weighing(16_384 - 3, isLoop: false), attack: weighing(16_384 - 2, isLoop: false)),
    ])

  /// POLL, then so many bytes of NOPs and three more to the ret; the NOPs are a target, of a backward edge that is polled, or of a forward one.
  private static func weighing(_ count: Int, isLoop: Bool) -> String {
    isLoop
      ? "POLL p; t: .fill \(count), 1, 0x90; je u; bad: ret; .p2align 5; u: POLL q; jmp t; SLOW p; SLOW q"
      : "POLL p; t: .fill \(count), 1, 0x90; je u; bad: ret; .p2align 5; u: ret; SLOW p"
  }

  @Test(arguments: weights.rows.indices)
  func refusesWeight(_ row: Int) throws { try Self.weights.check(row) }

  /// Functions that are decoded bundle by bundle, with what both sweeps must meet exactly once in the last bundle.
  @Test(arguments: [
    "POLL p; jmp s; .org f + 65568, 0x90; s: ret; SLOW p", "POLL p; jmp s; .org f + 65568, 0x90; s: SWITCH rax, rcx, rdx, 0, table; SLOW p",
    "POLL p; jmp s; SLOW p; .org f + 65600, 0x90; s: SWITCH rax, rcx, rdx, 0, table",
    "POLL p; jmp s; SLOW p; .org f + 65600, 0x90; s: call [r15 + INTERRUPT]; jmp p",
  ])
  func theLastBundleOfALargeFunction(_ text: String) throws {
    let builder = NexeBuilder().data("table: .long f - table")
    try expectAccepted(builder.function("f", text.asLines))
    try expectRejected(builder.function("f", text.replacing("s: ", with: "s: bad: syscall; ").asLines), .v2_instruction)
  }

  // MARK: Jump tables that are fine but for their place

  private static let cases = "; .p2align 5; a: ret"

  @Test func tablesElsewhere() throws {
    let inText = "POLL p; jmp t; nop; nop; .p2align 2; .byte 0x66, 0x90, 0x90, 0xb8; inText: .long a - inText; t: bad: SWITCH rax, rcx, rdx, 0, # \(Self.cases); SLOW p"
    let data = "table: .long a - table\n.byte 0, 0\nodd: .long a - odd"
    func module(_ table: String) -> NexeBuilder {
      NexeBuilder().data(data).function("f", inText.replacing("#", with: table).asLines)
    }
    try expectAccepted(module("table"))
    try expectRejected(module("odd"), .c4_tableJump)
    try expectRejected(module("inText"), .c4_tableJump)
    // In the digest, which the note holds behind read-only data, and in the embedded module.
    var nexe = try module("DATA_END + 36").build()
    try #require(Int(nexe.labels["DATA_END"] ?? 0) == nexe.noteOffset)
    let distance = Int32(Int(nexe.labels["a"] ?? 0) - nexe.noteOffset - 36)
    nexe = nexe.patched(at: nexe.noteOffset + 36, withUnsafeBytes(of: distance.littleEndian) { Array($0) })
    try expectRejected(nexe, .c4_tableJump, at: "bad")
  }

  // MARK: The entry area and the functions' table

  @Test func aWasmFunctionIsNoArea() throws {
    try expectAccepted(Self.module.with { $0.wasmFunctions = ["g"] })
    try expectRejected(Self.module.with { $0.wasmFunctions = ["g", "ENTRIES"] }, .e4_metadata, at: nil)
  }

  @Test(arguments: [
    ("mov [r15 + TRAP], rax", 3), ("inc qword ptr [r15 + TRAP]", 3), ("mov rax, [r15 + TRAP]", 3), ("cmp qword ptr [r15 + TRAP], 0", 3),
    ("call g", 1), ("je g", 1), ("call g", 0), ("call g", 3),
  ])
  func aBundleThatLooksRight(_ text: String, _ index: Int) throws {
    var entries: [NexeBuilder.Entry] = [.trap, .jump(to: "g"), .typed(7, to: "g"), .trap]
    let builder = NexeBuilder().function("g", "nop; ret".asLines)
    try expectAccepted(builder.entryArea(entries))
    entries[index] = .text(text)
    try expectRejected(builder.entryArea(entries), .c3_entryArea, at: "entry_\(index)")
  }
}
