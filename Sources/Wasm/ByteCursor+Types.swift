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
      guard let type = try Self.referenceType(byte, at: start) else {
        throw WasmError(.malformedValueType, at: start, "0x\(String(byte, radix: 16))")
      }
      if !features.contains(.referenceTypes) {
        throw WasmError(.unsupportedFeature, at: start, Features.referenceTypes.name)
      }
      return .reference(type)
    }
  }

  mutating func readReferenceType() throws(WasmError) -> ReferenceType {
    let start = offset
    let byte = try readByte()
    guard let type = try Self.referenceType(byte, at: start) else {
      throw WasmError(.malformedReferenceType, at: start, "0x\(String(byte, radix: 16))")
    }
    return type
  }

  /// The immediate of ref.null.
  mutating func readHeapType(_ features: Features) throws(WasmError) -> HeapType {
    let start = offset
    if let byte = peek(), let type = try Self.referenceType(byte, at: start) {
      try skip(1)
      return type.heapType
    }
    if try readS33() >= 0 { throw WasmError(.unsupportedFeature, at: start, "typed function references") }
    throw WasmError(.malformedReferenceType, at: start)
  }

  /// nil if the byte begins no reference type.
  private static func referenceType(_ byte: UInt8, at offset: Int) throws(WasmError) -> ReferenceType? {
    switch byte {
    case 0x70: return .funcref
    case 0x6f: return .externref
    case 0x63, 0x64: throw WasmError(.unsupportedFeature, at: offset, "typed function references")
    case 0x69, 0x74: throw WasmError(.unsupportedFeature, at: offset, "exception handling")
    case 0x6a...0x6e, 0x71...0x73: throw WasmError(.unsupportedFeature, at: offset, "garbage collection")
    default: return nil
    }
  }

  mutating func readFunctionType(_ features: Features) throws(WasmError) -> FunctionType {
    let start = offset
    let form = try readByte()
    switch form {
    case 0x60: break
    case 0x4e, 0x4f, 0x50, 0x5e, 0x5f: throw WasmError(.unsupportedFeature, at: start, "garbage collection")
    // A type's form is an s33 of one byte.
    case 0x80...0xff: throw WasmError(.integerTooLong, at: start, "a type's form is one byte")
    default: throw WasmError(.malformedType, at: start, "expected 0x60, found 0x\(String(form, radix: 16))")
    }
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
    let element = try readReferenceType()
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
    let start = offset
    let mutability = try readByte()
    if mutability > 1 { throw WasmError(.malformedMutability, at: start, "expected 0 or 1, found \(mutability)") }
    return GlobalType(type: type, isMutable: mutability == 1)
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
