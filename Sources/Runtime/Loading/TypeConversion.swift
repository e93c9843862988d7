import Wasm

// `ids` are those of the module's types, by index.

extension ValueType {
  init(_ type: Wasm.ValueType, _ ids: [DefinedTypeID]) {
    self =
      switch type.kind {
      case .i32: .i32
      case .i64: .i64
      case .f32: .f32
      case .f64: .f64
      case .v128: .v128
      case .reference(let reference): .reference(ReferenceType(reference, ids))
      }
  }
}

extension ReferenceType {
  init(_ type: Wasm.ReferenceType, _ ids: [DefinedTypeID]) {
    self.init(HeapType(type.heapType, ids), isNullable: type.isNullable)
  }
}

extension HeapType {
  init(_ type: Wasm.HeapType, _ ids: [DefinedTypeID]) {
    if let index = type.typeIndex {
      self = .defined(ids[index.index])
      return
    }
    self =
      switch type {
      case .function: .function
      case .noFunction: .noFunction
      case .external: .external
      case .noExternal: .noExternal
      case .exception: .exception
      case .noException: .noException
      case .any: .any
      case .eq: .eq
      case .i31: .i31
      case .structure: .structure
      case .array: .array
      default: .none
      }
  }
}

extension FunctionType {
  init(_ type: Wasm.FunctionType, _ ids: [DefinedTypeID]) {
    self.init(
      parameters: type.parameters.map { ValueType($0, ids) }, results: type.results.map { ValueType($0, ids) })
  }
}

extension MemoryType {
  init(_ type: Wasm.MemoryType) {
    self.init(
      minimum: type.limits.minimum, maximum: type.limits.maximum, hasIndex64: type.indexType == .i64)
  }
}

extension TableType {
  init(_ type: Wasm.TableType, _ ids: [DefinedTypeID]) {
    self.init(
      element: .reference(ReferenceType(type.element, ids)), minimum: type.limits.minimum, maximum: type.limits.maximum,
      hasIndex64: type.indexType == .i64)
  }
}

extension GlobalType {
  init(_ type: Wasm.GlobalType, _ ids: [DefinedTypeID]) {
    self.init(value: ValueType(type.type, ids), isMutable: type.isMutable)
  }
}

extension ExternType {
  init(_ kind: Wasm.Import.Kind, in module: Wasm.Module, _ ids: [DefinedTypeID]) {
    self =
      switch kind {
      case .function(let index): .function(FunctionType(module.functionType(index), ids))
      case .table(let type): .table(TableType(type, ids))
      case .memory(let type): .memory(MemoryType(type))
      case .global(let type): .global(GlobalType(type, ids))
      case .tag(let index): .tag(FunctionType(module.functionType(index), ids))
      }
  }
}
