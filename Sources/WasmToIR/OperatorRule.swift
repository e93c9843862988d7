import IR
import Wasm

/// How an operator that only computes or accesses memory becomes an instruction; the other operators have code of their
/// own.
enum OperatorRule {
  /// Operands and result have the type.
  case binary(Opcode, Type)
  /// The result has the type, the operand what follows from the opcode.
  case unary(Opcode, Type)
  /// Sign-extends the low bits, so many.
  case extend(UInt32, Type)
  case convert(Opcode, Type, from: Type)
  case compareInteger(IntegerCondition, Type)
  case compareFloat(FloatCondition, Type)
  case load(Type, MemoryAccess)
  case store(Type, MemoryAccess)
  /// Operands off the stack, so many, and a vector as result.
  case vector(Opcode, LaneShape, Int)
  case splat(LaneShape)
  /// From a vector to an i32.
  case testLanes(Opcode, LaneShape)
  case compareLanes(IntegerCondition, LaneShape)
  case compareFloatLanes(FloatCondition, LaneShape)
  case extractLane(Opcode, LaneShape)
  case replaceLane(LaneShape)
  case truncateLanes(Opcode, from: LaneShape)
  /// The product of two extended halves.
  case extendMultiply(Opcode, LaneShape)
  /// A scalar load, or one of 64 bits, and what becomes of it.
  case loadExtend(Opcode, LaneShape)
  case loadSplat(MemoryAccess, LaneShape)
  case loadLane(MemoryAccess, LaneShape)
  case storeLane(MemoryAccess, LaneShape)
  /// Accesses of a memory that nobody else sees: as plain ones, but aligned. The rest gives the old value.
  case atomicLoad(Type, MemoryAccess)
  case atomicStore(Type, MemoryAccess)
  case atomicUpdate(Opcode, Type, MemoryAccess)
  case atomicExchange(Type, MemoryAccess)
  case atomicCompareExchange(Type, MemoryAccess)
  /// Translated by code.
  case code

  /// By `Operator.rawValue`.
  static let table: ContiguousArray<OperatorRule> = {
    var table = ContiguousArray(repeating: OperatorRule.code, count: Operator.allCases.count)
    for (op, rule) in rows + vectorRows + atomicRows { table[Int(op.rawValue)] = rule }
    return table
  }()

