/// A memory operand's address.
struct MemoryOperand: Hashable, BitwiseCopyable {
  let displacement: Int64
  /// From the lowest byte: base, index, scale, 1 if relative to rip. Registers are 16 if there is none.
  private let packed: UInt32

  @inline(__always) init(
    base: UInt8? = nil, index: UInt8? = nil, scale: UInt8 = 1, displacement: Int64 = 0, isRIPRelative: Bool = false
  ) {
    self.displacement = displacement
    packed =
      UInt32(base ?? 16) | UInt32(index ?? 16) << 8 | UInt32(scale) << 16 | (isRIPRelative ? 1 << 24 : 0)
  }

  /// 0-15, or nil.
  var base: UInt8? { Self.register(packed) }
  var index: UInt8? { Self.register(packed >> 8) }
  /// 1, 2, 4 or 8.
  var scale: Int64 { Int64(packed >> 16 & 0xFF) }
  var isRIPRelative: Bool { packed >> 24 != 0 }

  @inline(__always) private static func register(_ bits: UInt32) -> UInt8? {
    bits & 16 == 0 ? UInt8(truncatingIfNeeded: bits & 15) : nil
  }
}
