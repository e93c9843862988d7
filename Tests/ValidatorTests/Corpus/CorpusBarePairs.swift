import Testing

@testable import NaClValidator

/// Rule M3: `65 67` before an instruction that accesses no memory. Processors ignore it there, decoders print it or not, and a group's
/// member must not hide behind it.
@Suite struct CorpusBarePairs {
  private static let pair = "bad: .byte 0x65, 0x67; "
  private static let cases = "; .p2align 5; a: mov eax, 1; ret; .p2align 5; b: ret; SLOW p"

  private static func module(_ model: NexeBuilder.Model) -> NexeBuilder {
    NexeBuilder(model: model).function("g", "nop; ret".asLines).entryArea([.trap, .jump(to: "g"), .typed(7, to: "g"), .trap])
      .data("table: .long a - table, b - table")
  }

  /// An instruction that stands alone.
  private static let single = [
    "ret", "jmp t; t: nop", "TAIL g", "call g", "je t; t: nop", "{disp32} jne t; t: nop", "add rax, rcx", "nop", ".byte 0x66, 0x90",
    "mov eax, 1", "mov eax, ecx", "movsxd rax, ecx", "shl eax, 3", "sete al", "cdq", "popcnt eax, ecx", "movdqa xmm0, xmm1", "vmovaps xmm0, xmm1",
    "movd eax, xmm0", "imul eax, ecx, 5", "bswap eax", "xchg rcx, rdx", "cmc",
  ]
  /// `#` is where the pair goes; frames are the function's own.
  private static let framed = [
    "#sub rsp, 16; mov [rsp], rax; add rsp, 16", "sub rsp, 16; mov [rsp], rax; #add rsp, 16",
  ]
  private static let members: [[String]] = [
    ["test ecx, ecx", "je u", "xor edx, edx", "div ecx; u: nop"],
    ["lea esi, [rcx + 1]", "cmp esi, 1", "jbe u", "cdq", "idiv ecx; u: nop"],
    ["lea rsi, [rcx + 1]", "cmp rsi, 1", "jbe u", "cqo", "idiv rcx; u: nop"],
    ["and ecx, ENTRY_MASK", "mov r10d, 7", "lea rdx, [rip + ENTRIES]", "add rcx, rdx", "call rcx"],
    ["and ecx, ENTRY_MASK", "mov r10d, 7", "lea rdx, [rip + ENTRIES]", "add rcx, rdx", "jmp rcx"],
    ["cmp rsp, [r15 + LIMIT]", "jb p_slow"],
  ]
  private static let switches: [[String]] = [
    ["and eax, 1", "lea rdx, [rip + table]", "movsxd rcx, dword ptr [rdx + rax*4]", "add rcx, rdx", "jmp rcx"],
    ["mov esi, 1", "cmp eax, esi", "cmova eax, esi", "lea rdx, [rip + table]", "movsxd rcx, dword ptr [rdx + rax*4]", "add rcx, rdx", "jmp rcx"],
  ]

  /// One row for each member but those with a memory operand, which the pair turns into something else (CorpusSegmentForm).
  private static func rows(_ groups: [[String]], from start: String, to end: String, in setting: Setting) -> [Twins] {
    groups.flatMap { members in
      members.indices.filter { !members[$0].contains("[") }.map { position in
        let marked = members.indices.map { $0 == position ? pair + members[$0] : members[$0] }
        return Twins(
          .m3_segmentForm, "before \(members[position]) behind \(members[max(0, position - 1)])",
          legal: start + members.joined(separator: "; ") + end, attack: start + marked.joined(separator: "; ") + end, in: setting)
      }
    }
  }

  private static func table(_ model: NexeBuilder.Model) -> TwinTable {
    let body = Setting.body(module(model).with { $0.dataText = "" })
    let singles = single.map { Twins(.m3_segmentForm, "before \($0)", legal: $0, attack: pair + $0) }
    let frames = framed.map { text in
      Twins(.m3_segmentForm, text, legal: text.replacing("#", with: ""), attack: text.replacing("#", with: pair))
    }
    let groups = rows(members, from: ".p2align 5; ", to: "", in: body)
    let jumps = rows(switches, from: "POLL p; .p2align 5; ", to: cases, in: .whole(module(model)))
    return TwinTable(body, singles + frames + groups + jumps)
  }

  private static let mask = table(.mask(k: 16))
  private static let segmented = table(.seg32)

  @Test(arguments: mask.rows.indices)
  func inTheMaskModel(_ row: Int) throws { try Self.mask.check(row) }

  @Test(arguments: segmented.rows.indices)
  func inTheSegmentModel(_ row: Int) throws { try Self.segmented.check(row) }
}
