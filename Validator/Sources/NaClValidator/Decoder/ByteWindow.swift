/// 16 bytes of text, the first one lowest.
struct ByteWindow: Hashable, BitwiseCopyable {
  private(set) var bits: UInt128

  init(bits: UInt128) { self.bits = bits }

  /// As many of `bytes` as there is room for, zeros behind them.
  init(_ bytes: some Sequence<UInt8>) {
    bits = 0
    for (index, byte) in bytes.prefix(16).enumerated() { self.set(index, byte) }
  }

  /// Eight bytes from `index`, which is below 16; zeros behind the last.
  @inline(__always) func word(at index: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: bits &>> UInt128(truncatingIfNeeded: 8 &* index))
  }

  /// Little-endian and sign-extended, from `index` below 16; `size` is 0, 1, 2, 4 or 8.
  @inline(__always) func signed(at index: Int, size: Int) -> Int64 {
    if size == 0 { return 0 }
    let unused = Int64(truncatingIfNeeded: 64 &- 8 &* size)
    return (Int64(bitPattern: word(at: index)) &<< unused) &>> unused
  }

  /// The first `count` bytes, fewer than 16; zeros behind them.
  @inline(__always) func prefix(_ count: Int) -> ByteWindow {
    ByteWindow(bits: bits & ((1 &<< UInt128(truncatingIfNeeded: 8 &* count)) &- 1))
  }

  /// Puts `byte` where there is 0.
  @inline(__always) mutating func set(_ index: Int, _ byte: UInt8) {
    bits |= UInt128(byte) &<< UInt128(truncatingIfNeeded: 8 &* index)
  }
}

/// Takes up to eight bytes one after the other, the lowest first; then there are zeros.
struct ByteCursor {
  private var rest: UInt64
  private(set) var position: Int

  @inline(__always) init(_ window: ByteWindow, at position: Int) {
    (rest, self.position) = (window.word(at: position), position)
  }

  var next: UInt8 { UInt8(truncatingIfNeeded: rest) }

  @inline(__always) mutating func take() -> UInt8 {
    let byte = next
    skip(if: true)
    return byte
  }

  /// Without a branch: whether a byte is there is often a coin toss.
  @inline(__always) mutating func skip(if isPresent: Bool) {
    rest &>>= isPresent ? 8 : 0
    position &+= isPresent ? 1 : 0
  }
}
