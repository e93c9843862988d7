import CSandbox

/// An access of the host to a sandbox's memory failed. Thrown out of a host function it is the trap "out of bounds
/// memory access".
public struct GuestMemoryError: Error, Hashable, Sendable {
  public var address: UInt64
  public var count: UInt64
  /// The memory's size at the time, in bytes.
  public var size: UInt64
  public init(address: UInt64, count: UInt64, size: UInt64) {
    self.address = address
    self.count = count
    self.size = size
  }
}

/// A sandbox's linear memory as host functions see it. Every (address, count) comes from a hostile program: both are
/// checked as unsigned 64-bit numbers against the memory's present size, without overflow.
public struct GuestMemory {
  @usableFromInline let storage: MemoryStorage
  @usableFromInline init(_ storage: MemoryStorage) { self.storage = storage }

  /// Present size in bytes.
  @inlinable public var size: UInt64 { storage.size }

  /// The host address of `[address, address + count)`.
  @inlinable
  func checked(_ address: UInt64, _ count: UInt64) throws(GuestMemoryError) -> UnsafeMutableRawPointer {
    let size = storage.size
    guard count <= size, address <= size - count else {
      throw GuestMemoryError(address: address, count: count, size: size)
    }
    return storage.base + Int(address)
  }

  /// A copy of `count` bytes. Bounds are checked before anything is allocated.
  @inlinable
  public func read(at address: UInt64, count: UInt64) throws(GuestMemoryError) -> [UInt8] {
    let start = try checked(address, count)
    return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(count)))
  }

  /// Copies bytes into the memory.
  @inlinable
  public func write(_ bytes: some Collection<UInt8>, at address: UInt64) throws(GuestMemoryError) {
    let count = bytes.count
    let start = try checked(address, UInt64(count))
    UnsafeMutableRawBufferPointer(start: start, count: count).copyBytes(from: bytes)
  }

  /// A little-endian integer at any alignment.
  @inlinable
  public func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self, at address: UInt64
  ) throws(GuestMemoryError) -> T {
    T(littleEndian: try checked(address, UInt64(MemoryLayout<T>.size)).loadUnaligned(as: T.self))
  }

  /// Stores a little-endian integer at any alignment.
  @inlinable
  public func store<T: FixedWidthInteger & BitwiseCopyable>(
    _ value: T, at address: UInt64
  ) throws(GuestMemoryError) {
    try checked(address, UInt64(MemoryLayout<T>.size)).storeBytes(of: value.littleEndian, as: T.self)
  }

  @inlinable
  public func fill(_ value: UInt8, at address: UInt64, count: UInt64) throws(GuestMemoryError) {
    let start = try checked(address, count)
    UnsafeMutableRawBufferPointer(start: start, count: Int(count)).initializeMemory(as: UInt8.self, repeating: value)
  }

  /// Lends `[address, address + count)` to `body`, for a system call to read from or write to. The buffer must not
  /// leave `body`, and what `body` decides by must be copied out first: the sandbox's bytes are never to be read twice.
  @inlinable
  public func withBytes<R>(
    at address: UInt64, count: UInt64, _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) throws -> R {
    let start = try checked(address, count)
    return try body(UnsafeMutableRawBufferPointer(start: start, count: Int(count)))
  }
}
