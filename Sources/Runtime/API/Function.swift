/// A function of an instance or of the host: what a funcref refers to. Equal if it is the same function.
public struct FunctionReference: @unchecked Sendable {
  let target: FunctionTarget
  /// Keeps the function's instance alive; nil for a function of the host that no store has seen.
  let store: Store?

  public var type: FunctionType { target.type }

  /// A function of the host as a value.
  public init(type: FunctionType, function: @escaping HostFunction) {
    target = .host(HostFunctionBody(layout: CallLayout(type), body: function))
    store = nil
  }

  init(target: FunctionTarget, store: Store?) {
    self.target = target
    self.store = store
  }

  /// Calls the function. Throws `Trap`, `ProcessExit`, `CallError`, or what a host function threw.
  public func call(_ arguments: [Value] = []) throws -> [Value] {
    guard case .wasm(let function) = target, let store else { return try callHost(arguments) }
    let execution = try Execution(store: store, function: function, arguments: arguments, isSuspendable: false)
    switch try execution.run() {
    case .returned(let values): return values
    case .trapped(let trap): throw trap
    case .exited(let exit): throw exit
    case .suspended: preconditionFailure("a plain call never suspends")
    }
  }

  private func callHost(_ arguments: [Value]) throws -> [Value] {
    guard case .host(let function) = target else { preconditionFailure("a function of an instance has a store") }
    guard arguments.map(\.type) == type.parameters else {
      throw CallError.argumentMismatch(expected: type.parameters, given: arguments.map(\.type))
    }
    var call = HostCall(caller: nil, layout: function.layout, arguments: arguments)
    try function.body(&call)
    return try call.resultValues()
  }
}

extension FunctionReference: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.target.key == right.target.key }
  public func hash(into hasher: inout Hasher) { hasher.combine(target.key) }
}
