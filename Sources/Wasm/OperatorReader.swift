import Entities

/// The type of a block: nothing, one result, or a type of the module.
@frozen
public enum BlockType: Hashable, Sendable {
  case empty
  case value(ValueType)
  case type(TypeIndex)
}

/// What a try_table does with an exception: the first clause that fits branches.
public struct CatchClause: Hashable, Sendable {
  /// nil for every exception.
  public var tag: TagIndex?
  /// The label takes the exception too, behind the tag's values.
  public var takesReference: Bool
  /// Counted outside of the try_table.
  public var label: UInt32
}

/// One operator with its immediates. Which fields count is the row's `immediates`; the others are zero.
public struct DecodedOperator: Sendable {
  public var op: Operator
  /// In bytes from the start of the module.
  public var offset: Int
  /// The label, function, local, global, table, memory, segment, or type index.
  public var index: UInt32 = 0
  /// The table of call_indirect; the memory or table of an init; the source of a copy.
  public var second: UInt32 = 0
  /// The bits of a constant, or the static offset of a memory access.
  public var bits: UInt64 = 0
  /// The upper half of a v128 constant; of the 16 lanes of a shuffle, a byte each, the lower half is `bits`.
  public var highBits: UInt64 = 0
  /// Of an operator on one lane.
  public var lane: UInt8 = 0
  /// Base-2 logarithm.
  public var alignment: UInt32 = 0
  public var block: BlockType = .empty
  /// Of `select` with a type; of ref.null, as a nullable reference.
  public var type: ValueType = .none

  init(_ op: Operator, at offset: Int) {
    self.op = op
    self.offset = offset
  }
}

/// Reads one operator after the other out of a function body or a constant expression, checking form but no types.
public struct OperatorReader: Sendable {
  var cursor: ByteCursor
  let features: Features
  /// The labels of the br_table read last, the default last.
  public private(set) var labels: ContiguousArray<UInt32> = []
  /// The clauses of the try_table read last.
  public private(set) var catches: ContiguousArray<CatchClause> = []
  private let map = OpcodeMap.shared
  private let table = OperatorInfo.table

  init(_ cursor: ByteCursor, features: Features) {
    self.cursor = cursor
    self.features = features
  }

  public var offset: Int { cursor.offset }
  public var isAtEnd: Bool { cursor.isAtEnd }

  public mutating func next() throws(WasmError) -> DecodedOperator {
    let offset = cursor.offset
    let byte = try cursor.readByte()
    let found: Operator? =
      switch byte {
      case 0xfc: map.prefixed(try cursor.readU32())
      case 0xfd: map.vector(try cursor.readU32())
      case 0xfe: map.atomic(try cursor.readU32())
      default: map.single(byte)
      }
    guard let op = found else {
      if let proposal = OpcodeMap.laterProposal(byte) { throw WasmError(.unsupportedFeature, at: offset, proposal) }
      throw WasmError(.illegalOpcode, at: offset, "0x\(String(byte, radix: 16))")
    }
    let row = Int(op.rawValue)
    if !features.isSuperset(of: table[row].feature) {
      throw WasmError(.unsupportedFeature, at: offset, table[row].feature.name)
    }
    var decoded = DecodedOperator(op, at: offset)
    try readImmediates(table[row].immediates, into: &decoded)
    return decoded
  }

