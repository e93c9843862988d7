import Entities

/// Parameters and results, in order.
public struct FunctionType: Hashable, Sendable {
  public var parameters: ContiguousArray<ValueType>
  public var results: ContiguousArray<ValueType>

  public init(parameters: ContiguousArray<ValueType> = [], results: ContiguousArray<ValueType> = []) {
    self.parameters = parameters
    self.results = results
  }
}

/// The type of a memory's or table's indices: i64 is memory64's.
public enum IndexType: UInt8, Hashable, Sendable {
  case i32, i64

  @inlinable public var valueType: ValueType { self == .i32 ? .i32 : .i64 }
}

/// The declared size of a memory (in pages of 65,536 bytes) or table (in elements).
public struct Limits: Hashable, Sendable {
  public var minimum: UInt64
  public var maximum: UInt64?

  public init(minimum: UInt64, maximum: UInt64? = nil) {
    self.minimum = minimum
    self.maximum = maximum
  }
}

public struct MemoryType: Hashable, Sendable {
  public var limits: Limits
  public var indexType: IndexType

  public init(limits: Limits, indexType: IndexType = .i32) {
    self.limits = limits
    self.indexType = indexType
  }
}

public struct TableType: Hashable, Sendable {
  public var element: ReferenceType
  public var limits: Limits
  public var indexType: IndexType

  public init(element: ReferenceType, limits: Limits, indexType: IndexType = .i32) {
    self.element = element
    self.limits = limits
    self.indexType = indexType
  }
}

public struct GlobalType: Hashable, Sendable {
  public var type: ValueType
  public var isMutable: Bool

  public init(type: ValueType, isMutable: Bool) {
    self.type = type
    self.isMutable = isMutable
  }
}
