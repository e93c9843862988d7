/// A limit word L_c: the host keeps max(0, M - accessEnd + 1) in it, M being the size of `memory` in bytes.
public struct LimitWord: Hashable, Sendable {
  public let memory: Int
  /// c: static offset plus access size.
  public let accessEnd: UInt64
}

/// What the metadata declares of one linear memory.
public struct MemoryShape: Hashable, Sendable {
  public let isImported: Bool
  public let is64Bit: Bool
  /// Binary logarithm of the reservation in bytes.
  public let k: Int
  /// Bytes that accepted code may address from the memory's base, the pad apart.
  public var reach: UInt64 { 1 << UInt64(k) }
}

/// What the metadata declares of one table.
public struct TableShape: Hashable, Sendable {
  public let isImported: Bool
  public let isExported: Bool
  public let is64Bit: Bool
  public let holdsExternalReferences: Bool
  /// Binary logarithm of the reservation in elements of 8 bytes.
  public let k: Int
  public let minimum: UInt64
  /// 2^64-1 if none was declared.
  public let maximum: UInt64
  /// Whether the elements lie in the context block (`ContextLayout.contextTables`).
  public var isInContext: Bool { !isImported && !isExported && k <= 6 && maximum <= 1 << UInt64(k) }
  /// Whether code may write elements directly; a shared table changes only through gates.
  public var isWritable: Bool { !isImported && !isExported }
}

/// What the metadata declares of one global.
public struct GlobalShape: Hashable, Sendable {
  public let isImported: Bool
  public let isMutable: Bool
  public let isReference: Bool
  public let isExported: Bool

  /// Where the global's cell is, from the code's point of view.
  public enum Storage: Hashable, Sendable {
    /// A cell of the context's globals region.
    case cell
    /// In another instance, through a BASE word.
    case base
    /// A read-only mirror in the context; writes go through a gate.
    case mirror
  }

  public var storage: Storage {
    if isReference && isMutable && (isImported || isExported) { return .mirror }
    return isImported && isMutable && !isReference ? .base : .cell
  }
}
