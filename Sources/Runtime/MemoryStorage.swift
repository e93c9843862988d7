/// The bytes of one linear memory: its own reservation, or the part of a slot that belongs to memory 0.
///
/// The base never moves. The sandbox can write to `reservation` bytes at any time, whatever `size` says.
@usableFromInline
final class MemoryStorage {
  @usableFromInline let base: UnsafeMutableRawPointer
  /// Bytes mapped read-write behind `base`, pad not counted.
  let reservation: UInt64
  /// Present size in bytes; at most `reservation`.
  @usableFromInline var size: UInt64

  init(base: UnsafeMutableRawPointer, reservation: UInt64, size: UInt64) {
    self.base = base
    self.reservation = reservation
    self.size = size
  }
}
