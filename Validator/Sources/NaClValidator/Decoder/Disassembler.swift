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
  /// How often Capstone was asked, and the distinct keys among these, up to `maximumForms` of them.
  private(set) var decodings = 0
  private(set) var forms: Set<ByteWindow> = []
  static let maximumForms = 1 << 16

  init(textSize: UInt64) {
    agreed.fill(ByteWindow(low: 0, high: 0), count: textSize < 1 << 18 ? 1 << 11 : 1 << 14)
    guard Self.isReady, let opened = Self.open() else { return }
    handle = opened
    instruction = cs_malloc(handle)
  }

  deinit {
    if let instruction { cs_free(instruction, 1) }
    var closing = handle
    if handle != 0 { cs_close(&closing) }
  }

  private static func open() -> csh? {
    var handle: csh = 0
    guard cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK else { return nil }
    if cs_option(handle, CS_OPT_DETAIL, Int(CS_OPT_ON.rawValue)) == CS_ERR_OK { return handle }
    cs_close(&handle)
    return nil
  }

  /// Whether this key has agreed before; false if that is forgotten.
  @inline(__always) func hasAgreed(on key: ByteWindow) -> Bool {
    let slot = slot(of: key)
    return agreed[slot] == key || agreed[slot + 1] == key
  }

  /// The first of the key's two.
  @inline(__always) private func slot(of key: ByteWindow) -> Int {
    let mixed = (key.low ^ (key.high &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD
    return Int(truncatingIfNeeded: mixed >> 40) & (agreed.count - 2)
  }

  /// Nil if Capstone reads `fields.key` as the field parser did; else the point of difference.
  mutating func disagreement(_ fields: Fields, _ template: Template) -> String? {
    decodings += 1
    if forms.count < Self.maximumForms { forms.insert(fields.key) }
    if let difference = decodeAndCompare(fields, template) { return difference }
    // An entry holds the instruction's length in its last byte, so an empty one equals no key.
    let slot = slot(of: fields.key)
    (agreed[slot + 1], agreed[slot]) = (agreed[slot], fields.key)
    return nil
  }

  private func decodeAndCompare(_ fields: Fields, _ template: Template) -> String? {
    guard let instruction else { return "Capstone is not available" }
    let bytes = fields.key.prefix(15)
    var storage = (bytes.low.littleEndian, bytes.high.littleEndian)
    return withUnsafeBytes(of: &storage) { buffer in
      var code = buffer.bindMemory(to: UInt8.self).baseAddress
      var (size, address) = (15, UInt64(0))
      guard cs_disasm_iter(handle, &code, &size, &address, instruction) else { return "Capstone cannot decode it" }
      guard Int(instruction.pointee.size) == fields.length else { return "Capstone reads another length" }
      guard instruction.pointee.id == template.operation else { return "Capstone reads another operation" }
      guard let detail = halite_x86(instruction) else { return "Capstone gives no detail" }
      return compareOperands(fields, template, detail)
    }
  }

  private func compareOperands(_ fields: Fields, _ template: Template, _ detail: UnsafePointer<cs_x86>) -> String? {
    let count = Int(halite_operand_count(detail))
    var next = 0
    for position in 0..<template.operandCount {
      let expected = template.operands[position]
      if expected.isImplicit { continue }
      guard next < count, let found = halite_operand(detail, UInt8(next)) else {
        return "Capstone reads fewer operands"
      }
      next += 1
      switch expected.place {
      case .memory, .address:
        guard let memory = fields.memory, Self.agrees(memory, fields.isSegmentForm, found) else {
          return "Capstone reads another address"
        }
      case .immediate, .distance, .one:
        guard found.pointee.type == X86_OP_IMM else { return "Capstone reads no immediate" }
      default:
        guard found.pointee.type == X86_OP_REG, let number = fields.register(expected.place),
          found.pointee.reg == Self.register(expected.size, number)
        else { return "Capstone reads another register" }
      }
    }
    return next == count ? nil : "Capstone reads more operands"
  }

  private static func agrees(_ memory: MemoryOperand, _ isSegmentForm: Bool, _ found: UnsafePointer<cs_x86_op>) -> Bool
  {
    let (other, size) = (found.pointee.mem, isSegmentForm ? 4 : 8 as UInt8)
    let base = memory.isRIPRelative ? X86_REG_RIP : memory.base.map { register(size, $0) } ?? X86_REG_INVALID
    guard found.pointee.type == X86_OP_MEM, other.base == base, other.disp == 0,
      other.segment == (isSegmentForm ? X86_REG_GS : X86_REG_INVALID)
    else { return false }
    guard let index = memory.index else {
      return other.index == X86_REG_INVALID || other.index == X86_REG_RIZ || other.index == X86_REG_EIZ
    }
    return other.index == register(size, index) && Int64(other.scale) == memory.scale
  }

  private static func register(_ size: UInt8, _ number: UInt8) -> x86_reg {
    registers[size]?[Int(number)] ?? X86_REG_ENDING
  }

  /// By size in bytes, in the order of their numbers. Of one byte: with a REX or VEX prefix 4-7 are spl, bpl, sil, dil;
  /// without, the field parser has refused them.
  private static let registers: [UInt8: [x86_reg]] = {
    let ids = names(1..<X86_REG_ENDING.rawValue) { cs_reg_name($0, $1) }
    let legacy = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
    let bytes = ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"]
    func list(_ first: [String], _ rest: String) -> [x86_reg] {
      (first + (first.count..<16).map { rest.replacing("#", with: "\($0)") }).map { x86_reg(ids[$0] ?? X86_REG_ENDING.rawValue) }
    }
    return [
      1: list(bytes, "r#b"), 2: list(legacy, "r#w"), 4: list(legacy.map { "e" + $0 }, "r#d"),
      8: list(legacy.map { "r" + $0 }, "r#"), 16: list([], "xmm#"),
    ]
  }()

  /// Capstone's operation ids by name; empty if Capstone is not available.
  static func operationIDs() -> [String: UInt32] { names(1..<X86_INS_ENDING.rawValue) { cs_insn_name($0, $1) } }

  /// The ids of a range by the names that Capstone has for them; the lowest id of each name.
  private static func names(
    _ range: Range<UInt32>, _ name: (csh, UInt32) -> UnsafePointer<CChar>?
  ) -> [String: UInt32] {
    guard isReady, var handle = open() else { return [:] }
    defer { cs_close(&handle) }
    let pairs = range.compactMap { id in name(handle, id).map { (String(cString: $0), id) } }
    return Dictionary(pairs) { first, _ in first }
  }

  /// The first instruction as text, for people, and its length; nil if Capstone cannot decode it.
  static func text(_ bytes: [UInt8], address: UInt64) -> (text: String, length: Int)? {
    isReady ? firstText(bytes, address: address) : nil
  }

  /// Capstone sorts tables of its own on the first decoding, without a lock: so this one must be over before any other.
  private static let isReady = firstText([0x04, 0x00], address: 0) != nil

  private static func firstText(_ bytes: [UInt8], address: UInt64) -> (text: String, length: Int)? {
    guard var handle = open() else { return nil }
    defer { cs_close(&handle) }
    var list: UnsafeMutablePointer<cs_insn>?
    guard cs_disasm(handle, bytes, bytes.count, address, 1, &list) == 1, let list else { return nil }
    defer { cs_free(list, 1) }
    let text = String(cString: halite_mnemonic(list)) + " " + String(cString: halite_operand_text(list))
    return (text, Int(list.pointee.size))
  }
}
