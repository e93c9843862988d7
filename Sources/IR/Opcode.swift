/// Every IR instruction. `Opcode.info` says what each does; there is no second list.
///
/// Unless noted, operands and results have the instruction's `type`, integers wrap, shift counts are taken modulo
/// the width, and floats follow IEEE 754 with the NaN rules of the WebAssembly specification.
public enum Opcode: UInt8, Sendable, CaseIterable {
  // Constants. `immediate` holds the bits; v128Constant's is a VectorConstant.
  case integerConstant, floatConstant, vectorConstant

  // Integers, two operands.
  case add, subtract, multiply
  /// The upper half of the product of both, which has twice the width.
  case multiplyHighSigned, multiplyHighUnsigned
  case divideSigned, divideUnsigned, remainderSigned, remainderUnsigned
  case and, or, xor, shiftLeft, shiftRightSigned, shiftRightUnsigned, rotateLeft, rotateRight

  // Integers, one operand.
  case countLeadingZeros, countTrailingZeros, populationCount
  /// Sign-extend the low 8, 16 or 32 bits of a value of the same type; `auxiliary` is the width.
  case signExtendInReg
  /// i32 -> i64.
  case extendSigned, extendUnsigned
  /// i64 -> i32, dropping the upper half.
  case wrap

  // Comparisons: result i32; `type` is the operands'; `auxiliary` is the condition's raw value.
  case compareInteger, compareFloat

  // Floats.
  case floatAdd, floatSubtract, floatMultiply, floatDivide, floatMinimum, floatMaximum, copySign
  case absolute, negate, squareRoot, ceiling, floor, truncate, nearest

  // Conversions: `type` is the result's; the operand's follows from it and the opcode (see the verifier).
  case truncateToSigned, truncateToUnsigned  // float -> int, traps; `auxiliary`: the operand's Type
  case truncateToSignedSaturating, truncateToUnsignedSaturating  // float -> int; `auxiliary`: the operand's Type
  case convertFromSigned, convertFromUnsigned  // int -> float; `auxiliary`: the operand's Type
  case demote, promote  // f64 -> f32, f32 -> f64
  case reinterpret  // same size, int <-> float

  // Vectors. `type` is v128 and `lanes` the shape of the result, or of the operands where the result is a scalar.
  // Lane by lane unless noted.
  case vectorSplat  // scalar -> all lanes
  case vectorExtractSigned, vectorExtractUnsigned  // -> the scalar of lane `auxiliary`
  case vectorReplace  // vector, scalar: lane `auxiliary` replaced
  case vectorShuffle  // a, b: bytes by the constant `ShuffleLanes`
  case vectorSwizzle  // a, indices: bytes; 0 for an index above 15
  case vectorSwizzleRelaxed  // as vectorSwizzle; an index of 16...127 may count modulo 16
  case vectorAnd, vectorOr, vectorXor
  case vectorAndNot  // a & ~b
  case vectorBitSelect  // a, b, mask: a where the mask's bit is 1, else b
  case vectorAnyTrue, vectorAllTrue  // -> i32: 1 if any bit, every lane is not 0
  case vectorBitMask  // -> i32: the lanes' signs, lane 0 lowest
  case vectorAdd, vectorSubtract, vectorMultiply, vectorNegate, vectorAbsolute
  case vectorAddSaturatingSigned, vectorAddSaturatingUnsigned
  case vectorSubtractSaturatingSigned, vectorSubtractSaturatingUnsigned
  case vectorMinimumSigned, vectorMinimumUnsigned, vectorMaximumSigned, vectorMaximumUnsigned
  case vectorAverageUnsigned  // (a + b + 1) / 2
  case vectorShiftLeft, vectorShiftRightSigned, vectorShiftRightUnsigned  // vector, count(i32) modulo the lane's width
  case vectorPopulationCount
  case vectorDot  // i16x8, i16x8 -> i32x4: sums of two neighbouring products
  case vectorDotRelaxed  // i8x16, i8x16 with lanes 0...127 -> i16x8: sums of two neighbouring products
  case vectorQ15Multiply  // (a * b + 2^14) / 2^15, saturating
  case vectorQ15MultiplyRelaxed  // the same, but either end for -2^15 squared
  case vectorAddPairwiseSigned, vectorAddPairwiseUnsigned  // lanes of half the width: sums of two neighbours
  case vectorNarrowSigned, vectorNarrowUnsigned  // a, b of signed lanes of twice the width, saturating
  // The lower or upper half of the lanes of half the width.
  case vectorExtendLowSigned, vectorExtendLowUnsigned, vectorExtendHighSigned, vectorExtendHighUnsigned
  // Lanes of ones where true; `auxiliary` is the condition's raw value.
  case vectorCompareInteger, vectorCompareFloat
  case vectorDivide, vectorSquareRoot, vectorCeiling, vectorFloor, vectorTruncate, vectorNearest
  case vectorMinimum, vectorMaximum  // as fmin, fmax
  case vectorPseudoMinimum, vectorPseudoMaximum  // b < a ? b : a, a < b ? b : a
  // -> i32x4; `auxiliary`: the operand's LaneShape. Two f64 give the lower lanes, the upper ones are 0.
  case vectorTruncateSaturatingSigned, vectorTruncateSaturatingUnsigned
  case vectorTruncateRelaxedSigned  // -2^31 allowed for what is not in range
  case vectorConvertSigned, vectorConvertUnsigned  // i32x4 -> f32x4, or its lower half -> f64x2
  case vectorDemote, vectorPromote  // f64x2 -> f32x4, upper half 0; lower half of f32x4 -> f64x2
  case vectorMultiplyAdd, vectorNegatedMultiplyAdd  // a * b + c, -(a * b) + c, rounded once or twice

