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

/// A function signature: an index into `ModuleShape.signatures`.
public struct SignatureIndex: EntityID {
  public static let prefix = "sig"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

// The wasm index spaces, by name here so that users of the IR need not import Entities for them.
public typealias FunctionIndex = Entities.FunctionIndex
public typealias MemoryIndex = Entities.MemoryIndex
public typealias TableIndex = Entities.TableIndex
public typealias GlobalIndex = Entities.GlobalIndex
public typealias SegmentIndex = Entities.SegmentIndex

/// A 128-bit constant: an index into `Function.vectorConstants`.
public struct VectorConstant: EntityID {
  public static let prefix = "vconst"
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}
