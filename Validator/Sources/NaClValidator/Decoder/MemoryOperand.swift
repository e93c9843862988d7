/// A memory operand's address: base + index * scale + displacement.
struct MemoryOperand: Hashable, BitwiseCopyable {
  let displacement: Int64
  /// From the lowest byte: base, index, scale, 1 for the segment form. One number, since every instruction stores it.
  private let packed: UInt32

  @inline(__always) init(
    displacement: Int64 = 0, base: UInt8 = Register.none, index: UInt8 = Register.none, scale: UInt8 = 1,
    isSegmentForm: Bool = false
  ) {
    self.displacement = displacement
    packed = UInt32(base) | UInt32(index) << 8 | UInt32(scale) << 16 | (isSegmentForm ? 1 << 24 : 0)
  }

  /// Register numbers, or `Register.none`; a base may be `Register.rip`.
  var base: UInt8 { UInt8(truncatingIfNeeded: packed) }
  var index: UInt8 { UInt8(truncatingIfNeeded: packed >> 8) }
  /// 1, 2, 4 or 8.
  var scale: UInt8 { UInt8(truncatingIfNeeded: packed >> 16) }
  /// Rule M3's `65 67`.
  var isSegmentForm: Bool { packed >> 24 != 0 }

  var isRIPRelative: Bool { base == Register.rip }

  /// `[register + displacement]`: no index, no segment.
  func isPlain(_ register: UInt8) -> Bool { base == register && index == Register.none && !isSegmentForm }
}
