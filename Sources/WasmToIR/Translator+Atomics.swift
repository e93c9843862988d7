import IR
import Wasm

/// The threads proposal's operators on memories that are not shared: nothing can come between, so an update is a load and
/// a store. What is left of atomicity is that the address must be aligned.
extension FunctionTranslator {
  /// Leaves the operands; the address is the one `depth` below the top.
  private mutating func emitAlignmentCheck(_ decoded: DecodedOperator, _ size: Int, addressDepth depth: Int) {
    if size == 1 { return }
    let address = stack[stack.count - 1 - depth]
    let type = builder.function.type(of: address)
    let offset = builder.integer(type, decoded.bits & UInt64(size - 1))
    let sum = builder.value(.add, type, [address, offset])
    let low = builder.value(.and, type, [sum, builder.integer(type, UInt64(size - 1))])
    builder.trapIf(builder.compare(IntegerCondition.notEqual, type, low, builder.integer(type, 0)), .unalignedAtomic)
  }

  mutating func emitAtomicLoad(_ decoded: DecodedOperator, _ type: Type, _ access: MemoryAccess) {
    emitAlignmentCheck(decoded, access.size(for: type), addressDepth: 0)
    emitLoad(decoded, type, access)
  }

  mutating func emitAtomicStore(_ decoded: DecodedOperator, _ type: Type, _ access: MemoryAccess) {
    emitAlignmentCheck(decoded, access.size(for: type), addressDepth: 1)
    emitStore(decoded, type, access)
  }

  /// `makeNew`: from the old value and the operands behind the address to the new one.
  mutating func emitAtomicUpdate(
    _ decoded: DecodedOperator, _ type: Type, _ access: MemoryAccess, operandCount: Int = 1,
    _ makeNew: (inout Builder, _ old: Value, _ operands: [Value]) -> Value
  ) {
    let operands = Array(stack.suffix(operandCount))
    stack.removeLast(operandCount)
    let address = stack[stack.count - 1]
    emitAtomicLoad(decoded, type, access)
    let old = pop()
    push(address)
    push(makeNew(&builder, old, operands))
    emitStore(decoded, type, access)
    push(old)
  }

  mutating func translateAtomic(_ decoded: DecodedOperator) {
    switch decoded.op {
    case .atomicNotify:
      // Nobody can wait.
      _ = pop()
      emitAtomicLoad(decoded, .i32, .full)
      _ = pop()
      push(builder.integer(.i32, 0))
    case .atomicWait32, .atomicWait64:
      stack.removeLast(3)
      builder.trapIf(builder.integer(.i32, 1), .expectedSharedMemory)
      push(builder.integer(.i32, 0))
    default: break  // atomic.fence
    }
  }
}
