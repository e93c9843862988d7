import Entities

/// The typing rules (specification 3.3).
extension FunctionValidator {
  mutating func apply(_ decoded: DecodedOperator) throws(WasmError) {
    let info = table[Int(decoded.op.rawValue)]
    switch info.typing {
    case .fixed: try applyFixed(info, decoded)
    case .special: try applySpecial(decoded)
    }
  }

  /// Operators whose row says it all, but for the checks of their immediates.
  @inline(__always)
  private mutating func applyFixed(_ info: OperatorInfo, _ decoded: DecodedOperator) throws(WasmError) {
    var address = ValueType.none
    switch info.immediates {
    case .memoryAccess, .memoryLane, .atomicAccess:
      address = try memoryType(decoded.index, at: decoded.offset)
      try checkAccess(decoded, info, address)
      if info.immediates == .memoryLane { try checkLane(decoded, info) }
    case .lane: try checkLane(decoded, info)
    case .shuffle: try checkShuffle(decoded, info)
    case .memory: address = try memoryType(decoded.index, at: decoded.offset)
    case .dataAndMemory:
      address = try memoryType(decoded.second, at: decoded.offset)
      try checkDataSegment(decoded)
    case .dataSegment: try checkDataSegment(decoded)
    case .elementSegment: try checkElementSegment(decoded)
    default: break
    }
    var position = info.operands.count
    while position > 0 {
      position -= 1
      let type = info.operands[position]
      try pop(type == .address ? address : type, at: decoded.offset)
    }
    if info.result != .none { push(info.result == .address ? address : info.result) }
  }

  private mutating func applySpecial(_ decoded: DecodedOperator) throws(WasmError) {
    let offset = decoded.offset
    switch decoded.op {
    case .unreachable, .block, .loop, .if, .else, .end, .br, .brIf, .brTable, .return:
      try applyControl(decoded)
    case .call, .callIndirect, .callRef, .returnCall, .returnCallIndirect, .returnCallRef: try applyCalls(decoded)
    case .throwTag, .throwRef, .tryTable: try applyException(decoded)
    case .refIsNull, .refAsNonNull, .brOnNull, .brOnNonNull: try applyNullTest(decoded)
    case .drop: _ = try pop(at: offset)
    case .select: try applySelect(at: offset)
    case .selectTyped:
      try pop(.i32, at: offset)
      try pop(decoded.type, at: offset)
      try pop(decoded.type, at: offset)
      push(decoded.type)
    case .refNull: push(decoded.type)
    case .refFunc:
      _ = try functionType(decoded.index, at: offset)
      if !module.declaredReferences.contains(FunctionIndex(decoded.index)) {
        throw WasmError(.undeclaredReference, at: offset, "function \(decoded.index)")
      }
      push(module.referenceType(of: FunctionIndex(decoded.index)))
    case .localGet:
      let type = try localType(decoded)
      if !initialisation.isInitialised(decoded.index) {
        throw WasmError(.uninitializedLocal, at: offset, "\(decoded.index)")
      }
      push(type)
    case .localSet:
      try pop(try localType(decoded), at: offset)
      initialisation.set(decoded.index)
    case .localTee:
      let type = try localType(decoded)
      try pop(type, at: offset)
      initialisation.set(decoded.index)
      push(type)
    case .globalGet: push(try globalType(decoded).type)
    case .globalSet:
      let global = try globalType(decoded)
      if !global.isMutable { throw WasmError(.immutableGlobal, at: offset, "global \(decoded.index)") }
      try pop(global.type, at: offset)
    case .memoryCopy:
      let destination = try memoryType(decoded.index, at: offset)
      let source = try memoryType(decoded.second, at: offset)
      try pop(destination == source ? destination : .i32, at: offset)
      try pop(source, at: offset)
      try pop(destination, at: offset)
    default: try applyTable(decoded)
    }
  }

