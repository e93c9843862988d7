import Entities

/// Element and data segments, and the constant expressions in them and in globals.
extension ModuleReader {
  /// Flags: 1 passive or declarative, 2 an explicit table (active) or declarative, 4 expressions rather than indices
  /// (specification 5.5.12).
  mutating func readElements() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.segments, of: "element segments")
    module.elements.reserveCapacity(cursor.plausible(count, elementSize: 3))
    for _ in 0..<count {
      let start = cursor.offset
      let flags = try cursor.readU32()
      if flags > 7 { throw WasmError(.malformedSegmentFlags, at: start, "\(flags)") }
      if flags != 0 && !features.contains(.bulkMemory) {
        throw WasmError(.unsupportedFeature, at: start, Features.bulkMemory.name)
      }
      let isActive = flags & 1 == 0
      let hasExpressions = flags & 4 != 0
      var mode = flags & 2 == 0 ? ElementSegment.Mode.passive : .declarative
      var tableType: TableType?
      if isActive {
        let table = try readSegmentTable(isExplicit: flags & 2 != 0)
        let type = module.tables[table]
        tableType = type
        mode = .active(table: table, offset: try readConstantExpression(type.indexType.valueType))
      }
      // Functions are never null; the two oldest forms have no kind.
      var type = hasExpressions ? ReferenceType.funcref : ReferenceType(.function, isNullable: false)
      if flags & 3 != 0 {
        let offset = cursor.offset
        if hasExpressions { type = try checked(try cursor.readReferenceType(features), at: offset) } else { try readElementKind() }
      }
      if let tableType, !module.matches(type, tableType.element) {
        throw WasmError(
          .typeMismatch, at: start,
          "\(ValueType.reference(type)) elements for a table of \(ValueType.reference(tableType.element))")
      }
      let items = hasExpressions ? try readExpressions(.reference(type)) : try readFunctionIndices()
      module.elements.append(ElementSegment(mode: mode, type: type, items: items))
    }
  }

  private mutating func readSegmentTable(isExplicit: Bool) throws(WasmError) -> TableIndex {
    if isExplicit { return try readTableIndex() }
    if module.tables.isEmpty { throw WasmError(.unknownTable, at: cursor.offset, "0 of 0") }
    return TableIndex(0)
  }

  private mutating func readElementKind() throws(WasmError) {
    let start = cursor.offset
    let kind = try cursor.readByte()
    if kind != 0 { throw WasmError(.malformedElementKind, at: start, "expected 0, found \(kind)") }
  }

  private mutating func readFunctionIndices() throws(WasmError) -> ElementSegment.Items {
    let count = try cursor.readCount(limit: ImplementationLimit.segmentItems, of: "elements")
    var functions: ContiguousArray<FunctionIndex> = []
    functions.reserveCapacity(cursor.plausible(count, elementSize: 1))
    for _ in 0..<count {
      let function = try readFunctionIndex()
      module.declaredReferences.insert(function)
      functions.append(function)
    }
    return .functions(functions)
  }

  private mutating func readExpressions(_ type: ValueType) throws(WasmError) -> ElementSegment.Items {
    let count = try cursor.readCount(limit: ImplementationLimit.segmentItems, of: "elements")
    var expressions: ContiguousArray<ConstantExpression> = []
    for _ in 0..<count { expressions.append(try readConstantExpression(type)) }
    return .expressions(expressions)
  }

  /// Flags: 0 active in memory 0, 1 passive, 2 active with a memory index (specification 5.5.14).
  mutating func readData() throws(WasmError) {
    let countOffset = cursor.offset
    let count = try cursor.readCount(limit: ImplementationLimit.segments, of: "data segments")
    if let announced = module.dataCount, Int(announced) != count {
      throw WasmError(.dataCountMismatch, at: countOffset, "\(announced) announced, \(count) present")
    }
    module.data.reserveCapacity(cursor.plausible(count, elementSize: 2))
    for _ in 0..<count {
      let start = cursor.offset
      let flags = try cursor.readU32()
      var mode = DataSegment.Mode.passive
      switch flags {
      case 0, 2:
        if flags == 0 && module.memories.isEmpty { throw WasmError(.unknownMemory, at: start, "0 of 0") }
        let memory = flags == 0 ? MemoryIndex(0) : try readMemoryIndex()
        mode = .active(
          memory: memory, offset: try readConstantExpression(module.memories[memory].indexType.valueType))
      case 1: break
      default: throw WasmError(.malformedSegmentFlags, at: start, "\(flags)")
      }
      if flags != 0 && !features.contains(.bulkMemory) {
        throw WasmError(.unsupportedFeature, at: start, Features.bulkMemory.name)
      }
      module.data.append(DataSegment(mode: mode, range: try cursor.readByteRange()))
    }
  }

  /// A constant expression with one value of type `expected` (specification 3.3.10).
  mutating func readConstantExpression(_ expected: ValueType) throws(WasmError) -> ConstantExpression {
    let start = cursor.offset
    var instructions: ContiguousArray<ConstantInstruction> = []
    var stack: ContiguousArray<ValueType> = []
    while true {
      let decoded = try nextOperator()
      let (instruction, type): (ConstantInstruction, ValueType)
      switch decoded.op {
      case .i32Const: (instruction, type) = (.i32(UInt32(truncatingIfNeeded: decoded.bits)), .i32)
      case .i64Const: (instruction, type) = (.i64(decoded.bits), .i64)
      case .f32Const: (instruction, type) = (.f32(bits: UInt32(truncatingIfNeeded: decoded.bits)), .f32)
      case .f64Const: (instruction, type) = (.f64(bits: decoded.bits), .f64)
      case .v128Const: (instruction, type) = (.v128(low: decoded.bits, high: decoded.highBits), .v128)
      case .refNull:
        let null = try module.checked(decoded.type, at: decoded.offset)
        guard case .reference(let reference) = null.kind else { preconditionFailure("ref.null has a reference type") }
        (instruction, type) = (.refNull(reference.heapType), null)
      case .refFunc:
        if Int(decoded.index) >= module.functions.count {
          throw WasmError(.unknownFunction, at: decoded.offset, "\(decoded.index) of \(module.functions.count)")
        }
        let function = FunctionIndex(decoded.index)
        module.declaredReferences.insert(function)
        (instruction, type) = (.refFunc(function), module.referenceType(of: function))
      case .globalGet:
        let global = try constantGlobal(decoded)
        (instruction, type) = (.globalGet(global), module.globals[global].type)
      case .i32Add: (instruction, type) = (.add(.i32), .i32)
      case .i32Sub: (instruction, type) = (.subtract(.i32), .i32)
      case .i32Mul: (instruction, type) = (.multiply(.i32), .i32)
      case .i64Add: (instruction, type) = (.add(.i64), .i64)
      case .i64Sub: (instruction, type) = (.subtract(.i64), .i64)
      case .i64Mul: (instruction, type) = (.multiply(.i64), .i64)
      case .end:
        if stack.count != 1 || !module.matches(stack[0], expected) {
          throw WasmError(.typeMismatch, at: start, "expected [\(expected)], found \(stack)")
        }
        return ConstantExpression(instructions: instructions)
      default: throw WasmError(.constantRequired, at: decoded.offset, "\(decoded.op.info.name) is not constant")
      }
      if decoded.op.info.operands.count == 2 {
        if !features.contains(.extendedConstants) {
          throw WasmError(.constantRequired, at: decoded.offset, "\(decoded.op.info.name) is not constant")
        }
        if stack.suffix(2) != [type, type] {
          throw WasmError(.typeMismatch, at: decoded.offset, "expected [\(type) \(type)], found \(stack)")
        }
        stack.removeLast(2)
      }
      instructions.append(instruction)
      stack.append(type)
    }
  }

  private mutating func nextOperator() throws(WasmError) -> DecodedOperator {
    var reader = OperatorReader(cursor, features: features)
    let decoded = try reader.next()
    cursor = reader.cursor
    return decoded
  }

  private func constantGlobal(_ decoded: DecodedOperator) throws(WasmError) -> GlobalIndex {
    let global = GlobalIndex(decoded.index)
    if !module.globals.contains(global) {
      throw WasmError(.unknownGlobal, at: decoded.offset, "\(decoded.index) of \(module.globals.count)")
    }
    if module.globals[global].isMutable {
      throw WasmError(.constantRequired, at: decoded.offset, "global \(decoded.index) is mutable")
    }
    return global
  }
}
