/// What follows an operator's code in the binary format (specification 5.4).
public enum ImmediateKind: UInt8, Sendable {
  case none
  case blockType
  case label, labelTable
  case function, typeAndTable
  /// A type; a tag; a block type and catch clauses.
  case type, tag, tryTable
  case selectTypes
  case heapType
  case local, global, table
  case memoryAccess
  /// The same, with the natural alignment; a single byte 0.
  case atomicAccess, zeroByte
  case memory
  case dataSegment, elementSegment
  case dataAndMemory, twoMemories, elementAndTable, twoTables
  case i32, i64, f32, f64, v128
  case lane, memoryLane, shuffle
}

/// Facts about an operator: how it is written, what it takes and gives, and which proposal brought it.
public struct OperatorInfo: Sendable {
  public enum Typing: Sendable {
    /// `operands` and `result` say it all.
    case fixed
    /// `FunctionValidator` has a rule of its own.
    case special
  }

  public let op: Operator
  /// A `StaticString`, so that rows are plain bytes: copying one must not count references.
  private let word: StaticString
  /// One byte, or 0xfcNN, 0xfeNN or 0xfdNNN: a prefix and the number behind it.
  public let code: UInt32
  public let immediates: ImmediateKind
  public let typing: Typing
  /// First to last; `.address` stands for the index type of the instruction's memory.
  let operands: InlineTypes
  /// `.none` if there is none.
  let result: ValueType
  /// Base-2 logarithm of the access's natural alignment.
  public let alignment: UInt8
  /// A lane index must be below this.
  public let lanes: UInt8
  /// Empty for the first version's.
  public let feature: Features

  /// The word of the text format.
  public var name: String { word.description }

  init(
    _ op: Operator, _ word: StaticString, _ code: UInt32, _ immediates: ImmediateKind = .none, operands: [ValueType] = [],
    result: ValueType = .none, typing: Typing = .fixed, alignment: UInt8 = 0, lanes: UInt8 = 0,
    feature: Features = []
  ) {
    self.op = op
    self.word = word
    self.code = code
    self.immediates = immediates
    self.typing = typing
    self.operands = InlineTypes(operands)
    self.result = result
    self.alignment = alignment
    self.lanes = lanes
    self.feature = feature
  }
}

/// Up to three types, without an allocation: a validator touches them for every operator.
struct InlineTypes: Sendable {
  private let types: (ValueType, ValueType, ValueType)
  let count: Int

  init(_ types: [ValueType]) {
    precondition(types.count <= 3, "no operator takes more than three operands by a fixed rule")
    func type(_ position: Int) -> ValueType { position < types.count ? types[position] : .none }
    self.types = (type(0), type(1), type(2))
    count = types.count
  }

  @inline(__always)
  subscript(position: Int) -> ValueType {
    switch position {
    case 0: types.0
    case 1: types.1
    default: types.2
    }
  }
}

extension ValueType {
  /// No type of the language: absence in tables, and the unknown type below a stack that unreachable code has emptied.
  static var none: ValueType { ValueType(rawValue: 0) }
  /// No type of the language: the index type of the memory at hand.
  static var address: ValueType { ValueType(rawValue: 1) }
}

/// From codes to operators.
struct OpcodeMap: Sendable {
  /// By the first byte; by the number behind the prefixes 0xfc, 0xfd and 0xfe.
  private let single: ContiguousArray<Operator?>
  private let prefixed: ContiguousArray<Operator?>
  private let vectors: ContiguousArray<Operator?>
  private let atomics: ContiguousArray<Operator?>

  static let shared = OpcodeMap()

  private init() {
    var single = ContiguousArray<Operator?>(repeating: nil, count: 256)
    var prefixed = ContiguousArray<Operator?>(repeating: nil, count: 256)
    var vectors = ContiguousArray<Operator?>(repeating: nil, count: 512)
    var atomics = ContiguousArray<Operator?>(repeating: nil, count: 256)
    for row in OperatorInfo.table {
      switch row.code {
      case ..<0x100: single[Int(row.code)] = row.op
      case 0xfd000...: vectors[Int(row.code - 0xfd000)] = row.op
      case 0xfe00...: atomics[Int(row.code & 0xff)] = row.op
      default: prefixed[Int(row.code & 0xff)] = row.op
      }
    }
    self.single = single
    self.prefixed = prefixed
    self.vectors = vectors
    self.atomics = atomics
  }

  @inline(__always) func single(_ byte: UInt8) -> Operator? { single[Int(byte)] }
  func prefixed(_ number: UInt32) -> Operator? { number < 256 ? prefixed[Int(number)] : nil }
  func atomic(_ number: UInt32) -> Operator? { number < 256 ? atomics[Int(number)] : nil }
  func vector(_ number: UInt32) -> Operator? { number < 512 ? vectors[Int(number)] : nil }

  /// The proposal that a code without a row belongs to, so that a refusal can name it; nil if it is no code at all.
  static func laterProposal(_ byte: UInt8) -> String? {
    switch byte {
    case 0x06, 0x07, 0x09, 0x18, 0x19: "legacy exception handling"
    case 0xd3, 0xfb: "garbage collection"
    default: nil
    }
  }
}
