/// How linear memory is confined (docs/ABI.md, M). The raw value stands in the note.
public enum MemoryModel: UInt8, Sendable, CaseIterable {
  /// `and`, then `[r15 + r + d]`.
  case mask = 0
  /// `gs:[e..]`, truncated to 32 bits by the address-size prefix.
  case seg32 = 1
}

/// What an access out of bounds does. The raw value stands in the note.
public enum OutOfBoundsPolicy: UInt8, Sendable, CaseIterable {
  case trap = 0
  case wrap = 1
}

/// The instructions that code may use. The raw value stands in the note.
public enum InstructionSet: UInt8, Sendable, CaseIterable {
  case x86_64_v2 = 2
  case x86_64_v3 = 3
}

/// One limit word L_c: the host keeps max(0, M - c + 1) in it, M being the memory's size in bytes.
public struct LimitWord: Hashable, Sendable {
  public var memory: UInt32
  /// Static offset plus access size, in bytes; at least 1.
  public var reach: UInt64
  public init(memory: UInt32, reach: UInt64) {
    self.memory = memory
    self.reach = reach
  }
}

/// The counts and sizes that the slot map follows from (docs/NEXE.md, "Shape" and "Note").
public struct Shape: Sendable, Equatable {
  public struct Memory: Sendable, Equatable {
    public var isImported: Bool
    public var hasIndex64: Bool
    /// log2 of the reach in bytes.
    public var log2Reach: UInt32
    public init(isImported: Bool, hasIndex64: Bool, log2Reach: UInt32) {
      self.isImported = isImported
      self.hasIndex64 = hasIndex64
      self.log2Reach = log2Reach
    }
  }

  public struct Table: Sendable, Equatable {
    public var isImported: Bool
    public var isExported: Bool
    public var hasIndex64: Bool
    public var holdsExternal: Bool
    /// log2 of the largest element count.
    public var log2Elements: UInt32
    public var minimum: UInt64
    public var maximum: UInt64?
    public init(
      isImported: Bool, isExported: Bool, hasIndex64: Bool, holdsExternal: Bool, log2Elements: UInt32, minimum: UInt64,
      maximum: UInt64?
    ) {
      self.isImported = isImported
      self.isExported = isExported
      self.hasIndex64 = hasIndex64
      self.holdsExternal = holdsExternal
      self.log2Elements = log2Elements
      self.minimum = minimum
      self.maximum = maximum
    }
    /// Elements lie in the context block, reached from r15 alone.
    public var isInContext: Bool {
      !isImported && !isExported && log2Elements <= 6 && (maximum ?? .max) <= 1 << log2Elements
    }
  }

  public struct Global: Sendable, Equatable {
    public var isImported: Bool
    public var isMutable: Bool
    public var isReference: Bool
    public var isExported: Bool
    public init(isImported: Bool, isMutable: Bool, isReference: Bool, isExported: Bool) {
      self.isImported = isImported
      self.isMutable = isMutable
      self.isReference = isReference
      self.isExported = isExported
    }
    /// Where the global's value is found from r15.
    public enum Place: Sendable { case base, mirror, cell }
    public var place: Place {
      if isMutable && isReference && (isImported || isExported) { return .mirror }
      return isMutable && isImported ? .base : .cell
    }
  }

  public var memories: [Memory] = []
  public var tables: [Table] = []
  public var globals: [Global] = []
  /// 16-byte cells of the transfer area, at most 1,000.
  public var transferCells: UInt32 = 0
  public var limitWords: [LimitWord] = []
  /// Functions that others may call return an exception status (ABI C8).
  public var returnsStatus = false
  public init() {}
}
