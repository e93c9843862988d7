/// The memory that code may name relative to r15 or to a BASE word (rules S2, M1, M2).
struct RegionMap: ~Copyable, Sendable {
  /// What the word that a region consists of means.
  enum Meaning: Equatable, Sendable, BitwiseCopyable {
    case data
    case gate(Gate)
    /// Holds the base of `bases[index]`.
    case base(Int)
    /// Holds 2^k - 1.
    case mask(UInt64)
  }

  /// [lower, upper) from the register's value.
  struct Region: Sendable, BitwiseCopyable {
    let lower, upper: Int64
    let access: Access
    let meaning: Meaning
  }

  /// Behind each linear memory: what an access that starts in it may run on into.
  static let pad: Int64 = 4160

  /// From r15, ascending and disjoint.
  private let context: Buffer<Region>
  /// By index of `Meaning.base`: memories, tables, then all globals. Their regions start at 0.
  private let bases: Buffer<Region>
  /// Whether the segment form reaches memory 0 (rule M3).
  let hasSegmentMemory: Bool

  init(_ note: Note, _ metadata: Metadata, _ layout: ContextLayout) {
    let both: Access = [.read, .write]
    var regions: [Region] = []
    func add(_ lower: Int, _ size: Int, _ access: Access, _ meaning: Meaning = .data) {
      if size == 0 { return }
      regions.append(Region(lower: Int64(lower), upper: Int64(lower + size), access: access, meaning: meaning))
    }
    add(layout.limit, 8, .read)
    for gate in Gate.allCases { add(layout[gate], 8, [], .gate(gate)) }
    for offset in layout.limitWords + layout.memorySizes + layout.tableSizes { add(offset, 8, .read) }
    for (index, memory) in metadata.memories.enumerated() {
      add(layout.memoryBases[index], 8, .read, .base(index))
      add(layout.memoryMasks[index], 8, .read, .mask(memory.reach - 1))
    }
    for (index, table) in metadata.tables.enumerated() {
      add(layout.tableBases[index], 8, .read, .base(metadata.memories.count + index))
      add(layout.tableMasks[index], 8, .read, .mask(1 << UInt64(table.k) - 1))
      if let offset = layout.contextTables[index] { add(offset, 8 << table.k, both) }
    }
    for (index, global) in metadata.globals.enumerated() {
      let isMirror = global.storage == .mirror
      if isMirror, let offset = layout.globalCells[index] { add(offset, 16, .read) }
      let base = metadata.memories.count + metadata.tables.count + index
      if let offset = layout.globalBases[index] { add(offset, 8, .read, .base(base)) }
    }
    add(layout.globalsRegion.lowerBound, layout.globalsRegion.count, both)
    add(layout.transferArea, 16 * layout.transferCells, both)
    if let first = metadata.memories.first, !first.isImported { add(0, Int(1 << first.k) + Int(Self.pad), both) }
    context = Buffer(regions.sorted { $0.lower < $1.lower })

    let memories = metadata.memories.map {
      Region(lower: 0, upper: Int64($0.reach) + Self.pad, access: both, meaning: .data)
    }
    let tables = metadata.tables.map {
      Region(lower: 0, upper: 8 << Int64($0.k), access: $0.isWritable ? both : .read, meaning: .data)
    }
    let globals = metadata.globals.map { _ in Region(lower: 0, upper: 16, access: both, meaning: .data) }
    bases = Buffer(memories + tables + globals)
    hasSegmentMemory = note.model == .seg32 && !metadata.memories.isEmpty
  }

  /// The region of r15's map that holds the byte at `offset`. Complexity: O(log regions).
  func contextRegion(at offset: Int64) -> Region? {
    // Most accesses are to memory 0, the last.
    var (low, high) = (0, context.count)
    if context[high - 1].lower <= offset { low = high }
    while low < high {
      let middle = (low + high) / 2
      if context[middle].lower <= offset { low = middle + 1 } else { high = middle }
    }
    guard low > 0, offset < context[low - 1].upper else { return nil }
    return context[low - 1]
  }

  func baseRegion(_ index: Int) -> Region { bases[index] }

  /// What the context word at exactly `offset` means.
  func meaning(at offset: Int64) -> Meaning? {
    guard let region = contextRegion(at: offset), region.lower == offset else { return nil }
    return region.meaning
  }

  func gate(at offset: Int64) -> Gate? {
    if case .gate(let gate)? = meaning(at: offset) { return gate }
    return nil
  }
}
