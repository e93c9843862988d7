/// Why bytes are no instruction that any rule accepts.
struct DecodeFailure: Error {
  let rule: Rule
  let message: String
  /// Length in bytes, if it is known.
  var length = 0

  init(_ rule: Rule, _ message: String, length: Int = 0) {
    self.rule = rule
    self.message = message
    self.length = length
  }
}

/// 16 bytes of text, the first one lowest.
struct ByteWindow: Hashable {
  var low: UInt64
  var high: UInt64

  subscript(index: Int) -> UInt8 {
    @inline(__always) get { UInt8(truncatingIfNeeded: word(at: index)) }
  }

  /// Eight bytes from `index`, zeros behind the last.
  @inline(__always) private func word(at index: Int) -> UInt64 {
    let shift = UInt64(truncatingIfNeeded: index & 7) * 8
    if index >= 8 { return high >> shift }
    // Two shifts, so that a shift of 0 takes nothing of `high`.
    return low >> shift | (high << 1) << (63 - shift)
  }

  /// Little-endian and sign-extended; `size` is 0, 1, 2, 4 or 8 and the last byte below 16.
  @inline(__always) func signed(at index: Int, size: Int) -> Int64 {
    if size == 0 { return 0 }
    let unused = UInt64(truncatingIfNeeded: 64 - 8 * size)
    return Int64(bitPattern: word(at: index) << unused) >> Int64(unused)
  }

  mutating func clear(_ range: Range<Int>) {
    low &= ~(Self.mask(range.upperBound) & ~Self.mask(range.lowerBound))
    high &= ~(Self.mask(range.upperBound - 8) & ~Self.mask(range.lowerBound - 8))
  }

  /// The lowest `count` bytes of a word, none below 0, all above 8.
  private static func mask(_ count: Int) -> UInt64 {
    count <= 0 ? 0 : count >= 8 ? .max : 1 << UInt64(8 * count) - 1
  }
}

/// A memory operand's address.
struct MemoryOperand: Hashable {
  /// 0-15, or nil.
  var base: UInt8?
  var index: UInt8?
  /// 1, 2, 4 or 8.
  var scale: Int64 = 1
  var displacement: Int64 = 0
  var isRIPRelative = false
}

/// The fields of one instruction, parsed without help (DECODER: Capstone is never believed alone).
///
/// Accepted spellings only: `65 67` or nothing; then one of 66, F2, F3 or nothing; then REX or nothing; then the
/// opcode. Or `65 67` or
/// nothing; then VEX. What a processor would ignore must be zero.
struct Fields {
  enum Prefix: UInt8 { case none, p66, pF3, pF2 }

  private(set) var isSegmentForm = false
  private(set) var prefix = Prefix.none
  private(set) var hasREX = false
  private(set) var isVEX = false
  private(set) var w = false
  private var r: UInt8 = 0
  private var x: UInt8 = 0
  private var b: UInt8 = 0
  private(set) var vvvv: UInt8 = 0
  /// 0 one byte, 1 `0F`, 2 `0F 38`, 3 `0F 3A`.
  private(set) var map: UInt8 = 0
  private(set) var opcode: UInt8 = 0
  /// ModRM.reg and ModRM.rm with their extension bits; rm is 0 if it names memory.
  private(set) var reg: UInt8 = 0
  private(set) var rm: UInt8 = 0
  private(set) var memory: MemoryOperand?
  private(set) var immediate: Int64 = 0
  private(set) var length = 0
  private(set) var templateIndex = 0
  /// The bytes without displacement and immediate, the length in byte 15: all that decides what the instruction is.
  private(set) var key: ByteWindow

  private var displacementRange = 0..<0

