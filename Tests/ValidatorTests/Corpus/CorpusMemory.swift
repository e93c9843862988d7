import Testing

@testable import NaClValidator

/// Rules M1 and M2: bases, regions and rights. What an index is worth is in `CorpusFacts`.
@Suite struct CorpusMemory {
  /// One limit word; memory 1 imported; a table of 4 in the context, a private one, a shared one; globals: own,
  /// imported, reference mirror.
  private static let module = NexeBuilder(model: .mask(k: 16)).memory(flags: 1, k: 20).limitWord(4)
    .table(k: 2, maximum: 4).table(k: 10).table(flags: 2, k: 10)
    .global(2).global(3).global(2 | 4 | 8).global(2)
    .function("g", "ret")

  /// The last byte that index, displacement and size reach is the pad's last, and one further.
  private static let boundaries = TwinTable(
    .body(module),
    [(16, 0xFFFF), (20, 0xF_FFFF), (31, 0x7FFF_FFFF)].flatMap { k, mask in
      [
        (1, "mov cl, byte ptr"), (2, "mov cx, word ptr"), (4, "mov ecx, dword ptr"), (8, "mov rcx, qword ptr"),
        (16, "movups xmm0, xmmword ptr"),
      ]
      .map { size, load in
        let prologue = "and eax, \(mask); "
        let (last, past) = (4161 - size, 4162 - size)
        return Twins(
          .m1_region, "k = \(k), \(size) bytes at the pad's end", legal: prologue + "\(load) [r15 + rax + \(last)]",
          attack: prologue + "bad: \(load) [r15 + rax + \(past)]", in: .body(NexeBuilder(model: .mask(k: UInt32(k)))))
      }
    })

  @Test(arguments: boundaries.rows.indices)
  func refusesTheByteBehindThePad(_ row: Int) throws { try Self.boundaries.check(row) }

  /// The same for memories of 64-bit addresses, whose mask is a word.
  private static let wideBoundaries = TwinTable(
    .body(module),
    [20, 32, 33, 40].flatMap { (k: UInt32) in
      [(1, "mov cl, byte ptr"), (8, "mov rcx, qword ptr"), (16, "movups xmm0, xmmword ptr")].map { size, load in
        Twins(
          .m1_region, "k = \(k), i64, \(size) bytes at the pad's end",
          legal: "and rax, [r15 + MMASK0]; \(load) [r15 + rax + \(4161 - size)]",
          attack: "and rax, [r15 + MMASK0]; bad: \(load) [r15 + rax + \(4162 - size)]",
          in: .body(NexeBuilder().with { $0.memories = [.init(flags: 2, k: k)] }))
      }
    })

  @Test(arguments: wideBoundaries.rows.indices)
  func refusesTheByteBehindTheWidePad(_ row: Int) throws { try Self.wideBoundaries.check(row) }

  private static let ownBase = "mov rcx, qword ptr [r15 + GBASE1]; "
  private static let tableBase = "mov rcx, qword ptr [r15 + TBASE1]; and eax, 1023; "
  private static let sharedBase = "mov rcx, qword ptr [r15 + TBASE2]; and eax, 1023; "
  private static let otherBase = "mov rcx, qword ptr [r15 + MBASE1]; and eax, 0xfffff; "

