/// Where an operand is encoded.
enum Place: UInt8, Sendable {
  /// Integer registers: ModRM.reg, ModRM.rm, VEX.vvvv, rax, the opcode's low bits, rcx, rdx.
  case reg, rm, vvvv, rax, opcode, rcx, rdx
  /// Vector registers: bits 7-4 of the immediate, ModRM.reg, ModRM.rm, VEX.vvvv, xmm0.
  case vectorImmediate, vectorReg, vectorRM, vectorVVVV, xmm0
  /// Memory that is accessed; memory of which only the address is used, or which only a gate call may name.
  case memory, address
  /// An immediate, a branch distance, the constant 1.
  case immediate, distance, one

  var isInteger: Bool { rawValue <= Self.rdx.rawValue }
  var isVector: Bool { rawValue > Self.rdx.rawValue && rawValue <= Self.xmm0.rawValue }

  /// Which byte of `lanes` has the register's number; integer and vector registers share the first four.
  var lane: UInt64? { rawValue <= Self.xmm0.rawValue ? UInt64(rawValue & 7) : nil }

  @inline(__always) static func lanes(reg: UInt8, rm: UInt8, vvvv: UInt8, opcode: UInt8, immediate: UInt8) -> UInt64 {
    let encoded = UInt64(reg) | UInt64(rm) << 8 | UInt64(vvvv) << 16 | UInt64(opcode) << 32 | UInt64(immediate) << 56
    return encoded | 0 << 24 | 1 << 40 | 2 << 48
  }
}

/// What an instruction does to an operand.
struct Access: OptionSet, Sendable, Hashable, BitwiseCopyable {
  let rawValue: UInt8
  static let read = Access(rawValue: 1)
  static let write = Access(rawValue: 2)
  /// The write always happens and clears the bits above a 32-bit destination (rule M7).
  static let zeroExtends = Access(rawValue: 4)
}

/// One operand of a template, in concrete form: the operand size is already chosen.
struct OperandTemplate: Sendable, BitwiseCopyable {
  let place: Place
  /// In bytes. Of a memory operand: how many bytes are accessed.
  let size: UInt8
  let access: Access
  /// Not among the operands that Capstone lists.
  let isImplicit: Bool

  /// Neither register nor memory nor immediate.
  static let none = OperandTemplate(place: .one, size: 0, access: [], isImplicit: true)
}

/// What rules ask of an operation beyond its operands. `rawValue` is the mnemonic; all others are `other`.
enum Semantic: String, Sendable {
  case other, mov, movzx, movsxd, lea, add, sub, and, xor, cmp, test, shr, cmova, cdq, cqo, div, idiv, nop
  case call, jmp, ret
  /// Conditional jumps; `jcc` is any but the first four.
  case je, jne, jb, jbe, jcc

  var isConditionalJump: Bool { [.je, .jne, .jb, .jbe, .jcc].contains(self) }
}

/// One line of the allow-list for one operand size and one form, register or memory. 32 bytes: there are thousands.
struct Template: Sendable, BitwiseCopyable {
  /// Capstone's id for the operation.
  let operation: UInt32
  let semantic: Semantic
  let level: InstructionSetLevel
  /// The first `operandCount` count, explicit ones in Intel's order.
  let operands: InlineArray<4, OperandTemplate>
  private let count, immediate, memoryPosition: UInt8
  /// Bit n: lane n of `Place.lanes` is an integer register of one byte.
  let byteLanes: UInt8
  /// A memory operand must be 16-byte aligned (rule M6).
  let needsAlignment: Bool
  /// Whether ModRM.reg names a register, rather than nothing or the operation; likewise VEX.vvvv and the opcode's low bits.
  let usesReg, usesVVVV, usesOpcode: Bool
  /// The immediate names a vector register in its upper half.
  let isRegisterInImmediate: Bool
  let writesInteger: Bool

  var operandCount: Int { Int(count) }
  /// Bytes of immediate or branch distance.
  var immediateSize: Int { Int(immediate) }
  /// The memory operand, accessed or address only.
  var memory: OperandTemplate? { memoryPosition < 4 ? operands[Int(memoryPosition)] : nil }

  init(
    _ operation: UInt32, _ semantic: Semantic, _ level: InstructionSetLevel, _ list: [OperandTemplate],
    needsAlignment: Bool
  ) {
    precondition(list.count <= 4, "a template row has at most four operands")
    func uses(_ places: Place...) -> Bool { list.contains { places.contains($0.place) } }
    (self.operation, self.semantic, self.level) = (operation, semantic, level)
    operands = InlineArray { $0 < list.count ? list[$0] : .none }
    count = UInt8(list.count)
    memoryPosition = UInt8(list.firstIndex { $0.place == .memory || $0.place == .address } ?? 4)
    self.needsAlignment = needsAlignment && memoryPosition < 4
    (usesReg, usesVVVV) = (uses(.reg, .vectorReg), uses(.vvvv, .vectorVVVV))
    (usesOpcode, isRegisterInImmediate) = (uses(.opcode), uses(.vectorImmediate))
    immediate = isRegisterInImmediate ? 1 : list.first { $0.place == .immediate || $0.place == .distance }?.size ?? 0
    let bytes = list.filter { $0.place.isInteger && $0.size == 1 }
    byteLanes = bytes.reduce(0) { $0 | 1 << ($1.place.lane ?? 0) }
    writesInteger = list.contains { $0.place.isInteger && $0.access.contains(.write) }
  }
}
