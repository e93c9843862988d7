/// One instruction on the allow-list, its fields parsed without help (DECODER: Capstone is never believed alone).
///
/// Accepted spellings only: `65 67` or nothing; then one of 66, F2, F3 or nothing; then REX or nothing; then the
/// opcode. Or `65 67` or nothing; then VEX. What a processor would ignore must be zero.
struct Instruction: BitwiseCopyable {
  /// The bytes without displacement and immediate, the length in byte 15: all that decides what the instruction is.
  let key: ByteWindow
  let address: UInt64
  let immediate: Int64
  /// A byte for each lane of `Place`.
  private let registers: UInt64
  let memory: MemoryOperand?
  private let byteLength: UInt8
  let semantic: Semantic
  /// Its line of the table.
  let row: UnsafePointer<Template>

  var template: Template { @inline(__always) get { row.pointee } }
  var length: Int { Int(byteLength) }
  var end: UInt64 { address &+ UInt64(byteLength) }

  /// The register an operand names; nil for memory and immediates.
  @inline(__always) func register(_ place: Place) -> UInt8? {
    guard let lane = place.lane else { return nil }
    return UInt8(truncatingIfNeeded: registers &>> (8 &* lane))
  }

  /// `bytes` may run past the instruction; at the end of text they are zeros.
  @inline(__always) init(_ bytes: ByteWindow, _ table: TemplateTable, at address: UInt64 = 0) throws(Violation) {
    func refuse(_ what: String, length: Int = 0) -> Violation {
      Violation(.v2_instruction, address: address, length: length, what)
    }
    self.address = address

    // Prefixes. `extensions` has W, R, X and B from the highest bit, as REX has. What comes before displacement and
    // immediate has at most two bytes and seven.
    let isSegmentForm = bytes.word(at: 0) & 0xFFFF == 0x6765
    var cursor = ByteCursor(bytes, at: isSegmentForm ? 2 : 0)
    var prefix: Prefix =
      switch cursor.next {
      case 0x66: .p66
      case 0xF3: .pF3
      case 0xF2: .pF2
      default: .none
      }
    cursor.skip(if: prefix != .none)
    let hasREX = cursor.next & 0xF0 == 0x40
    var extensions: UInt8 = hasREX ? cursor.next & 15 : 0
    cursor.skip(if: hasREX)

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
      throw Violation(unknown: opcode, map: isVEX ? 4 : map, at: address)
    }
    let modrm = slot.hasModRM ? cursor.next : 0xC0
    cursor.skip(if: slot.hasModRM)
    let isMemory = modrm < 0xC0
    let hasSIB = isMemory && modrm & 7 == 4
    let sib = cursor.next
    cursor.skip(if: hasSIB)
    let reg = modrm >> 3 & 7
    let base = (hasSIB ? sib & 7 : modrm & 7) | b
    let number = sib >> 3 & 7 | (extensions & 2) << 2
    let isBaseless = modrm < 0x40 && base & 7 == 5
    let displacementSize = !isMemory ? 0 : isBaseless || modrm >= 0x80 ? 4 : modrm >= 0x40 ? 1 : 0
    let head = cursor.position
    let hasIndex = hasSIB && number != 4
    let named = isBaseless ? (hasSIB ? Register.none : Register.rip) : base
    let operand = MemoryOperand(
      displacement: bytes.signed(at: head, size: displacementSize), base: named,
      index: hasIndex ? number : Register.none, scale: hasIndex ? 1 << (sib >> 6) : 1, isSegmentForm: isSegmentForm)
    memory = isMemory ? operand : nil
    // The processor cuts rip to 32 bits here; Capstone does not.
    if isSegmentForm && (!isMemory || operand.isRIPRelative) {
      let what = "the segment form relative to rip, or without memory"
      throw Violation(.m3_segmentForm, address: address, what)
    }

    // The template says what follows, and which of the bits above have a meaning.
    let w = extensions & 8 != 0
    let key = TemplateTable.key(prefix, w: w, isMemory: isMemory, reg: reg)
    guard let template = table.template(slot, key) else {
      throw Violation(unknown: opcode, map: isVEX ? 4 : map, at: address)
    }
    let end = head &+ displacementSize
    immediate = bytes.signed(at: end, size: template.pointee.immediateSize)
    let length = end &+ template.pointee.immediateSize
    if length > 15 { throw refuse("longer than 15 bytes") }
    var form = bytes.prefix(head)
    if template.pointee.isRegisterInImmediate { form.set(end, UInt8(truncatingIfNeeded: immediate)) }
    form.set(15, UInt8(truncatingIfNeeded: length))
    self.key = form
    (row, semantic, byteLength) = (template, template.pointee.semantic, UInt8(truncatingIfNeeded: length))

    registers = Place.lanes(
      reg: reg | (extensions & 4) << 1, rm: modrm & 7 | b, vvvv: vvvv, opcode: opcode & 7 | b,
      immediate: UInt8(truncatingIfNeeded: immediate >> 4) & 15)
    let usesB = slot.hasModRM ? !isBaseless : template.pointee.usesOpcode
    let unused = (usesB ? 0 : 1) | (hasSIB ? 0 : 2) | (template.pointee.usesReg ? 0 : 4) as UInt8
    if extensions & unused != 0 || vvvv != 0 && !template.pointee.usesVVVV
      || template.pointee.isRegisterInImmediate && immediate & 15 != 0
    {
      throw refuse("a bit that nothing uses is not what assemblers write", length: length)
    }
    // Without REX or VEX, the numbers 4 to 7 are ah, ch, dh and bh.
    if template.pointee.byteLanes != 0 && !hasREX && !isVEX {
      for lane in UInt64(0)..<8 where template.pointee.byteLanes >> lane & 1 == 1 && registers >> (8 * lane) & 4 != 0 {
        throw refuse("a high byte register", length: length)
      }
    }
  }
}

extension Violation {
  /// What to say of an opcode that the table lacks, in one of the maps 0 to 3 or with VEX, 4; prefixes in the wrong
  /// place are among them.
  fileprivate init(unknown opcode: UInt8, map: UInt8, at address: UInt64) {
    let (rule, what): (Rule, String) =
      switch (map, opcode) {
      case (0, 0xF0): (.m8_atomic, "a LOCK prefix")
      case (0, 0x86...0x87), (1, 0xB0...0xB1), (1, 0xC0...0xC1), (1, 0xC7): (.m8_atomic, "an exchange with memory")
      case (0, 0x64), (0, 0x65), (0, 0x67): (.m3_segmentForm, "an FS, GS or address-size prefix, not as a leading 65 67")
      default: (.v2_instruction, "not on the allow-list")
      }
    self.init(rule, address: address, what)
  }
}
