import Entities
import IR
import Wasm

/// Operators that compute, access or call; all in reachable code.
extension FunctionTranslator {
  mutating func apply(_ rule: OperatorRule, _ decoded: DecodedOperator) {
    switch rule {
    case .binary(let opcode, let type): push(emitValue(InstructionData(opcode, type), pop(2)))
    case .unary(let opcode, let type): push(emitValue(InstructionData(opcode, type), pop(1)))
    case .extend(let width, let type):
      push(emitValue(InstructionData(.signExtendInReg, type, auxiliary: width), pop(1)))
    case .convert(let opcode, let type, let source):
      push(emitValue(InstructionData(opcode, type, auxiliary: UInt32(source.rawValue)), pop(1)))
    case .compareInteger(let condition, let type):
      let operands = pop(2)
      push(builder.compare(condition, type, operands[0], operands[1]))
    case .compareFloat(let condition, let type):
      let operands = pop(2)
      push(builder.compare(condition, type, operands[0], operands[1]))
    case .load(let type, let access):
      let operands = pop(1)
      emitCheck(decoded, operands[0], size: access.size(for: type))
      let data = InstructionData(.load, type, access: access, memory: decoded.index, immediate: decoded.bits)
      push(emitValue(data, operands))
    case .store(let type, let access):
      let operands = pop(2)
      emitCheck(decoded, operands[0], size: access.size(for: type))
      let data = InstructionData(.store, type, access: access, memory: decoded.index, immediate: decoded.bits)
      builder.insert(data, operands)
    case .code: preconditionFailure("operators with code of their own have no rule to apply")
    }
  }

  /// An end beyond 2^64 is beyond every memory too, so it may as well be 2^64 - 1.
  private mutating func emitCheck(_ decoded: DecodedOperator, _ address: Value, size: Int) {
    if !options.checksBounds { return }
    let (end, overflow) = decoded.bits.addingReportingOverflow(UInt64(size))
    let type = shape.memories[MemoryIndex(decoded.index)].indexType
    let data = InstructionData(.memoryCheck, type, memory: decoded.index, immediate: overflow ? .max : end)
    builder.insert(data, [address])
  }

  mutating func translateSelect() {
    let operands = pop(3)
    let data = InstructionData(.select, builder.function.type(of: operands[0]))
    push(emitValue(data, [operands[2], operands[0], operands[1]]))
  }

  /// Also whether a reference is null: null is 0, whatever its type.
  mutating func translateIsZero(_ type: Type) {
    let zero = builder.integer(type, 0)
    push(builder.compare(IntegerCondition.equal, type, pop(), zero))
  }

  mutating func translateGlobal(_ decoded: DecodedOperator) {
    let type = shape.globals[GlobalIndex(decoded.index)].type
    if decoded.op == .globalGet {
      push(emitValue(InstructionData(.globalGet, type, auxiliary: decoded.index), []))
    } else {
      builder.insert(InstructionData(.globalSet, type, auxiliary: decoded.index), pop(1))
    }
  }

  mutating func translateMemory(_ decoded: DecodedOperator) {
    let (index, second) = (decoded.index, decoded.second)
    switch decoded.op {
    case .memorySize: push(emitValue(InstructionData(.memorySize, addressType(index), memory: index), []))
    case .memoryGrow: push(emitValue(InstructionData(.memoryGrow, addressType(index), memory: index), pop(1)))
    case .memoryFill: builder.insert(InstructionData(.memoryFill, .i32, memory: index), pop(3))
    case .memoryCopy: builder.insert(InstructionData(.memoryCopy, .i32, memory: index, auxiliary: second), pop(3))
    case .memoryInit: builder.insert(InstructionData(.memoryInit, .i32, memory: second, auxiliary: index), pop(3))
    default: builder.insert(InstructionData(.dataDrop, .i32, auxiliary: index))
    }
  }

  private func addressType(_ memory: UInt32) -> Type { shape.memories[MemoryIndex(memory)].indexType }

  mutating func translateTable(_ decoded: DecodedOperator) {
    let (index, second) = (decoded.index, decoded.second)
    switch decoded.op {
    case .tableGet: push(emitValue(InstructionData(.tableGet, .i64, memory: index), pop(1)))
    case .tableSet: builder.insert(InstructionData(.tableSet, .i32, memory: index), pop(2))
    case .tableSize: push(emitValue(InstructionData(.tableSize, indexType(index), memory: index), []))
    case .tableGrow: push(emitValue(InstructionData(.tableGrow, indexType(index), memory: index), pop(2)))
    case .tableFill: builder.insert(InstructionData(.tableFill, .i32, memory: index), pop(3))
    case .tableCopy: builder.insert(InstructionData(.tableCopy, .i32, memory: index, auxiliary: second), pop(3))
    case .tableInit: builder.insert(InstructionData(.tableInit, .i32, memory: second, auxiliary: index), pop(3))
    default: builder.insert(InstructionData(.elementDrop, .i32, auxiliary: index))
    }
  }

  private func indexType(_ table: UInt32) -> Type { shape.tables[TableIndex(table)].indexType }

  /// A call through a table reads the element first; `callIndirect` itself traps on null and on another signature.
  mutating func translateCall(_ decoded: DecodedOperator) {
    let isIndirect = decoded.op == .callIndirect || decoded.op == .returnCallIndirect
    let isTail = decoded.op == .returnCall || decoded.op == .returnCallIndirect
    var callee = decoded.index
    var element: Value?
    if isIndirect {
      callee = module.canonicalType(TypeIndex(decoded.index)).rawValue
      element = emitValue(InstructionData(.tableGet, .i64, memory: decoded.second), pop(1))
    }
    let signature =
      isIndirect ? shape.signatures[SignatureIndex(callee)] : shape.signature(of: FunctionIndex(callee))
    var operands = pop(signature.parameters.count)
    if let element { operands.insert(element, at: 0) }
    if isTail {
      let opcode = isIndirect ? Opcode.returnCallIndirect : .returnCall
      builder.insert(InstructionData(opcode, .i32, auxiliary: callee), operands)
      isReachable = false
      return
    }
    let opcode = isIndirect ? Opcode.callIndirect : .call
    let call = builder.insert(
      InstructionData(opcode, .i32, auxiliary: callee), operands, results: signature.results)
    stack.append(contentsOf: builder.function.results(of: call))
  }
}
