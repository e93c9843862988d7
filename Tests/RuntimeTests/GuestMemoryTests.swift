import Testing

@testable import Runtime

@Suite struct GuestMemoryTests {
  private let memory: Memory

  init() throws {
    var configuration = Configuration()
    configuration.exportedMemoryReservation = 0
    memory = try Memory(MemoryType(minimum: 1, maximum: 2), store: Store(engine: Engine(configuration: configuration)))
  }

  @Test func acceptsTheLastByteAndRefusesTheNext() throws {
    let guest = memory.guest
    try guest.store(UInt8(7), at: 65_535)
    #expect(try guest.load(UInt8.self, at: 65_535) == 7)
    #expect(throws: GuestMemoryError(address: 65_533, count: 4, size: 65_536)) {
      _ = try guest.load(UInt32.self, at: 65_533)
    }
    #expect(try guest.read(at: 65_536, count: 0) == [])
    #expect(throws: GuestMemoryError.self) { _ = try guest.read(at: 65_537, count: 0) }
  }

  @Test(arguments: [(UInt64.max, 1), (1, .max), (.max, .max), (1 << 63, 1 << 63)] as [(UInt64, UInt64)])
  func sumsThatOverflowAreOutOfBounds(address: UInt64, count: UInt64) {
    #expect(throws: GuestMemoryError.self) { _ = try memory.guest.read(at: address, count: count) }
    #expect(throws: GuestMemoryError.self) { try memory.guest.fill(0, at: address, count: count) }
    #expect(throws: GuestMemoryError.self) { try memory.guest.withBytes(at: address, count: count) { _ in } }
  }

  @Test func growsToItsMaximumOnly() throws {
    #expect(try memory.grow(by: 2) == nil)
    #expect(try memory.grow(by: .max) == nil)
    #expect(try memory.grow(by: 1) == 1)
    #expect(memory.guest.size == 131_072)
    #expect(try memory.grow(by: 1) == nil)
    #expect(try memory.grow(by: 0) == 2)
  }

  @Test func integersAreLittleEndianAtAnyAlignment() throws {
    try memory.guest.write([1, 2, 3, 4], at: 3)
    #expect(try memory.guest.load(UInt32.self, at: 3) == 0x0403_0201)
  }
}
