import Testing

@testable import NaClValidator

/// The slot arithmetic of M1 for every k, size, scale and sign of displacement: own and further memories, memories of 64-bit
/// indices, tables in and outside of the context, cells. Each attack reaches one byte further than its twin.
@Suite struct CorpusReach {
  private static let accesses = [
    (1, "mov cl, byte ptr"), (2, "mov cx, word ptr"), (4, "mov ecx, dword ptr"), (8, "mov rcx, qword ptr"),
    (16, "movups xmm0, xmmword ptr"),
  ]
  private static let stores = [
    (1, "mov byte ptr", ", cl"), (2, "mov word ptr", ", cx"), (4, "mov dword ptr", ", ecx"), (8, "mov qword ptr", ", rcx"),
    (16, "movups xmmword ptr", ", xmm0"), (4, "movss dword ptr", ", xmm0"), (8, "movlps qword ptr", ", xmm0"),
    (8, "vmovhps qword ptr", ", xmm0"), (1, "vpextrb byte ptr", ", xmm0, 3"), (4, "extractps dword ptr", ", xmm0, 3"),
  ]

  /// k of memory 0 in the mask model, with an index at its largest and with none.
  private static let own = TwinTable(
    .body(NexeBuilder()),
    [16, 17, 20, 24, 28, 31].flatMap { (k: UInt32) in
      let (end, setting) = ((1 << Int(k)) + 4160, Setting.body(NexeBuilder(model: .mask(k: k))))
      let mask = "and eax, \((1 << Int(k)) - 1); "
      return accesses.flatMap { size, load in
        [
          Twins(
            .m1_region, "k = \(k), \(size) bytes, indexed", legal: mask + "\(load) [r15 + rax + \(4161 - size)]",
            attack: mask + "bad: \(load) [r15 + rax + \(4162 - size)]", in: setting),
          k == 31
            ? Twins(
              .m1_region, "k = 31, \(size) bytes at the largest displacement and an index",
              legal: "and eax, \(4160 + 1 - size); \(load) [r15 + rax + 0x7fffffff]",
              attack: "and eax, 0xffff; bad: \(load) [r15 + rax + 0x7fffffff]", in: setting)
            : Twins(
              .m1_region, "k = \(k), \(size) bytes, constant", legal: "\(load) [r15 + \(end - size)]",
              attack: "bad: \(load) [r15 + \(end - size + 1)]", in: setting),
        ]
      } + stores.map { size, store, value in
        Twins(
          .m1_region, "k = \(k), \(store)\(value)", legal: mask + "\(store) [r15 + rax + \(4161 - size)]\(value)",
          attack: mask + "bad: \(store) [r15 + rax + \(4162 - size)]\(value)", in: setting)
      }
    })

  @Test(arguments: own.rows.indices)
  func ownMemory(_ row: Int) throws { try Self.own.check(row) }

  /// A scale multiplies what the index may be (CVE-2023-26489 folded one in behind the mask).
  private static let scaled = TwinTable(
    .body(NexeBuilder()),
    [16, 20, 31].flatMap { (k: UInt32) in
      [2, 4, 8].flatMap { scale in
        let setting = Setting.body(NexeBuilder(model: .mask(k: k)))
        let bits = (1 << Int(k)) / scale - 1
        return [
          Twins(
            .m1_region, "k = \(k), scale \(scale), a mask of the unscaled index",
            legal: "and eax, \(bits); mov cl, [r15 + rax*\(scale)]",
            attack: "and eax, \((1 << Int(k)) - 1); bad: mov cl, [r15 + rax*\(scale)]", in: setting),
          Twins(
            .m1_region, "k = \(k), scale \(scale), the last byte",
            legal: "and eax, \(bits); mov cl, [r15 + rax*\(scale) + \(4159 + scale)]",
            attack: "and eax, \(bits); bad: mov cl, [r15 + rax*\(scale) + \(4160 + scale)]", in: setting),
          Twins(
            .m1_region, "k = \(k), scale \(scale), shifted after the mask", legal: "shl eax, 3; and eax, \((1 << Int(k)) - 1); mov cl, [r15 + rax]",
            attack: "and eax, \((1 << Int(k)) - 1); shl eax, \(scale / 2); bad: mov cl, [r15 + rax]", in: setting),
        ]
      }
    })

  @Test(arguments: scaled.rows.indices)
  func scaledIndices(_ row: Int) throws { try Self.scaled.check(row) }

