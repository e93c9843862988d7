/// Every operator of the instruction set, in the order of `OperatorInfo.table`. The row says how it is written and
/// typed.
public enum Operator: UInt16, Sendable, CaseIterable {
  // Control.
  case unreachable, nop, block, loop, `if`, `else`, end, br, brIf, brTable, `return`, call, callIndirect, returnCall
  case returnCallIndirect

  // Parametric and references.
  case drop, select, selectTyped, refNull, refIsNull, refFunc

  // Variables and tables.
  case localGet, localSet, localTee, globalGet, globalSet, tableGet, tableSet

  // Memory.
  case i32Load, i64Load, f32Load, f64Load, i32Load8S, i32Load8U, i32Load16S, i32Load16U, i64Load8S, i64Load8U
  case i64Load16S, i64Load16U, i64Load32S, i64Load32U, i32Store, i64Store, f32Store, f64Store, i32Store8, i32Store16
  case i64Store8, i64Store16, i64Store32, memorySize, memoryGrow

  // Constants.
  case i32Const, i64Const, f32Const, f64Const

  // Comparisons.
  case i32Eqz, i32Eq, i32Ne, i32LtS, i32LtU, i32GtS, i32GtU, i32LeS, i32LeU, i32GeS, i32GeU, i64Eqz, i64Eq, i64Ne
  case i64LtS, i64LtU, i64GtS, i64GtU, i64LeS, i64LeU, i64GeS, i64GeU, f32Eq, f32Ne, f32Lt, f32Gt, f32Le, f32Ge, f64Eq
  case f64Ne, f64Lt, f64Gt, f64Le, f64Ge

  // Arithmetic.
  case i32Clz, i32Ctz, i32Popcnt, i32Add, i32Sub, i32Mul, i32DivS, i32DivU, i32RemS, i32RemU, i32And, i32Or, i32Xor
  case i32Shl, i32ShrS, i32ShrU, i32Rotl, i32Rotr, i64Clz, i64Ctz, i64Popcnt, i64Add, i64Sub, i64Mul, i64DivS, i64DivU
  case i64RemS, i64RemU, i64And, i64Or, i64Xor, i64Shl, i64ShrS, i64ShrU, i64Rotl, i64Rotr, f32Abs, f32Neg, f32Ceil
  case f32Floor, f32Trunc, f32Nearest, f32Sqrt, f32Add, f32Sub, f32Mul, f32Div, f32Min, f32Max, f32Copysign, f64Abs
  case f64Neg, f64Ceil, f64Floor, f64Trunc, f64Nearest, f64Sqrt, f64Add, f64Sub, f64Mul, f64Div, f64Min, f64Max
  case f64Copysign

  // Conversions.
  case i32WrapI64, i32TruncF32S, i32TruncF32U, i32TruncF64S, i32TruncF64U, i64ExtendI32S, i64ExtendI32U, i64TruncF32S
  case i64TruncF32U, i64TruncF64S, i64TruncF64U, f32ConvertI32S, f32ConvertI32U, f32ConvertI64S, f32ConvertI64U
  case f32DemoteF64, f64ConvertI32S, f64ConvertI32U, f64ConvertI64S, f64ConvertI64U, f64PromoteF32, i32ReinterpretF32
  case i64ReinterpretF64, f32ReinterpretI32, f64ReinterpretI64, i32Extend8S, i32Extend16S, i64Extend8S, i64Extend16S
  case i64Extend32S, i32TruncSatF32S, i32TruncSatF32U, i32TruncSatF64S, i32TruncSatF64U, i64TruncSatF32S
  case i64TruncSatF32U, i64TruncSatF64S, i64TruncSatF64U

  // Bulk memory and tables.
  case memoryInit, dataDrop, memoryCopy, memoryFill, tableInit, elemDrop, tableCopy, tableGrow, tableSize, tableFill

  /// Complexity: O(1).
  @inlinable public var info: OperatorInfo { OperatorInfo.table[Int(rawValue)] }
}