  private static let rows: [(Operator, OperatorRule)] = [
    // Memory.
    (.i32Load, .load(.i32, .full)),
    (.i64Load, .load(.i64, .full)),
    (.f32Load, .load(.f32, .full)),
    (.f64Load, .load(.f64, .full)),
    (.i32Load8S, .load(.i32, .signed8)),
    (.i32Load8U, .load(.i32, .unsigned8)),
    (.i32Load16S, .load(.i32, .signed16)),
    (.i32Load16U, .load(.i32, .unsigned16)),
    (.i64Load8S, .load(.i64, .signed8)),
    (.i64Load8U, .load(.i64, .unsigned8)),
    (.i64Load16S, .load(.i64, .signed16)),
    (.i64Load16U, .load(.i64, .unsigned16)),
    (.i64Load32S, .load(.i64, .signed32)),
    (.i64Load32U, .load(.i64, .unsigned32)),
    (.i32Store, .store(.i32, .full)),
    (.i64Store, .store(.i64, .full)),
    (.f32Store, .store(.f32, .full)),
    (.f64Store, .store(.f64, .full)),
    (.i32Store8, .store(.i32, .unsigned8)),
    (.i32Store16, .store(.i32, .unsigned16)),
    (.i64Store8, .store(.i64, .unsigned8)),
    (.i64Store16, .store(.i64, .unsigned16)),
    (.i64Store32, .store(.i64, .unsigned32)),
    // Comparisons.
    (.i32Eq, .compareInteger(.equal, .i32)),
    (.i32Ne, .compareInteger(.notEqual, .i32)),
    (.i32LtS, .compareInteger(.lessSigned, .i32)),
    (.i32LtU, .compareInteger(.lessUnsigned, .i32)),
    (.i32GtS, .compareInteger(.greaterSigned, .i32)),
    (.i32GtU, .compareInteger(.greaterUnsigned, .i32)),
    (.i32LeS, .compareInteger(.lessOrEqualSigned, .i32)),
    (.i32LeU, .compareInteger(.lessOrEqualUnsigned, .i32)),
    (.i32GeS, .compareInteger(.greaterOrEqualSigned, .i32)),
    (.i32GeU, .compareInteger(.greaterOrEqualUnsigned, .i32)),
    (.i64Eq, .compareInteger(.equal, .i64)),
    (.i64Ne, .compareInteger(.notEqual, .i64)),
    (.i64LtS, .compareInteger(.lessSigned, .i64)),
    (.i64LtU, .compareInteger(.lessUnsigned, .i64)),
    (.i64GtS, .compareInteger(.greaterSigned, .i64)),
    (.i64GtU, .compareInteger(.greaterUnsigned, .i64)),
    (.i64LeS, .compareInteger(.lessOrEqualSigned, .i64)),
    (.i64LeU, .compareInteger(.lessOrEqualUnsigned, .i64)),
    (.i64GeS, .compareInteger(.greaterOrEqualSigned, .i64)),
    (.i64GeU, .compareInteger(.greaterOrEqualUnsigned, .i64)),
    (.f32Eq, .compareFloat(.equal, .f32)),
    (.f32Ne, .compareFloat(.notEqual, .f32)),
    (.f32Lt, .compareFloat(.less, .f32)),
    (.f32Gt, .compareFloat(.greater, .f32)),
    (.f32Le, .compareFloat(.lessOrEqual, .f32)),
    (.f32Ge, .compareFloat(.greaterOrEqual, .f32)),
    (.f64Eq, .compareFloat(.equal, .f64)),
    (.f64Ne, .compareFloat(.notEqual, .f64)),
    (.f64Lt, .compareFloat(.less, .f64)),
    (.f64Gt, .compareFloat(.greater, .f64)),
    (.f64Le, .compareFloat(.lessOrEqual, .f64)),
    (.f64Ge, .compareFloat(.greaterOrEqual, .f64)),
    // Arithmetic.
    (.i32Clz, .unary(.countLeadingZeros, .i32)),
    (.i32Ctz, .unary(.countTrailingZeros, .i32)),
    (.i32Popcnt, .unary(.populationCount, .i32)),
    (.i32Add, .binary(.add, .i32)),
    (.i32Sub, .binary(.subtract, .i32)),
    (.i32Mul, .binary(.multiply, .i32)),
    (.i32DivS, .binary(.divideSigned, .i32)),
    (.i32DivU, .binary(.divideUnsigned, .i32)),
    (.i32RemS, .binary(.remainderSigned, .i32)),
    (.i32RemU, .binary(.remainderUnsigned, .i32)),
    (.i32And, .binary(.and, .i32)),
    (.i32Or, .binary(.or, .i32)),
    (.i32Xor, .binary(.xor, .i32)),
    (.i32Shl, .binary(.shiftLeft, .i32)),
    (.i32ShrS, .binary(.shiftRightSigned, .i32)),
    (.i32ShrU, .binary(.shiftRightUnsigned, .i32)),
    (.i32Rotl, .binary(.rotateLeft, .i32)),
    (.i32Rotr, .binary(.rotateRight, .i32)),
    (.i64Clz, .unary(.countLeadingZeros, .i64)),
    (.i64Ctz, .unary(.countTrailingZeros, .i64)),
    (.i64Popcnt, .unary(.populationCount, .i64)),
    (.i64Add, .binary(.add, .i64)),
    (.i64Sub, .binary(.subtract, .i64)),
    (.i64Mul, .binary(.multiply, .i64)),
    (.i64DivS, .binary(.divideSigned, .i64)),
    (.i64DivU, .binary(.divideUnsigned, .i64)),
    (.i64RemS, .binary(.remainderSigned, .i64)),
    (.i64RemU, .binary(.remainderUnsigned, .i64)),
    (.i64And, .binary(.and, .i64)),
    (.i64Or, .binary(.or, .i64)),
    (.i64Xor, .binary(.xor, .i64)),
    (.i64Shl, .binary(.shiftLeft, .i64)),
    (.i64ShrS, .binary(.shiftRightSigned, .i64)),
    (.i64ShrU, .binary(.shiftRightUnsigned, .i64)),
    (.i64Rotl, .binary(.rotateLeft, .i64)),
    (.i64Rotr, .binary(.rotateRight, .i64)),
    (.f32Abs, .unary(.absolute, .f32)),
    (.f32Neg, .unary(.negate, .f32)),
    (.f32Ceil, .unary(.ceiling, .f32)),
    (.f32Floor, .unary(.floor, .f32)),
    (.f32Trunc, .unary(.truncate, .f32)),
    (.f32Nearest, .unary(.nearest, .f32)),
    (.f32Sqrt, .unary(.squareRoot, .f32)),
    (.f32Add, .binary(.floatAdd, .f32)),
    (.f32Sub, .binary(.floatSubtract, .f32)),
    (.f32Mul, .binary(.floatMultiply, .f32)),
    (.f32Div, .binary(.floatDivide, .f32)),
    (.f32Min, .binary(.floatMinimum, .f32)),
    (.f32Max, .binary(.floatMaximum, .f32)),
    (.f32Copysign, .binary(.copySign, .f32)),
    (.f64Abs, .unary(.absolute, .f64)),
    (.f64Neg, .unary(.negate, .f64)),
    (.f64Ceil, .unary(.ceiling, .f64)),
    (.f64Floor, .unary(.floor, .f64)),
    (.f64Trunc, .unary(.truncate, .f64)),
    (.f64Nearest, .unary(.nearest, .f64)),
    (.f64Sqrt, .unary(.squareRoot, .f64)),
    (.f64Add, .binary(.floatAdd, .f64)),
    (.f64Sub, .binary(.floatSubtract, .f64)),
    (.f64Mul, .binary(.floatMultiply, .f64)),
    (.f64Div, .binary(.floatDivide, .f64)),
    (.f64Min, .binary(.floatMinimum, .f64)),
    (.f64Max, .binary(.floatMaximum, .f64)),
    (.f64Copysign, .binary(.copySign, .f64)),
    // Conversions.
    (.i32WrapI64, .unary(.wrap, .i32)),
    (.i32TruncF32S, .convert(.truncateToSigned, .i32, from: .f32)),
    (.i32TruncF32U, .convert(.truncateToUnsigned, .i32, from: .f32)),
    (.i32TruncF64S, .convert(.truncateToSigned, .i32, from: .f64)),
    (.i32TruncF64U, .convert(.truncateToUnsigned, .i32, from: .f64)),
    (.i64TruncF32S, .convert(.truncateToSigned, .i64, from: .f32)),
    (.i64TruncF32U, .convert(.truncateToUnsigned, .i64, from: .f32)),
    (.i64TruncF64S, .convert(.truncateToSigned, .i64, from: .f64)),
    (.i64TruncF64U, .convert(.truncateToUnsigned, .i64, from: .f64)),
    (.i32TruncSatF32S, .convert(.truncateToSignedSaturating, .i32, from: .f32)),
    (.i32TruncSatF32U, .convert(.truncateToUnsignedSaturating, .i32, from: .f32)),
    (.i32TruncSatF64S, .convert(.truncateToSignedSaturating, .i32, from: .f64)),
    (.i32TruncSatF64U, .convert(.truncateToUnsignedSaturating, .i32, from: .f64)),
    (.i64TruncSatF32S, .convert(.truncateToSignedSaturating, .i64, from: .f32)),
    (.i64TruncSatF32U, .convert(.truncateToUnsignedSaturating, .i64, from: .f32)),
    (.i64TruncSatF64S, .convert(.truncateToSignedSaturating, .i64, from: .f64)),
    (.i64TruncSatF64U, .convert(.truncateToUnsignedSaturating, .i64, from: .f64)),
    (.i64ExtendI32S, .unary(.extendSigned, .i64)),
    (.i64ExtendI32U, .unary(.extendUnsigned, .i64)),
    (.f32ConvertI32S, .convert(.convertFromSigned, .f32, from: .i32)),
    (.f32ConvertI32U, .convert(.convertFromUnsigned, .f32, from: .i32)),
    (.f32ConvertI64S, .convert(.convertFromSigned, .f32, from: .i64)),
    (.f32ConvertI64U, .convert(.convertFromUnsigned, .f32, from: .i64)),
    (.f64ConvertI32S, .convert(.convertFromSigned, .f64, from: .i32)),
    (.f64ConvertI32U, .convert(.convertFromUnsigned, .f64, from: .i32)),
    (.f64ConvertI64S, .convert(.convertFromSigned, .f64, from: .i64)),
    (.f64ConvertI64U, .convert(.convertFromUnsigned, .f64, from: .i64)),
    (.f32DemoteF64, .unary(.demote, .f32)),
    (.f64PromoteF32, .unary(.promote, .f64)),
    (.i32ReinterpretF32, .unary(.reinterpret, .i32)),
    (.i64ReinterpretF64, .unary(.reinterpret, .i64)),
    (.f32ReinterpretI32, .unary(.reinterpret, .f32)),
    (.f64ReinterpretI64, .unary(.reinterpret, .f64)),
    (.i32Extend8S, .extend(8, .i32)),
    (.i32Extend16S, .extend(16, .i32)),
    (.i64Extend8S, .extend(8, .i64)),
    (.i64Extend16S, .extend(16, .i64)),
    (.i64Extend32S, .extend(32, .i64)),
  ]
}