  private mutating func applyControl(_ decoded: DecodedOperator) throws(WasmError) {
    let offset = decoded.offset
    switch decoded.op {
    case .block: try enter(.block, decoded.block, at: offset)
    case .loop: try enter(.loop, decoded.block, at: offset)
    case .if:
      try pop(.i32, at: offset)
      try enter(.if, decoded.block, at: offset)
    case .else:
      if controls[controls.count - 1].kind != .if { throw WasmError(.endExpected, at: offset, "else without if") }
      let frame = try leave(at: offset)
      controls.append(
        ControlFrame(kind: .else, block: frame.block, height: operands.count, initialised: initialisation.count))
      push(parameters(of: frame.block))
    case .end:
      let frame = try leave(at: offset)
      // A missing else passes its parameters on.
      if frame.kind == .if && !module.matches(parameters(of: frame.block), results(of: frame.block)) {
        throw WasmError(.typeMismatch, at: offset, "an if without else must give its parameters as results")
      }
      if !controls.isEmpty { push(results(of: frame.block)) }
    case .br:
      try pop(try labelTypes(decoded.index, at: offset), at: offset)
      markUnreachable()
    case .brIf:
      try pop(.i32, at: offset)
      let types = try labelTypes(decoded.index, at: offset)
      try pop(types, at: offset)
      push(types)
    case .brTable: try applyBranchTable(at: offset)
    case .return:
      try pop(type.results, at: offset)
      markUnreachable()
    default: markUnreachable()  // unreachable
    }
  }

  /// All labels take as many values as the default; each label's types must be on the stack.
  private mutating func applyBranchTable(at offset: Int) throws(WasmError) {
    try pop(.i32, at: offset)
    let labels = reader.labels
    let last = labels[labels.count - 1]
    let defaultTypes = try labelTypes(last, at: offset)
    var previous: UInt32?
    for label in labels where label != previous {
      previous = label
      let types = try labelTypes(label, at: offset)
      if types.count != defaultTypes.count {
        throw WasmError(.typeMismatch, at: offset, "labels take \(types.count) and \(defaultTypes.count) values")
      }
      // What stands there is put back as it was: unknown types must stay unknown for the next label.
      var found: ContiguousArray<ValueType> = []
      for type in types.reversed() { found.append(try pop(type, at: offset)) }
      for type in found.reversed() { push(type) }
    }
    markUnreachable()
  }

  /// Without a type: numbers and vectors only.
  private mutating func applySelect(at offset: Int) throws(WasmError) {
    try pop(.i32, at: offset)
    let second = try pop(at: offset)
    let first = try pop(at: offset)
    for type in [first, second] where type != .none && !type.isNumber && !type.isVector {
      throw WasmError(.typeMismatch, at: offset, "select without a type takes no references")
    }
    if first != second && first != .none && second != .none {
      throw WasmError(.typeMismatch, at: offset, "select between \(first) and \(second)")
    }
    push(first == .none ? second : first)
  }

  private mutating func applyTable(_ decoded: DecodedOperator) throws(WasmError) {
    let offset = decoded.offset
    if decoded.op == .tableInit {
      let table = try tableType(decoded.second, at: offset)
      let segment = try checkElementSegment(decoded)
      try checkElements(segment, table, at: offset)
      try pop(.i32, at: offset)
      try pop(.i32, at: offset)
      try pop(table.indexType.valueType, at: offset)
      return
    }
    let table = try tableType(decoded.index, at: offset)
    let index = table.indexType.valueType
    let element = ValueType.reference(table.element)
    switch decoded.op {
    case .tableGet:
      try pop(index, at: offset)
      push(element)
    case .tableSet:
      try pop(element, at: offset)
      try pop(index, at: offset)
    case .tableSize: push(index)
    case .tableGrow:
      try pop(index, at: offset)
      try pop(element, at: offset)
      push(index)
    case .tableFill:
      try pop(index, at: offset)
      try pop(element, at: offset)
      try pop(index, at: offset)
    case .tableCopy:
      let source = try tableType(decoded.second, at: offset)
      try checkElements(source.element, table, at: offset)
      try pop(table.indexType == source.indexType ? index : .i32, at: offset)
      try pop(source.indexType.valueType, at: offset)
      try pop(index, at: offset)
    default: preconditionFailure("\(decoded.op.info.name) has a special rule that nobody wrote")
    }
  }

  // MARK: Immediates

  func functionType(_ index: TypeIndex, at offset: Int) throws(WasmError) -> FunctionType {
    if !module.types.contains(index) {
      throw WasmError(.unknownType, at: offset, "\(index.rawValue) of \(module.types.count)")
    }
    guard let type = module.types[index].function else {
      throw WasmError(.typeMismatch, at: offset, "type \(index.rawValue) is no function type")
    }
    return type
  }

