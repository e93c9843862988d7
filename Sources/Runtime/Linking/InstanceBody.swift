import CSandbox
import NaClValidator

/// One sandbox: its slot, what it shares, and the host's side of its references. Owned by its store; only the thread
/// that has claimed the store touches it.
final class InstanceBody {
  unowned let store: Store
  /// The store's: an instance goes when its store does, and then has no store to ask.
  private let interrupts: Interrupts
  let module: Module
  let slot: Slot
  /// Imports resolved to what they finally are.
  let importedFunctions: [FunctionTarget]
  // Of `verified`, for what every call asks.
  let usesSegment: Bool
  let returnsStatus: Bool
  let limitWord: UnsafeMutablePointer<UInt64>
  /// Cell 0 of the transfer area; cells ascend.
  let transferCells: UnsafeMutableRawPointer
  let transferCellCount: Int
  @exclusivity(unchecked) var memories: [MemoryStorage] = []
  /// Base and size of each memory for the gates that C serves (memory_gates.c), in host memory.
  let memoryTable: UnsafeMutablePointer<halite_memory>
  /// The truth of a shared table; nil for private ones, which live in the sandbox alone.
  var sharedTables: [TableStorage?] = []
  /// By table: the sandbox's words (elements of a private table, the mirror of a shared one).
  var tableWords: [UnsafeMutablePointer<UInt64>] = []
  /// Reservations of tables that are not in the context.
  var tableRegions: [Region] = []
  var globals: [GlobalStorage] = []
  var tags: [TagStorage] = []
  /// Evaluated at instantiation; nil once dropped.
  var elementSegments: [[Reference]?] = []
  var isDataSegmentDropped: [Bool] = []

  /// The youngest activation on this stack.
  @exclusivity(unchecked) var top: Activation?
  /// Records to use again.
  @exclusivity(unchecked) var spareActivations: [Activation] = []

  private var foreignFunctions = ReferenceTable<FunctionKey, FunctionTarget>()
  var exceptions = ExceptionTable()
  private var externReferences = ReferenceTable<ObjectIdentifier, ExternReference>()

  init(store: Store, module: Module, slot: Slot, importedFunctions: [FunctionTarget]) {
    self.store = store
    interrupts = store.interrupts
    self.module = module
    self.slot = slot
    self.importedFunctions = importedFunctions
    let verified = module.verified
    usesSegment = verified.model == .seg32
    returnsStatus = verified.returnsStatus
    limitWord = (slot.origin + verified.context.limit).assumingMemoryBound(to: UInt64.self)
    transferCells = slot.origin + verified.context.transferArea
    transferCellCount = verified.context.transferCells
    memoryTable = .allocate(capacity: verified.memories.count)
    memoryTable.initialize(repeating: halite_memory(), count: verified.memories.count)
    interrupts.add(limitWord: limitWord)
  }

  deinit {
    while let activation = top {
      top = activation.below
      activation.free()
    }
    for activation in spareActivations { activation.free() }
    interrupts.remove(limitWord: limitWord)
    memoryTable.deallocate()
  }

  var verified: VerifiedModule { module.verified }

  /// The context's word at `offset` bytes from r15.
  func word(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (slot.origin + offset).assumingMemoryBound(to: UInt64.self)
  }

  func function(_ index: Int) -> FunctionTarget {
    index < importedFunctions.count ? importedFunctions[index] : .wasm(WasmFunction(instance: self, index: index))
  }

  /// The base of gs in the model seg32.
  var segmentBase: UInt64 { UInt64(UInt(bitPattern: memories.first?.base ?? slot.origin)) }

  /// Address of a wasm function's code.
  func codeAddress(ofFunction index: Int) -> UInt64 {
    module.code.text + UInt64(verified.functions[Int(verified.recordOfWasmFunction[index])].start)
  }
}

// MARK: References

extension InstanceBody {
  /// The word by which this sandbox's code knows `reference` (docs/ABI.md, C5).
  func encode(_ reference: Reference) throws(Trap) -> UInt64 {
    switch reference {
    case .null: return 0
    case .function(let target):
      if case .wasm(let function) = target, function.instance === self {
        let entry = verified.entryOfWasmFunction[function.index]
        if entry != 0 { return UInt64(entry) << 5 }
      }
      let limit = store.engine.configuration.maximumReferences
      let handle = try foreignFunctions.handle(of: target, key: target.key, limit: limit)
      return Self.foreignEntry | UInt64(handle) << 32
    case .external(let object):
      let limit = store.engine.configuration.maximumReferences
      return UInt64(try externReferences.handle(of: object, key: ObjectIdentifier(object), limit: limit)) + 1
    case .exception(let exception): return try word(of: exception)
    }
  }

  /// What a word that this sandbox passed to the host refers to. It may be any number: what was not given is a trap.
  func decode(_ word: UInt64, as type: ValueType) throws(Trap) -> Reference {
    guard case .reference(let reference) = type else { return .null }
    switch reference.heapType.hierarchy {
    case .external:
      if word == 0 { return .null }
      guard let object = externReferences[word - 1] else { throw Trap(.invalidGateCall("unknown externref")) }
      return .external(object)
    case .exception:
      if word == 0 { return .null }
      guard let exception = exceptions[word] else { throw Trap(.invalidGateCall("unknown exception")) }
      return .exception(exception)
    case .any:
      guard word == 0 else { throw Trap(.invalidGateCall("no such reference")) }
      return .null
    case .function: return try decodeFunction(word)
    }
  }

  private func decodeFunction(_ word: UInt64) throws(Trap) -> Reference {
    let offset = word & 0xffff_ffff
    if offset == 0 { return .null }
    if offset == Self.foreignEntry {
      guard let target = foreignFunctions[word >> 32] else { throw Trap(.invalidGateCall("unknown foreign function")) }
      return .function(target)
    }
    let entry = Int(offset >> 5)
    guard offset & 31 == 0, entry < module.metadata.functionOfEntry.count,
      let index = module.metadata.functionOfEntry[entry]
    else { throw Trap(.invalidGateCall("malformed funcref")) }
    return .function(function(index))
  }

  /// Entry 1 of the entry area, in bytes.
  private static let foreignEntry: UInt64 = 32
}

/// Host objects under small numbers, one number an object.
private struct ReferenceTable<Key: Hashable, Object> {
  private var objects: [Object] = []
  private var handles: [Key: Int] = [:]

  mutating func handle(of object: Object, key: Key, limit: Int) throws(Trap) -> Int {
    if let handle = handles[key] { return handle }
    guard objects.count < limit else { throw Trap(.host("too many references")) }
    objects.append(object)
    handles[key] = objects.count - 1
    return objects.count - 1
  }

  subscript(handle: UInt64) -> Object? {
    handle < UInt64(objects.count) ? objects[Int(handle)] : nil
  }
}
