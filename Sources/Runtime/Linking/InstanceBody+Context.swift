import CSandbox
import NaClValidator

/// Filling the context block (docs/NEXE.md, "The context block").
extension InstanceBody {
  /// Gates and LIMIT; everything else when its object is known.
  func writeFixedWords() {
    for gate in Gate.allCases { word(verified.context[gate]).pointee = halite_gate_address(UInt32(gate.rawValue)) }
    halite_store(limitWord, slot.stackFloor)
  }

  func attach(_ memory: MemoryStorage, index: Int) {
    let shape = verified.memories[index]
    memories.append(memory)
    word(verified.context.memoryBases[index]).pointee = UInt64(UInt(bitPattern: memory.base))
    word(verified.context.memoryMasks[index]).pointee = shape.reach - 1
    memory.share(with: self, index: index, reach: shape.reach)
    refreshMemoryWords(index)
  }

  /// M and the limit words max(0, M - c + 1) of one memory, and what the memory gates go by.
  func refreshMemoryWords(_ index: Int) {
    let size = memories[index].size
    memoryTable[index] = halite_memory(base: memories[index].base.assumingMemoryBound(to: CChar.self), size: size)
    word(verified.context.memorySizes[index]).pointee = size
    for (position, limit) in verified.limitWords.enumerated() where limit.memory == index {
      let c = limit.accessEnd
      word(verified.context.limitWords[position]).pointee = c > size ? 0 : size - c + 1
    }
  }

  /// Attaches table `index`: `shared` if others may see it.
  func attachTable(index: Int, shared: TableStorage?) throws {
    let shape = verified.tables[index]
    let words: UnsafeMutablePointer<UInt64>
    if let offset = verified.context.contextTables[index] {
      words = word(offset)
    } else {
      let region = try store.engine.pool.take(8 << shape.k)
      tableRegions.append(region)
      words = region.base.assumingMemoryBound(to: UInt64.self)
    }
    tableWords.append(words)
    sharedTables.append(shared)
    word(verified.context.tableBases[index]).pointee = UInt64(UInt(bitPattern: words))
    word(verified.context.tableMasks[index]).pointee = (1 << UInt64(shape.k)) - 1
    refreshTableSize(index, shared?.count ?? shape.minimum)
    try shared?.share(with: self, index: index, words: words, reach: 1 << UInt64(shape.k))
  }

  func refreshTableSize(_ index: Int, _ count: UInt64) {
    word(verified.context.tableSizes[index]).pointee = count
  }

  /// Present size of a table in elements. SIZE words are read-only to the sandbox.
  func tableCount(_ index: Int) -> UInt64 { word(verified.context.tableSizes[index]).pointee }

  /// Attaches an imported global.
  func attach(_ global: GlobalStorage, index: Int) throws(Trap) {
    globals.append(global)
    let context = verified.context
    switch verified.globals[index].storage {
    case .base:
      guard let offset = context.globalBases[index] else { preconditionFailure("a global with a BASE has a word") }
      word(offset).pointee = UInt64(UInt(bitPattern: global.cell))
    case .mirror: try global.mirror(in: self, at: word(cellOffset(index)))
    case .cell: try writeCell(index, of: global)
    }
  }

  /// Makes the module's own global `index` with its initial value.
  func defineGlobal(index: Int, type: GlobalType, bits: SIMD2<UInt64>, reference: Reference) throws(Trap) {
    let global: GlobalStorage
    if type.value.isReference {
      global = GlobalStorage(type: type, reference: reference)
    } else {
      global = GlobalStorage(type: type, cell: slot.origin + cellOffset(index), owner: slot)
      global.set(bits: bits)
    }
    globals.append(global)
    switch verified.globals[index].storage {
    case .base: preconditionFailure("the validator gives BASE words to imported globals only")
    case .mirror: try global.mirror(in: self, at: word(cellOffset(index)))
    case .cell: if type.value.isReference { try writeCell(index, of: global) }
    }
  }

  func defineTagWord(cell: Int, tag: Int) { word(cellOffset(cell)).pointee = tagWord(tag) }

  private func cellOffset(_ index: Int) -> Int {
    guard let offset = verified.context.globalCells[index] else {
      preconditionFailure("a global without a BASE has a cell")
    }
    return offset
  }

  private func writeCell(_ index: Int, of global: GlobalStorage) throws(Trap) {
    let cell = word(cellOffset(index))
    if global.type.value.isReference {
      cell.pointee = try encode(global.reference)
    } else {
      UnsafeMutableRawPointer(cell).storeBytes(of: global.bits, as: SIMD2<UInt64>.self)
    }
  }
}
