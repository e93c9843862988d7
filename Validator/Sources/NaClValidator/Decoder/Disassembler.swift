import CCapstone

/// Capstone as a second opinion: it must read the same length, operation, registers and address out of the bytes.
///
/// Bytes that agreed once are remembered by their key, all bytes but displacement and immediate, compared in full.
/// Capstone sees the key itself, so that what is accepted does not depend on which instance came first. Displacement
/// and immediate are the field parser's alone. One for each thread.
struct Disassembler: ~Copyable {
  private var handle: csh = 0
  private var instruction: UnsafeMutablePointer<cs_insn>?
  /// A key stands in its pair of slots or nowhere; the pair's older key gives way.
  private var agreed = Buffer<ByteWindow>()
  /// The distinct keys that Capstone was asked about, up to `maximumForms` of them.
  private(set) var forms: Set<ByteWindow> = []
  static let maximumForms = 1 << 16

  /// Without a usable Capstone it agrees on nothing.
  init(textSize: UInt64 = 0) {
    _ = Self.isReady
    self.init(slots: textSize < 1 << 18 ? 1 << 11 : 1 << 14)
  }

  private init(slots: Int) {
    agreed.fill(ByteWindow(bits: 0), count: slots)
    guard cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK,
      cs_option(handle, CS_OPT_DETAIL, Int(CS_OPT_ON.rawValue)) == CS_ERR_OK
    else { return }
    instruction = cs_malloc(handle)
  }

  deinit {
    if let instruction { cs_free(instruction, 1) }
    var closing = handle
    if handle != 0 { cs_close(&closing) }
  }

  /// Capstone sorts tables of its own on the first decoding, without a lock: so this one must be over before any other.
  private static let isReady: Bool = Disassembler(slots: 2).text([0x04, 0x00], address: 0) != nil

  /// Whether this key has agreed before; false if that is forgotten.
  @inline(__always) func hasAgreed(on key: ByteWindow) -> Bool {
    let slot = slot(of: key)
    return agreed[slot] == key || agreed[slot + 1] == key
  }

  /// The first of the key's two. The length is left out: it takes longest to find, and follows from the rest.
  @inline(__always) private func slot(of key: ByteWindow) -> Int {
    let mixed = (key.word(at: 0) ^ (key.word(at: 8) &<< 8 &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD
    return Int(truncatingIfNeeded: mixed >> 40) & (agreed.count - 2)
  }

  /// Nil if Capstone reads the instruction's key as the field parser did; else the point of difference.
  mutating func disagreement(_ own: Instruction) -> String? {
    if forms.count < Self.maximumForms { forms.insert(own.key) }
    let point = withUnsafeBytes(of: own.key.prefix(15)) { difference(own, decode($0, address: 0)) }
    if point == nil {
      // A key holds the instruction's length in its last byte, so an empty entry equals none.
      let slot = slot(of: own.key)
      (agreed[slot + 1], agreed[slot]) = (agreed[slot], own.key)
    }
    return point
  }

  /// The instruction at the start of `bytes`, as Capstone reads it; it stays valid until the next one.
  private func decode(_ bytes: UnsafeRawBufferPointer, address: UInt64) -> UnsafeMutablePointer<cs_insn>? {
    guard let instruction else { return nil }
    var code = bytes.bindMemory(to: UInt8.self).baseAddress
    var (size, next) = (bytes.count, address)
    return cs_disasm_iter(handle, &code, &size, &next, instruction) ? instruction : nil
  }

  private func difference(_ own: Instruction, _ other: UnsafeMutablePointer<cs_insn>?) -> String? {
    guard let other, let detail = halite_x86(other) else { return "Capstone cannot decode it" }
    if Int(other.pointee.size) != own.length { return "Capstone reads another length" }
    if other.pointee.id != own.template.operation { return "Capstone reads another operation" }
    var next: UInt8 = 0
    for position in 0..<own.template.operandCount where !own.template.operands[position].isImplicit {
      guard let operand = halite_operand(detail, next) else { return "Capstone reads fewer operands" }
      if !agrees(own, own.template.operands[position], operand.pointee) { return "Capstone reads another operand" }
      next += 1
    }
    return next == halite_operand_count(detail) ? nil : "Capstone reads more operands"
  }

  private func agrees(_ own: Instruction, _ operand: OperandTemplate, _ other: cs_x86_op) -> Bool {
    switch operand.place {
    case .memory, .address:
      guard let memory = own.memory, other.type == X86_OP_MEM else { return false }
      let registers = Self.registers[memory.isSegmentForm ? 4 : 8] ?? []
      let base = memory.isRIPRelative ? "rip" : memory.base == Register.none ? nil : registers[Int(memory.base)]
      let index = memory.index == Register.none ? nil : registers[Int(memory.index)]
      let found = name(other.mem.index)
      let isSameIndex = index == nil ? [nil, "riz", "eiz"].contains(found) : found == index
      return name(other.mem.base) == base && isSameIndex && (index == nil || other.mem.scale == memory.scale)
        && other.mem.disp == 0 && name(other.mem.segment) == (memory.isSegmentForm ? "gs" : nil)
    case .immediate, .distance, .one: return other.type == X86_OP_IMM
    default:
      guard let number = own.register(operand.place), let registers = Self.registers[operand.size] else { return false }
      return other.type == X86_OP_REG && name(other.reg) == registers[Int(number)]
    }
  }

  private func name(_ register: x86_reg) -> String? {
    cs_reg_name(handle, register.rawValue).map { String(cString: $0) }
  }

  /// By size in bytes, in the order of their numbers. Of one byte: with a REX or VEX prefix 4-7 are spl, bpl, sil, dil;
  /// without, the field parser has refused them.
  private static let registers: [UInt8: [String]] = {
    let legacy = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
    func list(_ first: [String], _ rest: String) -> [String] {
      first + (first.count..<16).map { rest.replacing("#", with: "\($0)") }
    }
    return [
      1: list(["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"], "r#b"), 2: list(legacy, "r#w"),
      4: list(legacy.map { "e" + $0 }, "r#d"), 8: list(legacy.map { "r" + $0 }, "r#"), 16: list([], "xmm#"),
    ]
  }()

  /// Capstone's operation ids by name, the lowest of each; empty if Capstone is not available.
  static func operationIDs() -> [String: UInt32] {
    let any = Disassembler()
    let pairs = (1..<X86_INS_ENDING.rawValue).compactMap { id in
      cs_insn_name(any.handle, id).map { (String(cString: $0), id) }
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// The first instruction as text, for people, and its length; nil if Capstone cannot decode it.
  func text(_ bytes: [UInt8], address: UInt64) -> (text: String, length: Int)? {
    bytes.withUnsafeBytes { decode($0, address: address) }.map {
      (String(cString: halite_mnemonic($0)) + " " + String(cString: halite_operand_text($0)), Int($0.pointee.size))
    }
  }
}