  /// `select condition(i32), a, b`: a if the condition is not 0.
  case select

  // Memory. The address is i32 or i64 by the memory's index type; `immediate` is the static offset, `memory` the
  // memory.
  /// `load addr`: unspecified bytes of the sandbox's own when out of bounds; a check is an instruction of its own.
  case load
  /// `store addr, value`.
  case store
  /// `memoryCheck addr`: traps `memoryOutOfBounds` unless addr + immediate <= the memory's bytes (immediate =
  /// offset + size).
  case memoryCheck
  /// `memoryOutOfBounds addr` -> i32: 1 if addr + immediate > the memory's bytes, for branches to replay clones. The
  /// address may be an i64, of an i32 memory too: a sum that does not wrap round.
  case memoryOutOfBounds
  case memorySize  // -> pages, of the memory's index type
  case memoryGrow  // delta -> old pages or -1
  case memoryFill  // destination, value(i32), length
  case memoryCopy  // destination, source, length; `auxiliary`: the source memory
  case memoryInit  // destination, source(i32), length(i32); `auxiliary`: the data segment
  case dataDrop  // `auxiliary`: the data segment

  // Tables. `memory` is the table index; elements are i64.
  case tableGet  // index -> element; traps when out of bounds
  case tableSet  // index, element
  case tableSize  // -> elements
  case tableGrow  // element, delta -> old size or -1
  case tableFill  // destination, element, length
  case tableCopy  // destination, source, length; `auxiliary`: the source table
  case tableInit  // destination, source(i32), length(i32); `auxiliary`: the element segment
  case elementDrop  // `auxiliary`: the element segment

  // Globals and functions. `auxiliary` is the index.
  case globalGet, globalSet
  case functionReference  // -> i64
  case call  // arguments -> results; `auxiliary`: the FunctionIndex
  case callIndirect  // funcref(i64), arguments -> results; `auxiliary`: the SignatureIndex

  // Exceptions (docs/IR.md, "Exceptions"). A status is 0, or the word of the exception that the callee threw; what
  // the exception carries then waits in the transfer area.
  case tryCall  // as call, with a last result: the status(i64)
  case tryCallIndirect  // as callIndirect, with a last result: the status(i64)
  case exceptionPayload  // -> value `auxiliary` of what waits in the transfer area
  case exceptionStore  // values: puts them there
  case exceptionBox  // word(i64), values -> exnref(i64)
  case exceptionUnbox  // exnref(i64) -> word(i64); the values wait in the transfer area

  /// `trapIf condition(i32)`: `auxiliary` is the TrapCode. Not a terminator.
  case trapIf

  // Terminators.
  case jump  // one target
  case branchIf  // condition(i32): targets[0] if not 0, else targets[1]
  case branchTable  // index(i32): targets[index], the last one being the default
  case returnValues  // results
  case returnCall  // as call
  case returnCallIndirect  // as callIndirect
  case raise  // word(i64), values: returns to the caller with this status; without values what waits stays as it is
  case trap  // `auxiliary`: the TrapCode
}

/// Facts about an opcode that every pass needs.
@frozen
public struct OpcodeInfo: Sendable {
  @usableFromInline let word: StaticString
  /// Its operands, results and fields: all that verifier, printer and parser need to know.
  public let form: OpcodeForm
  public let effects: OpcodeEffects
  /// The shapes it has; empty if it knows no lanes.
  public let lanes: LaneShapes

  init(_ word: StaticString, _ form: OpcodeForm, _ effects: OpcodeEffects, lanes: LaneShapes = []) {
    self.word = word
    self.form = form
    self.effects = effects
    self.lanes = lanes
  }

  /// The word of the text form.
  @inlinable public var name: String { word.description }
  /// Ends a block.
  @inlinable public var isTerminator: Bool { effects.contains(.isTerminator) }
  /// May end the program with a trap.
  @inlinable public var canTrap: Bool { effects.contains(.canTrap) }
  /// Writes state beyond its results (memory, globals, tables), or calls. Never removed, never reordered with others.
  @inlinable public var hasSideEffects: Bool { effects.contains(.hasSideEffects) }
  /// Depends on state beyond its operands: not to be moved over an instruction with side effects.
  @inlinable public var readsState: Bool { effects.contains(.readsState) }
  /// Result depends on operands and immediates alone: may be merged, moved to any dominated place, or removed.
  @inlinable public var isPure: Bool { effects.isEmpty }
}

/// What an instruction does beyond computing its results; see `OpcodeInfo`.
@frozen
public struct OpcodeEffects: OptionSet, Sendable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable public static var isTerminator: OpcodeEffects { OpcodeEffects(rawValue: 1) }
  @inlinable public static var canTrap: OpcodeEffects { OpcodeEffects(rawValue: 2) }
  @inlinable public static var hasSideEffects: OpcodeEffects { OpcodeEffects(rawValue: 4) }
  @inlinable public static var readsState: OpcodeEffects { OpcodeEffects(rawValue: 8) }
}
