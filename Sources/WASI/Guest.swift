import Runtime

/// Somebody waits for the program to stop, or to be suspended: a host call gave up blocking. Thrown inside this module only.
struct Interrupted: Error {}

/// The program behind a call: its memory, and whether it is to stop.
///
/// Every address and count comes from a hostile program. Addresses are unsigned 32-bit numbers, ranges are checked in 64 bits
/// against the memory's size before anything is read, allocated or changed, and each byte is read once. A range outside memory
/// and a misaligned structure are traps (WebAssembly/WASI, witx-docs, "Pointers"), everything else is an errno.
struct Guest {
  let memory: GuestMemory
  let isInterrupted: () -> Bool
  /// Whether the same call was suspended before.
  var isRepeated = false

  /// No system call moves more at once, so that an interruption is noticed in bounded time (rule P3).
  static let chunkSize: UInt64 = 1 << 20
  /// The most iovecs a call may pass; Linux's IOV_MAX, which wasi-libc reports to programs.
  static let maximumBuffers: UInt64 = 1024

  func throwIfInterrupted() throws { if isInterrupted() { throw Interrupted() } }

  /// That `[address, address + count)` lies in memory, before the call has any effect.
  func check(_ address: UInt64, count: Int, alignment: UInt64 = 1) throws {
    guard address % alignment == 0 else {
      throw Trap(.host("misaligned pointer 0x\(String(address, radix: 16)) passed to a WASI function"))
    }
    try memory.withBytes(at: address, count: UInt64(count)) { _ in }
  }

  func store(_ value: UInt32, at address: UInt64) throws {
    try check(address, count: 4, alignment: 4)
    try memory.store(value, at: address)
  }

  func store(_ value: UInt64, at address: UInt64) throws {
    try check(address, count: 8, alignment: 8)
    try memory.store(value, at: address)
  }

  func store(_ structure: [UInt8], at address: UInt64, alignment: UInt64) throws {
    try check(address, count: structure.count, alignment: alignment)
    try memory.write(structure, at: address)
  }
}

/// A range of guest memory that an iovec names; checked.
struct GuestBuffer {
  var address: UInt64
  var count: UInt64
}

extension Guest {
  /// The buffers of an iovec array (u32 address, u32 size each). The array is read once; every range is checked.
  func buffers(at address: UInt64, count: UInt64) throws -> [GuestBuffer] {
    guard address % 4 == 0 else {
      throw Trap(.host("misaligned pointer 0x\(String(address, radix: 16)) passed to a WASI function"))
    }
    try memory.withBytes(at: address, count: count * 8) { _ in }
    guard count <= Self.maximumBuffers else { throw Errno.inval }
    let list = try memory.read(at: address, count: count * 8)
    var buffers: [GuestBuffer] = []
    buffers.reserveCapacity(Int(count))
    var total: UInt64 = 0
    for entry in stride(from: 0, to: list.count, by: 8) {
      let start = UInt64(list.integer(UInt32.self, at: entry))
      let size = UInt64(list.integer(UInt32.self, at: entry + 4))
      try memory.withBytes(at: start, count: size) { _ in }
      total += size
      if size > 0 { buffers.append(GuestBuffer(address: start, count: size)) }
    }
    // The result is a 32-bit number; POSIX has the same rule for ssize_t.
    guard total <= UInt64(UInt32.max) else { throw Errno.inval }
    return buffers
  }

  /// Calls `transfer` with the buffers' bytes in order, at most `limit` at a time, until it moves fewer than it was given.
  ///
  /// An error or interruption after some bytes have moved ends the transfer with their number, as a short count; the cause comes
  /// again with the next call.
  func transfer(
    _ buffers: [GuestBuffer], limit: UInt64 = Self.chunkSize, _ transfer: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> UInt32 {
    var total: UInt64 = 0
    for buffer in buffers {
      var done: UInt64 = 0
      while done < buffer.count {
        let size = min(limit, buffer.count - done)
        let moved: Int
        do {
          if total > 0 { try throwIfInterrupted() }
          moved = try memory.withBytes(at: buffer.address + done, count: size, transfer)
        } catch {
          if total > 0 { return UInt32(total) }
          throw error
        }
        done += UInt64(moved)
        total += UInt64(moved)
        if UInt64(moved) < size { return UInt32(total) }
      }
    }
    return UInt32(total)
  }

  /// The bytes of several small buffers as one, so that one system call writes them; nil if they are one or many bytes.
  func gathered(_ buffers: [GuestBuffer], limit: UInt64 = 4096) throws -> [UInt8]? {
    guard buffers.count > 1, buffers.reduce(0, { $0 + $1.count }) <= limit else { return nil }
    return try buffers.flatMap { try memory.read(at: $0.address, count: $0.count) }
  }
}
