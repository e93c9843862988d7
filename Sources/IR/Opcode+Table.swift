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
    .traps("trap_if", .trapIf),  // trapIf
    .ends("jump", .jump),  // jump
    .ends("br_if", .branchIf),  // branchIf
    .ends("br_table", .branchTable),  // branchTable
    .ends("return", .returnValues),  // returnValues
    .tailCalls("return_call", .returnCall),  // returnCall
    .tailCalls("return_call_indirect", .returnCallIndirect),  // returnCallIndirect
    .stops("trap", .trap),  // trap
  ]
}

extension OpcodeInfo {
  static func pure(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo { OpcodeInfo(name, form, []) }
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
  static func stops(_ name: StaticString, _ form: OpcodeForm) -> OpcodeInfo {
    OpcodeInfo(name, form, [.isTerminator, .canTrap])
  }
}
