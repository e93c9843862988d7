import Entities

/// Readers of types (specification 5.3).
extension ByteCursor {
  mutating func readValueType(_ features: Features) throws(WasmError) -> ValueType {
    let start = offset
    let byte = try readByte()
    switch byte {
    case 0x7f: return .i32
    case 0x7e: return .i64
    case 0x7d: return .f32
    case 0x7c: return .f64
    case 0x7b:
      if !features.contains(.simd) { throw WasmError(.unsupportedFeature, at: start, "\(Features.simd.name) (v128)") }
      return .v128
    default:
      guard let type = try readReferenceType(byte, at: start, features) else {
        throw WasmError(.malformedValueType, at: start, "0x\(String(byte, radix: 16))")
      }
      return .reference(type)
    }
  }

  mutating func readReferenceType(_ features: Features) throws(WasmError) -> ReferenceType {
    let start = offset
    let byte = try readByte()
    guard let type = try readReferenceType(byte, at: start, features) else {
      throw WasmError(.malformedReferenceType, at: start, "0x\(String(byte, radix: 16))")
    }
    return type
  }

  /// The rest of a reference type that begins with `byte`; nil if none does. Its type index is not looked at.
  private mutating func readReferenceType(
    _ byte: UInt8, at start: Int, _ features: Features
  ) throws(WasmError) -> ReferenceType? {
    if byte == 0x63 || byte == 0x64 {
      if !features.contains(.functionReferences) {
        throw WasmError(.unsupportedFeature, at: start, Features.functionReferences.name)
      }
      return ReferenceType(try readHeapType(features), isNullable: byte == 0x63)
    }
    guard let type = HeapType.abstract(byte) else { return nil }
    try checkHeapType(type, at: start, features)
    return ReferenceType(type)
  }

  private func checkHeapType(_ type: HeapType, at start: Int, _ features: Features) throws(WasmError) {
    let needed: Features =
      type.isException ? .exceptions : type == .function || type == .external ? .referenceTypes : .functionReferences
    if !features.isSuperset(of: needed) { throw WasmError(.unsupportedFeature, at: start, needed.name) }
  }

  /// An abstract type's byte, or an index, which is not looked at.
  mutating func readHeapType(_ features: Features) throws(WasmError) -> HeapType {
    let start = offset
    // A negative s33 of one byte.
    if let byte = peek(), byte & 0xc0 == 0x40 {
      guard let type = HeapType.abstract(byte) else { throw WasmError(.malformedReferenceType, at: start) }
      try skip(1)
      try checkHeapType(type, at: start, features)
      return type
    }
    guard let index = UInt32(exactly: try readS33()) else { throw WasmError(.malformedReferenceType, at: start) }
    if !features.contains(.functionReferences) {
      throw WasmError(.unsupportedFeature, at: start, Features.functionReferences.name)
    }
    if index >= ImplementationLimit.types { throw WasmError(.unknownType, at: start, "\(index)") }
    return HeapType(TypeIndex(index))
  }

  mutating func readCompositeType(_ features: Features) throws(WasmError) -> CompositeType {
    let start = offset
    let form = try readByte()
    switch form {
    case 0x60: return .function(try readFunctionType(features))
    case 0x5e where features.contains(.functionReferences): return .array(try readFieldType(features))
    case 0x5f where features.contains(.functionReferences):
      let count = try readCount(limit: ImplementationLimit.fields, of: "fields")
      var fields: ContiguousArray<FieldType> = []
      for _ in 0..<count { fields.append(try readFieldType(features)) }
      return .structure(fields)
    // A type's form is an s33 of one byte.
    case 0x80...0xff: throw WasmError(.integerTooLong, at: start, "a type's form is one byte")
    default: throw WasmError(.malformedType, at: start, "expected 0x60, found 0x\(String(form, radix: 16))")
    }
  }

  private mutating func readFieldType(_ features: Features) throws(WasmError) -> FieldType {
    let storage: FieldType.Storage
    switch peek() {
    case 0x78:
      try skip(1)
      storage = .i8
    case 0x77:
      try skip(1)
      storage = .i16
    default: storage = .value(try readValueType(features))
    }
    return FieldType(storage: storage, isMutable: try readMutability())
  }

  private mutating func readFunctionType(_ features: Features) throws(WasmError) -> FunctionType {
    let parameters = try readValueTypes(features, limit: ImplementationLimit.parameters, of: "parameters")
    let resultOffset = offset
    let results = try readValueTypes(features, limit: ImplementationLimit.results, of: "results")
    if results.count > 1 && !features.contains(.multiValue) {
      throw WasmError(.invalidResultArity, at: resultOffset, "more than one result")
    }
    return FunctionType(parameters: parameters, results: results)
  }

  private mutating func readValueTypes(
    _ features: Features, limit: Int, of what: String
  ) throws(WasmError) -> ContiguousArray<ValueType> {
    let count = try readCount(limit: limit, of: what)
    var types: ContiguousArray<ValueType> = []
    types.reserveCapacity(plausible(count, elementSize: 1))
    for _ in 0..<count { types.append(try readValueType(features)) }
    return types
  }

  mutating func readTableType(_ features: Features) throws(WasmError) -> TableType {
    let element = try readReferenceType(features)
    let start = offset
    let (limits, indexType) = try readLimits(features)
    if indexType == .i32 && max(limits.minimum, limits.maximum ?? 0) > UInt64(UInt32.max) {
      throw WasmError(.tableTooLarge, at: start, "must be at most 2^32 - 1 elements")
    }
    return TableType(element: element, limits: limits, indexType: indexType)
  }

  mutating func readMemoryType(_ features: Features) throws(WasmError) -> MemoryType {
    let start = offset
    let (limits, indexType) = try readLimits(features)
    // 4 GiB, or what 64-bit addresses reach.
    let most: UInt64 = indexType == .i32 ? 1 << 16 : 1 << 48
    if max(limits.minimum, limits.maximum ?? 0) > most {
      throw WasmError(.memoryTooLarge, at: start, "must be at most \(most) pages")
    }
    return MemoryType(limits: limits, indexType: indexType)
  }

  mutating func readGlobalType(_ features: Features) throws(WasmError) -> GlobalType {
    let type = try readValueType(features)
    return GlobalType(type: type, isMutable: try readMutability())
  }

  private mutating func readMutability() throws(WasmError) -> Bool {
    let start = offset
    let mutability = try readByte()
    if mutability > 1 { throw WasmError(.malformedMutability, at: start, "expected 0 or 1, found \(mutability)") }
    return mutability == 1
  }

  /// Flags: 1 a maximum follows, 4 indices are i64.
  private mutating func readLimits(_ features: Features) throws(WasmError) -> (Limits, IndexType) {
    let start = offset
    let flags = try readByte()
    if flags > 7 || flags & 2 != 0 {
      throw WasmError(.malformedLimitsFlags, at: start, "0x\(String(flags, radix: 16))")
    }
    let isWide = flags & 4 != 0
    if isWide && !features.contains(.memory64) {
      throw WasmError(.unsupportedFeature, at: start, Features.memory64.name)
    }
    let minimum = try readU64()
    let maximum = flags & 1 != 0 ? try readU64() : nil
    if let maximum, minimum > maximum {
      throw WasmError(.limitsOutOfOrder, at: start, "\(minimum) is greater than \(maximum)")
    }
    return (Limits(minimum: minimum, maximum: maximum), isWide ? .i64 : .i32)
  }
}
