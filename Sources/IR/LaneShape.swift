/// How a vector instruction divides its 128 bits; lane 0 is the least significant.
public enum LaneShape: UInt8, Sendable, CaseIterable {
  case i8x16, i16x8, i32x4, i64x2, f32x4, f64x2

  /// Size of a lane in bits.
  @inlinable
  public var laneBits: Int {
    switch self {
    case .i8x16: 8
    case .i16x8: 16
    case .i32x4, .f32x4: 32
    case .i64x2, .f64x2: 64
    }
  }

  @inlinable public var laneCount: Int { 128 / laneBits }
  @inlinable public var isFloat: Bool { self == .f32x4 || self == .f64x2 }

  /// The type of a lane outside a vector: small integers travel as i32.
  @inlinable
  public var scalar: Type {
    switch self {
    case .i8x16, .i16x8, .i32x4: .i32
    case .i64x2: .i64
    case .f32x4: .f32
    case .f64x2: .f64
    }
  }
}

/// The shapes that an opcode has.
public struct LaneShapes: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  init(_ shapes: [LaneShape]) { rawValue = shapes.reduce(0) { $0 | 1 << $1.rawValue } }

  public static let i8x16 = LaneShapes([.i8x16])
  public static let i16x8 = LaneShapes([.i16x8])
  public static let i32x4 = LaneShapes([.i32x4])
  public static let bytesAndWords = LaneShapes([.i8x16, .i16x8])
  public static let upTo32Bits = LaneShapes([.i8x16, .i16x8, .i32x4])
  public static let from16Bits = LaneShapes([.i16x8, .i32x4, .i64x2])
  public static let integers = LaneShapes([.i8x16, .i16x8, .i32x4, .i64x2])
  public static let floats = LaneShapes([.f32x4, .f64x2])
  /// What multiplies: there is no product of bytes.
  public static let factors: LaneShapes = from16Bits.union(floats)
  public static let all: LaneShapes = integers.union(floats)

  public func contains(_ shape: LaneShape) -> Bool { rawValue & 1 << shape.rawValue != 0 }
}

/// The constant lanes of `vectorShuffle`: for each byte of the result, a byte of the first operand (0...15) or of the
/// second (16...31).
///
/// An instruction keeps them in its own fields: the low four bits of each in `immediate`, lane 0 lowest, the fifth
/// bits in `auxiliary`.
public struct ShuffleLanes: Hashable, Sendable {
  public var immediate: UInt64
  public var auxiliary: UInt32

  public init(immediate: UInt64, auxiliary: UInt32) {
    self.immediate = immediate
    self.auxiliary = auxiliary
  }

  /// From the 16 numbers, the first in the lowest byte. Requires: each is below 32.
  public init(low: UInt64, high: UInt64) {
    self.init(immediate: 0, auxiliary: 0)
    for lane in 0..<16 {
      let byte = (lane < 8 ? low : high) >> UInt64(lane % 8 * 8) & 0x1f
      immediate |= (byte & 15) << UInt64(4 * lane)
      auxiliary |= UInt32(byte >> 4) << UInt32(lane)
    }
  }

  public subscript(lane: Int) -> Int {
    Int(immediate >> UInt64(4 * lane) & 15) | Int(auxiliary >> UInt32(lane) & 1) << 4
  }
}
