import IR
import Nexe
import RegisterAllocation
import X86

/// Vectors: which instruction does it where one is enough, and what the sequences of the other files are made of. Why each
/// sequence is right stands in docs/SIMD.md.
extension Lowering {
  mutating func selectVector(_ data: InstructionData) {
    switch data.opcode {
    case .vectorSplat: selectSplat(data)
    case .vectorExtractSigned, .vectorExtractUnsigned: selectExtractLane(data)
    case .vectorReplace: selectReplaceLane(data)
    case .vectorShuffle: selectShuffle(data)
    case .vectorSwizzle: selectSwizzle(data)
    case .vectorBitSelect: selectBitSelect(data)
    case .vectorAnyTrue, .vectorAllTrue: selectCompareSet(data)
    case .vectorBitMask: selectBitMask(data)
    case .vectorAndNot: selectAndNot(data)
    case .vectorNegate, .vectorAbsolute:
      if data.lanes.isFloat { selectVectorSign(data) } else { selectIntegerSign(data) }
    case .vectorMultiply: selectVectorMultiply(data)
    case .vectorShiftLeft, .vectorShiftRightSigned, .vectorShiftRightUnsigned: selectVectorShift(data)
    case .vectorPopulationCount: selectVectorPopulationCount(data)
    case .vectorDotRelaxed: selectDotRelaxed(data)
    case .vectorQ15Multiply: selectQ15Multiply(data)
    case .vectorAddPairwiseSigned, .vectorAddPairwiseUnsigned: selectAddPairwise(data)
    case .vectorExtendLowSigned, .vectorExtendLowUnsigned, .vectorExtendHighSigned, .vectorExtendHighUnsigned:
      selectExtendLanes(data)
    case .vectorCompareInteger: selectCompareLanes(data)
    case .vectorCompareFloat: selectCompareFloatLanes(data)
    case .vectorCeiling, .vectorFloor, .vectorTruncate, .vectorNearest: selectRoundLanes(data)
    case .vectorMinimum, .vectorMaximum: selectVectorMinimumOrMaximum(data)
    case .vectorTruncateSaturatingSigned, .vectorTruncateSaturatingUnsigned, .vectorTruncateRelaxedSigned:
      selectTruncateLanes(data)
    case .vectorConvertSigned, .vectorConvertUnsigned: selectConvertLanes(data)
    case .vectorMultiplyAdd, .vectorNegatedMultiplyAdd: selectMultiplyAdd(data)
    default: selectPackedOperation(data)
    }
  }

  // MARK: One instruction

  private mutating func selectPackedOperation(_ data: InstructionData) {
    guard let (opcode, commutes) = Self.packedOperation(data.opcode, data.lanes) else {
      preconditionFailure("\(data.opcode) has a sequence of its own")
    }
    if data.operands.count == 1 {
      let source = vectorSource(operandValue(0))
      emit(opcode, .w128, .register(result()), source.operand, region: source.region)
      return
    }
    var left = operandValue(0)
    var right = operandValue(1)
    // minps and maxps give their second operand where the wasm operators give the first.
    if data.opcode == .vectorPseudoMinimum || data.opcode == .vectorPseudoMaximum { swap(&left, &right) }
    if commutes, isVectorSource(left), !isVectorSource(right) { swap(&left, &right) }
    let first = use(left)
    let second = vectorSource(right)
    emit(opcode, .w128, .register(result()), .register(first), second.operand, region: second.region)
  }

  /// The instruction that is the operation, and whether its operands may be exchanged.
  private static func packedOperation(_ opcode: IR.Opcode, _ lanes: LaneShape) -> (MachineOpcode, Bool)? {
    switch opcode {
    case .vectorAnd: return (.pand, true)
    case .vectorOr: return (.por, true)
    case .vectorXor: return (.pxor, true)
    case .vectorSwizzleRelaxed: return (.pshufb, false)
    case .vectorDot: return (.pmaddwd, true)
    case .vectorQ15MultiplyRelaxed: return (.pmulhrsw, true)
    case .vectorDemote: return (.cvtpd2ps, false)
    case .vectorPromote: return (.cvtps2pd, false)
    default: break
    }
    guard let row = packedOperations[opcode], let operation = row[lanes] else { return nil }
    return (operation, commutes(opcode))
  }

  private static func commutes(_ opcode: IR.Opcode) -> Bool {
    switch opcode {
    case .vectorSubtract, .vectorSubtractSaturatingSigned, .vectorSubtractSaturatingUnsigned, .vectorDivide,
      .vectorNarrowSigned, .vectorNarrowUnsigned, .vectorPseudoMinimum, .vectorPseudoMaximum:
      false
    default: true
    }
  }

