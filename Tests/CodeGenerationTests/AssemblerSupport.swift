import X86

@testable import CodeGeneration

/// A small generator of pseudo-random numbers, so that failures repeat (SplitMix64).
struct AssemblerRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Reads back the few instruction shapes that the streams below are made of, independently of the encoder.
struct AssemblerWalker {
  enum Found: Equatable {
    case nop
    /// `mov r32, imm32`; every stream numbers its instructions this way.
    case marker(UInt32)
    /// `mov r64, imm64`: ten bytes.
    case wideMarker(UInt32)
    /// Target relative to the fragment.
    case branch(Int)
    case ret
  }

  struct Step: Equatable {
    var start: Int
    var end: Int
    var found: Found
    var crossesBundle: Bool { start / 32 != (end - 1) / 32 }
  }

  /// nil: bytes that no stream contains.
  static func walk(_ bytes: ContiguousArray<UInt8>) -> [Step]? {
    var steps: [Step] = []
    var offset = 0
    while offset < bytes.count {
      guard let step = decode(bytes, at: offset) else { return nil }
      steps.append(step)
      offset = step.end
    }
    return offset == bytes.count ? steps : nil
  }

  private static func decode(_ bytes: ContiguousArray<UInt8>, at start: Int) -> Step? {
    func byte(_ index: Int) -> UInt8 { start + index < bytes.count ? bytes[start + index] : 0xFF }
    func word(_ index: Int) -> Int32 {
      Int32(bitPattern: (0..<4).reduce(0) { $0 | UInt32(byte(index + $1)) << UInt32(8 * $1) })
    }
    func step(_ length: Int, _ found: Found) -> Step { Step(start: start, end: start + length, found: found) }
    func nop(_ index: Int) -> Int? {
      guard byte(index) == 0x0F, byte(index + 1) == 0x1F else { return nil }
      switch byte(index + 2) {
      case 0x00: return 3
      case 0x40: return 4
      case 0x44: return 5
      case 0x80: return 7
      case 0x84: return 8
      default: return nil
      }
    }
    switch byte(0) {
    case 0x90: return step(1, .nop)
    case 0x66 where byte(1) == 0x90: return step(2, .nop)
    case 0x66: return nop(1).map { step($0 + 1, .nop) }
    case 0x0F where byte(1) == 0x1F: return nop(0).map { step($0, .nop) }
    case 0x0F where byte(1) & 0xF0 == 0x80: return step(6, .branch(start + 6 + Int(word(2))))
    case 0xB8: return step(5, .marker(UInt32(bitPattern: word(1))))
    // An empty REX prefix fills a gap.
    case 0x40 where byte(1) == 0xB8: return step(6, .marker(UInt32(bitPattern: word(2))))
    case 0x48 where byte(1) == 0xB8: return step(10, .wideMarker(UInt32(bitPattern: word(2))))
    case 0x70...0x7F, 0xEB: return step(2, .branch(start + 2 + Int(Int8(bitPattern: byte(1)))))
    case 0xE9: return step(5, .branch(start + 5 + Int(word(1))))
    case 0xC3: return step(1, .ret)
    default: return nil
    }
  }
}
