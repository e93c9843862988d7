/// An explicit operand.
@frozen
public enum Operand: Hashable, Sendable {
  case none
  case register(Register)
  case address(Address)
  /// Integers of the operand's width, signed or unsigned.
  case immediate(Int64)
  case target(Target)

  @inlinable public static func label(_ label: Label) -> Operand { .target(.label(label)) }
  @inlinable public static func symbol(_ symbol: Symbol) -> Operand { .target(.symbol(symbol)) }
}

/// One machine instruction, before register allocation (virtual registers) and after.
///
/// The operands stand in the order of the opcode's row (`opcode.row.operands`). Two-address instructions have all three
/// operands, `add destination, left, right`: the row says that `left` is tied to `destination`, so that before register
/// allocation they may differ and afterwards they must not. At most one operand is an address, one an immediate or a
/// target.
@frozen
public struct Instruction: Hashable, Sendable {
  public var opcode: Opcode
  /// The operation's size where the row leaves it open: of integer operations, and of the integer side of conversions.
  public var width: Width
  /// For jcc, setcc and cmov.
  public var condition: Condition
  @usableFromInline var kinds: (Kind, Kind, Kind, Kind) = (.none, .none, .none, .none)
  @usableFromInline var registers: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  /// Meaningful if an operand is an address.
  public var address = Address.flat(nil)
  /// An immediate, or a target's number.
  @usableFromInline var value: Int64 = 0

  @usableFromInline
  enum Kind: UInt8, Sendable { case none, register, address, immediate, label, symbol }

  @inlinable
  public init(
    _ opcode: Opcode, _ width: Width = .w32, condition: Condition = .overflow, _ a: Operand = .none,
    _ b: Operand = .none, _ c: Operand = .none, _ d: Operand = .none
  ) {
    self.opcode = opcode
    self.width = width
    self.condition = condition
    self[operand: 0] = a
    self[operand: 1] = b
    self[operand: 2] = c
    self[operand: 3] = d
  }

  /// The operand at `position`, 0...3.
  @inlinable
  public subscript(operand position: Int) -> Operand {
    get {
      switch kind(position) {
      case .none: .none
      case .register: .register(register(position))
      case .address: .address(address)
      case .immediate: .immediate(value)
      case .label: .label(Label(UInt32(truncatingIfNeeded: value)))
      case .symbol: .symbol(Symbol(UInt32(truncatingIfNeeded: value)))
      }
    }
    set {
      switch newValue {
      case .none:
        setKind(position, .none)
      case .register(let register):
        setKind(position, .register)
        setRegister(position, register)
      case .address(let address):
        setKind(position, .address)
        self.address = address
      case .immediate(let value):
        setKind(position, .immediate)
        self.value = value
      case .target(.label(let label)):
        setKind(position, .label)
        value = Int64(label.rawValue)
      case .target(.symbol(let symbol)):
        setKind(position, .symbol)
        value = Int64(symbol.rawValue)
      }
    }
  }

  /// What a direct jump or call goes to.
  @inlinable public var target: Target? {
    switch kinds.0 {
    case .label: .label(Label(UInt32(truncatingIfNeeded: value)))
    case .symbol: .symbol(Symbol(UInt32(truncatingIfNeeded: value)))
    case .none, .register, .address, .immediate: nil
    }
  }

  @inlinable
  func kind(_ position: Int) -> Kind {
    switch position {
    case 0: kinds.0
    case 1: kinds.1
    case 2: kinds.2
    default: kinds.3
    }
  }

  @inlinable
  mutating func setKind(_ position: Int, _ kind: Kind) {
    switch position {
    case 0: kinds.0 = kind
    case 1: kinds.1 = kind
    case 2: kinds.2 = kind
    default: kinds.3 = kind
    }
  }

  @inlinable
  func register(_ position: Int) -> Register {
    switch position {
    case 0: Register(rawValue: registers.0)
    case 1: Register(rawValue: registers.1)
    case 2: Register(rawValue: registers.2)
    default: Register(rawValue: registers.3)
    }
  }

  @inlinable
  mutating func setRegister(_ position: Int, _ register: Register) {
    switch position {
    case 0: registers.0 = register.rawValue
    case 1: registers.1 = register.rawValue
    case 2: registers.2 = register.rawValue
    default: registers.3 = register.rawValue
    }
  }

  public static func == (a: Instruction, b: Instruction) -> Bool {
    guard a.opcode == b.opcode, a.width == b.width, a.condition == b.condition else { return false }
    return (0..<4).allSatisfy { a[operand: $0] == b[operand: $0] }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(opcode)
    hasher.combine(width)
    hasher.combine(condition)
    for position in 0..<4 { hasher.combine(self[operand: position]) }
  }
}
