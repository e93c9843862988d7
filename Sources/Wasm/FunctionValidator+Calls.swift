import Entities

/// Calls, exceptions and tests for null (specification 3.4).
extension FunctionValidator {
  mutating func applyCalls(_ decoded: DecodedOperator) throws(WasmError) {
    let offset = decoded.offset
    switch decoded.op {
    case .call: try applyCall(try functionType(decoded.index, at: offset), isTail: false, at: offset)
    case .returnCall: try applyCall(try functionType(decoded.index, at: offset), isTail: true, at: offset)
    case .callIndirect, .returnCallIndirect:
      let table = try tableType(decoded.second, at: offset)
      if !module.matches(table.element, .funcref) {
        throw WasmError(.typeMismatch, at: offset, "call_indirect needs a table of function references")
      }
      let callee = try functionType(TypeIndex(decoded.index), at: offset)
      try pop(table.indexType.valueType, at: offset)
      try applyCall(callee, isTail: decoded.op == .returnCallIndirect, at: offset)
    default:
      let callee = try functionType(TypeIndex(decoded.index), at: offset)
      let reference = ReferenceType(HeapType(module.canonicalType(TypeIndex(decoded.index))))
      try pop(.reference(reference), at: offset)
      try applyCall(callee, isTail: decoded.op == .returnCallRef, at: offset)
    }
  }

  private mutating func applyCall(_ callee: FunctionType, isTail: Bool, at offset: Int) throws(WasmError) {
    try pop(callee.parameters, at: offset)
    if !isTail { return push(callee.results) }
    if !module.matches(callee.results, type.results) {
      throw WasmError(.typeMismatch, at: offset, "a tail call must have its caller's results")
    }
    markUnreachable()
  }

  mutating func applyException(_ decoded: DecodedOperator) throws(WasmError) {
    let offset = decoded.offset
    switch decoded.op {
    case .throwTag:
      try pop(try parameters(ofTag: TagIndex(decoded.index), at: offset), at: offset)
      markUnreachable()
    case .throwRef:
      try pop(.exnref, at: offset)
      markUnreachable()
    default:
      // The labels of the clauses are those outside.
      for clause in reader.catches {
        var types = try clause.tag.map { tag throws(WasmError) in try parameters(ofTag: tag, at: offset) } ?? []
        if clause.takesReference { types.append(.reference(ReferenceType(.exception, isNullable: false))) }
        let expected = try labelTypes(clause.label, at: offset)
        if !module.matches(types, expected) {
          throw WasmError(.typeMismatch, at: offset, "a catch clause gives \(types), its label takes \(expected)")
        }
      }
      try enter(.tryTable, decoded.block, at: offset)
    }
  }

  private func parameters(ofTag tag: TagIndex, at offset: Int) throws(WasmError) -> ContiguousArray<ValueType> {
    if !module.tags.contains(tag) {
      throw WasmError(.unknownTag, at: offset, "\(tag.rawValue) of \(module.tags.count)")
    }
    return module.functionType(module.tags[tag]).parameters
  }

  mutating func applyNullTest(_ decoded: DecodedOperator) throws(WasmError) {
    let offset = decoded.offset
    switch decoded.op {
    case .refIsNull:
      _ = try popReference(at: offset)
      push(.i32)
    case .refAsNonNull: push(try popReference(at: offset))
    case .brOnNull:
      let types = try labelTypes(decoded.index, at: offset)
      let reference = try popReference(at: offset)
      try pop(types, at: offset)
      push(types)
      push(reference)
    default:
      var types = try labelTypes(decoded.index, at: offset)
      let reference = try popReference(at: offset)
      guard let last = types.popLast(), module.matches(reference, last) else {
        throw WasmError(.typeMismatch, at: offset, "the label does not take \(reference) last")
      }
      try pop(types, at: offset)
      push(types)
    }
  }

  /// The type of a reference that has turned out not to be null.
  private mutating func popReference(at offset: Int) throws(WasmError) -> ValueType {
    let found = try pop(at: offset)
    if found == .none { return .reference(ReferenceType(.bottom, isNullable: false)) }
    guard case .reference(let type) = found.kind, found.isReference else {
      throw WasmError(.typeMismatch, at: offset, "expected a reference, found \(found)")
    }
    return .reference(ReferenceType(type.heapType, isNullable: false))
  }
}
