/// Bit counts and the BMI extensions. Opcodes: Intel SDM volume 2.
let bitRows: [RowDefinition] = [
  // With a zero source the destination keeps its value (AMD) or is undefined (Intel), upper half included.
  count(.bsf, "bsf", .none, 0xBC, .v2),
  count(.bsr, "bsr", .none, 0xBD, .v2),
  count(.lzcnt, "lzcnt", .xF3, 0xBD, .v3),
  count(.tzcnt, "tzcnt", .xF3, 0xBC, .v3),
  count(.popcnt, "popcnt", .xF3, 0xB8, .v2),

  RowDefinition(
    .shlx, "shlx", [.write(), .read(), .read()], isa: .v3,
    [.vex(.x66, .x0F38, 0xF7, size: .doubleOrQuad, [.reg, .rm, .vvvv])]),
  RowDefinition(
    .shrx, "shrx", [.write(), .read(), .read()], isa: .v3,
    [.vex(.xF2, .x0F38, 0xF7, size: .doubleOrQuad, [.reg, .rm, .vvvv])]),
  RowDefinition(
    .sarx, "sarx", [.write(), .read(), .read()], isa: .v3,
    [.vex(.xF3, .x0F38, 0xF7, size: .doubleOrQuad, [.reg, .rm, .vvvv])]),
  RowDefinition(
    .rorx, "rorx", [.write(), .read(), .immediate8], isa: .v3,
    [.vex(.xF2, .x0F3A, 0xF0, size: .doubleOrQuad, [.reg, .rm, .immediate8])]),
  RowDefinition(
    .andn, "andn", [.write(), .read(), .read()], flags: .writes, isa: .v3,
    [.vex(.none, .x0F38, 0xF2, size: .doubleOrQuad, [.reg, .vvvv, .rm])]),
  lowestBit(.blsr, "blsr", 1),
  lowestBit(.blsmsk, "blsmsk", 2),
  lowestBit(.blsi, "blsi", 3),
]

private func count(
  _ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ byte: UInt8, _ isa: ISALevel
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.write(), .read()], flags: .writes, isa: isa,
    [.legacy(prefix, .x0F, byte, size: .doubleOrQuad, [.reg, .rm])])
}

private func lowestBit(_ opcode: Opcode, _ name: StaticString, _ digit: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.write(), .read()], flags: .writes, isa: .v3,
    [.vex(.none, .x0F38, 0xF3, digit: digit, size: .doubleOrQuad, [.vvvv, .rm])])
}
