/// The fields of one encoding filled in: what stands between choosing an encoding and writing its bytes.
struct EncodedParts {
  private let instruction: Instruction
  private let encoding: Encoding
  private var reg: UInt8 = 0
  private var vvvv: UInt8 = 0
  /// ModRM.rm or the opcode's register, unless the operand is in memory.
  private var rm: UInt8 = 0
  private var hasModRM = false
  private var isMemory = false
  private var opcode: UInt8
  private var immediate: Int64 = 0
  private var immediateSize = 0
  private var displacementSize = 0
  /// spl, bpl, sil and dil are ah, ch, dh and bh without REX.
  private var needsREX = false
  private(set) var stretch = Stretch()

  init(_ instruction: Instruction, _ encoding: Encoding) {
    self.instruction = instruction
    self.encoding = encoding
    opcode = encoding.opcode
    if encoding.digit != Encoding.noDigit {
      reg = encoding.digit
      hasModRM = true
    }
    if encoding.hasCondition { opcode |= instruction.condition.rawValue }
    if encoding.sizing == .all && instruction.width == .w8 { opcode &= ~1 }
    let row = instruction.opcode.row
    for position in 0..<encoding.fieldCount {
      let specification = row.operands[position]
      place(position, encoding.fields[position], specification.width(operation: instruction.width), specification)
    }
  }

  private mutating func place(
    _ position: Int, _ field: Field, _ width: Width, _ specification: OperandSpecification
  ) {
    if instruction.kind(position) == .register {
      let register = instruction.register(position)
      precondition(register.isPhysical, "only physical registers have encodings")
      assert(register.physicalClass == specification.registerClass, "a register of the operand's class")
      if width == .w8 && register.physicalClass == .general && 4...7 ~= register.number { needsREX = true }
    }
    switch field {
    case .none: break
    case .reg:
      reg = number(position)
      hasModRM = true
    case .rm, .rmRegister, .rmMemory:
      hasModRM = true
      if instruction.kind(position) == .address { isMemory = true } else { rm = number(position) }
    case .regAndRM, .regAndVVVVAndRM:
      reg = number(position)
      rm = reg
      if field == .regAndVVVVAndRM { vvvv = reg }
      hasModRM = true
    case .vvvv: vvvv = number(position)
    case .opcodeRegister:
      rm = number(position)
      opcode |= rm & 7
    case .tied:
      precondition(
        instruction.register(position) == instruction.register(0), "a tied operand has the destination's register")
    case .accumulator, .rcx, .xmm0, .one: break
    case .is4: setImmediate(Int64(number(position)) << 4, 1)
    case .immediate8, .signed8: setImmediate(instruction.value, 1)
    case .full: setImmediate(instruction.value, min(4, width.bytes))
    case .zeroExtended32: setImmediate(instruction.value, 4)
    case .immediate64: setImmediate(instruction.value, 8)
    case .relative8: displacementSize = 1
    case .relative32: displacementSize = 4
    }
  }

  private func number(_ position: Int) -> UInt8 { instruction.register(position).number }

  private mutating func setImmediate(_ value: Int64, _ size: Int) {
    immediate = value
    immediateSize = size
  }

  // MARK: Bytes

  mutating func write(into code: inout ContiguousArray<UInt8>) -> Fixup? {
    let start = code.count
    if isMemory && instruction.address.form == .segment32 {
      code.append(0x65)
      code.append(0x67)
    }
    if encoding.isVEX { writeVEX(into: &code, start) } else { writeLegacyPrefixes(into: &code, start) }
    if encoding.map == .primary && (encoding.opcode == 0x83 || encoding.opcode == 0x6B) {
      stretch.shortImmediateOpcode = UInt8(code.count - start)
      stretch.hasShortImmediate = instruction.width != .w16
    }
    code.append(opcode)
    var fixup: Fixup?
    if hasModRM {
      if isMemory {
        if instruction.address.base != nil { stretch.modRM = UInt8(code.count - start) }
        fixup = writeMemory(instruction.address, into: &code)
      } else {
        code.append(0xC0 | (reg & 7) << 3 | rm & 7)
      }
    }
    if displacementSize > 0, let target = instruction.target {
      fixup = Fixup(offset: code.count, size: displacementSize, target: target, addend: -Int32(displacementSize))
      append(0, displacementSize, to: &code)
    }
    append(immediate, immediateSize, to: &code)
    return fixup
  }

  private func append(_ value: Int64, _ size: Int, to code: inout ContiguousArray<UInt8>) {
    for index in 0..<size { code.append(UInt8(truncatingIfNeeded: value >> Int64(8 * index))) }
  }

