/// The fields of one instruction, parsed without help (DECODER: Capstone is never believed alone).
///
/// Accepted spellings only: `65 67` or nothing; then one of 66, F2, F3 or nothing; then REX or nothing; then the
/// opcode. Or `65 67` or nothing; then VEX. What a processor would ignore must be zero.
struct Fields: BitwiseCopyable {
  /// In VEX's order.
  enum Prefix: UInt8 { case none, p66, pF3, pF2 }

  /// The bytes without displacement and immediate, the length in byte 15: all that decides what the instruction is.
  let key: ByteWindow
  let immediate: Int64
  /// A byte for each lane of `Place`.
  private let registers: UInt64
  private let operand: MemoryOperand
  private let row: UInt16
  private let byteLength: UInt8
  private let hasMemory: Bool
  let isSegmentForm: Bool

  var length: Int { Int(byteLength) }
  var templateIndex: Int { Int(row) }
  var memory: MemoryOperand? { hasMemory ? operand : nil }

  /// The register an operand names; nil for memory and immediates.
  @inline(__always) func register(_ place: Place) -> UInt8? {
    guard let lane = place.lane else { return nil }
    return UInt8(truncatingIfNeeded: registers &>> (8 * lane))
  }

  /// `bytes` may run past the instruction; at the end of text they are zeros.
  @inline(__always) init(_ bytes: ByteWindow, _ table: TemplateTable) throws(DecodeFailure) {
    func refuse(_ what: String) -> DecodeFailure { DecodeFailure(.v2_instruction, what) }

    // Prefixes. `extensions` has W, R, X and B from the highest bit, as REX has. What comes before displacement and
    // immediate has at most two bytes and seven.
    isSegmentForm = bytes.low & 0xFFFF == 0x6765
    var cursor = ByteCursor(bytes, at: isSegmentForm ? 2 : 0)
    var prefix: Prefix =
      switch cursor.next {
      case 0x66: .p66
      case 0xF3: .pF3
      case 0xF2: .pF2
      default: .none
      }
    if prefix != .none { _ = cursor.take() }
    let hasREX = cursor.next & 0xF0 == 0x40
    var extensions: UInt8 = hasREX ? cursor.take() & 15 : 0

    // Opcode map (0 one byte, 1 `0F`, 2 `0F 38`, 3 `0F 3A`) and opcode.
    var opcode = cursor.take()
    var (map, vvvv): (UInt8, UInt8) = (0, 0)
    let isVEX = opcode & 0xFE == 0xC4
    if isVEX {
      if prefix != .none || hasREX { throw refuse("a legacy or REX prefix before VEX") }
      map = 1
      var last = cursor.take()
      extensions = (~last & 0x80) >> 5
      if opcode == 0xC4 {
        map = last & 0x1F
        if !(1...3).contains(map) { throw refuse("an unknown VEX opcode map") }
        extensions = ~last >> 5
        last = cursor.take()
        extensions |= (last & 0x80) >> 4
      }
      vvvv = ~last >> 3 & 15
      if last & 4 != 0 { throw refuse("VEX.L is not 0") }
      prefix = Prefix(rawValue: last & 3) ?? .none
      opcode = cursor.take()
    } else if opcode == 0x0F {
      opcode = cursor.take()
      map = opcode == 0x38 ? 2 : opcode == 0x3A ? 3 : 1
      if map != 1 { opcode = cursor.take() }
    }
    let b = (extensions & 1) << 3

    // ModRM and SIB.
    guard let slot = table.slot(isVEX: isVEX, map: map, opcode: opcode) else {
      throw DecodeFailure(unknown: opcode, map: map, isVEX: isVEX)
    }
    var (reg, rm): (UInt8, UInt8) = (0, 0)
    var (isMemory, hasSIB, isBaseless) = (false, false, false)
    var (base, index, scale): (UInt8, UInt8?, UInt8) = (0, nil, 1)
    var displacementSize = 0
    if slot.hasModRM {
      let modrm = cursor.take()
      reg = modrm >> 3 & 7
      rm = modrm & 7 | b
      isMemory = modrm < 0xC0
      if isMemory {
        base = rm
        rm = 0
        hasSIB = modrm & 7 == 4
        if hasSIB {
          let sib = cursor.take()
          let number = sib >> 3 & 7 | (extensions & 2) << 2
          if number != 4 { (index, scale) = (number, 1 << (sib >> 6)) }
          base = sib & 7 | b
        }
        isBaseless = modrm < 0x40 && base & 7 == 5
        displacementSize = isBaseless || modrm >= 0x80 ? 4 : modrm >= 0x40 ? 1 : 0
      }
    }
    let head = cursor.position
    let address = MemoryOperand(
      base: isBaseless ? nil : base, index: index, scale: scale,
      displacement: bytes.signed(at: head, size: displacementSize), isRIPRelative: isBaseless && !hasSIB)
    // The processor cuts rip to 32 bits here; Capstone does not.
    if isSegmentForm && (!isMemory || address.isRIPRelative) {
      throw DecodeFailure(.m3_segmentForm, "the segment form relative to rip, or without memory")
    }

    // The template says what follows, and which of the bits above have a meaning.
    let w = extensions & 8 != 0
    guard let row = table.template(slot, prefix: prefix, w: w, isMemory: isMemory, reg: reg) else {
      throw DecodeFailure(unknown: opcode, map: map, isVEX: isVEX)
    }
    let template = table[row]
    let end = head + displacementSize
    immediate = bytes.signed(at: end, size: template.pointee.immediateSize)
    let length = end + template.pointee.immediateSize
    if length > 15 { throw refuse("longer than 15 bytes") }
    var form = bytes.prefix(head)
    if template.pointee.isRegisterInImmediate { form.set(end, UInt8(truncatingIfNeeded: immediate)) }
    form.set(15, UInt8(truncatingIfNeeded: length))
    key = form

    registers = Place.lanes(
      reg: reg | (extensions & 4) << 1, rm: rm, vvvv: vvvv, opcode: opcode & 7 | b,
      immediate: UInt8(truncatingIfNeeded: immediate >> 4) & 15)
    (operand, hasMemory) = (address, isMemory)
    (self.row, byteLength) = (UInt16(truncatingIfNeeded: row), UInt8(truncatingIfNeeded: length))
    let usesB = slot.hasModRM ? !isBaseless : template.pointee.usesOpcodeRegister
    let unused = (usesB ? 0 : 1) | (hasSIB ? 0 : 2) | (slot.hasModRM && !template.pointee.isGroup ? 0 : 4) as UInt8
    if extensions & unused != 0 || vvvv != 0 && !template.pointee.usesVVVV
      || template.pointee.isRegisterInImmediate && immediate & 15 != 0
    {
      throw DecodeFailure(.v2_instruction, "a bit that nothing uses is not what assemblers write", length: length)
    }
    if template.pointee.hasByteRegister && !hasREX && !isVEX && Self.namesHighByte(registers, template) {
      throw DecodeFailure(.v2_instruction, "a high byte register", length: length)
    }
  }

