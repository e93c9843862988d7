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
    var lower: Int64 = 0
    let upper: Int64
    let access: Access
    var meaning = Meaning.data
  }

  /// Behind each linear memory: what an access that starts in it may run on into.
  static let pad: Int64 = 4160

  /// Of the context block, in any order; each consists of whole words that no other has.
  private let context: Buffer<Region>
  /// For each word of the context block, from r15 downward: one more than the index of its region; 0 if it has none.
  private let regionOfWord: Buffer<UInt32>
  /// Memory 0 and its pad, if the module defines it.
  private let memory: Region?
  /// By index of `Meaning.base`: memories, tables, then all globals. Their regions start at 0.
  private let bases: Buffer<Region>
  /// Whether the segment form reaches memory 0 (rule M3).
  let hasSegmentMemory: Bool

  init(_ note: Note, _ metadata: Metadata, _ layout: ContextLayout) {
    let both: Access = [.read, .write]
    let memories = metadata.memories.map { Region(upper: Int64($0.reach) + Self.pad, access: both) }
    let tables = metadata.tables.map { Region(upper: 8 << Int64($0.k), access: $0.isWritable ? both : .read) }
    bases = Buffer(memories + tables + metadata.globals.map { _ in Region(upper: 16, access: both) })
    memory = metadata.memories.first.flatMap { $0.isImported ? nil : memories[0] }
    hasSegmentMemory = note.model == .seg32 && !memories.isEmpty

    var regions: [Region] = []
    var words = [UInt32](repeating: 0, count: layout.size / 8)
    func add(_ lower: Int, _ size: Int, _ access: Access, _ meaning: Meaning = .data) {
      regions.append(Region(lower: Int64(lower), upper: Int64(lower + size), access: access, meaning: meaning))
      for word in 0..<size / 8 { words[-lower / 8 - 1 - word] = UInt32(regions.count) }
    }
    add(layout.limit, 8, .read)
    for gate in Gate.allCases { add(layout[gate], 8, [], .gate(gate)) }
    for offset in layout.limitWords + layout.memorySizes + layout.tableSizes { add(offset, 8, .read) }
    let baseWords = layout.memoryBases + layout.tableBases + layout.globalBases
    for case (let index, let offset?) in baseWords.enumerated() { add(offset, 8, .read, .base(index)) }
    let masks = metadata.memories.map { $0.reach - 1 } + metadata.tables.map { 1 << UInt64($0.k) - 1 }
    for (offset, mask) in zip(layout.memoryMasks + layout.tableMasks, masks) { add(offset, 8, .read, .mask(mask)) }
    for case (let offset?, let table) in zip(layout.contextTables, metadata.tables) { add(offset, 8 << table.k, both) }
    for case (let offset?, let global) in zip(layout.globalCells, metadata.globals) where global.storage == .mirror {
      add(offset, 16, .read)
    }
    add(layout.globalsRegion.lowerBound, layout.globalsRegion.count, both)
    add(layout.transferArea, 16 * layout.transferCells, both)
    context = Buffer(regions)
    regionOfWord = Buffer(words)
  }

  /// The region of r15's map that holds the byte at `offset`.
  func contextRegion(at offset: Int64) -> Region? {
    if offset >= 0 { return memory.flatMap { offset < $0.upper ? $0 : nil } }
    // -1 to -8 are the first word.
    let word = Int(-(offset + 1)) / 8
    guard word < regionOfWord.count, regionOfWord[word] > 0 else { return nil }
    return context[Int(regionOfWord[word]) - 1]
  }

  func baseRegion(_ index: Int) -> Region { bases[index] }

  /// What the context word at exactly `offset` means.
  func meaning(at offset: Int64) -> Meaning? {
    guard let region = contextRegion(at: offset), region.lower == offset else { return nil }
    return region.meaning
  }
}
