import Entities
import IR
import Wasm

/// Vector operators. What combines a memory access, an extension or a product with something else becomes several
/// instructions; selection puts those together again that one machine instruction does.
extension FunctionTranslator {
  mutating func emitVector(_ opcode: Opcode, _ lanes: LaneShape, taking count: Int, auxiliary: UInt32 = 0) {
    emitValue(InstructionData(opcode, .v128, lanes: lanes, auxiliary: auxiliary), taking: count)
    canonicalizeNaN(of: opcode, lanes)
  }

  /// Of a constant, a constant.
  mutating func emitSplat(_ lanes: LaneShape) {
    guard case .result(let instruction, _) = builder.function.values[stack[stack.count - 1]].definition else {
      return emitVector(.vectorSplat, lanes, taking: 1)
    }
    let data = builder.function.instructions[instruction]
    guard data.opcode == .integerConstant || data.opcode == .floatConstant else {
      return emitVector(.vectorSplat, lanes, taking: 1)
    }
    _ = pop()
    let lane = data.immediate & .max >> UInt64(64 - lanes.laneBits)
    let half = stride(from: 0, to: 64, by: lanes.laneBits).reduce(UInt64(0)) { $0 | lane << UInt64($1) }
    emitVectorConstant(low: half, high: half)
  }

  mutating func emitVectorConstant(low: UInt64, high: UInt64) {
    let constant = builder.function.vectorConstants.append(SIMD2(low, high))
    emitValue(InstructionData(.vectorConstant, .v128, immediate: UInt64(constant.rawValue)))
  }

  mutating func emitExtract(_ opcode: Opcode, _ lanes: LaneShape, _ lane: UInt8) {
    emitValue(
      InstructionData(opcode, .v128, lanes: lanes, auxiliary: UInt32(lane)), taking: 1, result: lanes.scalar)
  }

  /// Both operands extended, then multiplied.
  mutating func emitExtendMultiply(_ extend: Opcode, _ lanes: LaneShape) {
    let right = pop()
    emitVector(extend, lanes, taking: 1)
    push(right)
    emitVector(extend, lanes, taking: 1)
    emitVector(.vectorMultiply, lanes, taking: 2)
  }

  mutating func translateShuffle(_ decoded: DecodedOperator) {
    let lanes = ShuffleLanes(low: decoded.bits, high: decoded.highBits)
    emitValue(
      InstructionData(.vectorShuffle, .v128, auxiliary: lanes.auxiliary, immediate: lanes.immediate), taking: 2)
  }

  /// Bytes above 127 are what the relaxed product leaves open, so the sum of words may be the signed one.
  mutating func translateDotAdd() {
    let sum = pop()
    emitVector(.vectorDotRelaxed, .i16x8, taking: 2)
    emitVector(.vectorAddPairwiseSigned, .i32x4, taking: 1)
    push(sum)
    emitVector(.vectorAdd, .i32x4, taking: 2)
  }

  mutating func emitLoadExtend(_ decoded: DecodedOperator, _ extend: Opcode, _ lanes: LaneShape) {
    emitLoad(decoded, .v128, .unsigned64)
    emitVector(extend, lanes, taking: 1)
  }

  mutating func emitLoadSplat(_ decoded: DecodedOperator, _ access: MemoryAccess, _ lanes: LaneShape) {
    emitLoad(decoded, lanes.scalar, access)
    emitVector(.vectorSplat, lanes, taking: 1)
  }

  /// Address and vector on the stack.
  mutating func emitLoadLane(_ decoded: DecodedOperator, _ access: MemoryAccess, _ lanes: LaneShape) {
    let vector = pop()
    emitLoad(decoded, lanes.scalar, access)
    stack.insert(vector, at: stack.count - 1)
    emitVector(.vectorReplace, lanes, taking: 2, auxiliary: UInt32(decoded.lane))
  }

  mutating func emitStoreLane(_ decoded: DecodedOperator, _ access: MemoryAccess, _ lanes: LaneShape) {
    emitExtract(.vectorExtractUnsigned, lanes, decoded.lane)
    emitStore(decoded, lanes.scalar, access)
  }
}
