/// Moving lanes: interleaving, shuffles, insertion and extraction, widening, conversions lane by lane.
/// Opcodes: Intel SDM volume 2.
let laneRows: [RowDefinition] = [
  packed(.punpcklbw, "punpcklbw", .x66, .x0F, 0x60),
  packed(.punpcklwd, "punpcklwd", .x66, .x0F, 0x61),
  packed(.punpckldq, "punpckldq", .x66, .x0F, 0x62),
  packed(.punpcklqdq, "punpcklqdq", .x66, .x0F, 0x6C),
  packed(.punpckhbw, "punpckhbw", .x66, .x0F, 0x68),
  packed(.punpckhwd, "punpckhwd", .x66, .x0F, 0x69),
  packed(.punpckhdq, "punpckhdq", .x66, .x0F, 0x6A),
  packed(.punpckhqdq, "punpckhqdq", .x66, .x0F, 0x6D),
  packed(.unpcklps, "unpcklps", .none, .x0F, 0x14),
  packed(.unpckhps, "unpckhps", .none, .x0F, 0x15),
  packed(.unpcklpd, "unpcklpd", .x66, .x0F, 0x14),
  packed(.unpckhpd, "unpckhpd", .x66, .x0F, 0x15),
  registers(.movhlps, "movhlps", 0x12),
  registers(.movlhps, "movlhps", 0x16),
  packed(.pshufb, "pshufb", .x66, .x0F38, 0x00),
  shuffle(.pshufd, "pshufd", .x66, 0x70),
  shuffle(.pshuflw, "pshuflw", .xF2, 0x70),
  shuffle(.pshufhw, "pshufhw", .xF3, 0x70),
  withImmediate(.shufps, "shufps", .w128, .none, .x0F, 0xC6),
  withImmediate(.shufpd, "shufpd", .w128, .x66, .x0F, 0xC6),
  withImmediate(.palignr, "palignr", .w128, .x66, .x0F3A, 0x0F),
  withImmediate(.pblendw, "pblendw", .w128, .x66, .x0F3A, 0x0E),
  withImmediate(.blendps, "blendps", .w128, .x66, .x0F3A, 0x0C),
  withImmediate(.blendpd, "blendpd", .w128, .x66, .x0F3A, 0x0D),
  withImmediate(.insertps, "insertps", .w32, .x66, .x0F3A, 0x21),
  byteShift(.pslldq, "pslldq", 7),
  byteShift(.psrldq, "psrldq", 3),
  unary(.pmovsxbw, "pmovsxbw", .x66, .x0F38, 0x20, source: .w64),
  unary(.pmovsxwd, "pmovsxwd", .x66, .x0F38, 0x23, source: .w64),
  unary(.pmovsxdq, "pmovsxdq", .x66, .x0F38, 0x25, source: .w64),
  unary(.pmovzxbw, "pmovzxbw", .x66, .x0F38, 0x30, source: .w64),
  unary(.pmovzxwd, "pmovzxwd", .x66, .x0F38, 0x33, source: .w64),
  unary(.pmovzxdq, "pmovzxdq", .x66, .x0F38, 0x35, source: .w64),
  insert(.pinsrb, "pinsrb", .w8, .x0F3A, 0x20),
  insert(.pinsrw, "pinsrw", .w16, .x0F, 0xC4),
  // pinsrd, pinsrq: `width` bits.
  RowDefinition(
    .pinsrd, "pinsrd", name64: "pinsrq", [.writeVector(), .leftVector(), .read(), .immediate8],
    threeOperand(.x66, .x0F3A, 0x22, size: .doubleOrQuad, last: [.immediate8])),
  extract(.pextrb, "pextrb", .w8, 0x14),
  // The SSE2 form is shorter, but for registers only.
  RowDefinition(
    .pextrw, "pextrw", [.writeLane(.w16), .readVector(), .immediate8],
    pair(.x66, .x0F, 0xC5, [.reg, .rmRegister, .immediate8]) + pair(.x66, .x0F3A, 0x15, [.rmMemory, .reg, .immediate8])),
  RowDefinition(
    .pextrd, "pextrd", name64: "pextrq", [.write(), .readVector(), .immediate8],
    pair(.x66, .x0F3A, 0x16, size: .doubleOrQuad, [.rm, .reg, .immediate8])),
  // The other half of the destination is kept: tied without VEX.
  half(.movlpsLoad, "movlps", 0x12),
  half(.movhpsLoad, "movhps", 0x16),
  halfStore(.movlpsStore, "movlps", 0x13),
  halfStore(.movhpsStore, "movhps", 0x17),
  unary(.cvtdq2ps, "cvtdq2ps", .none, .x0F, 0x5B),
  unary(.cvttps2dq, "cvttps2dq", .xF3, .x0F, 0x5B),
  unary(.cvtdq2pd, "cvtdq2pd", .xF3, .x0F, 0xE6, source: .w64),
  unary(.cvttpd2dq, "cvttpd2dq", .x66, .x0F, 0xE6),
  unary(.cvtps2pd, "cvtps2pd", .none, .x0F, 0x5A, source: .w64),
  unary(.cvtpd2ps, "cvtpd2ps", .x66, .x0F, 0x5A),
  unary(.movddup, "movddup", .xF2, .x0F, 0x12, source: .w64),
  broadcast(.broadcastss, "vbroadcastss", .w32, 0x18),
  broadcast(.pbroadcastb, "vpbroadcastb", .w8, 0x78),
  broadcast(.pbroadcastw, "vpbroadcastw", .w16, 0x79),
  broadcast(.pbroadcastd, "vpbroadcastd", .w32, 0x58),
  broadcast(.pbroadcastq, "vpbroadcastq", .w64, 0x59),
]

