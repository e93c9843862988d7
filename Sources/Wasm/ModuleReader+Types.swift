import Entities

/// The type section: recursion groups, each read whole, then made canonical (specification 3.1, "Type Equivalence").
extension ModuleReader {
  mutating func readTypes() throws(WasmError) {
    let count = try cursor.readCount(limit: ImplementationLimit.types, of: "types")
    module.types.reserveCapacity(cursor.plausible(count, elementSize: 3))
    var groups = TypeGroups()
    for _ in 0..<count {
      let start = cursor.offset
      var size = 1
      if cursor.peek() == 0x4e {
        try require(.functionReferences, at: start, "(recursion group)")
        try cursor.skip(1)
        size = try cursor.readCount(limit: ImplementationLimit.types, of: "types of a group")
      }
      if module.types.count + size > ImplementationLimit.types {
        throw WasmError(.implementationLimit, at: start, "more than \(ImplementationLimit.types) types")
      }
      try readGroup(size, &groups, at: start)
    }
  }

  private mutating func readGroup(_ size: Int, _ groups: inout TypeGroups, at start: Int) throws(WasmError) {
    let first = module.types.count
    var offsets: ContiguousArray<Int> = []
    for _ in 0..<size {
      offsets.append(cursor.offset)
      module.types.append(try readDefinedType())
      module.canonicalTypes.append(TypeIndex(index: module.types.count - 1))
    }
    for (position, offset) in offsets.enumerated() {
      try checkIndices(TypeIndex(index: first + position), below: first + size, at: offset)
    }
    module.recursionGroups.append(first..<first + size)
    groups.canonicalize(first..<first + size, &module)
    for (position, offset) in offsets.enumerated() { try checkSupertype(TypeIndex(index: first + position), at: offset) }
  }

  /// `sub` (0x50), `sub final` (0x4f), or a composite type alone.
  private mutating func readDefinedType() throws(WasmError) -> DefinedType {
    let start = cursor.offset
    guard let form = cursor.peek(), form == 0x50 || form == 0x4f else {
      return DefinedType(try cursor.readCompositeType(features))
    }
    try require(.functionReferences, at: start, "(subtypes)")
    try cursor.skip(1)
    var supertype: TypeIndex?
    let countOffset = cursor.offset
    let count = try cursor.readCount(limit: ImplementationLimit.types, of: "supertypes")
    if count > 1 { throw WasmError(.malformedType, at: countOffset, "\(count) supertypes") }
    if count == 1 {
      let offset = cursor.offset
      let index = try cursor.readU32()
      if Int(index) >= module.types.count { throw WasmError(.unknownType, at: offset, "\(index) as supertype") }
      supertype = TypeIndex(index)
    }
    return DefinedType(try cursor.readCompositeType(features), supertype: supertype, isFinal: form == 0x4f)
  }

  private func checkIndices(_ index: TypeIndex, below count: Int, at offset: Int) throws(WasmError) {
    var highest: TypeIndex?
    _ = module.types[index].composite.map { type in
      if let index = type.typeIndex { highest = max(highest ?? index, index) }
      return type
    }
    if let highest, highest.index >= count { throw WasmError(.unknownType, at: offset, "\(highest.rawValue) of \(count)") }
  }

  private func checkSupertype(_ index: TypeIndex, at offset: Int) throws(WasmError) {
    let type = module.types[index]
    guard let supertype = type.supertype else { return }
    if module.types[supertype].isFinal {
      throw WasmError(.subtypeMismatch, at: offset, "type \(supertype.rawValue) is final")
    }
    if !module.matches(type.composite, module.types[supertype].composite) {
      throw WasmError(.subtypeMismatch, at: offset, "does not match type \(supertype.rawValue)")
    }
    if module.supertypes(of: index).count > Module.longestSupertypeChain {
      throw WasmError(.implementationLimit, at: offset, "more than \(Module.longestSupertypeChain) supertypes")
    }
  }

  func require(_ feature: Features, at offset: Int, _ detail: String) throws(WasmError) {
    if !features.isSuperset(of: feature) {
      throw WasmError(.unsupportedFeature, at: offset, "\(feature.name) \(detail)")
    }
  }
}

/// Recursion groups met so far. Two groups are equivalent if they are equal once references into the group are written
/// relative to it, and all others canonical.
struct TypeGroups {
  /// First type of each distinct group.
  private var first: [ContiguousArray<UInt64>: Int] = [:]

  /// Finds the canonical types of the group and makes its references canonical. Cost: linear in the group.
  mutating func canonicalize(_ group: Range<Int>, _ module: inout Module) {
    let key = module.structuralKey(ofTypes: group) { [module] index in UInt64(module.canonicalType(index).rawValue) }
    let same = first[key] ?? group.lowerBound
    first[key] = same
    for position in group {
      module.canonicalTypes[TypeIndex(index: position)] = TypeIndex(index: same + position - group.lowerBound)
    }
    for position in group {
      let index = TypeIndex(index: position)
      module.types[index].composite = module.types[index].composite.map { [module] in module.canonical($0) }
    }
  }
}

extension Module {
  /// A recursion group as numbers that are equal exactly for equivalent groups: references into the group are relative
  /// to it, all others are what `number` says.
  public func structuralKey(ofTypes group: Range<Int>, number: (TypeIndex) -> UInt64) -> ContiguousArray<UInt64> {
    var key: ContiguousArray<UInt64> = []
    if group.isEmpty { return key }
    // Canonical references may name an earlier group that is equivalent to this one.
    let same = canonicalType(TypeIndex(index: group.lowerBound)).index
    func reference(_ index: TypeIndex) -> UInt64 {
      if index.index >= group.lowerBound { return UInt64(index.index - group.lowerBound) | 1 << 40 }
      if index.index >= same, index.index < same + group.count { return UInt64(index.index - same) | 1 << 40 }
      return number(index)
    }
    func append(_ type: ValueType) {
      guard let index = type.typeIndex else { return key.append(UInt64(type.rawValue)) }
      key.append(reference(index) | UInt64(type.rawValue & 0xff) << 48)
    }
    func append(_ field: FieldType) {
      key.append(field.isMutable ? 1 : 0)
      switch field.storage {
      case .i8: key.append(0x78)
      case .i16: key.append(0x77)
      case .value(let type): append(type)
      }
    }
    for position in group {
      let type = types[TypeIndex(index: position)]
      key.append((type.isFinal ? 1 : 0) << 63 | (type.supertype.map { reference($0) | 1 << 62 } ?? 0))
      switch type.composite {
      case .function(let function):
        key.append(0x60 << 56 | UInt64(function.parameters.count) << 20 | UInt64(function.results.count))
        for type in function.parameters { append(type) }
        for type in function.results { append(type) }
      case .structure(let fields):
        key.append(0x5f << 56 | UInt64(fields.count))
        for field in fields { append(field) }
      case .array(let field):
        key.append(0x5e << 56)
        append(field)
      }
    }
    return key
  }
}
