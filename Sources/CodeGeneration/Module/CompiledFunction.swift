import Entities
import IR

/// A point in text that the runtime can meet on the stack (docs/NEXE.md, "Sites").
public struct CodeSite: Sendable, Equatable {
  public enum Kind: UInt8, Sendable {
    case call = 0
    case trap = 1
    case poll = 2
  }
  /// Return address: in a `CompiledFunction` relative to its start, in a `LinkedModule` relative to text.
  public var address: UInt32
  /// Byte offset in the wasm module; 0 if there is none.
  public var sourceOffset: UInt32
  public var function: FunctionIndex
  public var kind: Kind
  /// For `.trap`; else `.unreachable`.
  public var trapCode: TrapCode
  /// The frame has been taken here (depth N).
  public var hasFrame: Bool

  public init(
    address: UInt32, sourceOffset: UInt32, function: FunctionIndex, kind: Kind, trapCode: TrapCode = .unreachable,
    hasFrame: Bool
  ) {
    self.address = address
    self.sourceOffset = sourceOffset
    self.function = function
    self.kind = kind
    self.trapCode = trapCode
    self.hasFrame = hasFrame
  }
}

/// Text forms of the stages, as asked for by `CodeGenerationOptions.dumps`.
public struct CodeDumps: Sendable {
  public var selection = ""
  public var allocation = ""
  public var assembly = ""
  public init() {}
}

/// All of a module's code, ready to be written to a nexe.
public struct LinkedModule: Sendable {
  /// A multiple of 32 bytes, mapped at `textAddress`.
  public var text: [UInt8]
  /// Mapped at `readOnlyDataAddress`: constants, jump tables, function table.
  public var readOnlyData: [UInt8]
  /// The address of text in the file and in memory.
  public static let textAddress: UInt32 = 4096
  public var readOnlyDataAddress: UInt32
  /// Address of the function table, in read-only data.
  public var functionTableAddress: UInt32
  /// One row a record of the function table, in its order; the ends of text included implicitly.
  public var records: [Record]
  /// By wasm function, imports first: the index of its record.
  public var functionRecords: [UInt32]
  /// By wasm function: its bundle in the entry area, 0 if none.
  public var entries: [UInt32]
  /// Ascending by address.
  public var sites: [CodeSite]

  public struct Record: Sendable {
    public enum Kind: Sendable, Equatable {
      case function(FunctionIndex)
      case importThunk(FunctionIndex)
      case foreignStub, entryArea
    }
    /// Relative to text.
    public var start: UInt32
    /// Up to the next record; padding included.
    public var size: UInt32
    public var kind: Kind
  }
}

/// One function's code before its place in text is known.
public struct CompiledFunction: Sendable {
  public var index: FunctionIndex
  /// N: bytes of its frame, a multiple of 8.
  public var frameSize: UInt32 = 0
  public var code = CodeFragment()
  public var dumps = CodeDumps()

  init(index: FunctionIndex) { self.index = index }
}
