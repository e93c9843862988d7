import IR

extension RandomFunction {
  private static let vectorOpcodes = Opcode.allCases.filter { opcode in
    switch opcode.info.form {
    case .vectorUnary, .vectorBinary, .vectorTernary, .vectorShift, .vectorTest, .vectorSplat, .vectorExtract,
      .vectorReplace, .vectorShuffle, .vectorCompareInteger, .vectorCompareFloat, .vectorFloatToInteger, .bitsUnary,
      .bitsBinary, .bitsTernary, .bitsTest:
      true
    default: false
    }
  }

  /// One vector instruction of any opcode, in any of its shapes.
  mutating func vectorOperation() {
    let opcode = random.pick(Self.vectorOpcodes)
    let rule = opcode.info.form.rule
    let shapes = LaneShape.allCases.filter { opcode.info.lanes.contains($0) }
    var data = InstructionData(opcode, .v128, lanes: shapes.isEmpty ? .i8x16 : random.pick(shapes))
    for field in rule.fields {
      switch field {
      case .lane: data.auxiliary = UInt32(random.below(data.lanes.laneCount))
      case .auxiliaryLanes: data.auxiliary = UInt32(random.pick([LaneShape.f32x4, .f64x2]).rawValue)
      case .integerCondition: data.auxiliary = UInt32(random.pick(IntegerCondition.allCases).rawValue)
      case .floatCondition: data.auxiliary = UInt32(random.pick(FloatCondition.allCases).rawValue)
      case .shuffleLanes:
        let lanes = shuffleLanes()
        (data.immediate, data.auxiliary) = (lanes.immediate, lanes.auxiliary)
      default: preconditionFailure("a vector opcode has a field that nobody fills")
      }
    }
    let operands = rule.operands.map { operand in
      switch operand {
      case .lane: value(data.lanes.scalar)
      case .exactly(let type): value(type)
      default: value(.v128)
      }
    }
    let result: Type = rule.result == .i32 ? .i32 : rule.result == .lane ? data.lanes.scalar : .v128
    define(insert(data, operands, result))
  }

  /// Any bytes, or a pattern that selection knows: elements moved as a whole, interleaved, rotated, or kept in place.
  private mutating func shuffleLanes() -> ShuffleLanes {
    let size = random.pick([1, 2, 4, 8])
    let start = random.below(32)
    let bytes: [Int] =
      switch random.below(5) {
      case 0: (0..<16).map { _ in random.below(32) }
      case 1:
        (0..<16 / size).flatMap { _ in
          let element = random.below(32 / size) * size
          return (0..<size).map { element + $0 }
        }
      case 2: (0..<16).map { ($0 / size % 2) * 16 + start % 2 * 8 + $0 / size / 2 * size + $0 % size }
      case 3: (0..<16).map { (start + $0) % (size == 1 ? 16 : 32) }
      default: (0..<16 / size).flatMap { index in
          let operand = random.below(2) * 16
          return (0..<size).map { operand + index * size + $0 }
        }
      }
    var lanes = ShuffleLanes(immediate: 0, auxiliary: 0)
    for (lane, byte) in bytes.enumerated() {
      lanes.immediate |= UInt64(byte % 16) << UInt64(4 * lane)
      lanes.auxiliary |= UInt32(byte / 16) << UInt32(lane)
    }
    return lanes
  }
}
