import IR
import RegisterAllocation
import X86

extension Lowering {
  /// The steps of one IR instruction that somebody needs.
  mutating func select(_ data: InstructionData) {
    switch data.opcode {
    case .integerConstant: selectIntegerConstant(data)
    case .floatConstant: selectFloatConstant(data)
    case .vectorConstant: selectVectorConstant(data)
    case .add: selectAdd(data)
    case .subtract: selectSubtract(data)
    case .multiply: selectMultiply(data)
    case .multiplyHighSigned, .multiplyHighUnsigned: selectMultiplyHigh(data)
    case .divideSigned, .divideUnsigned, .remainderSigned, .remainderUnsigned: selectDivision(data)
    case .and: selectAnd(data)
    case .or: selectOr(data)
    case .xor: selectXor(data)
    case .shiftLeft, .shiftRightSigned, .shiftRightUnsigned, .rotateLeft, .rotateRight: selectShift(data)
    case .countLeadingZeros, .countTrailingZeros, .populationCount: selectBitCount(data)
    case .signExtendInReg, .extendSigned, .wrap: selectExtension(data)
    // The operand's register serves: see `resolve`.
    case .extendUnsigned: break
    case .compareInteger, .compareFloat, .memoryOutOfBounds: selectCompareSet(data)
    case .floatAdd, .floatSubtract, .floatMultiply, .floatDivide: selectFloatArithmetic(data)
    case .floatMinimum, .floatMaximum: selectFloatMinimumOrMaximum(data)
    case .copySign: selectCopySign(data)
    case .absolute, .negate: selectSignChange(data)
    case .squareRoot, .ceiling, .floor, .truncate, .nearest, .demote, .promote: selectFloatUnary(data)
    case .truncateToSigned, .truncateToUnsigned, .truncateToSignedSaturating, .truncateToUnsignedSaturating:
      selectTruncation(data)
    case .convertFromSigned, .convertFromUnsigned: selectConversion(data)
    case .reinterpret: selectReinterpret(data)
    case .vectorSplat, .vectorExtractSigned, .vectorExtractUnsigned, .vectorReplace, .vectorShuffle,
      .vectorSwizzle, .vectorSwizzleRelaxed, .vectorAnd, .vectorOr, .vectorXor, .vectorAndNot, .vectorBitSelect,
      .vectorAnyTrue, .vectorAllTrue, .vectorBitMask, .vectorAdd, .vectorSubtract, .vectorMultiply, .vectorNegate,
      .vectorAbsolute, .vectorAddSaturatingSigned, .vectorAddSaturatingUnsigned, .vectorSubtractSaturatingSigned,
      .vectorSubtractSaturatingUnsigned, .vectorMinimumSigned, .vectorMinimumUnsigned, .vectorMaximumSigned,
      .vectorMaximumUnsigned, .vectorAverageUnsigned, .vectorShiftLeft, .vectorShiftRightSigned,
      .vectorShiftRightUnsigned, .vectorPopulationCount, .vectorDot, .vectorDotRelaxed, .vectorQ15Multiply,
      .vectorQ15MultiplyRelaxed, .vectorAddPairwiseSigned, .vectorAddPairwiseUnsigned, .vectorNarrowSigned,
      .vectorNarrowUnsigned, .vectorExtendLowSigned, .vectorExtendLowUnsigned, .vectorExtendHighSigned,
      .vectorExtendHighUnsigned, .vectorCompareInteger, .vectorCompareFloat, .vectorDivide, .vectorSquareRoot,
      .vectorCeiling, .vectorFloor, .vectorTruncate, .vectorNearest, .vectorMinimum, .vectorMaximum,
      .vectorPseudoMinimum, .vectorPseudoMaximum, .vectorTruncateSaturatingSigned,
      .vectorTruncateSaturatingUnsigned, .vectorTruncateRelaxedSigned, .vectorConvertSigned,
      .vectorConvertUnsigned, .vectorDemote, .vectorPromote, .vectorMultiplyAdd, .vectorNegatedMultiplyAdd:
      selectVector(data)
    case .select: selectSelect(data)
    case .load: selectLoad(data)
    case .store: selectStore(data)
    case .memoryCheck: selectMemoryCheck(data)
    case .memorySize: selectMemorySize(data)
    case .memoryGrow, .memoryFill, .memoryCopy, .memoryInit, .dataDrop: selectMemoryGate(data)
    case .tableGet: selectTableGet(data)
    case .tableSet: selectTableSet(data)
    case .tableSize: selectTableSize(data)
    case .tableGrow, .tableFill, .tableCopy, .tableInit, .elementDrop: selectTableGate(data)
    case .globalGet: selectGlobalGet(data)
    case .globalSet: selectGlobalSet(data)
    case .functionReference: selectFunctionReference(data)
    case .call, .callIndirect, .tryCall, .tryCallIndirect: selectCall(data)
    case .exceptionPayload: loadCell(Int(data.auxiliary), result(), data.type)
    case .exceptionStore: storePayload(function.valueLists[data.operands])
    case .exceptionBox: selectExceptionBox(data)
    case .exceptionUnbox: selectExceptionUnbox(data)
    case .trapIf: selectTrapIf(data)
    case .jump: append(step(.jump, Native(.jmp)))
    case .branchIf: selectBranchIf(data)
    case .branchTable: selectBranchTable(data)
    case .returnValues: selectReturn(data)
    case .returnCall, .returnCallIndirect: selectTailCall(data)
    case .raise: selectRaise(data)
    case .trap: selectTrap(data)
    }
  }

  // MARK: Constants

  private mutating func selectIntegerConstant(_ data: InstructionData) {
    let bits = data.type == .i32 ? Int64(data.immediate & 0xffff_ffff) : Int64(bitPattern: data.immediate)
    defineConstant(Native(.mov, .w64, .register(result()), .immediate(bits)))
  }

  /// A value that the allocator may make again instead of spilling it. Not with `xor`: flags must survive.
  mutating func defineConstant(_ native: Native) {
    let register = native[.operand0]
    let tag = UInt32(machine.rematerialisations.count)
    machine.rematerialisations.append(native)
    machine.input.virtualRegisters[VirtualRegister(register)].rematerialisation = tag
    append(step(.plain, native))
  }

  // MARK: Terminators

  private mutating func selectTrap(_ data: InstructionData) {
    var step = step(.trap, Native(.call))
    step.trapCode = data.trapCode
    append(step, mainIsOperation: false)
  }

  /// Few targets: compares, nearest first. More: a table (rule C4).
  private mutating func selectBranchTable(_ data: InstructionData) {
    let index = operandValue(0)
    let distinct = distinctTargets(of: currentInstruction)
    if distinct.count == 1 {
      release(index)
      append(step(.jump, Native(.jmp)))
      return
    }
    var numbers: [DistinctTarget: Int] = [:]
    for (number, target) in distinct.enumerated() { numbers[distinctTarget(target)] = number }
    let successors = machine.blocks[currentBlock].successors
    let entries = function.targets(of: currentInstruction).map { target in
      successors[numbers[distinctTarget(target)] ?? 0].block
    }
    var step = step(.branchTable, Native(.jmpIndirect))
    step.auxiliary = UInt32(machine.jumpTables.count)
    machine.jumpTables.append(ContiguousArray(entries))
    step.immediate = UInt64(entries.count)
    step.first = use(index)
    step.result = fresh()
    step.second = fresh()
    append(
      step, (.use(VirtualRegister(step.first)), .first),
      (.earlyDefinition(VirtualRegister(step.result)), .result),
      (.earlyDefinition(VirtualRegister(step.second)), .second), mainIsOperation: false)
  }
}