  private func localType(_ decoded: DecodedOperator) throws(WasmError) -> ValueType {
    if Int(decoded.index) >= locals.count {
      throw WasmError(.unknownLocal, at: decoded.offset, "\(decoded.index) of \(locals.count)")
    }
    return locals[Int(decoded.index)]
  }

  private func globalType(_ decoded: DecodedOperator) throws(WasmError) -> GlobalType {
    let index = GlobalIndex(decoded.index)
    if !module.globals.contains(index) {
      throw WasmError(.unknownGlobal, at: decoded.offset, "\(decoded.index) of \(module.globals.count)")
    }
    return module.globals[index]
  }

  func functionType(_ index: UInt32, at offset: Int) throws(WasmError) -> FunctionType {
    if !module.functions.contains(FunctionIndex(index)) {
      throw WasmError(.unknownFunction, at: offset, "\(index) of \(module.functions.count)")
    }
    return module.type(of: FunctionIndex(index))
  }

  func tableType(_ index: UInt32, at offset: Int) throws(WasmError) -> TableType {
    if !module.tables.contains(TableIndex(index)) {
      throw WasmError(.unknownTable, at: offset, "\(index) of \(module.tables.count)")
    }
    return module.tables[TableIndex(index)]
  }

  /// The type of the memory's addresses.
  private func memoryType(_ index: UInt32, at offset: Int) throws(WasmError) -> ValueType {
    if !module.memories.contains(MemoryIndex(index)) {
      throw WasmError(.unknownMemory, at: offset, "\(index) of \(module.memories.count)")
    }
    return module.memories[MemoryIndex(index)].indexType.valueType
  }

  private func checkAccess(
    _ decoded: DecodedOperator, _ info: OperatorInfo, _ address: ValueType
  ) throws(WasmError) {
    if decoded.alignment > UInt32(info.alignment) {
      throw WasmError(
        .alignmentTooLarge, at: decoded.offset, "2^\(decoded.alignment), at most 2^\(info.alignment)")
    }
    if info.immediates == .atomicAccess && decoded.alignment < UInt32(info.alignment) {
      throw WasmError(.atomicAlignment, at: decoded.offset, "2^\(decoded.alignment), not 2^\(info.alignment)")
    }
    if address == .i32 && decoded.bits > UInt64(UInt32.max) {
      throw WasmError(.offsetTooLarge, at: decoded.offset, "\(decoded.bits) in a 32-bit memory")
    }
  }

  private func checkLane(_ decoded: DecodedOperator, _ info: OperatorInfo) throws(WasmError) {
    if decoded.lane >= info.lanes {
      throw WasmError(.invalidLane, at: decoded.offset, "\(decoded.lane) of \(info.lanes)")
    }
  }

  private func checkShuffle(_ decoded: DecodedOperator, _ info: OperatorInfo) throws(WasmError) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      for lane in [decoded.bits >> shift & 0xff, decoded.highBits >> shift & 0xff] where lane >= UInt64(info.lanes) {
        throw WasmError(.invalidLane, at: decoded.offset, "\(lane) of \(info.lanes)")
      }
    }
  }

  private func checkDataSegment(_ decoded: DecodedOperator) throws(WasmError) {
    guard let count = module.dataCount else { throw WasmError(.dataCountRequired, at: decoded.offset) }
    if decoded.index >= count {
      throw WasmError(.unknownDataSegment, at: decoded.offset, "\(decoded.index) of \(count)")
    }
  }

  @discardableResult
  private func checkElementSegment(_ decoded: DecodedOperator) throws(WasmError) -> ReferenceType {
    let index = SegmentIndex(decoded.index)
    if !module.elements.contains(index) {
      throw WasmError(.unknownElementSegment, at: decoded.offset, "\(decoded.index) of \(module.elements.count)")
    }
    return module.elements[index].type
  }

  private func checkElements(_ source: ReferenceType, _ table: TableType, at offset: Int) throws(WasmError) {
    if !module.matches(source, table.element) {
      throw WasmError(
        .typeMismatch, at: offset,
        "\(ValueType.reference(source)) elements for a table of \(ValueType.reference(table.element))")
    }
  }
}
