import CSandbox

/// The bytes of one linear memory: its own reservation, or the part of a slot that belongs to memory 0.
///
/// The base never moves. A sandbox can write to all of its reach at any time, whatever `size` says.
@usableFromInline
final class MemoryStorage {
  static let pageSize: UInt64 = 65_536

  @usableFromInline let base: UnsafeMutableRawPointer
  /// Bytes mapped read-write behind `base`, pad not counted.
  let reservation: UInt64
  /// Present size in bytes; at most `limit`.
  @usableFromInline var size: UInt64
  let type: MemoryType
  /// The size that growing never passes: what was declared, what the engine allows, and the reach of each sharing
  /// instance.
  private(set) var limit: UInt64
  /// Keeps the bytes mapped.
  private let owner: AnyObject
  /// Instances whose context words follow this memory. The store keeps them alive as long as this memory can grow.
  private var sharers: [Sharer] = []
  /// Code of the policy `wrap` writes past the present size: what growing adds is cleared.
  private var isWrittenPastSize = false

  struct Sharer {
    unowned let instance: InstanceBody
    let index: Int
  }

  /// `limit`: in bytes; at least the declared minimum.
  init(type: MemoryType, base: UnsafeMutableRawPointer, reservation: UInt64, limit: UInt64, owner: AnyObject) {
    self.type = type
    self.base = base
    self.reservation = reservation
    self.owner = owner
    size = type.minimum * Self.pageSize
    self.limit = min(limit, reservation)
  }

  var pages: UInt64 { size / Self.pageSize }

  /// Adds an instance that reaches `reach` bytes of this memory as its memory `index`.
  func share(with instance: InstanceBody, index: Int, reach: UInt64) {
    limit = min(limit, reach)
    if instance.verified.outOfBoundsPolicy == .wrap { isWrittenPastSize = true }
    sharers.append(Sharer(instance: instance, index: index))
  }

  /// Grows by `delta` pages: the old size in pages, or nil if that is too much.
  func grow(by delta: UInt64) -> UInt64? {
    let old = pages
    let (bytes, overflow) = delta.multipliedReportingOverflow(by: Self.pageSize)
    guard !overflow, bytes <= limit - min(size, limit) else { return nil }
    if isWrittenPastSize, bytes > 0, !halite_wipe(base + Int(size), Int(bytes)) { return nil }
    size += bytes
    if bytes > 0 { for sharer in sharers { sharer.instance.refreshMemoryWords(sharer.index) } }
    return old
  }
}
