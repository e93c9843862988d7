import Entities
import IR
import Wasm

/// Operators that compute, access or call; all in reachable code.
extension FunctionTranslator {
  mutating func apply(_ rule: OperatorRule, _ decoded: DecodedOperator) {
    switch rule {
    case .binary(let opcode, let type):
      emitValue(InstructionData(opcode, type), taking: 2)
      canonicalizeNaN(of: opcode)
    case .unary(let opcode, let type):
      emitValue(InstructionData(opcode, type), taking: 1)
      canonicalizeNaN(of: opcode)
    case .extend(let width, let type): emitValue(InstructionData(.signExtendInReg, type, auxiliary: width), taking: 1)
    case .convert(let opcode, let type, let source):
      emitValue(InstructionData(opcode, type, auxiliary: UInt32(source.rawValue)), taking: 1)
    case .compareInteger(let condition, let type): emitCompare(.compareInteger, type, condition.rawValue)
    case .compareFloat(let condition, let type): emitCompare(.compareFloat, type, condition.rawValue)
    case .load(let type, let access): emitLoad(decoded, type, access)
    case .store(let type, let access): emitStore(decoded, type, access)
    case .vector(let opcode, let lanes, let count): emitVector(opcode, lanes, taking: count)
    case .splat(let lanes): emitSplat(lanes)
    case .testLanes(let opcode, let lanes):
      emitValue(InstructionData(opcode, .v128, lanes: lanes), taking: 1, result: .i32)
    case .compareLanes(let condition, let lanes):
      emitVector(.vectorCompareInteger, lanes, taking: 2, auxiliary: UInt32(condition.rawValue))
    case .compareFloatLanes(let condition, let lanes):
      emitVector(.vectorCompareFloat, lanes, taking: 2, auxiliary: UInt32(condition.rawValue))
    case .extractLane(let opcode, let lanes): emitExtract(opcode, lanes, decoded.lane)
    case .replaceLane(let lanes): emitVector(.vectorReplace, lanes, taking: 2, auxiliary: UInt32(decoded.lane))
    case .truncateLanes(let opcode, let source):
      emitVector(opcode, .i32x4, taking: 1, auxiliary: UInt32(source.rawValue))
    case .extendMultiply(let opcode, let lanes): emitExtendMultiply(opcode, lanes)
    case .loadExtend(let opcode, let lanes): emitLoadExtend(decoded, opcode, lanes)
    case .loadSplat(let access, let lanes): emitLoadSplat(decoded, access, lanes)
    case .loadLane(let access, let lanes): emitLoadLane(decoded, access, lanes)
    case .storeLane(let access, let lanes): emitStoreLane(decoded, access, lanes)
    case .atomicLoad(let type, let access): emitAtomicLoad(decoded, type, access)
    case .atomicStore(let type, let access): emitAtomicStore(decoded, type, access)
    case .atomicUpdate(let opcode, let type, let access):
      emitAtomicUpdate(decoded, type, access) { builder, old, operands in
        builder.value(opcode, type, [old, operands[0]])
      }
    case .atomicExchange(let type, let access):
      emitAtomicUpdate(decoded, type, access) { _, _, operands in operands[0] }
    case .atomicCompareExchange(let type, let access):
      emitAtomicUpdate(decoded, type, access, operandCount: 2) { builder, old, operands in
        let isExpected = builder.compare(IntegerCondition.equal, type, old, operands[0])
        return builder.value(.select, type, [isExpected, operands[1], old])
      }
    case .code: preconditionFailure("operators with code of their own have no rule to apply")
    }
  }

  private mutating func emitCompare(_ opcode: Opcode, _ type: Type, _ condition: UInt8) {
    emitValue(InstructionData(opcode, type, auxiliary: UInt32(condition)), taking: 2, result: .i32)
  }

  mutating func emitLoad(_ decoded: DecodedOperator, _ type: Type, _ access: MemoryAccess) {
    emitCheck(decoded, address: stack[stack.count - 1], size: access.size(for: type))
    emitValue(
      InstructionData(.load, type, access: access, memory: decoded.index, immediate: decoded.bits), taking: 1)
  }

  mutating func emitStore(_ decoded: DecodedOperator, _ type: Type, _ access: MemoryAccess) {
    emitCheck(decoded, address: stack[stack.count - 2], size: access.size(for: type))
    emit(InstructionData(.store, type, access: access, memory: decoded.index, immediate: decoded.bits), taking: 2)
  }

  /// An end beyond 2^64 is beyond every memory too, so it may as well be 2^64 - 1.
  private mutating func emitCheck(_ decoded: DecodedOperator, address: Value, size: Int) {
    if !options.checksBounds { return }
    let (end, overflow) = decoded.bits.addingReportingOverflow(UInt64(size))
    let type = addressType(decoded.index)
    push(address)
    emit(InstructionData(.memoryCheck, type, memory: decoded.index, immediate: overflow ? .max : end), taking: 1)
  }

  /// The condition is the last operand in wasm and the first here.
  mutating func translateSelect() {
    let condition = pop()
    stack.insert(condition, at: stack.count - 2)
    emitValue(InstructionData(.select, builder.function.type(of: stack[stack.count - 1])), taking: 3)
  }

