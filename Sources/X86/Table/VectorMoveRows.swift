/// Moves and conversions of vector registers, in SSE and VEX.128 forms. Opcodes: Intel SDM volume 2.
let vectorMoveRows: [RowDefinition] = [
  load(.movss, "movss", .w32, .xF3, 0x10),
  load(.movsd, "movsd", .w64, .xF2, 0x10),
  RowDefinition(
    .movq, "movq", [.writeVector(.w64), .readVector(.w64)],
    pair(.xF3, .x0F, 0x7E, [.reg, .rm]) + pair(.x66, .x0F, 0xD6, [.rmMemory, .reg])),
  move(.movaps, "movaps", .none, 0x28, 0x29),
  move(.movups, "movups", .none, 0x10, 0x11),
  move(.movdqa, "movdqa", .x66, 0x6F, 0x7F),
  move(.movdqu, "movdqu", .xF3, 0x6F, 0x7F),
  // Without REX.W in memory, as movq is.
  RowDefinition(
    .moveToVector, "movd", name64: "movq", [.writeVector(), .read()],
    pair(.x66, .x0F, 0x6E, size: .doubleOrQuad, [.reg, .rmRegister])
      + pair(.x66, .x0F, 0x6E, size: .doubleOnly, [.reg, .rmMemory])
      + pair(.xF3, .x0F, 0x7E, size: .quadWithoutW, [.reg, .rmMemory])),
  RowDefinition(
    .moveFromVector, "movd", name64: "movq", [.write(), .readVector()],
    pair(.x66, .x0F, 0x7E, size: .doubleOrQuad, [.rmRegister, .reg])
      + pair(.x66, .x0F, 0x7E, size: .doubleOnly, [.rmMemory, .reg])
      + pair(.x66, .x0F, 0xD6, size: .quadWithoutW, [.rmMemory, .reg])),

  fromInteger(.cvtsi2ss, "cvtsi2ss", .xF3),
  fromInteger(.cvtsi2sd, "cvtsi2sd", .xF2),
  RowDefinition(
    .cvttss2si, "cvttss2si", [.write(), .readVector(.w32)], pair(.xF3, .x0F, 0x2C, size: .doubleOrQuad, [.reg, .rm])),
  RowDefinition(
    .cvttsd2si, "cvttsd2si", [.write(), .readVector(.w64)], pair(.xF2, .x0F, 0x2C, size: .doubleOrQuad, [.reg, .rm])),
  RowDefinition(
    .cvtss2sd, "cvtss2sd", [.writeVector(), .leftVector(), .readVector(.w32)], threeOperand(.xF3, .x0F, 0x5A)),
  RowDefinition(
    .cvtsd2ss, "cvtsd2ss", [.writeVector(), .leftVector(), .readVector(.w64)], threeOperand(.xF2, .x0F, 0x5A)),
  signMask(.movmskps, "movmskps", .none, 0x50),
  signMask(.movmskpd, "movmskpd", .x66, 0x50),
  signMask(.pmovmskb, "pmovmskb", .x66, 0xD7),
]

/// The SSE and the VEX form of a two-operand instruction.
func pair(
  _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ opcode: UInt8, size sizing: Sizing = .none, _ fields: [Field]
) -> [Encoding] {
  [.legacy(prefix, map, opcode, size: sizing, sse: true, fields), .vex(prefix, map, opcode, size: sizing, fields)]
}

/// Destination, left, right (register or memory), and perhaps an immediate: the left operand is tied in the SSE form.
func threeOperand(
  _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ opcode: UInt8, size sizing: Sizing = .none, last: [Field] = []
) -> [Encoding] {
  [
    .legacy(prefix, map, opcode, size: sizing, sse: true, [.reg, .tied, .rm] + last),
    .vex(prefix, map, opcode, size: sizing, [.reg, .vvvv, .rm] + last),
  ]
}

private func load(
  _ opcode: Opcode, _ name: StaticString, _ width: Width, _ prefix: MandatoryPrefix, _ byte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(width), .readVector(width)],
    pair(prefix, .x0F, byte, [.reg, .rmMemory]) + pair(prefix, .x0F, byte + 1, [.rmMemory, .reg]))
}

private func move(
  _ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ loadByte: UInt8, _ storeByte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .readVector()],
    pair(prefix, .x0F, loadByte, [.reg, .rm]) + pair(prefix, .x0F, storeByte, [.rmMemory, .reg]))
}

private func fromInteger(_ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .read()], threeOperand(prefix, .x0F, 0x2A, size: .doubleOrQuad))
}

private func signMask(_ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ byte: UInt8) -> RowDefinition
{
  RowDefinition(opcode, name, [.write(.w32), .readVector()], pair(prefix, .x0F, byte, [.reg, .rmRegister]))
}
