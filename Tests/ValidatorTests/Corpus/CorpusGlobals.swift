import Testing

@testable import NaClValidator

/// Where a global lies follows from its four flags (docs/NEXE.md, "The context block"): a cell that code may write, a mirror that it may only
/// read, or another instance's cell behind a BASE word.
@Suite struct CorpusGlobals {
  private static let mirrors: Set<UInt32> = [7, 14, 15]
  private static let bases: Set<UInt32> = [3, 11]

  /// The global is the second of three, the others plain cells.
  private static let table = TwinTable(
    .body(NexeBuilder()),
    (0..<16 as Range<UInt32>).flatMap { flags -> [Twins] in
      let setting = Setting.body(NexeBuilder().global(2).global(flags).global(0))
      let base = "mov rcx, [r15 + GBASE1]; "
      if mirrors.contains(flags) {
        return [
          Twins(.m1_region, "flags \(flags), a mirror written", legal: "mov rax, [r15 + GLOBAL1]", attack: "bad: mov [r15 + GLOBAL1], rax", in: setting),
          Twins(
            .m1_region, "flags \(flags), a mirror and what is below it", legal: "movups xmm0, [r15 + GLOBAL1]",
            attack: "bad: movups xmm0, [r15 + GLOBAL1 - 8]", in: setting),
          Twins(
            .m1_region, "flags \(flags), the cells beside a mirror", legal: "mov [r15 + GLOBAL0], rax; mov [r15 + GLOBAL2], rax",
            attack: "bad: movups [r15 + GLOBAL0 + 8], xmm0", in: setting),
        ]
      }
      if bases.contains(flags) {
        return [
          Twins(.m1_region, "flags \(flags), behind its cell", legal: base + "mov [rcx + 8], rax", attack: base + "bad: mov [rcx + 9], rax", in: setting),
          Twins(.m1_region, "flags \(flags), its base written", legal: "mov rax, [r15 + GBASE1]", attack: "bad: mov [r15 + GBASE1], rax", in: setting),
        ]
      }
      return [
        Twins(
          .m1_region, "flags \(flags), below the lowest cell", legal: "mov [r15 + GLOBAL1], rax; movups [r15 + GLOBAL2], xmm0",
          attack: "bad: movups [r15 + GLOBAL2 - 1], xmm0", in: setting)
      ]
    })

  @Test(arguments: table.rows.indices)
  func storage(_ row: Int) throws { try Self.table.check(row) }
}