  /// `bytes` may run past the instruction; at the end of text they are zeros.
  init(_ bytes: ByteWindow, _ table: TemplateTable) throws(DecodeFailure) {
    key = bytes
    var at = try parsePrefixes(bytes)
    at = try parseOpcode(bytes, at)
    guard let slot = table.slot(isVEX: isVEX, map: map, opcode: opcode) else { throw refusal(bytes) }
    var hasSIB = false
    if slot.hasModRM { (at, hasSIB) = parseModRM(bytes, at) }
    // The processor cuts rip to 32 bits here; Capstone does not.
    if isSegmentForm && memory?.isRIPRelative == true {
      throw DecodeFailure(.m3_segmentForm, "the segment form relative to rip")
    }
    guard
      let index = table.template(
        slot, prefix: prefix, w: w, isMemory: memory != nil, reg: slot.hasModRM ? reg & 7 : 0)
    else { throw refusal(bytes) }
    templateIndex = index
    let template = table.templates[index]
    guard at + template.immediateSize <= 15 else { throw DecodeFailure(.v2_instruction, "longer than 15 bytes") }
    immediate = bytes.signed(at: at, size: template.immediateSize)
    length = at + template.immediateSize
    key.clear(displacementRange)
    if !template.isRegisterInImmediate { key.clear(at..<length) }
    key.clear(length..<16)
    key.high |= UInt64(length) << 56
    try checkUnusedBits(template, hasModRM: slot.hasModRM, hasSIB: hasSIB)
  }

  private mutating func parsePrefixes(_ bytes: ByteWindow) throws(DecodeFailure) -> Int {
    var at = 0
    if bytes[0] == 0x65 && bytes[1] == 0x67 {
      isSegmentForm = true
      at = 2
    }
    switch bytes[at] {
    case 0x66: prefix = .p66
    case 0xF3: prefix = .pF3
    case 0xF2: prefix = .pF2
    default: break
    }
    if prefix != .none { at += 1 }
    if bytes[at] & 0xF0 == 0x40 {
      hasREX = true
      w = bytes[at] & 8 != 0
      r = (bytes[at] & 4) << 1
      x = (bytes[at] & 2) << 2
      b = (bytes[at] & 1) << 3
      at += 1
    }
    switch bytes[at] {
    case 0xF0: throw DecodeFailure(.m8_atomic, "a LOCK prefix")
    case 0x64, 0x65, 0x67:
      throw DecodeFailure(.m3_segmentForm, "an FS, GS or address-size prefix that is no leading 65 67 pair")
    case 0x26, 0x2E, 0x36, 0x3E, 0x66, 0xF2, 0xF3:
      throw DecodeFailure(.v2_instruction, "a prefix that no rule accepts here")
    default: return at
    }
  }

  private mutating func parseOpcode(_ bytes: ByteWindow, _ start: Int) throws(DecodeFailure) -> Int {
    var at = start
    switch bytes[at] {
    case 0xC4, 0xC5:
      guard prefix == .none, !hasREX else { throw DecodeFailure(.v2_instruction, "a legacy or REX prefix before VEX") }
      return try parseVEX(bytes, at)
    case 0x0F:
      switch bytes[at + 1] {
      case 0x38: (map, at) = (2, at + 2)
      case 0x3A: (map, at) = (3, at + 2)
      default: (map, at) = (1, at + 1)
      }
    default: break
    }
    opcode = bytes[at]
    return at + 1
  }

  private mutating func parseVEX(_ bytes: ByteWindow, _ start: Int) throws(DecodeFailure) -> Int {
    isVEX = true
    var at = start + 1
    r = (~bytes[at] & 0x80) >> 4
    if bytes[start] == 0xC4 {
      x = (~bytes[at] & 0x40) >> 3
      b = (~bytes[at] & 0x20) >> 2
      map = bytes[at] & 0x1F
      at += 1
      w = bytes[at] & 0x80 != 0
      guard (1...3).contains(map) else { throw DecodeFailure(.v2_instruction, "an unknown VEX opcode map") }
    } else {
      map = 1
    }
    vvvv = ~(bytes[at] >> 3) & 15
    guard bytes[at] & 4 == 0 else { throw DecodeFailure(.v2_instruction, "VEX.L is not 0") }
    switch bytes[at] & 3 {
    case 1: prefix = .p66
    case 2: prefix = .pF3
    case 3: prefix = .pF2
    default: break
    }
    opcode = bytes[at + 1]
    return at + 2
  }

