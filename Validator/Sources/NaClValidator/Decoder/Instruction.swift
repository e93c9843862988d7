/// One decoded instruction that is on the allow-list and on which field parser and Capstone agree.
struct Instruction: BitwiseCopyable {
  let address: UInt64
  let fields: Fields
  private let row: UnsafePointer<Template>

  @inline(__always) init(address: UInt64, fields: Fields, _ table: TemplateTable) {
    self.address = address
    self.fields = fields
    row = table[fields.templateIndex]
  }

  var template: Template { @inline(__always) get { row.pointee } }

  var semantic: Semantic { template.semantic }
  var length: Int { fields.length }
  var end: UInt64 { address + UInt64(fields.length) }
  var immediate: Int64 { fields.immediate }

  /// The integer register that operand `position` names.
  @inline(__always) func integerRegister(_ position: Int) -> UInt8? {
    guard position < template.operandCount, template.operands[position].place.isInteger else { return nil }
    return fields.register(template.operands[position].place)
  }

  /// Whether operand `position` is this integer register at this width in bytes.
  func isRegister(_ position: Int, _ number: UInt8?, size: UInt8) -> Bool {
    number != nil && integerRegister(position) == number && template.operands[position].size == size
  }

  func isImmediate(_ position: Int) -> Bool {
    position < template.operandCount && template.operands[position].place == .immediate
  }

  /// The width in bytes of operand `position`.
  func size(_ position: Int) -> UInt8 { position < template.operandCount ? template.operands[position].size : 0 }

  /// The displacement, if operand `position` is the memory at it from r15, without index or segment.
  func contextOffset(_ position: Int) -> Int64? {
    guard position < template.operandCount, !fields.isSegmentForm, let memory = fields.memory,
      memory.base == Register.r15, memory.index == nil
    else { return nil }
    let place = template.operands[position].place
    return place == .memory || place == .address ? memory.displacement : nil
  }

  /// The address a RIP-relative operand names. Text and displacement are below 2^31 in size: no overflow.
  var ripAddress: Int64? {
    guard let memory = fields.memory, memory.isRIPRelative else { return nil }
    return Int64(end) + memory.displacement
  }

  /// The target of a direct jump or call; may lie anywhere.
  var target: Int64? {
    guard template.operandCount > 0, template.operands[0].place == .distance else { return nil }
    return Int64(end) + immediate
  }

  /// One of the plain padding forms: `90`, `66 90`, `0F 1F` with [rax] or [rax+rax] and a displacement of 0.
  @inline(__always) var isNop: Bool {
    guard semantic == .nop, !fields.isSegmentForm else { return false }
    guard let memory = fields.memory else { return true }
    return memory.base == Register.rax && (memory.index == nil || memory.index == Register.rax)
      && memory.displacement == 0
  }

  /// N of `sub rsp,N`, `add rsp,N` or `lea rsp,[rsp+N]`, whatever it is worth (rule F2).
  var frameChange: Int64? {
    switch semantic {
    case .sub, .add: return isRegister(0, Register.rsp, size: 8) && isImmediate(1) ? immediate : nil
    case .lea where isRegister(0, Register.rsp, size: 8) && !fields.isSegmentForm:
      guard let memory = fields.memory, memory.base == Register.rsp, memory.index == nil else { return nil }
      return memory.displacement
    default: return nil
    }
  }

  var isIndirect: Bool { integerRegister(0) != nil && (semantic == .call || semantic == .jmp) }
}

/// Register numbers that rules name.
enum Register {
  static let rax: UInt8 = 0
  static let rdx: UInt8 = 2
  static let rsp: UInt8 = 4
  static let r10: UInt8 = 10
  static let r11: UInt8 = 11
  static let r15: UInt8 = 15

  /// Rule S3.
  static func isReserved(_ number: UInt8?) -> Bool { number == rsp || number == r15 }
}
