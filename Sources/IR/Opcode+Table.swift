extension Opcode {
  /// Complexity: O(1).
  @inlinable public var info: OpcodeInfo { Self.table[Int(rawValue)] }

  /// One row an opcode, in the order of the cases.
  @usableFromInline static let table: [OpcodeInfo] = [
    .pure("iconst"),  // integerConstant
    .pure("fconst"),  // floatConstant
    .pure("vconst"),  // vectorConstant
    .pure("add"),  // add
    .pure("sub"),  // subtract
    .pure("mul"),  // multiply
    .traps("div_s"),  // divideSigned
    .traps("div_u"),  // divideUnsigned
    .traps("rem_s"),  // remainderSigned
    .traps("rem_u"),  // remainderUnsigned
    .pure("and"),  // and
    .pure("or"),  // or
    .pure("xor"),  // xor
    .pure("shl"),  // shiftLeft
    .pure("shr_s"),  // shiftRightSigned
    .pure("shr_u"),  // shiftRightUnsigned
    .pure("rotl"),  // rotateLeft
    .pure("rotr"),  // rotateRight
    .pure("clz"),  // countLeadingZeros
    .pure("ctz"),  // countTrailingZeros
    .pure("popcnt"),  // populationCount
    .pure("sext_in_reg"),  // signExtendInReg
    .pure("extend_s"),  // extendSigned
    .pure("extend_u"),  // extendUnsigned
    .pure("wrap"),  // wrap
    .pure("icmp"),  // compareInteger
    .pure("fcmp"),  // compareFloat
    .pure("fadd"),  // floatAdd
    .pure("fsub"),  // floatSubtract
    .pure("fmul"),  // floatMultiply
    .pure("fdiv"),  // floatDivide
    .pure("fmin"),  // floatMinimum
    .pure("fmax"),  // floatMaximum
    .pure("copysign"),  // copySign
    .pure("fabs"),  // absolute
    .pure("fneg"),  // negate
    .pure("fsqrt"),  // squareRoot
    .pure("fceil"),  // ceiling
    .pure("ffloor"),  // floor
    .pure("ftrunc"),  // truncate
    .pure("fnearest"),  // nearest
    .traps("trunc_s"),  // truncateToSigned
    .traps("trunc_u"),  // truncateToUnsigned
    .pure("trunc_sat_s"),  // truncateToSignedSaturating
    .pure("trunc_sat_u"),  // truncateToUnsignedSaturating
    .pure("convert_s"),  // convertFromSigned
    .pure("convert_u"),  // convertFromUnsigned
    .pure("demote"),  // demote
    .pure("promote"),  // promote
    .pure("reinterpret"),  // reinterpret
    .pure("select"),  // select
    .reads("load"),  // load
    .writes("store"),  // store
    .checks("memory_check"),  // memoryCheck
    .reads("memory_oob"),  // memoryOutOfBounds
    .reads("memory_size"),  // memorySize
    .changes("memory_grow"),  // memoryGrow
    .calls("memory_fill"),  // memoryFill
    .calls("memory_copy"),  // memoryCopy
    .calls("memory_init"),  // memoryInit
    .writes("data_drop"),  // dataDrop
    .checks("table_get"),  // tableGet
    .calls("table_set"),  // tableSet
    .reads("table_size"),  // tableSize
    .changes("table_grow"),  // tableGrow
    .calls("table_fill"),  // tableFill
    .calls("table_copy"),  // tableCopy
    .calls("table_init"),  // tableInit
    .writes("elem_drop"),  // elementDrop
    .reads("global_get"),  // globalGet
    .writes("global_set"),  // globalSet
    .pure("func_ref"),  // functionReference
    .calls("call"),  // call
    .calls("call_indirect"),  // callIndirect
    .traps("trap_if"),  // trapIf
    .ends("jump"),  // jump
    .ends("br_if"),  // branchIf
    .ends("br_table"),  // branchTable
    .ends("return"),  // returnValues
    .tailCalls("return_call"),  // returnCall
    .tailCalls("return_call_indirect"),  // returnCallIndirect
    .stops("trap"),  // trap
  ]
}

extension OpcodeInfo {
  static func pure(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: false, hasSideEffects: false, readsState: false) }
  static func traps(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: true, hasSideEffects: false, readsState: false) }
  static func reads(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: false, hasSideEffects: false, readsState: true) }
  static func writes(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: false, hasSideEffects: true, readsState: false) }
  static func checks(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: true, hasSideEffects: false, readsState: true) }
  static func changes(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: false, hasSideEffects: true, readsState: true) }
  static func calls(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: false, canTrap: true, hasSideEffects: true, readsState: true) }
  static func ends(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: true, canTrap: false, hasSideEffects: false, readsState: false) }
  static func tailCalls(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: true, canTrap: true, hasSideEffects: true, readsState: true) }
  static func stops(_ name: String) -> OpcodeInfo { OpcodeInfo(name: name, isTerminator: true, canTrap: true, hasSideEffects: false, readsState: false) }
}
