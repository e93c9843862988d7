/// Scalar and packed arithmetic, in SSE and VEX.128 forms. Opcodes: Intel SDM volume 2.
let vectorArithmeticRows: [RowDefinition] =
  quartet((.addss, .addsd, .addps, .addpd), ("addss", "addsd", "addps", "addpd"), 0x58)
  + quartet((.mulss, .mulsd, .mulps, .mulpd), ("mulss", "mulsd", "mulps", "mulpd"), 0x59)
  + quartet((.subss, .subsd, .subps, .subpd), ("subss", "subsd", "subps", "subpd"), 0x5C)
  + quartet((.minss, .minsd, .minps, .minpd), ("minss", "minsd", "minps", "minpd"), 0x5D)
  + quartet((.divss, .divsd, .divps, .divpd), ("divss", "divsd", "divps", "divpd"), 0x5E)
  + quartet((.maxss, .maxsd, .maxps, .maxpd), ("maxss", "maxsd", "maxps", "maxpd"), 0x5F)
  + [
    packed(.andps, "andps", .none, .x0F, 0x54),
    packed(.andpd, "andpd", .x66, .x0F, 0x54),
    packed(.andnps, "andnps", .none, .x0F, 0x55),
    packed(.andnpd, "andnpd", .x66, .x0F, 0x55),
    packed(.orps, "orps", .none, .x0F, 0x56),
    packed(.orpd, "orpd", .x66, .x0F, 0x56),
    packed(.xorps, "xorps", .none, .x0F, 0x57),
    packed(.xorpd, "xorpd", .x66, .x0F, 0x57),
    scalar(.sqrtss, "sqrtss", .w32, .xF3, .x0F, 0x51),
    scalar(.sqrtsd, "sqrtsd", .w64, .xF2, .x0F, 0x51),
    unary(.sqrtps, "sqrtps", .none, .x0F, 0x51),
    unary(.sqrtpd, "sqrtpd", .x66, .x0F, 0x51),
    compare(.ucomiss, "ucomiss", .w32, .none),
    compare(.ucomisd, "ucomisd", .w64, .x66),
    withImmediate(.cmpss, "cmpss", .w32, .xF3, .x0F, 0xC2),
    withImmediate(.cmpsd, "cmpsd", .w64, .xF2, .x0F, 0xC2),
    withImmediate(.cmpps, "cmpps", .w128, .none, .x0F, 0xC2),
    withImmediate(.cmppd, "cmppd", .w128, .x66, .x0F, 0xC2),
    withImmediate(.roundss, "roundss", .w32, .x66, .x0F3A, 0x0A),
    withImmediate(.roundsd, "roundsd", .w64, .x66, .x0F3A, 0x0B),
    RowDefinition(
      .roundps, "roundps", [.writeVector(), .readVector(), .immediate8],
      pair(.x66, .x0F3A, 0x08, [.reg, .rm, .immediate8])),
    RowDefinition(
      .roundpd, "roundpd", [.writeVector(), .readVector(), .immediate8],
      pair(.x66, .x0F3A, 0x09, [.reg, .rm, .immediate8])),
    idiom(.zeroVector, "xorps", .none, 0x57),
    idiom(.onesVector, "pcmpeqd", .x66, 0x76),
    packed(.pand, "pand", .x66, .x0F, 0xDB),
    packed(.pandn, "pandn", .x66, .x0F, 0xDF),
    packed(.por, "por", .x66, .x0F, 0xEB),
    packed(.pxor, "pxor", .x66, .x0F, 0xEF),
    packed(.pcmpeqb, "pcmpeqb", .x66, .x0F, 0x74),
    packed(.pcmpeqw, "pcmpeqw", .x66, .x0F, 0x75),
    packed(.pcmpeqd, "pcmpeqd", .x66, .x0F, 0x76),
    packed(.pcmpeqq, "pcmpeqq", .x66, .x0F38, 0x29),
    shift(.psllw, "psllw", 0xF1, 0x71, 6),
    shift(.pslld, "pslld", 0xF2, 0x72, 6),
    shift(.psllq, "psllq", 0xF3, 0x73, 6),
    shift(.psrlw, "psrlw", 0xD1, 0x71, 2),
    shift(.psrld, "psrld", 0xD2, 0x72, 2),
    shift(.psrlq, "psrlq", 0xD3, 0x73, 2),
    shift(.psraw, "psraw", 0xE1, 0x71, 4),
    shift(.psrad, "psrad", 0xE2, 0x72, 4),
    multiplyAdd(.fmadd231, "vfmadd231ps", "vfmadd231pd", 0xB8),
    multiplyAdd(.fnmadd231, "vfnmadd231ps", "vfnmadd231pd", 0xBC),
    blend(.blendvps, "blendvps", 0x14, 0x4A),
    blend(.blendvpd, "blendvpd", 0x15, 0x4B),
    blend(.pblendvb, "pblendvb", 0x10, 0x4C),
  ]