  /// Without REX or VEX, the numbers 4 to 7 are ah, ch, dh and bh.
  private static func namesHighByte(_ registers: UInt64, _ template: UnsafePointer<Template>) -> Bool {
    for position in 0..<template.pointee.operandCount {
      let operand = template.pointee.operands[position]
      guard operand.size == 1, operand.place.isInteger, let lane = operand.place.lane else { continue }
      if (4...7).contains(registers >> (8 * lane) & 0xFF) { return true }
    }
    return false
  }
}

extension DecodeFailure {
  /// What to say of an opcode that the table lacks; prefixes in the wrong place are among them.
  init(unknown opcode: UInt8, map: UInt8, isVEX: Bool) {
    let isExchange = map == 0 && (opcode == 0x86 || opcode == 0x87)
    let isCompareOrAdd = map == 1 && [0xB0, 0xB1, 0xC0, 0xC1, 0xC7].contains(opcode)
    switch (isVEX, map, opcode) {
    case (false, 0, 0xF0): self.init(.m8_atomic, "a LOCK prefix")
    case (false, _, _) where isExchange || isCompareOrAdd: self.init(.m8_atomic, "an exchange with memory")
    case (false, 0, 0x64), (false, 0, 0x65), (false, 0, 0x67):
      self.init(.m3_segmentForm, "an FS, GS or address-size prefix that is no leading 65 67 pair")
    case (false, 0, 0x26), (false, 0, 0x2E), (false, 0, 0x36), (false, 0, 0x3E), (false, 0, 0x66), (false, 0, 0xF2),
      (false, 0, 0xF3):
      self.init(.v2_instruction, "a prefix that no rule accepts here")
    default: self.init(.v2_instruction, "not on the allow-list")
    }
  }
}