  /// Memories of 64-bit indices: their mask is a word from k = 32, and 2^40 bytes are the most.
  private static let wide = TwinTable(
    .body(NexeBuilder()),
    [16, 24, 31, 32, 36, 40].flatMap { (k: UInt32) -> [Twins] in
      let setting = Setting.body(NexeBuilder().with { $0.memories = [.init(flags: 2, k: k), .init(flags: 0, k: 32)] })
      let mask = "and rax, [r15 + MMASK0]; "
      let load = "mov cl, byte ptr [r15 + rax"
      return [
        Twins(.m1_region, "i64, k = \(k), one past the pad", legal: mask + load + " + 4160 - 1]", attack: mask + "bad: " + load + " + 4161]", in: setting),
        Twins(.m1_region, "i64, k = \(k), doubled", legal: mask + load + "]", attack: mask + "bad: " + load + "*2]", in: setting),
        Twins(.m1_region, "i64, k = \(k), one below", legal: mask + load + "]", attack: mask + "bad: " + load + " - 1]", in: setting),
        Twins(
          .m1_region, "i64, k = \(k), no mask", legal: mask + load + "]", attack: k > 32 ? "bad: " + load + "]" : "mov rax, rcx; bad: " + load + "]",
          in: setting),
        Twins(
          .m1_region, "i64, k = \(k), the other memory's mask", legal: mask + load + "]",
          attack: k >= 32 ? "and rax, [r15 + M0]; bad: " + load + "]" : "and rax, [r15 + MMASK1]; bad: " + load + "]", in: setting),
        Twins(
          .m1_region, "i64, k = \(k), the mask changed by a shift", legal: mask + "shr rax, 48; " + load + "]",
          attack: mask + "shl rax, 1; bad: " + load + "]", in: setting),
      ]
    })

  @Test(arguments: wide.rows.indices)
  func wideMemories(_ row: Int) throws { try Self.wide.check(row) }

  /// Further memories: every k, imported or not, through BASE.
  private static let further = TwinTable(
    .body(NexeBuilder()),
    [(0, 16), (1, 20), (0, 24), (1, 31), (0, 32), (2, 33), (3, 40)].flatMap { (flags: UInt32, k: UInt32) in
      let setting = Setting.body(NexeBuilder().memory(k: 18).memory(flags: flags, k: k))
      let base = "mov rdx, [r15 + MBASE2]; "
      let mask = k <= 31 ? "and eax, \((1 << Int(k)) - 1); " : "and rax, [r15 + MMASK2]; "
      return accesses.map { size, load in
        Twins(
          .m1_region, "memory 2, flags \(flags), k = \(k), \(size) bytes", legal: base + mask + "\(load) [rdx + rax + \(4161 - size)]",
          attack: base + mask + "bad: \(load) [rdx + rax + \(4162 - size)]", in: setting)
      } + [
        Twins(
          .m1_region, "memory 2, flags \(flags), k = \(k), by memory 1's base", legal: base + mask + "mov cl, [rdx + rax]",
          attack: k == 16 ? "mov rdx, [r15 + MBASE1]; and eax, 0x7ffff; bad: mov cl, [rdx + rax]" : "mov rdx, [r15 + MBASE1]; " + mask + "bad: mov cl, [rdx + rax]",
          in: setting),
        Twins(
          .m1_region, "memory 2, flags \(flags), k = \(k), below", legal: base + mask + "mov [rdx + rax], cl",
          attack: base + mask + "bad: mov [rdx + rax - 1], cl", in: setting),
        Twins(
          .m1_region, "memory 2, flags \(flags), k = \(k), base and index exchanged", legal: base + mask + "mov [rdx + rax], cl",
          attack: base + mask + "bad: mov [rax + rdx], cl", in: setting),
        Twins(
          .m1_region, "memory 2, flags \(flags), k = \(k), base scaled", legal: base + mask + "mov [rdx + rax], cl",
          attack: base + mask + "bad: mov [rax + rdx*2], cl", in: setting),
      ]
    })