  /// Also whether a reference is null: null is 0, whatever its type.
  mutating func translateIsZero(_ type: Type) {
    emitValue(InstructionData(.integerConstant, type))
    emitCompare(.compareInteger, type, IntegerCondition.equal.rawValue)
  }

  /// 1 if the reference on top of the stack, which stays, is null (or is not).
  mutating func pushNullTest(_ condition: IntegerCondition) {
    push(stack[stack.count - 1])
    emitValue(InstructionData(.integerConstant, .i64))
    emitCompare(.compareInteger, .i64, condition.rawValue)
  }

  mutating func translateNullCheck() {
    pushNullTest(.equal)
    emit(InstructionData(.trapIf, .i32, auxiliary: UInt32(TrapCode.nullReference.rawValue)), taking: 1)
  }

  mutating func translateGlobal(_ decoded: DecodedOperator) {
    let type = shape.globals[GlobalIndex(decoded.index)].type
    if decoded.op == .globalGet {
      emitValue(InstructionData(.globalGet, type, auxiliary: decoded.index))
    } else {
      emit(InstructionData(.globalSet, type, auxiliary: decoded.index), taking: 1)
    }
  }

  mutating func translateMemory(_ decoded: DecodedOperator) {
    if translateSmallBulk(decoded) { return }
    let (index, second) = (decoded.index, decoded.second)
    switch decoded.op {
    case .memorySize: emitValue(InstructionData(.memorySize, addressType(index), memory: index))
    case .memoryGrow: emitValue(InstructionData(.memoryGrow, addressType(index), memory: index), taking: 1)
    case .memoryFill: emit(InstructionData(.memoryFill, .i32, memory: index), taking: 3)
    case .memoryCopy: emit(InstructionData(.memoryCopy, .i32, memory: index, auxiliary: second), taking: 3)
    case .memoryInit: emit(InstructionData(.memoryInit, .i32, memory: second, auxiliary: index), taking: 3)
    default: emit(InstructionData(.dataDrop, .i32, auxiliary: index))
    }
  }

  private func addressType(_ memory: UInt32) -> Type { shape.memories[MemoryIndex(memory)].indexType }

  mutating func translateTable(_ decoded: DecodedOperator) {
    let (index, second) = (decoded.index, decoded.second)
    switch decoded.op {
    case .tableGet: emitValue(InstructionData(.tableGet, .i64, memory: index), taking: 1)
    case .tableSet: emit(InstructionData(.tableSet, .i32, memory: index), taking: 2)
    case .tableSize: emitValue(InstructionData(.tableSize, indexType(index), memory: index))
    case .tableGrow: emitValue(InstructionData(.tableGrow, indexType(index), memory: index), taking: 2)
    case .tableFill: emit(InstructionData(.tableFill, .i32, memory: index), taking: 3)
    case .tableCopy: emit(InstructionData(.tableCopy, .i32, memory: index, auxiliary: second), taking: 3)
    case .tableInit: emit(InstructionData(.tableInit, .i32, memory: second, auxiliary: index), taking: 3)
    default: emit(InstructionData(.elementDrop, .i32, auxiliary: index))
    }
  }

  private func indexType(_ table: UInt32) -> Type { shape.tables[TableIndex(table)].indexType }

  /// A call through a table reads the element first; `callIndirect` itself traps on null and on another signature.
  mutating func translateCall(_ decoded: DecodedOperator) throws(WasmError) {
    let isTail = [.returnCall, .returnCallIndirect, .returnCallRef].contains(decoded.op)
    switch decoded.op {
    case .call, .returnCall:
      let signature = shape.signature(of: FunctionIndex(decoded.index))
      let throwing = shape.exceptions?.throwing.contains(FunctionIndex(decoded.index)) ?? false
      let opcode: IR.Opcode = isTail ? .returnCall : throwing ? .tryCall : .call
      let data = InstructionData(opcode, .i32, auxiliary: decoded.index)
      try emitCall(data, taking: signature.parameters.count, isTail ? [] : signature.results, at: decoded.offset)
    default:
      let callee = module.canonicalType(TypeIndex(decoded.index)).rawValue
      let signature = shape.signatures[SignatureIndex(callee)]
      if decoded.op != .callRef && decoded.op != .returnCallRef {
        emitValue(InstructionData(.tableGet, .i64, memory: decoded.second), taking: 1)
      }
      let element = pop()
      stack.insert(element, at: stack.count - signature.parameters.count)
      let opcode: IR.Opcode =
        isTail ? .returnCallIndirect : shape.exceptions != nil ? .tryCallIndirect : .callIndirect
      let data = InstructionData(opcode, .i32, auxiliary: callee)
      try emitCall(data, taking: signature.parameters.count + 1, isTail ? [] : signature.results, at: decoded.offset)
    }
    if isTail { isReachable = false }
  }

  private mutating func emitCall(
    _ data: InstructionData, taking count: Int, _ results: [Type], at offset: Int
  ) throws(WasmError) {
    let returnsStatus = data.opcode == .tryCall || data.opcode == .tryCallIndirect
    let call = emit(data, taking: count, results: returnsStatus ? results + [.i64] : results)
    stack.append(contentsOf: builder.function.results(of: call))
    if returnsStatus { try branchIfThrown(pop(), at: offset) }
  }
}
