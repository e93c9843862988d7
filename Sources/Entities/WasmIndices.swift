// The index spaces of a WebAssembly module, shared by the decoder, the compiler and the runtime. In each, imports
// come first.

/// A row of the type section.
public struct TypeIndex: EntityID {
  public static let prefix = "type"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A function in the wasm index space, imports first.
public struct FunctionIndex: EntityID {
  public static let prefix = "fn"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

public struct MemoryIndex: EntityID {
  public static let prefix = "mem"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

public struct TableIndex: EntityID {
  public static let prefix = "table"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

public struct GlobalIndex: EntityID {
  public static let prefix = "global"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// The kind of an exception.
public struct TagIndex: EntityID {
  public static let prefix = "tag"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A data or element segment, by its index in the module.
public struct SegmentIndex: EntityID {
  public static let prefix = "segment"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}
