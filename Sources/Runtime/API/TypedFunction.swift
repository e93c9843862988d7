/// A function of an instance, made ready for many calls with Swift's own numbers: types are compared once, and a call allocates nothing.
///
/// ```swift
/// let add = try instance.function("add").typed(Int32.self, Int32.self, returning: Int32.self)
/// let sum = try add(2, 3)
/// ```
///
/// It keeps the instance's store alive, and belongs to the thread that has claimed it, as all handles do.
public struct TypedFunction<Result: WasmResult, each Parameter: WasmNumber>: @unchecked Sendable {
  @usableFromInline let prepared: PreparedCall

  init(_ prepared: PreparedCall) { self.prepared = prepared }

  /// Calls the function. Throws as `FunctionReference.call` does.
  @inlinable @discardableResult
  public func callAsFunction(_ arguments: repeat each Parameter) throws -> Result {
    let entry = try prepared.enter()
    var index = 0
    repeat prepared.set((each arguments).wasmWord, at: &index, in: entry)
    return Result(wasmWord: try prepared.run(entry))
  }
}

extension FunctionReference {
  /// The function with Swift types. Throws `CallError.functionTypeMismatch`, also for a function of the host.
  public func typed<Result: WasmResult, each Parameter: WasmNumber>(
    _ parameters: repeat (each Parameter).Type, returning result: Result.Type
  ) throws -> TypedFunction<Result, repeat each Parameter> {
    var asked = FunctionType(results: Result.wasmTypes)
    for type in repeat (each Parameter).self { asked.parameters.append(type.wasmType) }
    guard case .wasm(let function) = target, let store, asked == type else {
      throw CallError.functionTypeMismatch(expected: type, found: asked)
    }
    return TypedFunction(PreparedCall(function, store: store))
  }

  /// The same for a function without a result.
  public func typed<each Parameter: WasmNumber>(
    _ parameters: repeat (each Parameter).Type
  ) throws -> TypedFunction<NoResult, repeat each Parameter> {
    try typed(repeat each parameters, returning: NoResult.self)
  }
}
