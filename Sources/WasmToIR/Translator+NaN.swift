import IR
import Wasm

/// `--canonicalize-nans`: behind arithmetic whose result may be a NaN of any bits, the canonical one takes its place. Only
/// a NaN is unequal to itself. Sign changes, pseudo-minimum and moves keep a NaN's bits by definition.
extension FunctionTranslator {
  mutating func canonicalizeNaN(of opcode: IR.Opcode) {
    guard options.canonicalizesNaNs else { return }
    switch opcode {
    case .floatAdd, .floatSubtract, .floatMultiply, .floatDivide, .floatMinimum, .floatMaximum, .squareRoot, .ceiling,
      .floor, .truncate, .nearest, .demote, .promote:
      let value = pop()
      let type = builder.function.type(of: value)
      let isNumber = builder.compare(FloatCondition.equal, type, value, value)
      let canonical = builder.float(type, bits: type == .f32 ? Self.canonical32 : Self.canonical64)
      push(builder.value(.select, type, [isNumber, value, canonical]))
    default: break
    }
  }

  /// The same of each lane.
  mutating func canonicalizeNaN(of opcode: IR.Opcode, _ lanes: LaneShape) {
    guard options.canonicalizesNaNs, lanes == .f32x4 || lanes == .f64x2 else { return }
    switch opcode {
    case .vectorAdd, .vectorSubtract, .vectorMultiply, .vectorDivide, .vectorSquareRoot, .vectorCeiling, .vectorFloor,
      .vectorTruncate, .vectorNearest, .vectorMinimum, .vectorMaximum, .vectorDemote, .vectorPromote, .vectorMultiplyAdd,
      .vectorNegatedMultiplyAdd:
      let value = pop()
      push(value)
      let half = lanes == .f32x4 ? Self.canonical32 << 32 | Self.canonical32 : Self.canonical64
      emitVectorConstant(low: half, high: half)
      push(value)
      push(value)
      let equal = UInt32(FloatCondition.equal.rawValue)
      emitValue(InstructionData(.vectorCompareFloat, .v128, lanes: lanes, auxiliary: equal), taking: 2)
      emitValue(InstructionData(.vectorBitSelect, .v128), taking: 3)
    default: break
    }
  }

  private static var canonical32: UInt64 { 0x7fc0_0000 }
  private static var canonical64: UInt64 { 0x7ff8_0000_0000_0000 }
}
