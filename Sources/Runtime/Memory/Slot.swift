/// The sizes of a slot (docs/ABI.md, S1): slack K, stack S, context C, memory 0, pad, in ascending order.
struct SlotLayout: Equatable {
  /// K.
  static let slack = 12_288
  /// The pad region of 4,160 bytes, rounded up to pages.
  static let pad = 8_192

  /// S in bytes.
  let stack: Int
  /// C in bytes.
  let context: Int
  /// Bytes reserved for memory 0, pad not counted.
  let memory: Int

  var size: Int { Self.slack + stack + context + memory + Self.pad }
  /// Offset of r15: the end of the context and the base of memory 0.
  var origin: Int { Self.slack + stack + context }
}

/// One sandbox's range of memory.
final class Slot: @unchecked Sendable {
  let layout: SlotLayout
  private let region: Region

  init(layout: SlotLayout, pool: RegionPool) throws(LinkError) {
    self.layout = layout
    region = try pool.take(layout.size)
  }

  var base: UnsafeMutableRawPointer { region.base }
  /// What r15 holds.
  var origin: UnsafeMutableRawPointer { region.base + layout.origin }
  /// The true LIMIT: the lowest address at which POLL passes.
  var stackFloor: UInt64 { UInt64(UInt(bitPattern: region.base)) + UInt64(SlotLayout.slack) }
  var stackTop: UInt64 { stackFloor + UInt64(layout.stack) }
}
