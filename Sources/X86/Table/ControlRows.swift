/// Conditions, jumps, calls. What a call reads and destroys is the calling convention's to say, not this table's.
let controlRows: [RowDefinition] = [
  RowDefinition(
    .setcc, "set", [.write(.w8)], flags: .reads, [.legacy(.none, .x0F, 0x90, digit: 0, condition: true, [.rm])]),
  RowDefinition(
    .cmov, "cmov", [.write(), .tied, .read()], flags: .reads,
    [.legacy(.none, .x0F, 0x40, size: .doubleOrQuad, condition: true, [.reg, .tied, .rm])]),
  RowDefinition(
    .jcc, "j", [.code], flags: .reads,
    [
      .primary(0x70, condition: true, [.relative8]),
      .legacy(.none, .x0F, 0x80, condition: true, [.relative32]),
    ]),
  RowDefinition(.jmp, "jmp", [.code], [.primary(0xEB, [.relative8]), .primary(0xE9, [.relative32])]),
  RowDefinition(.call, "call", [.code], flags: .writes, [.primary(0xE8, [.relative32])]),
  RowDefinition(.ret, "ret", [], [.primary(0xC3, [])]),
  RowDefinition(.jmpIndirect, "jmp", [.code], [.primary(0xFF, digit: 4, [.rmRegister])]),
  RowDefinition(.callIndirect, "call", [.code], flags: .writes, [.primary(0xFF, digit: 2, [.rm])]),
]
