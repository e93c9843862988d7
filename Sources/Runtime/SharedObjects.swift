/// A linear memory, exported or made by the host.
public struct Memory: @unchecked Sendable {
  let storage: MemoryStorage
  public var guest: GuestMemory { GuestMemory(storage) }
}

public struct Table: @unchecked Sendable {
  public let type: TableType
}

public struct Global: @unchecked Sendable {
  public let type: GlobalType
}
