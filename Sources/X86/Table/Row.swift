/// What an instruction does with an explicit operand. The registers of an address are always only read.
public enum OperandRole: UInt8, Sendable {
  case read, write, readWrite
  /// An address that is computed, not accessed (lea).
  case compute
}

/// One explicit operand of a row.
@frozen
public struct OperandSpecification: Sendable {
  public let role: OperandRole
  public let registerClass: RegisterClass
  /// nil: the operation's width.
  @usableFromInline let fixedWidth: Width?
  /// The size in memory, where it is not that of the register.
  @usableFromInline let memoryWidth: Width?
  @usableFromInline let tie: Tie
  @usableFromInline let fixedRegister: FixedRegister

  /// When the operand shares the register of operand 0.
  public enum Tie: UInt8, Sendable { case never, withoutVEX, always }
  public enum FixedRegister: UInt8, Sendable { case none, rcx, xmm0WithoutVEX }

  @inlinable
  init(
    _ role: OperandRole, _ registerClass: RegisterClass, _ width: Width?, memory: Width? = nil, tie: Tie = .never,
    fixed: FixedRegister = .none
  ) {
    self.role = role
    self.registerClass = registerClass
    fixedWidth = width
    memoryWidth = memory
    self.tie = tie
    fixedRegister = fixed
  }

  /// The operand's size in a register.
  @inlinable public func width(operation: Width) -> Width { fixedWidth ?? operation }

  /// The size when the operand is in memory.
  @inlinable public func memoryWidth(operation: Width) -> Width { memoryWidth ?? width(operation: operation) }

  @inlinable
  public func isTied(isa: ISALevel) -> Bool {
    switch tie {
    case .never: false
    case .withoutVEX: isa < .v3
    case .always: true
    }
  }

  @inlinable
  public func fixed(isa: ISALevel) -> Register? {
    switch fixedRegister {
    case .none: nil
    case .rcx: .rcx
    case .xmm0WithoutVEX: isa < .v3 ? .xmm0 : nil
    }
  }
}

/// What an instruction does with the status flags. "Writes" includes leaving some of them undefined.
@frozen
public struct FlagEffect: OptionSet, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let reads = FlagEffect(rawValue: 1)
  public static let writes = FlagEffect(rawValue: 2)
}

/// All that is known of an opcode: what its operands are, what it touches besides, and its encodings.
@frozen
public struct Row: Sendable {
  public let opcode: Opcode
  /// The mnemonic without conditions and without the VEX forms' `v`.
  public let name: StaticString
  /// The mnemonic when the operation is 64 bits wide, where it differs.
  public let name64: StaticString?
  public let operandCount: Int
  public let operands: InlineArray<4, OperandSpecification>
  public let implicitReads: RegisterSet
  public let implicitWrites: RegisterSet
  public let flags: FlagEffect
  /// The lowest level that has the instruction.
  public let minimumISA: ISALevel
  /// Its encodings' place in `Encoding.table`.
  @usableFromInline let encodings: Range<Int>
}

/// A row as written down in the tables.
struct RowDefinition {
  var opcode: Opcode
  var name: StaticString
  var name64: StaticString?
  var operands: [OperandSpecification]
  var implicitReads: RegisterSet = []
  var implicitWrites: RegisterSet = []
  var flags: FlagEffect = []
  var minimumISA: ISALevel = .v2
  /// In order of preference: the encoder takes the first that fits.
  var encodings: [Encoding]

  init(
    _ opcode: Opcode, _ name: StaticString, name64: StaticString? = nil, _ operands: [OperandSpecification],
    reads: RegisterSet = [], writes: RegisterSet = [], flags: FlagEffect = [], isa: ISALevel = .v2,
    _ encodings: [Encoding]
  ) {
    self.opcode = opcode
    self.name = name
    self.name64 = name64
    self.operands = operands
    implicitReads = reads
    implicitWrites = writes
    self.flags = flags
    minimumISA = isa
    self.encodings = encodings
  }
}

extension Row {
  /// By opcode.
  @usableFromInline static let table: ContiguousArray<Row> = tables.rows
}

extension Encoding {
  /// The encodings of all rows, one after the other.
  static let table: ContiguousArray<Encoding> = tables.encodings
}

private let tables = build(
  integerRows + bitRows + controlRows + vectorMoveRows + vectorArithmeticRows + packedIntegerRows + laneRows)

private func build(
  _ definitions: [RowDefinition]
) -> (rows: ContiguousArray<Row>, encodings: ContiguousArray<Encoding>) {
  precondition(definitions.count == Opcode.allCases.count, "every opcode has exactly one row")
  var rows: ContiguousArray<Row> = []
  var encodings: ContiguousArray<Encoding> = []
  let unused = OperandSpecification(.read, .general, nil)
  for definition in definitions.sorted(by: { $0.opcode.rawValue < $1.opcode.rawValue }) {
    precondition(Int(definition.opcode.rawValue) == rows.count, "every opcode has exactly one row")
    let first = encodings.count
    encodings += definition.encodings
    let operands = definition.operands
    rows.append(
      Row(
        opcode: definition.opcode, name: definition.name, name64: definition.name64, operandCount: operands.count,
        operands: InlineArray { $0 < operands.count ? operands[$0] : unused },
        implicitReads: definition.implicitReads, implicitWrites: definition.implicitWrites, flags: definition.flags,
        minimumISA: definition.minimumISA, encodings: first..<encodings.count))
  }
  return (rows, encodings)
}