  /// What one memory's mask, limit or base is worth for another.
  private static let mixed = TwinTable(
    .body(NexeBuilder().with { $0.memories = [.init(flags: 2, k: 33), .init(flags: 2, k: 40), .init(flags: 3, k: 20)] }.limitWord(8, memory: 0)),
    [
      Twins(
        .m1_region, "the mask of a larger memory", legal: "mov rdx, [r15 + MBASE2]; and rax, [r15 + MMASK2]; mov cl, [rdx + rax]",
        attack: "mov rdx, [r15 + MBASE2]; and rax, [r15 + MMASK1]; bad: mov cl, [rdx + rax]"),
      Twins(
        .m1_region, "the mask of a larger memory on memory 0", legal: "and rax, [r15 + MMASK0]; mov cl, [r15 + rax]",
        attack: "and rax, [r15 + MMASK1]; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "two masks, the larger one last: the smaller is forgotten", legal: "and rax, [r15 + MMASK1]; and rax, [r15 + MMASK0]; mov cl, [r15 + rax]",
        attack: "and rax, [r15 + MMASK0]; and rax, [r15 + MMASK1]; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "a 64-bit index that only a limit bounds", legal: "cmp rax, [r15 + L0]; jae t; and rax, [r15 + MMASK0]; mov cl, [r15 + rax]; t: nop",
        attack: "cmp rax, [r15 + L0]; jae t; bad: mov cl, [r15 + rax]; t: nop"),
      Twins(
        .m1_region, "a 32-bit index on a memory of 2^33 is bounded, on one of 2^20 it is not", legal: "mov eax, ecx; mov dl, [r15 + rax]",
        attack: "mov rdx, [r15 + MBASE2]; mov eax, ecx; bad: mov cl, [rdx + rax]"),
      Twins(
        .m1_region, "a mask word with 32 bits", legal: "and rax, [r15 + MMASK0]; mov cl, [r15 + rax*1 + 4160]",
        attack: "and eax, [r15 + MMASK0]; mov rdx, [r15 + MBASE2]; bad: mov cl, [rdx + rax]"),
      Twins(
        .m1_region, "the mask taken before the sum", legal: "add rax, rcx; and rax, [r15 + MMASK0]; mov cl, [r15 + rax]",
        attack: "and rax, [r15 + MMASK0]; add rax, rcx; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "the mask taken before lea", legal: "lea rax, [rax + rcx*8]; and rax, [r15 + MMASK0]; mov cl, [r15 + rax]",
        attack: "and rax, [r15 + MMASK0]; lea rax, [rax + rcx*8]; bad: mov cl, [r15 + rax]"),
      Twins(
        .m1_region, "the base reloaded with another memory's", legal: "and rax, [r15 + MMASK1]; mov rdx, [r15 + MBASE1]; mov cl, [rdx + rax]",
        attack: "and rax, [r15 + MMASK1]; mov rdx, [r15 + MBASE1]; mov rdx, [r15 + MBASE2]; bad: mov cl, [rdx + rax]"),
      Twins(
        .m1_region, "memory 0 by another's base", legal: "and rax, [r15 + MMASK0]; mov rdx, [r15 + MBASE0]; mov cl, [rdx + rax]",
        attack: "and rax, [r15 + MMASK0]; mov rdx, [r15 + MBASE2]; bad: mov cl, [rdx + rax]"),
    ])

  @Test(arguments: mixed.rows.indices)
  func anotherMemorysWords(_ row: Int) throws { try Self.mixed.check(row) }

  @Test(arguments: further.rows.indices)
  func furtherMemories(_ row: Int) throws { try Self.further.check(row) }

  /// Tables outside of the context: no pad, elements of 8 bytes, shared ones only read.
  private static let tables = TwinTable(
    .body(NexeBuilder()),
    [0, 1, 7, 10, 20, 24].flatMap { (k: UInt32) -> [Twins] in
      let setting = Setting.body(NexeBuilder().table(k: 3, maximum: 8).table(k: k).table(flags: 2, k: k).table(flags: 1, k: k))
      let mask = "and eax, \((1 << Int(k)) - 1); "
      let base = "mov rdx, [r15 + TBASE1]; "
      return [
        Twins(.m1_region, "table k = \(k), one element more", legal: base + mask + "mov rcx, [rdx + rax*8]", attack: base + mask + "bad: mov rcx, [rdx + rax*8 + 8]", in: setting),
        Twins(.m1_region, "table k = \(k), one byte more", legal: base + mask + "mov rcx, [rdx + rax*8]", attack: base + mask + "bad: mov rcx, [rdx + rax*8 + 1]", in: setting),
        Twins(.m1_region, "table k = \(k), written past its end", legal: base + mask + "mov [rdx + rax*8], rcx", attack: base + mask + "bad: movups [rdx + rax*8], xmm0", in: setting),
        Twins(.m1_region, "table k = \(k), one byte below", legal: base + mask + "mov [rdx + rax*8], rcx", attack: base + mask + "bad: mov [rdx + rax*8 - 1], rcx", in: setting),
        Twins(.m1_region, "table k = \(k), exported, written", legal: "mov rdx, [r15 + TBASE2]; " + mask + "mov rcx, [rdx + rax*8]", attack: "mov rdx, [r15 + TBASE2]; " + mask + "bad: mov [rdx + rax*8], rcx", in: setting),
        Twins(.m1_region, "table k = \(k), imported, written", legal: "mov rdx, [r15 + TBASE3]; " + mask + "mov rcx, [rdx + rax*8]", attack: "mov rdx, [r15 + TBASE3]; " + mask + "bad: add [rdx + rax*8], rcx", in: setting),
        Twins(.m1_region, "table k = \(k), its mask doubled", legal: base + mask + "mov rcx, [rdx + rax*8]", attack: base + "and eax, \((2 << Int(k)) - 1); bad: mov rcx, [rdx + rax*8]", in: setting),
        Twins(.m1_region, "table k = \(k), the mask word", legal: base + "and rax, [r15 + TMASK1]; mov rcx, [rdx + rax*8]", attack: base + "and rax, [r15 + TSIZE1]; bad: mov rcx, [rdx + rax*8]", in: setting),
      ]
    })

