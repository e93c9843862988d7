import Entities

/// An initial value or an offset: the few instructions that are constant, without the `end`. Valid, so evaluation needs
/// no checks: it is a walk over a stack that ends with one value.
public struct ConstantExpression: Hashable, Sendable {
  public var instructions: ContiguousArray<ConstantInstruction>
}

/// Floats and vectors are bits.
public enum ConstantInstruction: Hashable, Sendable {
  case i32(UInt32)
  case i64(UInt64)
  case f32(bits: UInt32)
  case f64(bits: UInt64)
  case v128(low: UInt64, high: UInt64)
  case refNull(HeapType)
  case refFunc(FunctionIndex)
  case globalGet(GlobalIndex)
  /// Integer arithmetic of the extended constant expressions: pops two, pushes one, wrapping.
  case add(IndexType)
  case subtract(IndexType)
  case multiply(IndexType)
}
