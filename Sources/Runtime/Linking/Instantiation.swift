import Entities
import Wasm

/// Instantiation (WebAssembly specification, 4.5.4), in the order of its methods. The store is claimed.
struct Instantiation {
  private let module: Module
  private let store: Store
  private let imports: [Extern]
  private let instance: InstanceBody
  private var wasm: Wasm.Module { module.metadata.wasm }

  /// Checks the imports and takes a slot; nothing is visible to others yet.
  init(module: Module, imports: [Extern], store: Store) throws {
    self.module = module
    self.store = store
    self.imports = imports
    guard store.engine === module.engine else { throw LinkError.engineMismatch }
    for (entry, value) in zip(module.metadata.imports, imports) {
      guard value.store == nil || value.store === store else {
        throw LinkError.storeMismatch(module: entry.module, name: entry.name)
      }
      guard value.matches(entry, store.engine.types) else {
        throw LinkError.incompatible(module: entry.module, name: entry.name, expected: entry.type, found: value.type)
      }
    }
    try Self.checkReaches(module: module, imports: imports)
    let functions = imports.compactMap { value in
      if case .function(let function) = value { return function.target }
      return nil
    }
    let slot = try Slot(layout: Self.slotLayout(of: module), pool: store.engine.pool)
    instance = InstanceBody(store: store, module: module, slot: slot, importedFunctions: functions)
  }

  mutating func run() throws -> Instance {
    // First of all: shared objects refer to the instance as soon as it is attached to them, whatever fails afterwards.
    store.instances.append(instance)
    instance.writeFixedWords()
    try attachMemories()
    attachTags()
    try attachTables()
    try attachGlobals()
    try fillTables()
    try evaluateElementSegments()
    instance.isDataSegmentDropped = Array(repeating: false, count: wasm.data.count)
    try copyActiveElements()
    try copyActiveData()
    let handle = Instance(body: instance, store: store)
    if let start = wasm.start {
      _ = try FunctionReference(target: instance.function(start.index), store: store).call()
    }
    return handle
  }

  // MARK: Sizes

  private static func slotLayout(of module: Module) throws(LinkError) -> SlotLayout {
    let verified = module.verified
    let configuration = module.engine.configuration
    var memory = UInt64(1) << UInt64(verified.slotK)
    let isExported = module.metadata.wasm.exports.contains { $0.item == .memory(MemoryIndex(0)) }
    if isExported, verified.memories.first?.isImported == false {
      memory = max(memory, (configuration.exportedMemoryReservation + 65535) & ~65535)
    }
    for (index, type) in module.metadata.wasm.memories.elements.enumerated() where !verified.memories[index].isImported
    {
      guard type.limits.minimum <= configuration.maximumMemorySize / MemoryStorage.pageSize else {
        throw .resources("memory \(index) of \(type.limits.minimum) pages is larger than allowed")
      }
    }
    for (index, shape) in verified.tables.enumerated() where !shape.isImported {
      guard shape.minimum <= configuration.maximumTableElements else {
        throw .resources("table \(index) of \(shape.minimum) elements is larger than allowed")
      }
    }
    return SlotLayout(stack: configuration.stackSize, context: verified.context.size, memory: Int(memory))
  }

  /// Rule R5: an importer never reaches beyond the reservation; and it must see all of what is there.
  private static func checkReaches(module: Module, imports: [Extern]) throws(LinkError) {
    var memory = 0
    var table = 0
    for (entry, value) in zip(module.metadata.imports, imports) {
      switch value {
      case .memory(let value):
        let reach = module.verified.memories[memory].reach
        guard reach <= value.storage.reservation, value.storage.size <= reach else {
          throw .reach(module: entry.module, name: entry.name)
        }
        memory += 1
      case .table(let value):
        guard value.count <= 1 << UInt64(module.verified.tables[table].k) else {
          throw .reach(module: entry.module, name: entry.name)
        }
        table += 1
      default: break
      }
    }
  }

  // MARK: Index spaces

  private func attachMemories() throws {
    for case .memory(let memory) in imports { instance.attach(memory.storage, index: instance.memories.count) }
    let configuration = store.engine.configuration
    for index in instance.memories.count..<wasm.memories.count {
      let type = MemoryType(wasm.memories[MemoryIndex(index: index)])
      let declared = min(type.maximum ?? .max, UInt64.max / MemoryStorage.pageSize) * MemoryStorage.pageSize
      let limit = min(declared, configuration.maximumMemorySize, module.verified.memories[index].reach)
      let memory: MemoryStorage
      if index == 0 {
        let reservation = UInt64(instance.slot.layout.memory)
        memory = MemoryStorage(
          type: type, base: instance.slot.origin, reservation: reservation, limit: limit, owner: instance.slot)
      } else {
        let reservation = max(module.verified.memories[index].reach, configuration.exportedMemoryReservation)
        let region = try store.engine.pool.take(Int(reservation) + SlotLayout.pad)
        memory = MemoryStorage(type: type, base: region.base, reservation: reservation, limit: limit, owner: region)
      }
      instance.attach(memory, index: index)
    }
  }

