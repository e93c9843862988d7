import CHostSystem

extension Context {
  /// Fills the buffer with the kernel's random bytes.
  func randomGet(_ guest: Guest, buffer: UInt64, count: UInt64) throws {
    try guest.memory.withBytes(at: buffer, count: count) { _ in }
    var done: UInt64 = 0
    while done < count {
      let size = min(count - done, Guest.chunkSize)
      done += try guest.memory.withBytes(at: buffer + done, count: size) { bytes in
        UInt64(try systemCall { halite_getrandom(bytes.baseAddress, bytes.count) })
      }
      try guest.throwIfInterrupted()
    }
  }
}