  @Test(arguments: tables.rows.indices)
  func tablesOutside(_ row: Int) throws { try Self.tables.check(row) }

  /// Tables in the context: a region each, between words that code may not write.
  private static let contextTables = TwinTable(
    .body(NexeBuilder()),
    [1, 2, 3, 5, 6].flatMap { (k: UInt32) -> [Twins] in
      let setting = Setting.body(
        NexeBuilder().table(k: k, maximum: 1 << UInt64(k)).table(k: k, maximum: 1 << UInt64(k)).global(2).limitWord(4))
      let mask = "and eax, \((1 << Int(k)) - 1); "
      return [
        Twins(.m1_region, "context table k = \(k), the one above", legal: mask + "mov [r15 + rax*8 + TCELL1], rcx", attack: mask + "bad: mov [r15 + rax*8 + TCELL1 + 8], rcx", in: setting),
        Twins(.m1_region, "context table k = \(k), the one below", legal: mask + "mov [r15 + rax*8 + TCELL0], rcx", attack: mask + "bad: mov [r15 + rax*8 + TCELL0 - 8], rcx", in: setting),
        Twins(.m1_region, "context table k = \(k), two elements", legal: mask + "mov rcx, [r15 + rax*8 + TCELL0]", attack: mask + "bad: movups xmm0, [r15 + rax*8 + TCELL0]", in: setting),
        Twins(.m1_region, "context table k = \(k), an index of one bit more", legal: mask + "mov rcx, [r15 + rax*8 + TCELL0]", attack: "and eax, \((2 << Int(k)) - 1); bad: mov rcx, [r15 + rax*8 + TCELL0]", in: setting),
      ]
    })

  @Test(arguments: contextTables.rows.indices)
  func tablesInTheContext(_ row: Int) throws { try Self.contextTables.check(row) }

  /// The segment form has no bound to break; what it must not have is another form's reach.
  private static let segmented = TwinTable(
    .body(NexeBuilder(model: .seg32).memory(k: 20)),
    [
      Twins(.m1_region, "r15 reaches 2^31 in seg32 too", legal: "mov cl, byte ptr [r15 + 0x7fffffff]", attack: "bad: mov cl, byte ptr [r15 - 0x7fffffff]"),
      Twins(
        .m1_region, "2^32 and the pad by r15", legal: "mov eax, ecx; mov dl, byte ptr [r15 + rax + 4160]", attack: "mov eax, ecx; bad: mov dl, byte ptr [r15 + rax + 4161]"),
      Twins(.m1_region, "2^33 by r15", legal: "mov eax, ecx; mov dl, byte ptr [r15 + rax]", attack: "mov eax, ecx; bad: mov dl, byte ptr [r15 + rax*2]"),
      Twins(.m1_region, "the other memory with the first's index", legal: "mov rdx, [r15 + MBASE1]; and eax, 0xfffff; mov cl, [rdx + rax]", attack: "mov rdx, [r15 + MBASE1]; mov eax, eax; bad: mov cl, [rdx + rax]"),
    ])

  @Test(arguments: segmented.rows.indices)
  func segmentModel(_ row: Int) throws { try Self.segmented.check(row) }
}