  private func attachTables() throws {
    for case .table(let table) in imports {
      try instance.attachTable(index: instance.tableWords.count, shared: table.storage)
    }
    for index in instance.tableWords.count..<wasm.tables.count {
      let shape = module.verified.tables[index]
      let type = TableType(wasm.tables[TableIndex(index: index)], module.metadata.types.ids)
      let limit = min(shape.maximum, store.engine.configuration.maximumTableElements)
      let shared = shape.isExported ? TableStorage(type: type, limit: limit) : nil
      try instance.attachTable(index: index, shared: shared)
    }
  }

  private func attachGlobals() throws {
    for case .global(let global) in imports { try instance.attach(global.storage, index: instance.globals.count) }
    for initializer in wasm.globalInitializers {
      let index = instance.globals.count
      let type = GlobalType(wasm.globals[GlobalIndex(index: index)], module.metadata.types.ids)
      let value = try evaluate(initializer)
      try instance.defineGlobal(index: index, type: type, bits: value.bits, reference: value.reference)
    }
    // The words of imported tags stand behind the globals.
    for index in wasm.globals.count..<module.verified.globals.count {
      instance.defineTagWord(cell: index, tag: index - wasm.globals.count)
    }
  }

  private func attachTags() {
    for case .tag(let tag) in imports { instance.tags.append(tag.storage) }
    for type in wasm.tags.elements.dropFirst(instance.tags.count) {
      let id = module.metadata.types.ids[type.index]
      instance.tags.append(TagStorage(type: module.metadata.layouts[type.index].type, id: id))
    }
  }

  /// The initial values of tables that have one.
  private func fillTables() throws {
    for (position, initializer) in wasm.tableInitializers.enumerated() {
      guard let initializer else { continue }
      let index = wasm.importedTableCount + position
      let value = try evaluate(initializer).reference
      try instance.fillNewTable(index, with: value)
    }
  }

  // MARK: Segments

  private func evaluateElementSegments() throws {
    for segment in wasm.elements.elements {
      switch segment.items {
      case .functions(let functions):
        instance.elementSegments.append(functions.map { Reference.function(instance.function($0.index)) })
      case .expressions(let expressions):
        instance.elementSegments.append(try expressions.map { try evaluate($0).reference })
      }
    }
  }

  private func copyActiveElements() throws {
    for (index, segment) in wasm.elements.elements.enumerated() {
      switch segment.mode {
      case .active(let table, let offset):
        let start = try evaluate(offset).bits[0]
        try instance.initialiseTable(table.index, at: start, segment: index, at: 0, count: UInt64(segment.count), nil)
        instance.elementSegments[index] = nil
      case .declarative: instance.elementSegments[index] = nil
      case .passive: break
      }
    }
  }

  private func copyActiveData() throws {
    for (index, segment) in wasm.data.elements.enumerated() {
      guard case .active(let memory, let offset) = segment.mode else { continue }
      let start = try evaluate(offset).bits[0]
      try instance.initialiseMemory(
        memory.index, at: start, segment: index, at: 0, count: UInt64(segment.range.count), nil)
      instance.isDataSegmentDropped[index] = true
    }
  }

  // MARK: Constant expressions

  private struct Constant {
    var bits: SIMD2<UInt64> = .zero
    var reference = Reference.null
  }

  private func evaluate(_ expression: ConstantExpression) throws -> Constant {
    var stack: [Constant] = []
    func binary(_ type: IndexType, _ operation: (UInt64, UInt64) -> UInt64) throws {
      guard let right = stack.popLast(), let left = stack.popLast() else { throw Self.malformed }
      let value = operation(left.bits[0], right.bits[0])
      stack.append(Constant(bits: SIMD2(type == .i32 ? value & 0xffff_ffff : value, 0)))
    }
    for instruction in expression.instructions {
      switch instruction {
      case .i32(let value), .f32(let value): stack.append(Constant(bits: SIMD2(UInt64(value), 0)))
      case .i64(let value), .f64(let value): stack.append(Constant(bits: SIMD2(value, 0)))
      case .v128(let low, let high): stack.append(Constant(bits: SIMD2(low, high)))
      case .refNull: stack.append(Constant())
      case .refFunc(let index): stack.append(Constant(reference: .function(instance.function(index.index))))
      case .globalGet(let index):
        // The decoder admits earlier globals only.
        guard index.index < instance.globals.count else { throw Self.malformed }
        let global = instance.globals[index.index]
        stack.append(Constant(bits: global.bits, reference: global.reference))
      case .add(let type): try binary(type, &+)
      case .subtract(let type): try binary(type, &-)
      case .multiply(let type): try binary(type, &*)
      }
    }
    guard let value = stack.popLast() else { throw Self.malformed }
    return value
  }

  private static var malformed: LoadError { .metadata("malformed constant expression") }
}
