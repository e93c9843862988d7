/// Where everything in the context block lies, as (negative) byte offsets from r15. Computed from the shape alone.
public struct ContextLayout: Hashable, Sendable {
  public private(set) var limit = 0
  /// The closed list of gates, by `Gate.rawValue`.
  public private(set) var gates: [Int] = []
  /// L_c words, in the note's order.
  public private(set) var limitWords: [Int] = []
  public private(set) var memorySizes: [Int] = []
  public private(set) var memoryBases: [Int] = []
  public private(set) var memoryMasks: [Int] = []
  public private(set) var tableSizes: [Int] = []
  public private(set) var tableBases: [Int] = []
  public private(set) var tableMasks: [Int] = []
  /// One for each global; nil unless its storage is `.base`.
  public private(set) var globalBases: [Int?] = []
  /// The runtime's own word.
  public private(set) var host = 0
  /// The cell of each global, a mirror or a plain cell; nil if its storage is `.base`.
  public private(set) var globalCells: [Int?] = []
  /// All plain cells as one range of offsets.
  public private(set) var globalsRegion = 0..<0
  /// Lowest byte of each table in the context; nil for the others.
  public private(set) var contextTables: [Int?] = []
  /// Lowest byte of the whole transfer area.
  public private(set) var transferArea = 0
  public private(set) var transferCells = 0
  /// C: bytes from r15 down to the stack's top, a multiple of 4096.
  public private(set) var size = 0

  static let maximumTransferCells: UInt32 = 1000
  static let maximumSize = 1 << 20
  private static let (wordSize, cellSize, pageSize) = (8, 16, 4096)

  public subscript(gate: Gate) -> Int { gates[Int(gate.rawValue)] }

  /// Lowest byte of transfer cell `index`: cells count upward.
  public func transferCell(_ index: Int) -> Int { transferArea + Self.cellSize * index }

  /// Counts are below 2^32 and items at most 512 bytes, so that no sum here comes near 2^63. Nil: C is above 1 MiB.
  init?(
    limitWordCount: Int, memories: [MemoryShape], tables: [TableShape], globals: [GlobalShape], transferCells: Int
  ) {
    var top = 0
    func next(_ size: Int) -> Int {
      top -= size
      return top
    }
    func words(_ count: Int) -> [Int] { (0..<count).map { _ in next(Self.wordSize) } }
    func alignDown(_ alignment: Int) { top &= -alignment }

    limit = next(Self.wordSize)
    gates = words(3)
    limitWords = words(limitWordCount)
    memorySizes = words(memories.count)
    memoryBases = words(memories.count)
    memoryMasks = words(memories.count)
    tableSizes = words(tables.count)
    tableBases = words(tables.count)
    tableMasks = words(tables.count)
    globalBases = globals.map { $0.storage == .base ? next(Self.wordSize) : nil }
    gates += words(Gate.allCases.count - 3)
    host = next(Self.wordSize)
    alignDown(Self.cellSize)
    globalCells = globals.map { $0.storage == .mirror ? next(Self.cellSize) : nil }
    let globalsEnd = top
    for (index, global) in globals.enumerated() where global.storage == .cell {
      globalCells[index] = next(Self.cellSize)
    }
    globalsRegion = top..<globalsEnd
    contextTables = tables.map { $0.isInContext ? next(Self.wordSize << $0.k) : nil }
    alignDown(Self.cellSize)
    transferArea = next(Self.cellSize * transferCells)
    self.transferCells = transferCells
    alignDown(Self.pageSize)
    size = -top
    if size > Self.maximumSize { return nil }
  }
}

/// The ways out of the sandbox (rule C6); the same closed list for every module.
public enum Gate: UInt8, CaseIterable, BitwiseCopyable, Sendable {
  case interrupt, trap, hostCall
  case foreign, memoryGrow, memoryFill, memoryCopy, memoryInit, dataDrop
  case tableSet, tableGrow, tableFill, tableCopy, tableInit, elementDrop, globalSet
}
