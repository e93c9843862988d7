/// A gate: a word of the context that code may call and do nothing else with (docs/NEXE.md, "Gates").
public enum Gate: UInt8, Sendable, CaseIterable {
  case interrupt, trap, hostCall
  case foreign, memoryGrow, memoryFill, memoryCopy, memoryInit, dataDrop
  case tableSet, tableGrow, tableFill, tableCopy, tableInit, elementDrop, globalSet
}

/// Where everything in the context block lies, in bytes from r15 (all negative). Computed from the shape alone.
///
/// The validator computes the same on its own; a test keeps the two equal.
public struct ContextLayout: Sendable, Equatable {
  public static let limit: Int32 = -8
  public private(set) var gates: [Int32] = []
  public private(set) var limitWords: [Int32] = []
  public private(set) var memorySize: [Int32] = []
  public private(set) var memoryBase: [Int32] = []
  public private(set) var memoryMask: [Int32] = []
  public private(set) var tableSize: [Int32] = []
  public private(set) var tableBase: [Int32] = []
  public private(set) var tableMask: [Int32] = []
  /// By global index: the BASE word, the mirror or the cell, by `Shape.Global.place`.
  public private(set) var global: [Int32] = []
  /// By table index: the first element of a table in the context, nil for others.
  public private(set) var contextTable: [Int32?] = []
  /// The runtime's own word.
  public private(set) var host: Int32 = 0
  /// Cell 0 of the transfer area.
  public private(set) var transfer: Int32 = 0
  /// C: bytes, a multiple of 4,096.
  public private(set) var size: Int32 = 0

  public func gate(_ gate: Gate) -> Int32 { gates[Int(gate.rawValue)] }
  /// The cell of argument or result `index` of those beyond the registers.
  public func transferCell(_ index: Int) -> Int32 { transfer + 16 * Int32(index) }

  public init(_ shape: Shape) {
    var cursor = Self.limit
    func words(_ count: Int) -> [Int32] {
      (0..<count).map { _ in
        cursor -= 8
        return cursor
      }
    }
    gates = words(3)
    limitWords = words(shape.limitWords.count)
    memorySize = words(shape.memories.count)
    memoryBase = words(shape.memories.count)
    memoryMask = words(shape.memories.count)
    tableSize = words(shape.tables.count)
    tableBase = words(shape.tables.count)
    tableMask = words(shape.tables.count)
    global = Array(repeating: 0, count: shape.globals.count)
    for (index, entry) in shape.globals.enumerated() where entry.place == .base { global[index] = words(1)[0] }
    gates += words(Gate.allCases.count - 3)
    host = words(1)[0]

    cursor &= ~15
    for place in [Shape.Global.Place.mirror, .cell] {
      for (index, entry) in shape.globals.enumerated() where entry.place == place {
        cursor -= 16
        global[index] = cursor
      }
    }
    contextTable = shape.tables.map { table in
      guard table.isInContext else { return nil }
      cursor -= 8 << Int32(table.log2Elements)
      return cursor
    }
    cursor &= ~15
    cursor -= 16 * Int32(shape.transferCells)
    transfer = cursor
    size = (-cursor + 4095) & ~4095
  }
}
