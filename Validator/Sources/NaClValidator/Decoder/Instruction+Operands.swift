/// What rules ask of an instruction. `position` is 0 to 3; where there is no operand, there is `OperandTemplate.none`.
extension Instruction {
  /// The integer register that operand `position` names.
  @inline(__always) func integerRegister(_ position: Int) -> UInt8? {
    let place = template.operands[position].place
    return place.isInteger ? register(place) : nil
  }

  /// Whether operand `position` is this integer register at this width in bytes.
  func isRegister(_ position: Int, _ number: UInt8?, size: UInt8) -> Bool {
    number != nil && integerRegister(position) == number && template.operands[position].size == size
  }

  func isImmediate(_ position: Int) -> Bool { template.operands[position].place == .immediate }

  /// Whether it has two operands, these registers, or one and an immediate.
  func takes(_ first: UInt8?, _ second: UInt8?, size: UInt8) -> Bool {
    isRegister(0, first, size: size) && isRegister(1, second, size: size)
  }

  func takesImmediate(_ register: UInt8?, size: UInt8) -> Bool { isRegister(0, register, size: size) && isImmediate(1) }

  /// The displacement, if operand `position` is the memory at it from r15, without index or segment.
  func contextOffset(_ position: Int) -> Int64? {
    guard let memory, memory.isPlain(Register.r15) else { return nil }
    let place = template.operands[position].place
    return place == .memory || place == .address ? memory.displacement : nil
  }

  /// The address a RIP-relative operand names. Text and displacement are below 2^31 in size: no overflow.
  var ripAddress: Int64? {
    guard let memory, memory.isRIPRelative else { return nil }
    return Int64(end) + memory.displacement
  }

  /// The target of a direct jump or call; may lie anywhere.
  var target: Int64? { template.operands[0].place == .distance ? Int64(end) + immediate : nil }

  /// One of the plain padding forms: `90`, `66 90`, `0F 1F` with [rax] or [rax+rax] and a displacement of 0.
  @inline(__always) var isNop: Bool {
    guard semantic == .nop, let memory else { return semantic == .nop }
    return memory == MemoryOperand(base: Register.rax) || memory == MemoryOperand(base: Register.rax, index: Register.rax)
  }

  /// N of `sub rsp,N`, `add rsp,N` or `lea rsp,[rsp+N]`, whatever it is worth (rule F2).
  var frameChange: Int64? {
    guard semantic == .sub || semantic == .add || semantic == .lea, isRegister(0, Register.rsp, size: 8) else { return nil }
    if semantic == .lea { return memory.flatMap { $0.isPlain(Register.rsp) ? $0.displacement : nil } }
    return isImmediate(1) ? immediate : nil
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
  static let none: UInt8 = 16
  static let rip: UInt8 = 17

  /// Rule S3.
  static func isReserved(_ number: UInt8?) -> Bool { number == rsp || number == r15 }
}