  @inline(__always)
  private mutating func readImmediates(_ kind: ImmediateKind, into decoded: inout DecodedOperator) throws(WasmError) {
    switch kind {
    case .none: break
    case .blockType: decoded.block = try readBlockType()
    case .label, .function, .type, .tag, .local, .global, .table, .dataSegment, .elementSegment:
      decoded.index = try cursor.readU32()
    case .labelTable: try readLabels()
    case .tryTable:
      decoded.block = try readBlockType()
      try readCatches()
    case .typeAndTable:
      decoded.index = try cursor.readU32()
      decoded.second = try cursor.readU32()
    case .selectTypes: decoded.type = try readSelectType()
    case .heapType: decoded.type = .reference(ReferenceType(try cursor.readHeapType(features)))
    case .memoryAccess, .atomicAccess: try readMemoryAccess(into: &decoded)
    case .zeroByte:
      let start = cursor.offset
      if try cursor.readByte() != 0 { throw WasmError(.zeroByteExpected, at: start) }
    case .memory: decoded.index = try readMemoryIndex()
    case .dataAndMemory:
      decoded.index = try cursor.readU32()
      decoded.second = try readMemoryIndex()
    case .twoMemories:
      decoded.index = try readMemoryIndex()
      decoded.second = try readMemoryIndex()
    case .elementAndTable, .twoTables:
      decoded.index = try cursor.readU32()
      decoded.second = try cursor.readU32()
    case .i32: decoded.bits = UInt64(UInt32(bitPattern: try cursor.readI32()))
    case .i64: decoded.bits = UInt64(bitPattern: try cursor.readI64())
    case .f32: decoded.bits = UInt64(try cursor.readFixed32())
    case .f64: decoded.bits = try cursor.readFixed64()
    case .v128, .shuffle:
      decoded.bits = try cursor.readFixed64()
      decoded.highBits = try cursor.readFixed64()
    case .lane: decoded.lane = try cursor.readByte()
    case .memoryLane:
      try readMemoryAccess(into: &decoded)
      decoded.lane = try cursor.readByte()
    }
  }

  private mutating func readBlockType() throws(WasmError) -> BlockType {
    let start = cursor.offset
    // A type's byte is a negative s33 of one byte; everything else is an index.
    if let byte = cursor.peek(), byte & 0xc0 == 0x40 {
      if byte == 0x40 {
        try cursor.skip(1)
        return .empty
      }
      return .value(try cursor.readValueType(features))
    }
    let index = try cursor.readS33()
    guard let index = UInt32(exactly: index) else { throw WasmError(.malformedValueType, at: start, "as block type") }
    if !features.contains(.multiValue) {
      throw WasmError(.unsupportedFeature, at: start, Features.multiValue.name)
    }
    return .type(TypeIndex(index))
  }

  private mutating func readLabels() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.bodySize, of: "labels")
    labels.removeAll(keepingCapacity: true)
    for _ in 0...count { labels.append(try cursor.readU32()) }
  }

  private mutating func readCatches() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.catches, of: "catch clauses")
    catches.removeAll(keepingCapacity: true)
    for _ in 0..<count {
      let start = cursor.offset
      let kind = try cursor.readByte()
      if kind > 3 { throw WasmError(.malformedCatch, at: start, "\(kind)") }
      let tag = kind < 2 ? TagIndex(try cursor.readU32()) : nil
      catches.append(CatchClause(tag: tag, takesReference: kind & 1 != 0, label: try cursor.readU32()))
    }
  }

  private mutating func readSelectType() throws(WasmError) -> ValueType {
    let start = cursor.offset
    let count = try cursor.readCount(limit: ImplementationLimit.results, of: "types")
    var type = ValueType.none
    for _ in 0..<count { type = try cursor.readValueType(features) }
    if count != 1 { throw WasmError(.invalidResultArity, at: start, "\(count) types") }
    return type
  }

  /// Alignment, a memory index if bit 6 of it is set (multiple memories), offset.
  private mutating func readMemoryAccess(into decoded: inout DecodedOperator) throws(WasmError) {
    let start = cursor.offset
    var flags = try cursor.readU32()
    if flags >= 64 {
      if flags >= 128 { throw WasmError(.malformedMemoryFlags, at: start) }
      flags -= 64
      decoded.index = try readMemoryIndex()
    }
    decoded.alignment = flags
    decoded.bits = try cursor.readU64()
  }

  /// A single zero byte until there may be several memories.
  private mutating func readMemoryIndex() throws(WasmError) -> UInt32 {
    if features.contains(.multiMemory) { return try cursor.readU32() }
    let start = cursor.offset
    if try cursor.readByte() != 0 { throw WasmError(.zeroByteExpected, at: start, "a memory index") }
    return 0
  }
}
