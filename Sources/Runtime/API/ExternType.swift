/// Parameters and results of a function.
public struct FunctionType: Hashable, Sendable {
  public var parameters: [ValueType]
  public var results: [ValueType]
  public init(parameters: [ValueType] = [], results: [ValueType] = []) {
    self.parameters = parameters
    self.results = results
  }
}

/// A memory's limits, in pages of 65,536 bytes.
public struct MemoryType: Hashable, Sendable {
  public var minimum: UInt64
  public var maximum: UInt64?
  public var hasIndex64: Bool
  public init(minimum: UInt64, maximum: UInt64? = nil, hasIndex64: Bool = false) {
    self.minimum = minimum
    self.maximum = maximum
    self.hasIndex64 = hasIndex64
  }
}

/// A table's limits, in elements, and what it holds.
public struct TableType: Hashable, Sendable {
  public var element: ValueType
  public var minimum: UInt64
  public var maximum: UInt64?
  public var hasIndex64: Bool
  public init(element: ValueType, minimum: UInt64, maximum: UInt64? = nil, hasIndex64: Bool = false) {
    self.element = element
    self.minimum = minimum
    self.maximum = maximum
    self.hasIndex64 = hasIndex64
  }
}

public struct GlobalType: Hashable, Sendable {
  public var value: ValueType
  public var isMutable: Bool
  public init(value: ValueType, isMutable: Bool = false) {
    self.value = value
    self.isMutable = isMutable
  }
}

/// The type of an import or export.
public enum ExternType: Hashable, Sendable {
  case function(FunctionType)
  case table(TableType)
  case memory(MemoryType)
  case global(GlobalType)
  /// The parameters are what an exception carries; there are no results.
  case tag(FunctionType)
}
