import Entities

/// An SSA value: a block parameter or one result of an instruction.
public struct Value: EntityID {
  public static let prefix = "v"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A basic block. Its parameters are the phis.
public struct Block: EntityID {
  public static let prefix = "block"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// An instruction's contents; where it stands is the layout's business.
public struct Instruction: EntityID {
  public static let prefix = "inst"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A function in the wasm index space, imports first.
public struct FunctionIndex: EntityID {
  public static let prefix = "fn"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A function signature: an index into `ModuleShape.signatures`.
public struct SignatureIndex: EntityID {
  public static let prefix = "sig"
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

/// A data or element segment, by its index in the module.
public struct SegmentIndex: EntityID {
  public static let prefix = "segment"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A 128-bit constant: an index into `Function.vectorConstants`.
public struct VectorConstant: EntityID {
  public static let prefix = "vconst"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}