  private var hasOperandSizePrefix: Bool {
    switch encoding.sizing {
    case .all, .notByte, .wordOnly: instruction.width == .w16
    case .none, .doubleOrQuad, .quadOnly, .byteOnly, .zeroExtending, .doubleOnly, .quadWithoutW: false
    }
  }

  /// REX.W or VEX.W.
  private var w: UInt8 {
    switch encoding.sizing {
    case .all, .notByte, .doubleOrQuad, .quadOnly: instruction.width == .w64 ? 1 : 0
    case .none, .byteOnly, .wordOnly, .zeroExtending, .doubleOnly, .quadWithoutW: 0
    }
  }

  /// The fourth bits of ModRM.reg, SIB.index, and ModRM.rm or SIB.base.
  private var extensionBits: (r: UInt8, x: UInt8, b: UInt8) {
    guard isMemory else { return (reg >> 3, 0, rm >> 3) }
    let address = instruction.address
    return (reg >> 3, (address.index?.number ?? 0) >> 3, (address.base?.number ?? 0) >> 3)
  }

  private mutating func writeLegacyPrefixes(into code: inout ContiguousArray<UInt8>, _ start: Int) {
    if hasOperandSizePrefix { code.append(0x66) }
    switch encoding.prefix {
    case .none: break
    case .x66: code.append(0x66)
    case .xF3: code.append(0xF3)
    case .xF2: code.append(0xF2)
    }
    let bits = extensionBits
    let rex = w << 3 | bits.r << 2 | bits.x << 1 | bits.b
    if rex != 0 || needsREX {
      code.append(0x40 | rex)
    } else {
      stretch.rex = UInt8(code.count - start)
      stretch.takesREX = true
    }
    switch encoding.map {
    case .primary: break
    case .x0F: code.append(0x0F)
    case .x0F38:
      code.append(0x0F)
      code.append(0x38)
    case .x0F3A:
      code.append(0x0F)
      code.append(0x3A)
    }
  }

  /// Two bytes where possible (SDM volume 2, 2.3.5); L = 0.
  private mutating func writeVEX(into code: inout ContiguousArray<UInt8>, _ start: Int) {
    let bits = extensionBits
    let low = (~vvvv & 15) << 3 | encoding.prefix.rawValue
    if encoding.map == .x0F && w == 0 && bits.x == 0 && bits.b == 0 {
      stretch.vex = UInt8(code.count - start)
      stretch.hasShortVEX = true
      code.append(0xC5)
      code.append((bits.r ^ 1) << 7 | low)
    } else {
      code.append(0xC4)
      code.append((bits.r ^ 1) << 7 | (bits.x ^ 1) << 6 | (bits.b ^ 1) << 5 | encoding.map.rawValue)
      code.append(w << 7 | low)
    }
  }

  /// ModRM, SIB and displacement (SDM volume 2, tables 2-2 and 2-3).
  private func writeMemory(_ address: Address, into code: inout ContiguousArray<UInt8>) -> Fixup? {
    let field = (reg & 7) << 3
    if let target = address.target {
      code.append(field | 5)
      let fixup = Fixup(
        offset: code.count, size: 4, target: target, addend: address.displacement &- 4 &- Int32(immediateSize))
      append(0, 4, to: &code)
      return fixup
    }
    let displacement = Int64(address.displacement)
    if let index = address.index {
      precondition(index.isPhysical && index != .rsp, "rsp and virtual registers cannot be an index")
    }
    let sibIndex = (address.index?.number ?? 4) & 7
    guard let base = address.base else {
      // Base 101 with mod 00 means "displacement only"; without SIB it would be rip-relative.
      code.append(field | 4)
      code.append(address.scaleShift << 6 | sibIndex << 3 | 5)
      append(displacement, 4, to: &code)
      return nil
    }
    precondition(base.isPhysical, "only physical registers have encodings")
    // Base 101 (rbp, r13) has no form without displacement.
    let size = displacement == 0 && base.number & 7 != 5 ? 0 : Int8(exactly: displacement) != nil ? 1 : 4
    let mod: UInt8 = size == 0 ? 0x00 : size == 1 ? 0x40 : 0x80
    if address.index == nil && base.number & 7 != 4 {
      code.append(mod | field | base.number & 7)
    } else {
      code.append(mod | field | 4)
      code.append(address.scaleShift << 6 | sibIndex << 3 | base.number & 7)
    }
    append(displacement, size, to: &code)
    return nil
  }
}
