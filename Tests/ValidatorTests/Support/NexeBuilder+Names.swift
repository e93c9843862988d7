@testable import NaClValidator

extension NexeBuilder {
  /// The validator's own idea of the context, so that tests can name words. `ContextLayoutTests` check it against
  /// numbers.
  func layout() throws -> ContextLayout {
    let layout = ContextLayout(
      limitWordCount: limitWords.count,
      memories: memories.map { MemoryShape(isImported: $0.flags & 1 != 0, is64Bit: $0.flags & 2 != 0, k: Int($0.k)) },
      tables: tables.map {
        TableShape(
          isImported: $0.flags & 1 != 0, isExported: $0.flags & 2 != 0, is64Bit: $0.flags & 4 != 0,
          holdsExternalReferences: $0.flags & 8 != 0, k: Int($0.k), minimum: $0.minimum, maximum: $0.maximum)
      },
      globals: globals.map {
        GlobalShape(
          isImported: $0 & 1 != 0, isMutable: $0 & 2 != 0, isReference: $0 & 4 != 0, isExported: $0 & 8 != 0)
      }, transferCells: Int(transferCells))
    guard let layout else { throw BuildError(message: "the context block is too large to name its words") }
    return layout
  }

  /// Offsets from r15 by name, and ENTRY_MASK: LIMIT, HOST, HOSTCALL and the other gates in capitals; with an
  /// index behind them L (limit word), M, MBASE, MMASK
  /// (memories), TSIZE, TBASE, TMASK, TCELL (tables; TCELL in the context), GBASE, GLOBAL (globals), XFER
  /// (transfer cells).
  func contextNames() throws -> [String: Int] {
    guard let layout = try? layout() else { return [:] }
    var names = ["LIMIT": layout.limit, "HOST": layout.host, "ENTRY_MASK": (entryCount - 1) << 5]
    let gates: [(String, Gate)] = [
      ("INTERRUPT", .interrupt), ("TRAP", .trap), ("HOSTCALL", .hostCall), ("FOREIGN", .foreign),
      ("MEMORY_GROW", .memoryGrow), ("MEMORY_FILL", .memoryFill), ("MEMORY_COPY", .memoryCopy),
      ("MEMORY_INIT", .memoryInit), ("DATA_DROP", .dataDrop), ("TABLE_SET", .tableSet), ("TABLE_GROW", .tableGrow),
      ("TABLE_FILL", .tableFill), ("TABLE_COPY", .tableCopy), ("TABLE_INIT", .tableInit), ("ELEM_DROP", .elementDrop),
      ("GLOBAL_SET", .globalSet),
    ]
    for (name, gate) in gates { names[name] = layout[gate] }
    let lists: [(String, [Int?])] = [
      ("L", layout.limitWords), ("M", layout.memorySizes), ("MBASE", layout.memoryBases), ("MMASK", layout.memoryMasks),
      ("TSIZE", layout.tableSizes), ("TBASE", layout.tableBases), ("TMASK", layout.tableMasks),
      ("TCELL", layout.contextTables), ("GBASE", layout.globalBases), ("GLOBAL", layout.globalCells),
      ("XFER", (0..<layout.transferCells).map { layout.transferCell($0) }),
    ]
    for (name, offsets) in lists {
      for (index, offset) in offsets.enumerated() where offset != nil { names["\(name)\(index)"] = offset }
    }
    return names
  }
}