/// An operation that has all four of ss, sd, ps and pd.
private func quartet(
  _ opcodes: (Opcode, Opcode, Opcode, Opcode), _ names: (StaticString, StaticString, StaticString, StaticString),
  _ byte: UInt8
) -> [RowDefinition] {
  [
    scalar(opcodes.0, names.0, .w32, .xF3, .x0F, byte),
    scalar(opcodes.1, names.1, .w64, .xF2, .x0F, byte),
    packed(opcodes.2, names.2, .none, .x0F, byte),
    packed(opcodes.3, names.3, .x66, .x0F, byte),
  ]
}

private func scalar(
  _ opcode: Opcode, _ name: StaticString, _ width: Width, _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ byte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readVector(width)], threeOperand(prefix, map, byte))
}

func packed(
  _ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ byte: UInt8
) -> RowDefinition {
  scalar(opcode, name, .w128, prefix, map, byte)
}

func unary(
  _ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ byte: UInt8,
  source: Width = .w128
) -> RowDefinition {
  RowDefinition(opcode, name, [.writeVector(), .readVector(source)], pair(prefix, map, byte, [.reg, .rm]))
}

private func compare(_ opcode: Opcode, _ name: StaticString, _ width: Width, _ prefix: MandatoryPrefix) -> RowDefinition
{
  RowDefinition(
    opcode, name, [.readVector(width), .readVector(width)], flags: .writes, pair(prefix, .x0F, 0x2E, [.reg, .rm]))
}

func withImmediate(
  _ opcode: Opcode, _ name: StaticString, _ width: Width, _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ byte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readVector(width), .immediate8],
    threeOperand(prefix, map, byte, last: [.immediate8]))
}

private func idiom(_ opcode: Opcode, _ name: StaticString, _ prefix: MandatoryPrefix, _ byte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector()],
    [.legacy(prefix, .x0F, byte, sse: true, [.regAndRM]), .vex(prefix, .x0F, byte, [.regAndVVVVAndRM])])
}

/// Shifts by a vector's low quadword or by an immediate.
private func shift(
  _ opcode: Opcode, _ name: StaticString, _ byte: UInt8, _ immediateByte: UInt8, _ digit: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readVector()],
    threeOperand(.x66, .x0F, byte) + [
      .legacy(.x66, .x0F, immediateByte, digit: digit, sse: true, [.rmRegister, .tied, .immediate8]),
      .vex(.x66, .x0F, immediateByte, digit: digit, [.vvvv, .rmRegister, .immediate8]),
    ])
}

private func blend(_ opcode: Opcode, _ name: StaticString, _ byte: UInt8, _ vexByte: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.writeVector(), .leftVector(), .readVector(), .blendMask],
    [
      .legacy(.x66, .x0F38, byte, sse: true, [.reg, .tied, .rm, .xmm0]),
      .vex(.x66, .x0F3A, vexByte, [.reg, .vvvv, .rm, .is4]),
    ])
}

private func multiplyAdd(
  _ opcode: Opcode, _ name: StaticString, _ name64: StaticString, _ byte: UInt8
) -> RowDefinition {
  RowDefinition(
    opcode, name, name64: name64, [.writeVector(), .tiedVector, .readVector(), .readVector()], isa: .v3,
    [.vex(.x66, .x0F38, byte, size: .doubleOrQuad, [.reg, .tied, .vvvv, .rm])])
}
