import CProbe
import NaClValidator

/// Writes one accepted nexe as a job of the probe: code, context block and regions as the runtime would make them, but for
/// what an enemy may choose.
struct JobWriter {
  static let stackSize = 65_536
  static let codeStride = 1 << 17
  static let arenaStride = 1 << 17

  let batch: OpaquePointer

  /// How the slot's neighbours are watched.
  enum Neighbours { case canaries, guards }

  /// - Parameter starts: offsets in text of instructions, for single steps.
  /// - Parameter edited: where in text the mutant differs first.
  /// - Returns: nil if the module has more regions than the probe, or more code than a stride: it cannot be run.
  func write(
    _ nexe: [UInt8], _ module: VerifiedModule, starts: [Int], edited: Int? = nil, at index: Int, runs: [probe_run], neighbours: Neighbours,
    _ random: inout Random
  ) -> Bool {
    let distance = Int(module.readOnlyData.address - module.text.address)
    let size = distance + Int(module.readOnlyData.size)
    let contextSize = module.context.size
    guard size <= Self.codeStride, 2 * contextSize + Int(module.text.size) <= Self.arenaStride,
      let regions = Regions(module)
    else { return false }

    let code = probe_code(batch) + index * Self.codeStride
    nexe.withUnsafeBufferPointer { file in
      if let base = file.baseAddress { code.update(from: base + Int(module.text.address), count: size) }
    }
    let arena = index * Self.arenaStride
    let image = probe_arena(batch) + arena
    ContextImage(module, regions, &random).write(to: image, writable: image + contextSize)
    let marks = image + 2 * contextSize
    marks.initialize(repeating: 0, count: Int(module.text.size))
    for start in starts { marks[start] = 1 }

    var job = probe_job()
    job.code = UInt64(index * Self.codeStride)
    job.text_size = module.text.size
    job.data_distance = UInt64(distance)
    job.data_size = module.readOnlyData.size
    job.memory_size = 1 << UInt64(module.slotK)
    job.context_size = UInt64(contextSize)
    job.stack_size = UInt64(Self.stackSize)
    job.gs_base = module.model == .seg32 && !module.memories.isEmpty ? regions.memoryBases[0] : 0
    job.context = UInt64(arena)
    job.writable = UInt64(arena + contextSize)
    job.starts = UInt64(arena + 2 * contextSize)
    withUnsafeMutableBytes(of: &job.region_size) { bytes in
      for (index, size) in regions.sizes.enumerated() { bytes.storeBytes(of: size, toByteOffset: 8 * index, as: UInt64.self) }
    }
    job.edited = edited.map(UInt64.init) ?? .max
    job.region_read_only = regions.readOnly
    job.has_guards = neighbours == .guards ? 1 : 0
    job.run_count = UInt32(runs.count)
    withUnsafeMutableBytes(of: &job.runs) { bytes in
      for (index, run) in runs.enumerated() {
        bytes.storeBytes(of: run, toByteOffset: index * MemoryLayout<probe_run>.stride, as: probe_run.self)
      }
    }
    probe_jobs(batch)[index] = job
    return true
  }
}

/// Where memories, tables and cells outside of the slot lie.
struct Regions {
  private(set) var sizes: [UInt64] = []
  private(set) var readOnly: UInt32 = 0
  private(set) var memoryBases: [UInt64] = []
  private(set) var tableBases: [UInt64] = []
  private(set) var globalBases: [UInt64] = []

  init?(_ module: VerifiedModule) {
    for (index, memory) in module.memories.enumerated() {
      let isOwn = index == 0 && !memory.isImported
      memoryBases.append(isOwn ? Probe.origin : place(memory.reach + UInt64(PROBE_PAD_REGION)))
    }
    for table in module.tables {
      if !table.isInContext && !table.isWritable { readOnly |= 1 << UInt32(truncatingIfNeeded: sizes.count) }
      tableBases.append(table.isInContext ? 0 : place(8 << UInt64(table.k)))
    }
    for global in module.globals { globalBases.append(global.storage == .base ? place(16) : 0) }
    if sizes.count > Int(PROBE_MAX_REGIONS) { return nil }
  }

  private mutating func place(_ size: UInt64) -> UInt64 {
    sizes.append(size)
    return Probe.region(sizes.count - 1)
  }
}

/// The context block: true where the proof uses it (gates, BASE, MASK), hostile everywhere else. L, M and SIZE bound nothing
/// that the rules rely on, so they are mostly as large as can be, which lets accesses through.
struct ContextImage {
  private let size: Int
  private var words: ContextWords
  private var writable: [Range<Int>] = []

  init(_ module: VerifiedModule, _ regions: Regions, _ random: inout Random) {
    let layout = module.context
    size = layout.size
    let filler = random.pick([0, .max, 0x0000_0001_0000_0001, Probe.origin, random.next()])
    words = ContextWords(size: size, filler: filler)
    for offset in stride(from: -size, to: 0, by: 64) { words[offset + 8 * random.below(8)] = random.next() }
    for (number, offset) in layout.gates.enumerated() { words[offset] = UInt64(probe_gate_address(UInt32(number))) }
    let bound: UInt64 = random.pick([.max, .max, .max, 0, 65_536, 1 << 32])
    for offset in layout.limitWords + layout.memorySizes + layout.tableSizes { words[offset] = bound }
    for (index, offset) in layout.memoryBases.enumerated() { words[offset] = regions.memoryBases[index] }
    for (index, offset) in layout.memoryMasks.enumerated() { words[offset] = module.memories[index].reach - 1 }
    for (index, offset) in layout.tableMasks.enumerated() { words[offset] = UInt64(1) << UInt64(module.tables[index].k) - 1 }
    for (index, offset) in layout.tableBases.enumerated() {
      let own = layout.contextTables[index].map { Probe.origin &+ UInt64(bitPattern: Int64($0)) }
      words[offset] = own ?? regions.tableBases[index]
    }
    for (index, offset) in layout.globalBases.enumerated() { if let offset { words[offset] = regions.globalBases[index] } }
    writable = [layout.globalsRegion, layout.transferArea..<layout.transferArea + 16 * layout.transferCells]
    for (index, offset) in layout.contextTables.enumerated() {
      if let offset { writable.append(offset..<offset + 8 << module.tables[index].k) }
    }
  }

  func write(to image: UnsafeMutablePointer<UInt8>, writable marks: UnsafeMutablePointer<UInt8>) {
    let raw = UnsafeMutableRawPointer(image)
    words.list.withUnsafeBytes { raw.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(raw), byteCount: size) }
    marks.initialize(repeating: 0, count: size)
    for range in writable { for offset in range { marks[size + offset] = 1 } }
  }
}

/// The block's words by their offset from r15.
private struct ContextWords {
  private(set) var list: [UInt64]
  init(size: Int, filler: UInt64) { list = Array(repeating: filler, count: size / 8) }
  subscript(offset: Int) -> UInt64 {
    get { list[list.count + offset / 8] }
    set { list[list.count + offset / 8] = newValue }
  }
}

enum Probe {
  static let origin: UInt64 = PROBE_ORIGIN
  static func region(_ index: Int) -> UInt64 { 0x3200_0000_0000 + UInt64(index) << 41 }
}