/// Between registers only: the memory forms of these opcodes are other instructions.
private func registers(_ opcode: Opcode, _ name: StaticString, _ byte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readVector()],
    [
      .legacy(.none, .x0F, byte, sse: true, [.reg, .tied, .rmRegister]),
      .vex(.none, .x0F, byte, [.reg, .vvvv, .rmRegister]),
    ])
}

private func shuffle(
  _ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ byte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .readVector(), .immediate8], pair(prefix, .x0F, byte, [.reg, .rm, .immediate8]))
}

private func byteShift(_ opcode: Opcode, _ name: StaticString, _ digit: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .immediate8],
    [
      .legacy(.x66, .x0F, 0x73, digit: digit, sse: true, [.rmRegister, .tied, .immediate8]),
      .vex(.x66, .x0F, 0x73, digit: digit, [.vvvv, .rmRegister, .immediate8]),
    ])
}

/// Destination, rest (tied without VEX), 32-bit register or memory of the lane's size, lane.
private func insert(
  _ opcode: Opcode, _ name: StaticString, _ lane: Width, _ map: OpcodeMap, _ byte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readLane(lane), .immediate8],
    threeOperand(.x66, map, byte, last: [.immediate8]))
}

/// 32-bit register (zero-extended) or memory of the lane's size, source, lane.
private func extract(_ opcode: Opcode, _ name: StaticString, _ lane: Width, _ byte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeLane(lane), .readVector(), .immediate8],
    pair(.x66, .x0F3A, byte, [.rm, .reg, .immediate8]))
}

private func half(_ opcode: Opcode, _ name: StaticString, _ byte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readVector(.w64)],
    [
      .legacy(.none, .x0F, byte, sse: true, [.reg, .tied, .rmMemory]),
      .vex(.none, .x0F, byte, [.reg, .vvvv, .rmMemory]),
    ])
}

private func halfStore(_ opcode: Opcode, _ name: StaticString, _ byte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(.w64), .readVector()], pair(.none, .x0F, byte, [.rmMemory, .reg]))
}

private func broadcast(_ opcode: Opcode, _ name: StaticString, _ lane: Width, _ byte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .readVector(lane)], isa: .v3, [.vex(.x66, .x0F38, byte, [.reg, .rm])])
}