  private mutating func parseModRM(_ bytes: ByteWindow, _ start: Int) -> (next: Int, hasSIB: Bool) {
    let modrm = bytes[start]
    var at = start + 1
    let mod = modrm >> 6
    reg = (modrm >> 3 & 7) | r
    let low = modrm & 7
    if mod == 3 {
      rm = low | b
      return (at, false)
    }
    var operand = MemoryOperand()
    var displacementSize = mod == 1 ? 1 : mod == 2 ? 4 : 0
    let hasSIB = low == 4
    if hasSIB {
      let sib = bytes[at]
      at += 1
      let index = (sib >> 3 & 7) | x
      if index != 4 {
        operand.index = index
        operand.scale = 1 << Int64(sib >> 6)
      }
      if sib & 7 == 5 && mod == 0 { displacementSize = 4 } else { operand.base = (sib & 7) | b }
    } else if low == 5 && mod == 0 {
      operand.isRIPRelative = true
      displacementSize = 4
    } else {
      operand.base = low | b
    }
    operand.displacement = bytes.signed(at: at, size: displacementSize)
    displacementRange = at..<at + displacementSize
    memory = operand
    return (at + displacementSize, hasSIB)
  }

  /// Bits that no operand uses must be what assemblers write, so that one instruction has one reading everywhere.
  private func checkUnusedBits(_ template: Template, hasModRM: Bool, hasSIB: Bool) throws(DecodeFailure) {
    func require(_ condition: Bool, _ what: String) throws(DecodeFailure) {
      if !condition { throw DecodeFailure(.v2_instruction, what, length: length) }
    }
    try require(vvvv == 0 || template.usesVVVV, "VEX.vvvv is not 1111")
    try require(r == 0 || (hasModRM && !template.isGroup), "the R bit extends nothing")
    try require(x == 0 || hasSIB, "the X bit extends nothing")
    let usesB = hasModRM ? memory == nil || memory?.base != nil : template.usesOpcodeRegister
    try require(b == 0 || usesB, "the B bit extends nothing")
    if template.isRegisterInImmediate {
      try require(immediate & 15 == 0, "low bits of the register immediate are not 0")
    }
    guard !hasREX, !isVEX else { return }
    for position in 0..<template.operandCount {
      let operand = template.operands[position]
      guard operand.size == 1, let number = register(operand.place) else { continue }
      let isHigh = (4...7).contains(number) && operand.place != .rax && operand.place != .rcx
      try require(!isHigh || !operand.place.isInteger, "a high byte register")
    }
  }

  /// The register an operand names; nil for memory and immediates.
  func register(_ place: Place) -> UInt8? {
    switch place {
    case .reg, .vectorReg: reg
    case .rm, .vectorRM: rm
    case .vvvv, .vectorVVVV: vvvv
    case .opcode: (opcode & 7) | b
    case .rax, .xmm0: 0
    case .rcx: 1
    case .rdx: 2
    case .vectorImmediate: UInt8(truncatingIfNeeded: immediate >> 4) & 15
    case .memory, .address, .immediate, .distance, .one: nil
    }
  }

  /// What to say of an opcode that the table lacks.
  private func refusal(_ bytes: ByteWindow) -> DecodeFailure {
    let isExchange = map == 0 && (opcode == 0x86 || opcode == 0x87)
    let isCompareOrAdd = map == 1 && [0xB0, 0xB1, 0xC0, 0xC1, 0xC7].contains(opcode)
    if !isVEX && (isExchange || isCompareOrAdd) { return DecodeFailure(.m8_atomic, "an exchange with memory") }
    return DecodeFailure(.v2_instruction, "not on the allow-list")
  }
}
