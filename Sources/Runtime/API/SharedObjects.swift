/// A linear memory, exported or made by the host.
public struct Memory: @unchecked Sendable {
  let storage: MemoryStorage
  public let store: Store

  /// A memory of the host, for modules to import. Throws `LinkError.resources`.
  public init(_ type: MemoryType, store: Store) throws {
    let configuration = store.engine.configuration
    let declared = min(type.maximum ?? .max, UInt64.max / MemoryStorage.pageSize) * MemoryStorage.pageSize
    let limit = min(declared, configuration.maximumMemorySize)
    guard type.minimum <= limit / MemoryStorage.pageSize else {
      throw LinkError.resources("a memory of \(type.minimum) pages is larger than allowed")
    }
    let reservation = max(configuration.exportedMemoryReservation, limit)
    let region = try store.engine.pool.take(Int(reservation) + SlotLayout.pad)
    storage = MemoryStorage(
      type: type, base: region.base, reservation: reservation, limit: limit, owner: region)
    self.store = store
  }

  init(storage: MemoryStorage, store: Store) {
    self.storage = storage
    self.store = store
  }

  /// As imports see it: the minimum is the present size.
  public var type: MemoryType {
    MemoryType(minimum: storage.pages, maximum: storage.type.maximum, hasIndex64: storage.type.hasIndex64)
  }
  public var guest: GuestMemory { GuestMemory(storage) }

  /// Grows by `pages`: the old size in pages, or nil. Throws `CallError.busy`.
  public func grow(by pages: UInt64) throws -> UInt64? {
    try store.claimed { storage.grow(by: pages) }
  }
}

/// A table of references, exported or made by the host.
public struct Table: @unchecked Sendable {
  let storage: TableStorage
  public let store: Store

  /// A table of the host, for modules to import. Throws `LinkError.resources`, `CallError`.
  public init(_ type: TableType, initial: Value? = nil, store: Store) throws {
    let limit = min(type.maximum ?? .max, store.engine.configuration.maximumTableElements)
    guard type.minimum <= limit else {
      throw LinkError.resources("a table of \(type.minimum) elements is larger than allowed")
    }
    let initial = initial ?? .zero(of: type.element)
    guard initial.matches(type.element, store.engine.types) else { throw CallError.typeMismatch }
    storage = TableStorage(type: type, limit: limit, initial: try initial.reference(in: store))
    self.store = store
  }

  init(storage: TableStorage, store: Store) {
    self.storage = storage
    self.store = store
  }

  /// As imports see it: the minimum is the present size.
  public var type: TableType {
    TableType(
      element: storage.type.element, minimum: storage.count, maximum: storage.type.maximum,
      hasIndex64: storage.type.hasIndex64)
  }
  public var count: UInt64 { storage.count }

  /// Element `index`. Throws `CallError`.
  public func get(_ index: UInt64) throws -> Value {
    try store.claimed {
      guard index < storage.count else { throw CallError.outOfBounds }
      return Value(storage.elements[Int(index)], type: storage.type.element, store: store)
    }
  }

  public func set(_ index: UInt64, _ value: Value) throws {
    try store.claimed {
      guard value.matches(storage.type.element, store.engine.types) else { throw CallError.typeMismatch }
      guard index < storage.count else { throw CallError.outOfBounds }
      try storage.set(CollectionOfOne(value.reference(in: store)), at: Int(index))
    }
  }

  /// Grows by `count` elements of `value`: the old size, or nil.
  public func grow(by count: UInt64, _ value: Value) throws -> UInt64? {
    try store.claimed {
      guard value.matches(storage.type.element, store.engine.types) else { throw CallError.typeMismatch }
      return try storage.grow(by: count, with: value.reference(in: store))
    }
  }
}

/// A global, exported or made by the host.
public struct Global: @unchecked Sendable {
  let storage: GlobalStorage
  public let store: Store
  public var type: GlobalType { storage.type }

  /// A global of the host, for modules to import. Throws `LinkError.resources`, `CallError`.
  public init(_ type: GlobalType, _ value: Value, store: Store) throws {
    guard value.matches(type.value, store.engine.types) else { throw CallError.typeMismatch }
    if type.value.isReference {
      storage = GlobalStorage(type: type, reference: try value.reference(in: store))
    } else {
      // A page of its own: code that imports it may write the cell's 16 bytes, and learns its address.
      let region = try store.engine.pool.take(RegionPool.pageSize)
      storage = GlobalStorage(type: type, cell: region.base, owner: region)
      storage.set(bits: value.bits)
    }
    self.store = store
  }

  init(storage: GlobalStorage, store: Store) {
    self.storage = storage
    self.store = store
  }

  /// Throws `CallError.busy`.
  public var value: Value {
    get throws {
      try store.claimed {
        if type.value.isReference { return Value(storage.reference, type: type.value, store: store) }
        return Value(bits: storage.bits, type: type.value)
      }
    }
  }

  public func set(_ value: Value) throws {
    try store.claimed {
      guard type.isMutable, value.matches(type.value, store.engine.types) else { throw CallError.typeMismatch }
      if type.value.isReference {
        try storage.set(value.reference(in: store))
      } else {
        storage.set(bits: value.bits)
      }
    }
  }
}