  private static let packedOperations: [IR.Opcode: [LaneShape: MachineOpcode]] = [
    .vectorAdd: [
      .i8x16: .paddb, .i16x8: .paddw, .i32x4: .paddd, .i64x2: .paddq, .f32x4: .addps, .f64x2: .addpd,
    ],
    .vectorSubtract: [
      .i8x16: .psubb, .i16x8: .psubw, .i32x4: .psubd, .i64x2: .psubq, .f32x4: .subps, .f64x2: .subpd,
    ],
    .vectorAddSaturatingSigned: [.i8x16: .paddsb, .i16x8: .paddsw],
    .vectorAddSaturatingUnsigned: [.i8x16: .paddusb, .i16x8: .paddusw],
    .vectorSubtractSaturatingSigned: [.i8x16: .psubsb, .i16x8: .psubsw],
    .vectorSubtractSaturatingUnsigned: [.i8x16: .psubusb, .i16x8: .psubusw],
    .vectorMinimumSigned: [.i8x16: .pminsb, .i16x8: .pminsw, .i32x4: .pminsd],
    .vectorMinimumUnsigned: [.i8x16: .pminub, .i16x8: .pminuw, .i32x4: .pminud],
    .vectorMaximumSigned: [.i8x16: .pmaxsb, .i16x8: .pmaxsw, .i32x4: .pmaxsd],
    .vectorMaximumUnsigned: [.i8x16: .pmaxub, .i16x8: .pmaxuw, .i32x4: .pmaxud],
    .vectorAverageUnsigned: [.i8x16: .pavgb, .i16x8: .pavgw],
    .vectorNarrowSigned: [.i8x16: .packsswb, .i16x8: .packssdw],
    .vectorNarrowUnsigned: [.i8x16: .packuswb, .i16x8: .packusdw],
    .vectorDivide: [.f32x4: .divps, .f64x2: .divpd],
    .vectorSquareRoot: [.f32x4: .sqrtps, .f64x2: .sqrtpd],
    .vectorPseudoMinimum: [.f32x4: .minps, .f64x2: .minpd],
    .vectorPseudoMaximum: [.f32x4: .maxps, .f64x2: .maxpd],
  ]
}

// MARK: Operands and pieces of sequences

extension Lowering {
  static func vectorLoadOperation(_ access: MemoryAccess) -> (MachineOpcode, Width) {
    switch access {
    case .unsigned32: (.movss, .w32)
    case .unsigned64: (.movsd, .w64)
    default: (.movups, .w128)
    }
  }

  /// The bits of a vector constant, low half first.
  func vectorBits(_ value: Value) -> SIMD2<UInt64>? {
    guard let instruction = isDefined(value, by: .vectorConstant) else { return nil }
    return function.vectorConstants[VectorConstant(UInt32(truncatingIfNeeded: function.instructions[instruction].immediate))]
  }

  func isZeroVector(_ value: Value) -> Bool { vectorBits(value) == .zero }

  /// Whether `vectorSource` may give an address. Zeros and ones are cheaper to make than to load.
  func isVectorSource(_ value: Value) -> Bool {
    if let bits = vectorBits(value) { return bits != .zero && bits != SIMD2(.max, .max) }
    return isa >= .v3 && foldableVectorLoad(value) != nil
  }

  private func foldableVectorLoad(_ value: Value) -> IR.Instruction? {
    guard let load = canSinkRead(value, by: .load), function.instructions[load].access == .full else { return nil }
    return load
  }

  /// A register, a constant in read-only data, or, with VEX, which asks for no alignment (rule M6), memory.
  mutating func vectorSource(_ value: Value) -> Source {
    guard isVectorSource(value) else { return Source(operand: .register(use(value))) }
    if let bits = vectorBits(value) {
      release(value)
      return Source(operand: vectorConstant(bits.x, bits.y))
    }
    return foldedLoad(value)
  }

  /// Requires: the value is a load that only the current instruction needs.
  mutating func foldedLoad(_ value: Value) -> Source {
    guard let load = definition(of: value) else { preconditionFailure("a load has a definition") }
    sink(load)
    let operand = operand(of: load)
    return Source(operand: .address(operand.address), region: operand.region)
  }

  /// A constant in read-only data.
  mutating func vectorConstant(_ low: UInt64, _ high: UInt64) -> X86.Operand {
    .address(machine.address(of: ConstantPool.Constant(low: low, high: high)))
  }

  /// The same bits in every lane.
  mutating func laneConstant(_ bits: UInt64, _ laneBits: Int) -> X86.Operand {
    let low = Self.repeated(bits, laneBits)
    return vectorConstant(low, low)
  }

  static func repeated(_ bits: UInt64, _ laneBits: Int) -> UInt64 {
    var result = laneBits == 64 ? bits : bits & (1 << UInt64(laneBits) - 1)
    var width = laneBits
    while width < 64 {
      result |= result << UInt64(width)
      width *= 2
    }
    return result
  }

  /// Whether the register may be a spill slot instead: of 16 bytes, which only VEX takes unaligned.
  func allowsVectorSpill(_ native: Native, _ slot: RegisterSlot, _ register: VirtualRegister) -> Bool {
    isa >= .v3 && machine.input.virtualRegisters[register].width == .bytes16 && native.acceptsUnalignedVector(at: slot)
  }

