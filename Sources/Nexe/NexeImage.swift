/// Everything a nexe holds, before it is bytes. docs/NEXE.md describes each field's place.
public struct NexeImage: Sendable {
  public var model: MemoryModel
  public var policy: OutOfBoundsPolicy
  public var instructionSet: InstructionSet
  /// SHA-256 of the wasm module, 32 bytes.
  public var moduleHash: [UInt8]
  public var shape: Shape

  /// Machine code; a multiple of 32 bytes.
  public var text: [UInt8]
  /// Constants, jump tables, and the function table.
  public var readOnlyData: [UInt8]
  /// Its address, in the read-only data.
  public var functionTableAddress: UInt32
  /// Sorted by start.
  public var functions: [FunctionRecord]
  public var importedFunctionCount: UInt32
  /// By wasm function index: the index of its record in `functions`.
  public var functionRecords: [UInt32]
  /// By wasm function index: its entry in the entry area, 0 if it has none.
  public var entries: [UInt32]
  public var startFunction: UInt32?
  public var dataSegmentCount: UInt32
  public var elementSegmentCount: UInt32
  /// Sorted by return address.
  public var sites: [Site]
  /// The wasm module without its code section.
  public var module: [UInt8]

  public init(
    model: MemoryModel, policy: OutOfBoundsPolicy, instructionSet: InstructionSet, moduleHash: [UInt8], shape: Shape,
    text: [UInt8], readOnlyData: [UInt8], functionTableAddress: UInt32, functions: [FunctionRecord], importedFunctionCount: UInt32,
    functionRecords: [UInt32], entries: [UInt32], startFunction: UInt32?, dataSegmentCount: UInt32,
    elementSegmentCount: UInt32, sites: [Site], module: [UInt8]
  ) {
    self.model = model
    self.policy = policy
    self.instructionSet = instructionSet
    self.moduleHash = moduleHash
    self.shape = shape
    self.text = text
    self.readOnlyData = readOnlyData
    self.functionTableAddress = functionTableAddress
    self.functions = functions
    self.importedFunctionCount = importedFunctionCount
    self.functionRecords = functionRecords
    self.entries = entries
    self.startFunction = startFunction
    self.dataSegmentCount = dataSegmentCount
    self.elementSegmentCount = elementSegmentCount
    self.sites = sites
    self.module = module
  }
}

/// A row of the function table, with a name for the symbol table.
public struct FunctionRecord: Sendable {
  public enum Kind: UInt32, Sendable { case function = 0, entryArea = 1 }
  /// Bytes from the start of text.
  public var start: UInt32
  public var kind: Kind
  public var name: String
  public init(start: UInt32, kind: Kind, name: String) {
    self.start = start
    self.kind = kind
    self.name = name
  }
}

/// A return address that traps and backtraces are told by.
public struct Site: Sendable, Equatable {
  public enum Kind: UInt8, Sendable { case call = 0, trap = 1, poll = 2 }
  /// The address after the call, in bytes from the start of text.
  public var returnAddress: UInt32
  /// Byte offset in the wasm module.
  public var moduleOffset: UInt32
  /// Wasm function index.
  public var function: UInt32
  public var kind: Kind
  /// `TrapCode.rawValue`, for traps.
  public var trapCode: UInt8
  /// The frame has been taken here.
  public var hasFrame: Bool
  /// The next record, of the same address, is the frame that this one was inlined into.
  public var isInlined: Bool
  public init(
    returnAddress: UInt32, moduleOffset: UInt32, function: UInt32, kind: Kind, trapCode: UInt8, hasFrame: Bool,
    isInlined: Bool = false
  ) {
    self.returnAddress = returnAddress
    self.moduleOffset = moduleOffset
    self.function = function
    self.kind = kind
    self.trapCode = trapCode
    self.hasFrame = hasFrame
    self.isInlined = isInlined
  }
}

/// The numbers of the format.
public enum NexeFormat {
  public static let version: UInt32 = 1
  public static let abiVersion: UInt32 = 1
  public static let pageSize = 4096
  /// File offset and address of text.
  public static let textAddress = 4096
  public static let metadataSegment: UInt32 = 0x6841_4C01
  public static let debugSegment: UInt32 = 0x6841_4C02
  public static let metadataMagic: UInt32 = 0x4D54_4C48

  /// File offset and address of the read-only data behind `textSize` bytes of text.
  public static func readOnlyDataAddress(textSize: Int) -> Int {
    (textAddress + textSize + pageSize - 1) & ~(pageSize - 1)
  }
}
