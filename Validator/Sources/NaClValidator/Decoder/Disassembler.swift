import CCapstone

/// Capstone as a second opinion: it must read the same length, operation, registers and address out of the bytes.
///
/// Bytes that agreed once are remembered by their key, all bytes but displacement and immediate, compared in full.
/// Capstone sees the key itself, so that what is accepted does not depend on which instance came first. Displacement
/// and immediate are the field parser's alone. One for each thread.
struct Disassembler: ~Copyable {
  private var handle: csh = 0
  private let instruction: UnsafeMutablePointer<cs_insn>?
  /// A key stands in its pair of slots or nowhere; the pair's older key gives way.
  private var agreed = Buffer<ByteWindow>()
  /// How often Capstone was asked, and the distinct keys among these, up to `maximumForms` of them.
  private(set) var decodings = 0
  private(set) var forms: Set<ByteWindow> = []
  static let maximumForms = 1 << 16

  init(textSize: UInt64) {
    agreed.fill(ByteWindow(low: 0, high: 0), count: textSize < 1 << 18 ? 1 << 11 : 1 << 14)
    guard Self.isReady, cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK,
      cs_option(handle, CS_OPT_DETAIL, Int(CS_OPT_ON.rawValue)) == CS_ERR_OK
    else {
      instruction = nil
      return
    }
    instruction = cs_malloc(handle)
  }

  deinit {
    if let instruction { cs_free(instruction, 1) }
    if handle != 0 {
      var closing = handle
      cs_close(&closing)
    }
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
          found.pointee.reg == Self.registerID(expected, number)
        else { return "Capstone reads another register" }
      }
    }
    return next == count ? nil : "Capstone reads more operands"
  }

  private static func agrees(_ memory: MemoryOperand, _ isSegmentForm: Bool, _ found: UnsafePointer<cs_x86_op>) -> Bool
  {
    guard found.pointee.type == X86_OP_MEM else { return false }
    let other = found.pointee.mem
    let registers = isSegmentForm ? registers32 : registers64
    let base =
      memory.isRIPRelative ? X86_REG_RIP : memory.base.map { registers[Int($0)] } ?? X86_REG_INVALID
    guard other.base == base, other.segment == (isSegmentForm ? X86_REG_GS : X86_REG_INVALID), other.disp == 0 else {
      return false
    }
    if let index = memory.index {
      return other.index == registers[Int(index)] && Int64(other.scale) == memory.scale
    }
    return other.index == X86_REG_INVALID || other.index == X86_REG_RIZ || other.index == X86_REG_EIZ
  }

  private static func registerID(_ operand: OperandTemplate, _ number: UInt8) -> x86_reg {
    if operand.place.isVector { return vectorRegisters[Int(number)] }
    switch operand.size {
    case 1: return registers8[Int(number)]
    case 2: return registers16[Int(number)]
    case 4: return registers32[Int(number)]
    default: return registers64[Int(number)]
    }
  }

  /// Capstone's operation ids by name; empty if Capstone is not available.
  static func operationIDs() -> [String: UInt32] {
    var handle: csh = 0
    guard isReady, cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK else { return [:] }
    var ids: [String: UInt32] = [:]
    for id in 1..<X86_INS_ENDING.rawValue {
      if let name = cs_insn_name(handle, id) { ids[String(cString: name)] = ids[String(cString: name)] ?? id }
    }
    cs_close(&handle)
    return ids
  }

  /// The first instruction as text, for people, and its length; nil if Capstone cannot decode it.
  static func text(_ bytes: [UInt8], address: UInt64) -> (text: String, length: Int)? {
    isReady ? firstText(bytes, address: address) : nil
  }

  /// Capstone sorts tables of its own on the first decoding, without a lock: so this one must be over before any other.
  private static let isReady = firstText([0x04, 0x00], address: 0) != nil

  private static func firstText(_ bytes: [UInt8], address: UInt64) -> (text: String, length: Int)? {
    var handle: csh = 0
    guard cs_open(CS_ARCH_X86, CS_MODE_64, &handle) == CS_ERR_OK else { return nil }
    defer { cs_close(&handle) }
    cs_option(handle, CS_OPT_DETAIL, Int(CS_OPT_ON.rawValue))
    var list: UnsafeMutablePointer<cs_insn>?
    guard cs_disasm(handle, bytes, bytes.count, address, 1, &list) == 1, let list else { return nil }
    defer { cs_free(list, 1) }
    let text = String(cString: halite_mnemonic(list)) + " " + String(cString: halite_operand_text(list))
    return (text, Int(list.pointee.size))
  }

  private static let registers64 = [
    X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX, X86_REG_RSP, X86_REG_RBP, X86_REG_RSI, X86_REG_RDI,
    X86_REG_R8, X86_REG_R9, X86_REG_R10, X86_REG_R11, X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15,
  ]
  private static let registers32 = [
    X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX, X86_REG_ESP, X86_REG_EBP, X86_REG_ESI, X86_REG_EDI,
    X86_REG_R8D, X86_REG_R9D, X86_REG_R10D, X86_REG_R11D, X86_REG_R12D, X86_REG_R13D, X86_REG_R14D, X86_REG_R15D,
  ]
  private static let registers16 = [
    X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX, X86_REG_SP, X86_REG_BP, X86_REG_SI, X86_REG_DI,
    X86_REG_R8W, X86_REG_R9W, X86_REG_R10W, X86_REG_R11W, X86_REG_R12W, X86_REG_R13W, X86_REG_R14W, X86_REG_R15W,
  ]
  /// With a REX or VEX prefix 4-7 are spl, bpl, sil, dil; without, the field parser has refused them.
  private static let registers8 = [
    X86_REG_AL, X86_REG_CL, X86_REG_DL, X86_REG_BL, X86_REG_SPL, X86_REG_BPL, X86_REG_SIL, X86_REG_DIL,
    X86_REG_R8B, X86_REG_R9B, X86_REG_R10B, X86_REG_R11B, X86_REG_R12B, X86_REG_R13B, X86_REG_R14B, X86_REG_R15B,
  ]
  private static let vectorRegisters = [
    X86_REG_XMM0, X86_REG_XMM1, X86_REG_XMM2, X86_REG_XMM3, X86_REG_XMM4, X86_REG_XMM5, X86_REG_XMM6, X86_REG_XMM7,
    X86_REG_XMM8, X86_REG_XMM9, X86_REG_XMM10, X86_REG_XMM11, X86_REG_XMM12, X86_REG_XMM13, X86_REG_XMM14,
    X86_REG_XMM15,
  ]
}
