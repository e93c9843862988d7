import Wasm

extension ValueType {
  init(_ type: Wasm.ValueType) {
    self =
      switch type.kind {
      case .i32: .i32
      case .i64: .i64
      case .f32: .f32
      case .f64: .f64
      case .v128: .v128
      case .reference(let reference): ValueType(reference)
      }
  }

  /// Every reference to a function is a funcref here.
  init(_ type: Wasm.ReferenceType) {
    self = type.heapType == .external ? .externref : .funcref
  }
}

extension FunctionType {
  init(_ type: Wasm.FunctionType) {
    self.init(parameters: type.parameters.map { ValueType($0) }, results: type.results.map { ValueType($0) })
  }
}

extension MemoryType {
  init(_ type: Wasm.MemoryType) {
    self.init(
      minimum: type.limits.minimum, maximum: type.limits.maximum, hasIndex64: type.indexType == .i64)
  }
}

extension TableType {
  init(_ type: Wasm.TableType) {
    self.init(
      element: ValueType(type.element), minimum: type.limits.minimum, maximum: type.limits.maximum,
      hasIndex64: type.indexType == .i64)
  }
}

extension GlobalType {
  init(_ type: Wasm.GlobalType) {
    self.init(value: ValueType(type.type), isMutable: type.isMutable)
  }
}

extension ExternType {
  init(_ kind: Wasm.Import.Kind, in module: Wasm.Module) {
    self =
      switch kind {
      case .function(let index): .function(FunctionType(module.types[index]))
      case .table(let type): .table(TableType(type))
      case .memory(let type): .memory(MemoryType(type))
      case .global(let type): .global(GlobalType(type))
      }
  }
}
