/// Integer arithmetic and moves. Opcodes: Intel SDM volume 2, appendix A.
let integerRows: [RowDefinition] = [
  arithmetic(.add, "add", 0),
  arithmetic(.sub, "sub", 5),
  arithmetic(.and, "and", 4),
  arithmetic(.or, "or", 1),
  arithmetic(.xor, "xor", 6),
  RowDefinition(
    .imul, "imul", [.write(), .tied, .read()], flags: .writes,
    [.legacy(.none, .x0F, 0xAF, size: .notByte, [.reg, .tied, .rm])]),
  RowDefinition(
    .imulImmediate, "imul", [.write(), .read(), .immediate], flags: .writes,
    [.primary(0x6B, size: .notByte, [.reg, .rm, .signed8]), .primary(0x69, size: .notByte, [.reg, .rm, .full])]),
  memoryArithmetic(.addMemory, "add", 0),
  memoryArithmetic(.subMemory, "sub", 5),
  memoryArithmetic(.andMemory, "and", 4),
  memoryArithmetic(.orMemory, "or", 1),
  memoryArithmetic(.xorMemory, "xor", 6),
  RowDefinition(
    .cmp, "cmp", [.read(), .read()], flags: .writes,
    [
      .primary(0x39, size: .all, [.rm, .reg]),
      .primary(0x3B, size: .all, [.reg, .rm]),
      .primary(0x83, digit: 7, size: .notByte, [.rm, .signed8]),
      .primary(0x3D, size: .all, [.accumulator, .full]),
      .primary(0x81, digit: 7, size: .all, [.rm, .full]),
    ]),
  RowDefinition(
    .cmpLong, "cmp", [.read(), .immediate], flags: .writes,
    [.primary(0x81, digit: 7, size: .doubleOrQuad, [.rm, .full])]),
  RowDefinition(
    .test, "test", [.read(), .read()], flags: .writes,
    [
      .primary(0x85, size: .all, [.rm, .reg]),
      .primary(0xA9, size: .all, [.accumulator, .full]),
      .primary(0xF7, digit: 0, size: .all, [.rm, .full]),
    ]),
  RowDefinition(.zero, "xor", [.write(.w32)], flags: .writes, [.primary(0x31, [.regAndRM])]),
  RowDefinition(
    .neg, "neg", [.write(), .tied], flags: .writes, [.primary(0xF7, digit: 3, size: .all, [.rmRegister, .tied])]),
  RowDefinition(.not, "not", [.write(), .tied], [.primary(0xF7, digit: 2, size: .all, [.rmRegister, .tied])]),
  RowDefinition(
    .bswap, "bswap", [.write(), .tied], [.legacy(.none, .x0F, 0xC8, size: .doubleOrQuad, [.opcodeRegister, .tied])]),
  shift(.shl, "shl", 4),
  shift(.shr, "shr", 5),
  shift(.sar, "sar", 7),
  shift(.rol, "rol", 0),
  shift(.ror, "ror", 1),

  RowDefinition(
    .mul, "mul", [.read()], reads: .rax, writes: [.rax, .rdx], flags: .writes,
    [.primary(0xF7, digit: 4, size: .doubleOrQuad, [.rm])]),
  RowDefinition(
    .imulWide, "imul", [.read()], reads: .rax, writes: [.rax, .rdx], flags: .writes,
    [.primary(0xF7, digit: 5, size: .doubleOrQuad, [.rm])]),
  // Divisors are registers (docs/ABI.md, D1).
  RowDefinition(
    .div, "div", [.read()], reads: [.rax, .rdx], writes: [.rax, .rdx], flags: .writes,
    [.primary(0xF7, digit: 6, size: .doubleOrQuad, [.rmRegister])]),
  RowDefinition(
    .idiv, "idiv", [.read()], reads: [.rax, .rdx], writes: [.rax, .rdx], flags: .writes,
    [.primary(0xF7, digit: 7, size: .doubleOrQuad, [.rmRegister])]),
  RowDefinition(.cdq, "cdq", name64: "cqo", [], reads: .rax, writes: .rdx, [.primary(0x99, size: .doubleOrQuad, [])]),

  // A 64-bit constant below 2^32 is a 32-bit move: shorter, and it zero-extends.
  RowDefinition(
    .mov, "mov", [.write(), .read()],
    [
      .primary(0x89, size: .all, [.rm, .reg]),
      .primary(0x8B, size: .all, [.reg, .rmMemory]),
      .primary(0xB8, size: .zeroExtending, [.opcodeRegister, .zeroExtended32]),
      .primary(0xB0, size: .byteOnly, [.opcodeRegister, .full]),
      .primary(0xB8, size: .wordOnly, [.opcodeRegister, .full]),
      .primary(0xC7, digit: 0, size: .all, [.rm, .full]),
      .primary(0xB8, size: .quadOnly, [.opcodeRegister, .immediate64]),
    ]),
  RowDefinition(.movzx8, "movzx", [.write(), .read(.w8)], [.legacy(.none, .x0F, 0xB6, size: .notByte, [.reg, .rm])]),
  RowDefinition(
    .movzx16, "movzx", [.write(), .read(.w16)], [.legacy(.none, .x0F, 0xB7, size: .doubleOrQuad, [.reg, .rm])]),
  RowDefinition(.movsx8, "movsx", [.write(), .read(.w8)], [.legacy(.none, .x0F, 0xBE, size: .notByte, [.reg, .rm])]),
  RowDefinition(
    .movsx16, "movsx", [.write(), .read(.w16)], [.legacy(.none, .x0F, 0xBF, size: .doubleOrQuad, [.reg, .rm])]),
  RowDefinition(.movsxd, "movsxd", [.write(.w64), .read(.w32)], [.primary(0x63, size: .quadOnly, [.reg, .rm])]),
  RowDefinition(.lea, "lea", [.write(), .address], [.primary(0x8D, size: .doubleOrQuad, [.reg, .rmMemory])]),
  RowDefinition(
    .xchg, "xchg", [.readWrite(), .readWrite()], [.primary(0x87, size: .doubleOrQuad, [.reg, .rmRegister])]),
]

