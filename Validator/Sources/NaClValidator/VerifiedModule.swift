/// A segment of the loaded image: file offset and address are the same number, size in file and memory too.
public struct LoadedSegment: Hashable, Sendable {
  public let address: UInt64
  public let size: UInt64
  public var end: UInt64 { address + size }
}

/// A record of the function table.
public struct FunctionRecord: Hashable, Sendable {
  public enum Kind: UInt32, Sendable {
    case function = 0
    case entryArea = 1
  }

  public let kind: Kind
  /// Byte offset from the start of text.
  public let start: UInt32
  /// In bytes.
  public let size: UInt32
  /// N: bytes its `sub rsp` takes; 0 in an entry area.
  public internal(set) var frameSize: UInt32 = 0
  /// Whether its first instructions are POLL or Large.
  public internal(set) var beginsWithPoll = false

  public var end: UInt32 { start + size }
}

/// The one area of 32-byte bundles that indirect calls reach: `count` of them, the first at `start` from the start
/// of text.
public struct EntryArea: Hashable, Sendable {
  public let start: UInt32
  public let count: UInt32
}

/// What the sweeps saw, for people.
public struct ValidationStatistics: Hashable, Sendable {
  public internal(set) var instructions = 0
  /// Facts learned of registers (rule M7).
  public internal(set) var facts = 0
  /// Distinct instruction forms, displacement and immediate apart; 65,536 if there are more.
  public internal(set) var forms = 0
  public internal(set) var jumpTables = 0
  public internal(set) var jumpTableEntries = 0
  public internal(set) var polls = 0
  /// Instructions decoded, edges and table entries looked at, over all sweeps: work, which is linear in the file.
  var (parsed, edges) = (0, 0)

  static func += (left: inout Self, right: Self) {
    left.instructions += right.instructions
    left.facts += right.facts
    left.jumpTables += right.jumpTables
    left.jumpTableEntries += right.jumpTableEntries
    left.polls += right.polls
    left.parsed += right.parsed
    left.edges += right.edges
  }
}

/// A nexe that keeps every rule. All that a loader needs, so that it never reads the file's note or metadata
/// header again.
public struct VerifiedModule: Hashable, Sendable {
  let envelope: Envelope
  public let functions: [FunctionRecord]
  public let statistics: ValidationStatistics

  public var model: MemoryModel { envelope.note.model }
  public var outOfBoundsPolicy: OutOfBoundsPolicy { envelope.note.outOfBoundsPolicy }
  public var instructionSet: InstructionSetLevel { envelope.note.instructionSet }
  /// SHA-256 of the wasm module as the note claims it; 32 bytes, unproved.
  public var wasmDigest: [UInt8] { envelope.note.wasmDigest }
  public var limitWords: [LimitWord] { envelope.note.limitWords }
  public var memories: [MemoryShape] { envelope.metadata.memories }
  public var tables: [TableShape] { envelope.metadata.tables }
  public var globals: [GlobalShape] { envelope.metadata.globals }
  public var importedFunctionCount: Int { envelope.metadata.importedFunctionCount }
  public var dataSegmentCount: Int { envelope.metadata.dataSegmentCount }
  public var elementSegmentCount: Int { envelope.metadata.elementSegmentCount }
  /// The file says that its functions return an exception status (ABI C8): unproved.
  public var returnsStatus: Bool { envelope.metadata.returnsStatus }
  public var context: ContextLayout { envelope.layout }
  /// k of the slot's own memory: memory 0's if the module defines it, else 16.
  public var slotK: Int { memories.first.flatMap { $0.isImported ? nil : $0.k } ?? 16 }
  public var text: LoadedSegment { envelope.image.text }
  public var readOnlyData: LoadedSegment { envelope.image.readOnlyData }
  /// For each wasm function, imports first: an index of `functions`, always of kind `.function`.
  public var recordOfWasmFunction: [UInt32] { envelope.metadata.recordOfWasmFunction }
  /// For each wasm function: the bundle of `entryArea` that heads its chain, or 0 if it has none.
  public var entryOfWasmFunction: [UInt32] { envelope.metadata.entryOfWasmFunction }
  public var entryArea: EntryArea? { envelope.functionTable.entryArea }
  /// Wasm index of the start function.
  public var startFunction: Int? { envelope.metadata.startFunction }
  /// Byte range in the file of the site table: 16 bytes a record, unproved.
  public var sites: Range<Int> { envelope.metadata.sites }
  /// Byte range in the file of the wasm module without its code section, unproved.
  public var moduleSection: Range<Int> { envelope.metadata.module }

  /// Bytes the code can make resident: every memory and every out-of-context table it defines, at its full
  /// reservation.
  public var reach: UInt64 { Self.reach(memories: memories, tables: tables) }
}

extension VerifiedModule {
  static func reach(memories: [MemoryShape], tables: [TableShape]) -> UInt64 {
    let ofMemories = memories.lazy.filter { !$0.isImported }.map(\.reach).reduce(0, +)
    let ofTables = tables.lazy.filter { !$0.isImported && !$0.isInContext }.map { UInt64(8) << UInt64($0.k) }.reduce(
      0, +)
    return ofMemories + ofTables
  }
}
