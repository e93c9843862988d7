/// A place in an instruction that names a register: an explicit operand, or the base or index of its address.
@frozen
public enum RegisterSlot: UInt8, Sendable, CaseIterable {
  case operand0, operand1, operand2, operand3, base, index

  @inlinable public init(operand position: Int) {
    switch position {
    case 0: self = .operand0
    case 1: self = .operand1
    case 2: self = .operand2
    case 3: self = .operand3
    default: preconditionFailure("an instruction has at most four operands")
    }
  }
}

/// One register of an instruction with all that register allocation must respect.
@frozen
public struct RegisterUse: Sendable {
  public let slot: RegisterSlot
  public let register: Register
  public let role: OperandRole
  public let registerClass: RegisterClass
  public let width: Width
  /// The slot of the destination whose register this one must share.
  public let tiedTo: RegisterSlot?
  /// The only register that the encoding can name here.
  public let fixed: Register?

  @inlinable
  init(
    slot: RegisterSlot, register: Register, role: OperandRole, registerClass: RegisterClass, width: Width,
    tiedTo: RegisterSlot?, fixed: Register?
  ) {
    self.slot = slot
    self.register = register
    self.role = role
    self.registerClass = registerClass
    self.width = width
    self.tiedTo = tiedTo
    self.fixed = fixed
  }
}

extension Instruction {
  /// The register in a slot. Requires that the slot holds one.
  @inlinable
  public subscript(slot: RegisterSlot) -> Register {
    get {
      switch slot {
      case .operand0, .operand1, .operand2, .operand3: register(Int(slot.rawValue))
      case .base: Register(rawValue: address.baseValue)
      case .index: Register(rawValue: address.indexValue)
      }
    }
    set {
      switch slot {
      case .operand0, .operand1, .operand2, .operand3: setRegister(Int(slot.rawValue), newValue)
      case .base: address.base = newValue
      case .index: address.index = newValue
      }
    }
  }

  /// Every register named, in the order operand 0...3, base, index. Implicit ones are in the row.
  /// Complexity: O(1); no allocation.
  @inlinable
  public func forEachRegister(isa: ISALevel, _ body: (RegisterUse) throws -> Void) rethrows {
    let row = opcode.row
    var hasAddress = false
    for position in 0..<row.operandCount {
      let specification = row.operands[position]
      switch kind(position) {
      case .register:
        try body(
          RegisterUse(
            slot: RegisterSlot(operand: position), register: register(position), role: specification.role,
            registerClass: specification.registerClass, width: specification.width(operation: width),
            tiedTo: specification.isTied(isa: isa) ? .operand0 : nil, fixed: specification.fixed(isa: isa)))
      case .address: hasAddress = true
      case .none, .immediate, .label, .symbol: break
      }
    }
    guard hasAddress else { return }
    if let base = address.base { try body(Instruction.addressUse(.base, base)) }
    if let index = address.index { try body(Instruction.addressUse(.index, index)) }
  }

  /// Whether the VEX form could have 16 bytes of memory, at any address, in place of the vector register in `slot`.
  public func acceptsUnalignedVector(at slot: RegisterSlot) -> Bool {
    let position = Int(slot.rawValue)
    let row = opcode.row
    guard position < row.operandCount, opcode != .movaps, opcode != .movdqa else { return false }
    let specification = row.operands[position]
    guard specification.registerClass == .vector, specification.role == .read,
      specification.memoryWidth(operation: width) == .w128,
      !(0..<row.operandCount).contains(where: { kind($0) == .address })
    else { return false }
    return row.encodings.contains { Encoding.table[$0].isVEX && Encoding.table[$0].fields[position] == .rm }
  }

  @usableFromInline
  static func addressUse(_ slot: RegisterSlot, _ register: Register) -> RegisterUse {
    RegisterUse(
      slot: slot, register: register, role: .read, registerClass: .general, width: .w64, tiedTo: nil, fixed: nil)
  }
}
