/// A memory operand's address.
struct MemoryOperand: Hashable, BitwiseCopyable {
  let displacement: Int64
  /// From the lowest byte: base, index, scale, flags. Registers are 16 if there is none.
  private let packed: UInt32

  @inline(__always) init(
    base: UInt8 = 16, index: UInt8 = 16, scale: UInt8 = 1, displacement: Int64 = 0, isRIPRelative: Bool = false,
    isSegmentForm: Bool = false, isAbsent: Bool = false
  ) {
    self.displacement = displacement
    let flags: UInt32 = (isRIPRelative ? 1 : 0) | (isSegmentForm ? 2 : 0) | (isAbsent ? 4 : 0)
    packed = UInt32(base) | UInt32(index) << 8 | UInt32(scale) << 16 | flags << 24
  }

  /// 0-15, or nil.
  var base: UInt8? { Self.register(packed) }
  var index: UInt8? { Self.register(packed >> 8) }
  /// 1, 2, 4 or 8.
  var scale: Int64 { Int64(packed >> 16 & 0xFF) }
  var isRIPRelative: Bool { packed >> 24 & 1 != 0 }
  /// Rule M3's `65 67`.
  var isSegmentForm: Bool { packed >> 24 & 2 != 0 }
  /// The instruction has none.
  var isAbsent: Bool { packed >> 24 & 4 != 0 }

  @inline(__always) private static func register(_ bits: UInt32) -> UInt8? {
    bits & 16 == 0 ? UInt8(truncatingIfNeeded: bits & 15) : nil
  }
}
