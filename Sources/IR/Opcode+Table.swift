extension Opcode {
  /// Complexity: O(1).
  @inlinable public var info: OpcodeInfo { Self.table[Int(rawValue)] }

  /// One row an opcode, in the order of the cases.
  @usableFromInline static let table: ContiguousArray<OpcodeInfo> = [
    .pure("iconst", .integerConstant),  // integerConstant
    .pure("fconst", .floatConstant),  // floatConstant
    .pure("vconst", .vectorConstant),  // vectorConstant
    .pure("add", .integerBinary),  // add
    .pure("sub", .integerBinary),  // subtract
    .pure("mul", .integerBinary),  // multiply
    .pure("mulh_s", .integerBinary),  // multiplyHighSigned
    .pure("mulh_u", .integerBinary),  // multiplyHighUnsigned
    .traps("div_s", .integerBinary),  // divideSigned
    .traps("div_u", .integerBinary),  // divideUnsigned
    .traps("rem_s", .integerBinary),  // remainderSigned
    .traps("rem_u", .integerBinary),  // remainderUnsigned
    .pure("and", .integerBinary),  // and
    .pure("or", .integerBinary),  // or
    .pure("xor", .integerBinary),  // xor
    .pure("shl", .integerBinary),  // shiftLeft
    .pure("shr_s", .integerBinary),  // shiftRightSigned
    .pure("shr_u", .integerBinary),  // shiftRightUnsigned
    .pure("rotl", .integerBinary),  // rotateLeft
    .pure("rotr", .integerBinary),  // rotateRight
    .pure("clz", .integerUnary),  // countLeadingZeros
    .pure("ctz", .integerUnary),  // countTrailingZeros
    .pure("popcnt", .integerUnary),  // populationCount
    .pure("sext_in_reg", .signExtension),  // signExtendInReg
    .pure("extend_s", .extend),  // extendSigned
    .pure("extend_u", .extend),  // extendUnsigned
    .pure("wrap", .wrap),  // wrap
    .pure("icmp", .compareInteger),  // compareInteger
    .pure("fcmp", .compareFloat),  // compareFloat
    .pure("fadd", .floatBinary),  // floatAdd
    .pure("fsub", .floatBinary),  // floatSubtract
    .pure("fmul", .floatBinary),  // floatMultiply
    .pure("fdiv", .floatBinary),  // floatDivide
    .pure("fmin", .floatBinary),  // floatMinimum
    .pure("fmax", .floatBinary),  // floatMaximum
    .pure("copysign", .floatBinary),  // copySign
    .pure("fabs", .floatUnary),  // absolute
    .pure("fneg", .floatUnary),  // negate
    .pure("fsqrt", .floatUnary),  // squareRoot
    .pure("fceil", .floatUnary),  // ceiling
    .pure("ffloor", .floatUnary),  // floor
    .pure("ftrunc", .floatUnary),  // truncate
    .pure("fnearest", .floatUnary),  // nearest
    .traps("trunc_s", .floatToInteger),  // truncateToSigned
    .traps("trunc_u", .floatToInteger),  // truncateToUnsigned
    .pure("trunc_sat_s", .floatToInteger),  // truncateToSignedSaturating
    .pure("trunc_sat_u", .floatToInteger),  // truncateToUnsignedSaturating
    .pure("convert_s", .integerToFloat),  // convertFromSigned
    .pure("convert_u", .integerToFloat),  // convertFromUnsigned
    .pure("demote", .demote),  // demote
    .pure("promote", .promote),  // promote
    .pure("reinterpret", .reinterpret),  // reinterpret
    .pure("vsplat", .vectorSplat, lanes: .all),  // vectorSplat
    .pure("vextract_s", .vectorExtract, lanes: .bytesAndWords),  // vectorExtractSigned
    .pure("vextract_u", .vectorExtract, lanes: .all),  // vectorExtractUnsigned
    .pure("vreplace", .vectorReplace, lanes: .all),  // vectorReplace
    .pure("vshuffle", .vectorShuffle),  // vectorShuffle
    .pure("vswizzle", .bitsBinary),  // vectorSwizzle
    .pure("vswizzle_relaxed", .bitsBinary),  // vectorSwizzleRelaxed
    .pure("vand", .bitsBinary),  // vectorAnd
    .pure("vor", .bitsBinary),  // vectorOr
    .pure("vxor", .bitsBinary),  // vectorXor
    .pure("vandnot", .bitsBinary),  // vectorAndNot
    .pure("vbitselect", .bitsTernary),  // vectorBitSelect
    .pure("vany_true", .bitsTest),  // vectorAnyTrue
    .pure("vall_true", .vectorTest, lanes: .integers),  // vectorAllTrue
    .pure("vbitmask", .vectorTest, lanes: .integers),  // vectorBitMask
    .pure("vadd", .vectorBinary, lanes: .all),  // vectorAdd
    .pure("vsub", .vectorBinary, lanes: .all),  // vectorSubtract
    .pure("vmul", .vectorBinary, lanes: .factors),  // vectorMultiply
    .pure("vneg", .vectorUnary, lanes: .all),  // vectorNegate
    .pure("vabs", .vectorUnary, lanes: .all),  // vectorAbsolute
    .pure("vadd_sat_s", .vectorBinary, lanes: .bytesAndWords),  // vectorAddSaturatingSigned
    .pure("vadd_sat_u", .vectorBinary, lanes: .bytesAndWords),  // vectorAddSaturatingUnsigned
    .pure("vsub_sat_s", .vectorBinary, lanes: .bytesAndWords),  // vectorSubtractSaturatingSigned
    .pure("vsub_sat_u", .vectorBinary, lanes: .bytesAndWords),  // vectorSubtractSaturatingUnsigned
    .pure("vmin_s", .vectorBinary, lanes: .upTo32Bits),  // vectorMinimumSigned
    .pure("vmin_u", .vectorBinary, lanes: .upTo32Bits),  // vectorMinimumUnsigned
    .pure("vmax_s", .vectorBinary, lanes: .upTo32Bits),  // vectorMaximumSigned
    .pure("vmax_u", .vectorBinary, lanes: .upTo32Bits),  // vectorMaximumUnsigned
    .pure("vavgr_u", .vectorBinary, lanes: .bytesAndWords),  // vectorAverageUnsigned
    .pure("vshl", .vectorShift, lanes: .integers),  // vectorShiftLeft
    .pure("vshr_s", .vectorShift, lanes: .integers),  // vectorShiftRightSigned
    .pure("vshr_u", .vectorShift, lanes: .integers),  // vectorShiftRightUnsigned
    .pure("vpopcnt", .vectorUnary, lanes: .i8x16),  // vectorPopulationCount
    .pure("vdot", .vectorBinary, lanes: .i32x4),  // vectorDot
    .pure("vdot_relaxed", .vectorBinary, lanes: .i16x8),  // vectorDotRelaxed
    .pure("vq15mul", .vectorBinary, lanes: .i16x8),  // vectorQ15Multiply
    .pure("vq15mul_relaxed", .vectorBinary, lanes: .i16x8),  // vectorQ15MultiplyRelaxed
    .pure("vadd_pairwise_s", .vectorUnary, lanes: [.i16x8, .i32x4]),  // vectorAddPairwiseSigned
    .pure("vadd_pairwise_u", .vectorUnary, lanes: [.i16x8, .i32x4]),  // vectorAddPairwiseUnsigned
    .pure("vnarrow_s", .vectorBinary, lanes: .bytesAndWords),  // vectorNarrowSigned
    .pure("vnarrow_u", .vectorBinary, lanes: .bytesAndWords),  // vectorNarrowUnsigned
    .pure("vextend_low_s", .vectorUnary, lanes: .from16Bits),  // vectorExtendLowSigned
    .pure("vextend_low_u", .vectorUnary, lanes: .from16Bits),  // vectorExtendLowUnsigned
    .pure("vextend_high_s", .vectorUnary, lanes: .from16Bits),  // vectorExtendHighSigned
    .pure("vextend_high_u", .vectorUnary, lanes: .from16Bits),  // vectorExtendHighUnsigned
    .pure("vicmp", .vectorCompareInteger, lanes: .integers),  // vectorCompareInteger
    .pure("vfcmp", .vectorCompareFloat, lanes: .floats),  // vectorCompareFloat
    .pure("vdiv", .vectorBinary, lanes: .floats),  // vectorDivide
    .pure("vsqrt", .vectorUnary, lanes: .floats),  // vectorSquareRoot
    .pure("vceil", .vectorUnary, lanes: .floats),  // vectorCeiling
    .pure("vfloor", .vectorUnary, lanes: .floats),  // vectorFloor
    .pure("vtrunc", .vectorUnary, lanes: .floats),  // vectorTruncate
    .pure("vnearest", .vectorUnary, lanes: .floats),  // vectorNearest
    .pure("vmin", .vectorBinary, lanes: .floats),  // vectorMinimum
    .pure("vmax", .vectorBinary, lanes: .floats),  // vectorMaximum
    .pure("vpmin", .vectorBinary, lanes: .floats),  // vectorPseudoMinimum
    .pure("vpmax", .vectorBinary, lanes: .floats),  // vectorPseudoMaximum
    .pure("vtrunc_sat_s", .vectorFloatToInteger, lanes: .i32x4),  // vectorTruncateSaturatingSigned
    .pure("vtrunc_sat_u", .vectorFloatToInteger, lanes: .i32x4),  // vectorTruncateSaturatingUnsigned
    .pure("vtrunc_relaxed_s", .vectorFloatToInteger, lanes: .i32x4),  // vectorTruncateRelaxedSigned
    .pure("vconvert_s", .vectorUnary, lanes: .floats),  // vectorConvertSigned
    .pure("vconvert_u", .vectorUnary, lanes: .floats),  // vectorConvertUnsigned
    .pure("vdemote", .bitsUnary),  // vectorDemote
    .pure("vpromote", .bitsUnary),  // vectorPromote
    .pure("vmadd", .vectorTernary, lanes: .floats),  // vectorMultiplyAdd
    .pure("vnmadd", .vectorTernary, lanes: .floats),  // vectorNegatedMultiplyAdd
    .pure("select", .select),  // select
    .reads("load", .load),  // load
    .writes("store", .store),  // store
    .checks("memory_check", .memoryCheck),  // memoryCheck
    .reads("memory_oob", .memoryOutOfBounds),  // memoryOutOfBounds
    .reads("memory_size", .memorySize),  // memorySize
    .changes("memory_grow", .memoryGrow),  // memoryGrow
    .calls("memory_fill", .memoryFill),  // memoryFill
    .calls("memory_copy", .memoryCopy),  // memoryCopy
    .calls("memory_init", .memoryInit),  // memoryInit
    .writes("data_drop", .dataSegment),  // dataDrop
    .checks("table_get", .tableGet),  // tableGet
    .calls("table_set", .tableSet),  // tableSet
    .reads("table_size", .tableSize),  // tableSize
    .changes("table_grow", .tableGrow),  // tableGrow
    .calls("table_fill", .tableFill),  // tableFill
    .calls("table_copy", .tableCopy),  // tableCopy
    .calls("table_init", .tableInit),  // tableInit
    .writes("elem_drop", .elementSegment),  // elementDrop
    .reads("global_get", .globalGet),  // globalGet
    .writes("global_set", .globalSet),  // globalSet
    .pure("func_ref", .functionReference),  // functionReference
    .calls("call", .call),  // call
    .calls("call_indirect", .callIndirect),  // callIndirect
    .calls("try_call", .tryCall),  // tryCall
    .calls("try_call_indirect", .tryCallIndirect),  // tryCallIndirect
    .reads("exn_payload", .exceptionPayload),  // exceptionPayload
    .writes("exn_store", .exceptionStore),  // exceptionStore
    .reads("exn_box", .exceptionBox),  // exceptionBox
    .calls("exn_unbox", .exceptionUnbox),  // exceptionUnbox
    .traps("trap_if", .trapIf),  // trapIf
    .ends("jump", .jump),  // jump
    .ends("br_if", .branchIf),  // branchIf
    .ends("br_table", .branchTable),  // branchTable
    .ends("return", .returnValues),  // returnValues
    .tailCalls("return_call", .returnCall),  // returnCall
    .tailCalls("return_call_indirect", .returnCallIndirect),  // returnCallIndirect
    .leaves("raise", .raise),  // raise
    .stops("trap", .trap),  // trap
  ]
}

extension OpcodeInfo {
  static func pure(_ name: StaticString, _ form: OpcodeForm, lanes: LaneShapes = []) -> OpcodeInfo {
    OpcodeInfo(name, form, [], lanes: lanes)
  }
  static func traps(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo { OpcodeInfo(name, form, .canTrap) }
  static func reads(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo { OpcodeInfo(name, form, .readsState) }
  static func writes(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, .hasSideEffects)
  }
  static func checks(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.canTrap, .readsState])
  }
  static func changes(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.hasSideEffects, .readsState])
  }
  static func calls(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.canTrap, .hasSideEffects, .readsState])
  }
  static func ends(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo { OpcodeInfo(name, form, .isTerminator) }
  static func tailCalls(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.isTerminator, .canTrap, .hasSideEffects, .readsState])
  }
  static func leaves(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.isTerminator, .hasSideEffects, .readsState])
  }
  static func stops(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.isTerminator, .canTrap])
  }
}
