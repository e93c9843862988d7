import Entities

/// Matching (specification 3.3). Types of the module are compared by their canonical indices.
extension Module {
  /// Supertypes one above the other, at most: the limit of the JavaScript interface.
  static let longestSupertypeChain = 63

  @inline(__always)
  func matches(_ found: ValueType, _ expected: ValueType) -> Bool {
    found == expected || matchesReference(found, expected)
  }

  private func matchesReference(_ found: ValueType, _ expected: ValueType) -> Bool {
    guard case .reference(let found) = found.kind, case .reference(let expected) = expected.kind else { return false }
    return matches(found, expected)
  }

  public func matches(_ found: ReferenceType, _ expected: ReferenceType) -> Bool {
    (expected.isNullable || !found.isNullable) && matches(found.heapType, expected.heapType)
  }

  func matches(_ found: some Sequence<ValueType>, _ expected: ContiguousArray<ValueType>) -> Bool {
    var count = 0
    for type in found {
      if count == expected.count || !matches(type, expected[count]) { return false }
      count += 1
    }
    return count == expected.count
  }

  func matches(_ found: HeapType, _ expected: HeapType) -> Bool {
    if found == expected || found == .bottom { return true }
    if let index = found.typeIndex {
      if let other = expected.typeIndex { return isSubtype(index, of: other) }
      switch types[index].composite {
      case .function: return expected == .function
      case .structure: return expected == .structure || expected == .eq || expected == .any
      case .array: return expected == .array || expected == .eq || expected == .any
      }
    }
    switch found {
    case .noFunction: return expected == .function || expected.typeIndex.map { types[$0].function != nil } ?? false
    case .noExternal: return expected == .external
    case .noException: return expected == .exception
    case .none:
      if let index = expected.typeIndex { return types[index].function == nil }
      return [.any, .eq, .i31, .structure, .array].contains(expected)
    case .i31, .structure, .array: return expected == .eq || expected == .any
    case .eq: return expected == .any
    default: return false
    }
  }

  /// Whether the reference is null or to a function.
  public func isFunctionReference(_ type: ReferenceType) -> Bool {
    type.heapType.typeIndex.map { types[$0].function != nil } ?? (type.heapType == .function || type.heapType == .noFunction)
  }

  /// Whether `index` is `other` or declared below it, in whatever number of steps. Both may be any of their class.
  public func isSubtype(_ index: TypeIndex, of other: TypeIndex) -> Bool {
    let wanted = canonicalType(other)
    var current: TypeIndex? = canonicalType(index)
    while let type = current {
      if type == wanted { return true }
      current = types[type].supertype.map(canonicalType)
    }
    return false
  }

  /// The type and its supertypes, canonical, lowest first.
  public func supertypes(of index: TypeIndex) -> [TypeIndex] {
    var chain: [TypeIndex] = []
    var current: TypeIndex? = canonicalType(index)
    while let type = current {
      chain.append(type)
      current = types[type].supertype.map(canonicalType)
    }
    return chain
  }

  /// Whether a type may stand below its declared supertype (specification 3.3.8).
  func matches(_ found: CompositeType, _ expected: CompositeType) -> Bool {
    switch (found, expected) {
    case (.function(let found), .function(let expected)):
      return matches(expected.parameters, found.parameters) && matches(found.results, expected.results)
    case (.structure(let found), .structure(let expected)):
      return found.count >= expected.count && zip(found, expected).allSatisfy(matches)
    case (.array(let found), .array(let expected)): return matches(found, expected)
    default: return false
    }
  }

  private func matches(_ found: FieldType, _ expected: FieldType) -> Bool {
    if found.isMutable != expected.isMutable { return false }
    guard !found.isMutable, case .value(let inner) = found.storage, case .value(let outer) = expected.storage else {
      return found.storage == expected.storage
    }
    return matches(inner, outer)
  }
}
