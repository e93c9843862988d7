/// A memory operand's address: base + index * scale + displacement.
struct MemoryOperand: Hashable, BitwiseCopyable {
  var displacement: Int64 = 0
  /// Register numbers, or `Register.none`.
  var base = Register.none
  var index = Register.none
  /// 1, 2, 4 or 8.
  var scale: UInt8 = 1
  var isRIPRelative = false
  /// Rule M3's `65 67`.
  var isSegmentForm = false

  /// `[register + displacement]`: no index, no segment.
  func isPlain(_ register: UInt8) -> Bool {
    base == register && index == Register.none && !isRIPRelative && !isSegmentForm
  }
}