  private static let regions = TwinTable(
    .body(module),
    [
      // Constant addresses.
      Twins(
        .m1_region, "a constant past the pad", legal: "mov cl, [r15 + 69695]", attack: "bad: mov cl, [r15 + 69696]"),
      Twins(
        .m1_region, "a constant over the pad's end", legal: "mov rcx, [r15 + 69688]",
        attack: "bad: mov rcx, [r15 + 69689]"),
      Twins(.m1_region, "one byte below the memory", legal: "mov [r15], cl", attack: "bad: mov [r15 - 1], cl"),
      Twins(.m1_region, "half below the memory", legal: "mov rcx, [r15]", attack: "bad: mov rcx, [r15 - 4]"),
      Twins(
        .m1_region, "the largest displacement", legal: "mov cl, [r15 + 0x1000]",
        attack: "bad: mov cl, [r15 + 0x7fffffff]"),
      Twins(
        .m1_region, "the stack below the context", legal: "mov rcx, [r15 + XFER0]",
        attack: "bad: mov rcx, [r15 - 4096 - 8]"),
      Twins(
        .m1_region, "the smallest displacement", legal: "mov rcx, [r15]", attack: "bad: mov rcx, [r15 - 0x80000000]"),
      Twins(
        .m1_region, "no base", legal: "mov ecx, [r15 + 0x1000]", attack: "bad: .byte 0x8b, 0x0c, 0x25, 0, 0x10, 0, 0"),
      Twins(
        .m1_region, "a base of any register", legal: "and eax, 0xffff; mov ecx, [r15 + rax]",
        attack: "and eax, 0xffff; bad: mov ecx, [rax]"),
      Twins(
        .m1_region, "an index without a base", legal: "and eax, 0xffff; mov ecx, [r15 + rax*4]",
        attack: "and eax, 0xffff; bad: mov ecx, [rax*4 + 16]", in: .body(NexeBuilder(model: .mask(k: 20)))),

      // Words without the right.
      Twins(.m1_region, "write LIMIT", legal: "mov rax, [r15 + LIMIT]", attack: "bad: mov [r15 + LIMIT], rax"),
      Twins(.m1_region, "inc LIMIT", legal: "cmp rax, [r15 + LIMIT]", attack: "bad: inc qword ptr [r15 + LIMIT]"),
      Twins(.m1_region, "write a limit word", legal: "cmp rax, [r15 + L0]", attack: "bad: mov [r15 + L0], rax"),
      Twins(
        .m1_region, "setcc into a limit word", legal: "mov al, [r15 + L0]", attack: "bad: setb byte ptr [r15 + L0]"),
      Twins(
        .m1_region, "shift a limit word", legal: "test qword ptr [r15 + L0], 1",
        attack: "bad: shl qword ptr [r15 + L0], 1"),
      Twins(
        .m1_region, "rotate a limit word", legal: "test qword ptr [r15 + L0], 1",
        attack: "bad: rol qword ptr [r15 + L0], 1"),
      Twins(.m1_region, "write a size", legal: "mov rax, [r15 + M0]", attack: "bad: mov [r15 + M0], rax"),
      Twins(
        .m1_region, "movq into a base", legal: "movq xmm0, qword ptr [r15 + MBASE0]",
        attack: "bad: movq qword ptr [r15 + MBASE0], xmm0"),
      Twins(
        .m1_region, "VEX store into a base", legal: "vmovq xmm0, qword ptr [r15 + TBASE1]",
        attack: "bad: vmovq qword ptr [r15 + TBASE1], xmm0"),
      Twins(
        .m1_region, "vmovhps into a base", legal: "vmovhps xmm0, xmm0, qword ptr [r15 + TBASE1]",
        attack: "bad: vmovhps qword ptr [r15 + TBASE1], xmm0"),
      Twins(
        .m1_region, "movbe into a mask", legal: "movbe rax, [r15 + MMASK0]", attack: "bad: movbe [r15 + MMASK0], rax"),
      Twins(.m1_region, "and a mask", legal: "and rax, [r15 + TMASK1]", attack: "bad: and [r15 + TMASK1], rax"),
      Twins(
        .m1_region, "write a table's size", legal: "cmp rax, [r15 + TSIZE1]", attack: "bad: mov [r15 + TSIZE1], rax"),
      Twins(
        .m1_region, "pextrq into a table's size", legal: "pinsrq xmm0, [r15 + TSIZE1], 0",
        attack: "bad: pextrq [r15 + TSIZE1], xmm0, 0"),
      Twins(
        .m1_region, "write an imported global's base", legal: ownBase + "mov rax, [rcx]",
        attack: "bad: mov [r15 + GBASE1], rax"),
      Twins(.m1_region, "write a mirror", legal: "mov rax, [r15 + GLOBAL2]", attack: "bad: mov [r15 + GLOBAL2], rax"),
      Twins(
        .m1_region, "write a mirror's upper half", legal: "mov rax, [r15 + GLOBAL2 + 8]",
        attack: "bad: mov [r15 + GLOBAL2 + 8], rax"),
      Twins(.m1_region, "read a gate", legal: "mov rax, [r15 + M0]", attack: "bad: mov rax, [r15 + HOSTCALL]"),
      Twins(
        .m1_region, "read one byte of a gate", legal: "mov al, [r15 + M0]", attack: "bad: mov al, [r15 + TRAP + 3]"),
      Twins(.m1_region, "compare with a gate", legal: "cmp rax, [r15 + M0]", attack: "bad: cmp rax, [r15 + INTERRUPT]"),
      Twins(.m1_region, "test a gate", legal: "test [r15 + M0], rax", attack: "bad: test [r15 + ELEM_DROP], rax"),
      Twins(
        .m1_region, "cmp a gate with an immediate", legal: "cmp dword ptr [r15 + M0], 1",
        attack: "bad: cmp dword ptr [r15 + FOREIGN], 1"),
      Twins(.m1_region, "cmov from a gate", legal: "cmove rax, [r15 + M0]", attack: "bad: cmove rax, [r15 + FOREIGN]"),
      Twins(.m1_region, "write a gate", legal: "mov [r15 + GLOBAL0], rax", attack: "bad: mov [r15 + MEMORY_GROW], rax"),
      Twins(.m1_region, "read the host's word", legal: "mov rax, [r15 + M0]", attack: "bad: mov rax, [r15 + HOST]"),
      Twins(
        .m1_region, "write the host's word", legal: "mov [r15 + GLOBAL0], rax", attack: "bad: mov [r15 + HOST], rax"),
      Twins(
        .m1_region, "a read over two readable words", legal: "mov rax, [r15 + M0]",
        attack: "bad: mov rax, [r15 + M0 - 4]"),
      Twins(
        .m1_region, "16 bytes from an 8-byte word", legal: "movq xmm0, qword ptr [r15 + M0]",
        attack: "bad: movups xmm0, xmmword ptr [r15 + M0]"),
      Twins(
        .m1_region, "a word of a gate and a limit", legal: "mov eax, [r15 + L0 + 4]",
        attack: "bad: mov rax, [r15 + L0 + 4]"),
      Twins(
        .m1_region, "the last global and what is above", legal: "movups xmm0, [r15 + GLOBAL0]",
        attack: "bad: movups xmm0, [r15 + GLOBAL0 + 8]"),
      Twins(
        .m1_region, "over two regions that grant the same", legal: "mov [r15 + GLOBAL3], rax",
        attack: "bad: mov [r15 + GLOBAL3 - 4], rax"),
      Twins(
        .m1_region, "past the transfer area", legal: "movups [r15 + XFER0], xmm0",
        attack: "bad: movups [r15 + XFER0 + 1], xmm0", in: .body(NexeBuilder().with { $0.transferCells = 1 })),
      Twins(
        .m1_region, "an index into the words", legal: "and eax, 3; mov rcx, [r15 + rax*8 + TCELL0]",
        attack: "and eax, 3; bad: mov rcx, [r15 + rax*8 + L0]"),
      Twins(
        .m1_region, "an index below the context's table", legal: "and eax, 3; mov [r15 + rax*8 + TCELL0], rcx",
        attack: "and eax, 3; bad: mov [r15 + rax*8 + TCELL0 - 1], rcx"),
      Twins(
        .m1_region, "an index above the context's table", legal: "and eax, 3; mov [r15 + rax*8 + TCELL0], rcx",
        attack: "and eax, 3; bad: mov [r15 + rax*8 + TCELL0 + 1], rcx"),
      Twins(
        .m1_region, "a wide index with a negative displacement", legal: "and eax, 0xff; mov cl, [r15 + rax + 256]",
        attack: "and eax, 0xffff; bad: mov cl, [r15 + rax - 256]"),

      // Bases.
      Twins(
        .m1_region, "a base loaded with 32 bits", legal: ownBase + "mov [rcx], al",
        attack: "mov ecx, [r15 + GBASE1]; bad: mov [rcx], al"),
      Twins(
        .s3_reservedRegister, "a base by lea", legal: ownBase + "mov [rcx], al",
        attack: "bad: lea rcx, [r15 + GBASE1]; mov [rcx], al"),
      Twins(
        .m1_region, "a base by an indexed load", legal: "mov eax, 0; " + ownBase + "mov [rcx], al",
        attack: "mov eax, 0; mov rcx, [r15 + rax + GBASE1]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base by movq", legal: ownBase + "mov [rcx], al",
        attack: "movq xmm0, qword ptr [r15 + GBASE1]; movq rcx, xmm0; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base by or", legal: ownBase + "mov [rcx], al",
        attack: "mov ecx, 0; or rcx, [r15 + GBASE1]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base by cmov", legal: ownBase + "mov [rcx], al",
        attack: "cmove rcx, [r15 + GBASE1]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base by movbe", legal: ownBase + "mov [rcx], al",
        attack: "movbe rcx, [r15 + GBASE1]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base half loaded", legal: ownBase + "mov [rcx], al",
        attack: ownBase + "mov cx, [r15 + GBASE1]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a size taken for a base", legal: ownBase + "mov [rcx], al",
        attack: "mov rcx, [r15 + M0]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a global taken for a base", legal: ownBase + "mov [rcx], al",
        attack: "mov rcx, [r15 + GLOBAL0]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base incremented", legal: ownBase + "mov [rcx + 8], al",
        attack: ownBase + "add rcx, 8; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base after inc", legal: ownBase + "mov [rcx + 1], al",
        attack: ownBase + "inc rcx; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base copied", legal: ownBase + "mov [rcx], al",
        attack: ownBase + "mov rdx, rcx; bad: mov [rdx], al"),
      Twins(
        .m1_region, "a base exchanged", legal: ownBase + "mov [rcx], al",
        attack: ownBase + "xchg rcx, rdx; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base spilled", legal: "sub rsp, 8; " + ownBase + "mov [rsp], rcx; mov [rcx], al; add rsp, 8",
        attack: "sub rsp, 8; " + ownBase + "mov [rsp], rcx; mov rcx, [rsp]; bad: mov [rcx], al; add rsp, 8"),
      Twins(
        .m1_region, "a base after a call", legal: "call g; " + ownBase + "mov [rcx], al",
        attack: ownBase + "call g; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base after a gate", legal: "call [r15 + MEMORY_GROW]; " + ownBase + "mov [rcx], al",
        attack: ownBase + "call [r15 + MEMORY_GROW]; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base at a jump target", legal: "je t; t: " + ownBase + "mov [rcx], al",
        attack: "je t; " + ownBase + "t: bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base after cmov", legal: ownBase + "cmove rdx, rax; mov [rcx], al",
        attack: ownBase + "cmove rcx, rax; bad: mov [rcx], al"),
      Twins(
        .m1_region, "a base as index", legal: ownBase + "mov eax, 0; mov [rcx + rax], al",
        attack: ownBase + "mov eax, 0; bad: mov [rax + rcx], al"),
      Twins(
        .m1_region, "two bases", legal: ownBase + "mov [rcx], al",
        attack: ownBase + "mov rdx, [r15 + GBASE1]; bad: mov [rcx + rdx], al"),
      Twins(
        .m1_region, "r15 as index on a base", legal: ownBase + "mov [rcx], al",
        attack: ownBase + "bad: mov [rcx + r15], al"),
      Twins(
        .m1_region, "past an imported global", legal: ownBase + "mov [rcx + 8], rax",
        attack: ownBase + "bad: mov [rcx + 9], rax"),
      Twins(
        .m1_region, "below an imported global", legal: ownBase + "mov [rcx], rax",
        attack: ownBase + "bad: mov [rcx - 8], rax"),
      Twins(
        .m1_region, "an index on an imported global", legal: ownBase + "and eax, 8; mov al, [rcx + 15]",
        attack: ownBase + "and eax, 8; bad: mov rax, [rcx + rax + 1]"),
      Twins(
        .m1_region, "past a table", legal: tableBase + "mov [rcx + rax*8], rdx",
        attack: tableBase + "bad: mov [rcx + rax*8 + 1], rdx"),
      Twins(
        .m1_region, "a table's pad", legal: tableBase + "mov rdx, [rcx + rax*8]",
        attack: tableBase + "bad: mov rdx, [rcx + rax*8 + 8]"),
      Twins(
        .m1_region, "an index of the wrong table",
        legal: "mov rcx, [r15 + TBASE1]; and rax, [r15 + TMASK1]; mov rdx, [rcx + rax*8]",
        attack: "mov rcx, [r15 + TBASE1]; and rax, [r15 + MMASK1]; bad: mov rdx, [rcx + rax*8]"),
      Twins(
        .m1_region, "write a shared table", legal: sharedBase + "mov rdx, [rcx + rax*8]",
        attack: sharedBase + "bad: mov [rcx + rax*8], rdx"),
      Twins(
        .m1_region, "a shared table by the other's base", legal: tableBase + "mov [rcx + rax*8], rdx",
        attack: tableBase + "mov rcx, [r15 + TBASE2]; bad: mov [rcx + rax*8], rdx"),
      Twins(
        .m1_region, "below another memory", legal: otherBase + "mov [rcx], dl",
        attack: otherBase + "bad: mov [rcx - 1], dl"),
      Twins(
        .m1_region, "a wide index with a negative displacement on a base", legal: otherBase + "mov [rcx + rax + 8], dl",
        attack: otherBase + "bad: mov [rcx + rax - 8], dl"),
      Twins(
        .m1_region, "a scaled index on a base", legal: otherBase + "mov [rcx + rax], dl",
        attack: otherBase + "bad: mov [rcx + rax*2], dl"),
      Twins(
        .m1_region, "past another memory", legal: otherBase + "mov rdx, [rcx + rax + 4153]",
        attack: otherBase + "bad: mov rdx, [rcx + rax + 4154]"),
      Twins(
        .m1_region, "another memory's mask on memory 0", legal: otherBase + "mov dl, [rcx + rax]",
        attack: otherBase + "bad: mov dl, [r15 + rax]"),
      Twins(
        .m1_region, "another memory's base, stale, from memory 0", legal: otherBase + "mov dl, [rcx + rax]",
        attack: otherBase + "mov rcx, [r15 + MBASE0]; bad: mov dl, [rcx + rax]"),
      Twins(
        .m1_region, "an imported memory 0 by r15", legal: "mov rcx, [r15 + MBASE0]; mov al, [rcx]",
        attack: "bad: mov al, [r15]", in: .body(NexeBuilder().with { $0.memories[0].flags = 1 })),
      Twins(
        .m1_region, "no memory at all", legal: "mov al, [r15 + XFER0]", attack: "bad: mov al, [r15]",
        in: .body(NexeBuilder(model: .maskWithoutMemory))),
    ])

  @Test(arguments: regions.rows.indices)
  func refusesRegion(_ row: Int) throws { try Self.regions.check(row) }
}
