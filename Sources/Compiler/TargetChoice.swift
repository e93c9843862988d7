import Entities
import IR
import Nexe

/// Chooses the memory model and the reach of every memory and table from what the module declares and the user asks.
struct TargetChoice {
  static let pageSize: UInt64 = 65_536
  /// Reach of a masked memory 0 that declares no maximum: 2^30.
  static let defaultLog2Reach: UInt32 = 30
  /// `auto` takes the mask model up to this maximum.
  static let largestAutomaticMask: UInt64 = 1 << 31
  /// Elements a table may grow to if it declares no maximum: 2^20.
  static let defaultLog2Elements: UInt32 = 20
  static let largestLog2Elements: UInt32 = 24

  var model: MemoryModel
  var memories: [Shape.Memory] = []
  var tables: [Shape.Table] = []

  init(_ module: ModuleShape, _ options: CompilerOptions) throws(CompileError) {
    let first = module.memories.isEmpty ? nil : module.memories[MemoryIndex(0)]
    let bound = try Self.bound(of: first, options)
    model = try Self.model(for: first, bound: bound, options)
    for (index, memory) in module.memories.elements.enumerated() {
      let log2Reach = try Self.log2Reach(of: memory, index: index, bound: index == 0 ? bound : memory.maximum, model)
      memories.append(
        Shape.Memory(isImported: memory.isImported, hasIndex64: memory.indexType == .i64, log2Reach: log2Reach))
    }
    for (index, table) in module.tables.elements.enumerated() { tables.append(try Self.table(table, index)) }
  }

  /// The declarations with each memory's maximum lowered to what its reach allows: memory.grow fails beyond it, so the
  /// optimiser may rely on it. In wrap mode with what masked addresses wrap round.
  func tightened(_ module: ModuleShape, _ policy: OutOfBoundsPolicy) -> ModuleShape {
    var module = module
    for (id, memory) in zip(Array(module.memories.ids), memories) {
      let pages = (1 << UInt64(memory.log2Reach)) / Self.pageSize
      module.memories[id].maximumPages = min(module.memories[id].maximumPages ?? pages, pages)
      // The mask of a larger reach is no immediate.
      if policy == .wrap && !memory.hasIndex64 && memory.log2Reach <= 31 { module.memories[id].wrapBits = memory.log2Reach }
    }
    return module
  }

  /// The largest size of memory 0 in bytes, nil if nothing bounds it.
  private static func bound(of memory: MemoryShape?, _ options: CompilerOptions) throws(CompileError) -> UInt64? {
    guard let memory else { return nil }
    guard let maximum = options.maximumMemory else { return memory.maximum }
    guard memory.minimum <= maximum else {
      throw .memoryTooSmall(needed: memory.minimum, allowed: maximum)
    }
    return min(maximum, memory.maximum ?? maximum)
  }

  private static func model(
    for memory: MemoryShape?, bound: UInt64?, _ options: CompilerOptions
  ) throws(CompileError) -> MemoryModel {
    guard let memory else { return options.memoryModel ?? .mask }
    let chosen: MemoryModel
    if let requested = options.memoryModel {
      chosen = requested
    } else if memory.indexType == .i64 {
      chosen = .mask
    } else {
      chosen = (bound ?? .max) <= largestAutomaticMask ? .mask : .seg32
    }
    let reach: UInt64 =
      switch chosen {
      case .mask: memory.indexType == .i64 ? 1 << 40 : 1 << 31
      case .seg32: 1 << 32
      }
    if memory.minimum > reach { throw .memoryBeyondModel(needed: memory.minimum, reach: reach) }
    return chosen
  }

  private static func log2Reach(
    of memory: MemoryShape, index: Int, bound: UInt64?, _ model: MemoryModel
  ) throws(CompileError) -> UInt32 {
    if index == 0 && model == .seg32 { return 32 }
    let largest: UInt32 = memory.indexType == .i64 ? 40 : index == 0 ? 31 : 32
    let wanted = bound.map { max(ceilingLog2($0), 16) } ?? max(defaultLog2Reach, ceilingLog2(memory.minimum))
    let log2Reach = min(wanted, largest)
    if memory.minimum > 1 << UInt64(log2Reach) {
      throw .memoryBeyondModel(needed: memory.minimum, reach: 1 << UInt64(log2Reach))
    }
    return log2Reach
  }

  private static func table(_ table: TableShape, _ index: Int) throws(CompileError) -> Shape.Table {
    let wanted = max(ceilingLog2(table.minimum), min(table.maximum.map(ceilingLog2) ?? defaultLog2Elements, defaultLog2Elements))
    if wanted > largestLog2Elements { throw .tableTooLarge(index: index, elements: table.minimum) }
    return Shape.Table(
      isImported: table.isImported, isExported: table.isExported, hasIndex64: table.indexType == .i64,
      holdsExternal: !table.isFunctionTable, log2Elements: wanted, minimum: table.minimum, maximum: table.maximum)
  }

  /// The least n with value <= 2^n.
  static func ceilingLog2(_ value: UInt64) -> UInt32 {
    value <= 1 ? 0 : UInt32(64 - (value - 1).leadingZeroBitCount)
  }
}

extension MemoryShape {
  /// Bytes; saturating, for memory64 may declare more pages than bytes fit 64 bits.
  var minimum: UInt64 { Self.bytes(minimumPages) }
  var maximum: UInt64? { maximumPages.map(Self.bytes) }
  private static func bytes(_ pages: UInt64) -> UInt64 {
    let product = pages.multipliedReportingOverflow(by: TargetChoice.pageSize)
    return product.overflow ? .max : product.partialValue
  }
}