  mutating func vectorRegister() -> X86.Operand { .register(fresh(.vector, width: .bytes16)) }

  /// An instruction whose result is a step of a sequence.
  mutating func packed(
    _ opcode: MachineOpcode, _ a: X86.Operand = .none, _ b: X86.Operand = .none, _ c: X86.Operand = .none,
    region: Region = .none
  ) -> X86.Operand {
    let register = vectorRegister()
    emit(opcode, .w128, register, a, b, c, region: region)
    return register
  }

  /// The last instruction of a sequence.
  mutating func finish(
    _ opcode: MachineOpcode, _ a: X86.Operand = .none, _ b: X86.Operand = .none, _ c: X86.Operand = .none,
    region: Region = .none
  ) {
    emit(opcode, .w128, .register(result()), a, b, c, region: region)
  }

  /// A constant in a register, for instructions that change or order their operands; the allocator may make it again.
  mutating func constantInRegister(_ low: UInt64, _ high: UInt64) -> X86.Operand {
    let register = fresh(.vector, width: .bytes16)
    defineVectorConstant(SIMD2(low, high), register)
    return .register(register)
  }

  mutating func defineVectorConstant(_ bits: SIMD2<UInt64>, _ register: MachineRegister) {
    if bits == .zero {
      defineConstant(Native(.zeroVector, .w128, .register(register)))
    } else if bits == SIMD2(.max, .max) {
      defineConstant(Native(.onesVector, .w128, .register(register)))
    } else {
      defineConstant(Native(.movups, .w128, .register(register), vectorConstant(bits.x, bits.y)))
    }
  }

  mutating func useVector(_ position: Int) -> X86.Operand { .register(use(operandValue(position))) }

  // MARK: Bits

  /// pandn complements its first operand.
  mutating func selectAndNot(_ data: InstructionData) {
    let right = useVector(1)
    let left = vectorSource(operandValue(0))
    finish(.pandn, right, left.operand, region: left.region)
  }

  /// With a mask whose lanes are all ones or all zeros, as compares make them, the sign of each byte decides.
  mutating func selectBitSelect(_ data: InstructionData) {
    if isCompare(operandValue(2)) {
      let whenFalse = useVector(1)
      let whenTrue = vectorSource(operandValue(0))
      finishBlend(whenFalse, whenTrue, mask: use(operandValue(2)))
      return
    }
    let mask = useVector(2)
    let whenTrue = vectorSource(operandValue(0))
    let selected = packed(.pand, mask, whenTrue.operand, region: whenTrue.region)
    let whenFalse = vectorSource(operandValue(1))
    let others = packed(.pandn, mask, whenFalse.operand, region: whenFalse.region)
    finish(.por, selected, others)
  }

  /// `second` where the mask's bytes have their top bit, else `first`. Without VEX the mask is xmm0.
  mutating func finishBlend(_ first: X86.Operand, _ second: Source, mask: MachineRegister) {
    if isa >= .v3 {
      finish(.pblendvb, first, second.operand, .register(mask), region: second.region)
      return
    }
    var step = step(
      .plain, Native(.pblendvb, .w128, .register(result()), first, second.operand, .register(.xmm0)))
    step.region = second.region
    append(step, (.use(VirtualRegister(mask), .fixed(PhysicalRegister(.xmm0))), .implicit))
  }

  private func isCompare(_ value: Value) -> Bool {
    isDefined(value, by: .vectorCompareInteger) != nil || isDefined(value, by: .vectorCompareFloat) != nil
  }

  // MARK: Tests

  /// Flags for "any bit" or "all lanes".
  mutating func laneTest(_ test: InstructionData) -> Comparison {
    let vector = X86.Operand.register(use(function.valueLists[test.operands, 0]))
    if test.opcode == .vectorAnyTrue { return Comparison(Native(.ptest, .w128, vector, vector), .plain(.notEqual)) }
    let zeros = packed(Self.equality(test.lanes), vector, constantInRegister(0, 0))
    return Comparison(Native(.ptest, .w128, zeros, zeros), .plain(.equal))
  }

  static func equality(_ lanes: LaneShape) -> MachineOpcode {
    switch lanes {
    case .i8x16: .pcmpeqb
    case .i16x8: .pcmpeqw
    case .i32x4, .f32x4: .pcmpeqd
    case .i64x2, .f64x2: .pcmpeqq
    }
  }

  /// Words have no mask of their own: they become bytes first.
  mutating func selectBitMask(_ data: InstructionData) {
    var vector = useVector(0)
    let opcode: MachineOpcode
    switch data.lanes {
    case .i8x16: opcode = .pmovmskb
    case .i16x8:
      vector = packed(.packsswb, vector, constantInRegister(0, 0))
      opcode = .pmovmskb
    case .i32x4, .f32x4: opcode = .movmskps
    case .i64x2, .f64x2: opcode = .movmskpd
    }
    emit(opcode, .w32, .register(result()), vector)
  }
}