/// The eight operations of opcodes 00-3F, on registers.
private func arithmetic(_ opcode: Opcode, _ name: StaticString, _ digit: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.write(), .tied, .read()], flags: .writes,
    [
      .primary(digit << 3 | 1, size: .all, [.rmRegister, .tied, .reg]),
      .primary(digit << 3 | 3, size: .all, [.reg, .tied, .rmMemory]),
      .primary(0x83, digit: digit, size: .notByte, [.rmRegister, .tied, .signed8]),
      .primary(digit << 3 | 5, size: .all, [.accumulator, .tied, .full]),
      .primary(0x81, digit: digit, size: .all, [.rmRegister, .tied, .full]),
    ])
}

private func memoryArithmetic(_ opcode: Opcode, _ name: StaticString, _ digit: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.readWrite(), .read()], flags: .writes,
    [
      .primary(digit << 3 | 1, size: .all, [.rmMemory, .reg]),
      .primary(0x83, digit: digit, size: .notByte, [.rmMemory, .signed8]),
      .primary(0x81, digit: digit, size: .all, [.rmMemory, .full]),
    ])
}

private func shift(_ opcode: Opcode, _ name: StaticString, _ digit: UInt8) -> RowDefinition {
  RowDefinition(
    opcode, name, [.write(), .tied, .count], flags: .writes,
    [
      .primary(0xD3, digit: digit, size: .all, [.rmRegister, .tied, .rcx]),
      .primary(0xD1, digit: digit, size: .all, [.rmRegister, .tied, .one]),
      .primary(0xC1, digit: digit, size: .all, [.rmRegister, .tied, .immediate8]),
    ])
}
