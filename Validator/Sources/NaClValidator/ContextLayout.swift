/// Where everything in the context block lies, as (negative) byte offsets from r15. Computed from the shape alone.
public struct ContextLayout: Hashable, Sendable {
  public internal(set) var limit: Int = 0
  /// The closed list of gates, by `Gate.rawValue`.
  public internal(set) var gates: [Int] = []
  /// L_c words, in the note's order.
  public internal(set) var limitWords: [Int] = []
  public internal(set) var memorySizes: [Int] = []
  public internal(set) var memoryBases: [Int] = []
  public internal(set) var memoryMasks: [Int] = []
  public internal(set) var tableSizes: [Int] = []
  public internal(set) var tableBases: [Int] = []
  public internal(set) var tableMasks: [Int] = []
  /// One for each global; nil unless its storage is `.base`.
  public internal(set) var globalBases: [Int?] = []
  /// The runtime's own word.
  public internal(set) var host: Int = 0
  /// The cell of each global, a mirror or a plain cell; nil if its storage is `.base`.
  public internal(set) var globalCells: [Int?] = []
  /// Lowest byte of each table in the context; nil for the others.
  public internal(set) var contextTables: [Int?] = []
  /// Lowest byte of transfer cell 0 is `transferArea + 16 * (transferCells - 1)`; see `transferCell`.
  public internal(set) var transferArea: Int = 0
  public internal(set) var transferCells: Int = 0
  /// C: bytes from r15 down to the stack's top, a multiple of 4096.
  public internal(set) var size: Int = 0

  public subscript(gate: Gate) -> Int { gates[Int(gate.rawValue)] }

  /// Lowest byte of transfer cell `index`: within a row, item 0 has the highest address.
  public func transferCell(_ index: Int) -> Int { transferArea + 16 * (transferCells - 1 - index) }
}

/// The ways out of the sandbox (rule C6); the same closed list for every module.
public enum Gate: UInt8, CaseIterable, Sendable {
  case interrupt, trap, hostCall
  case foreign, memoryGrow, memoryFill, memoryCopy, memoryInit, dataDrop
  case tableSet, tableGrow, tableFill, tableCopy, tableInit, elementDrop, globalSet
}
