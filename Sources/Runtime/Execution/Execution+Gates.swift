import CSandbox
import NaClValidator

/// Gates that call or stop.
extension Execution {
  enum Next { case goOn, suspend }

  func serve(_ gate: Gate, of activation: Activation, _ isRepeated: Bool) throws -> Next {
    let instance = activation.instance
    store.gateCount += 1
    switch gate {
    case .interrupt: return try serveInterrupt(of: activation)
    case .trap: throw Trap(trapReason(of: activation))
    case .hostCall:
      let index = Int(UInt32(truncatingIfNeeded: activation.state.pointee.gpr.0))
      if let service = ExceptionService(rawValue: UInt32(index)) {
        try instance.serve(service, activation)
        return .goOn
      }
      guard index < instance.importedFunctions.count else { throw Trap(.invalidGateCall("imported function \(index)")) }
      return try call(instance.importedFunctions[index], from: activation, gate: gate, isRepeated)
    case .foreign:
      return try call(try foreignTarget(of: activation), from: activation, gate: gate, isRepeated)
    default:
      do {
        try instance.serveBulk(gate, activation)
        return .goOn
      } catch is Suspension {
        repeatsGate = gate
        return .suspend
      }
    }
  }

  /// FOREIGN: a function reference that is none of the module's own entries (docs/ABI.md, C5).
  private func foreignTarget(of activation: Activation) throws(Trap) -> FunctionTarget {
    let instance = activation.instance
    let types = instance.module.metadata.types.ids
    let type = Int(UInt32(truncatingIfNeeded: activation.state.pointee.gpr.10))
    guard type < types.count else { throw Trap(.invalidGateCall("type \(type)")) }
    switch try instance.decode(activation.state.pointee.gpr.0, as: .funcref) {
    case .function(let target):
      guard target.matches(types[type], store.engine.types) else { throw Trap(.indirectCallTypeMismatch) }
      return target
    default: throw Trap(.indirectCallToNull)
    }
  }

  private func call(
    _ target: FunctionTarget, from caller: Activation, gate: Gate, _ isRepeated: Bool
  ) throws -> Next {
    switch target {
    case .wasm(let function):
      let layout = target.layout
      let border = caller.border
      let callee = try push(on: function.instance, function.index)
      try border.carry(layout.type.parameters, at: layout.arguments, to: callee.border)
      if callee.instance !== caller.instance, caller.layout.type.results == layout.type.results, caller.isAtItsEnd {
        endBelowYoungest(caller)
      }
      return .goOn
    case .host(let function):
      do {
        if let error = thrown {
          thrown = nil
          throw error
        }
        try call(function, from: caller, isRepeated)
      } catch let exception as WasmException {
        killChildren()
        guard exception.reference.store === store else { throw CallError.storeMismatch }
        try raise(exception.reference.body)
      } catch is Suspension {
        killChildren()
        guard isSuspendable else { throw Trap(.host("a host function suspended a call that cannot be")) }
        repeatsGate = gate
        return .suspend
      }
      return .goOn
    }
  }

  private func call(_ function: HostFunctionBody, from caller: Activation, _ isRepeated: Bool) throws {
    var call = HostCall(caller: caller, layout: function.layout, isRepeated: isRepeated)
    try function.body(&call)
    if !children.isEmpty { killChildren() }
    caller.clearResults()
    try call.deliver()
  }

  /// HOSTCALL within `halite_switch`. True if an imported host function has been called and the sandbox goes on. Everything else is for the
  /// loop: other callees, and what the function threw.
  fileprivate func serveHostCall(from caller: Activation) -> Bool {
    let functions = caller.instance.importedFunctions
    let index = Int(UInt32(truncatingIfNeeded: caller.state.pointee.gpr.0))
    guard index < functions.count, case .host(let function) = functions[index] else { return false }
    store.gateCount += 1
    do {
      try call(function, from: caller, false)
      return true
    } catch {
      thrown = error
      return false
    }
  }

  /// Gives an exception to the youngest activation, which waits at a gate. Those of modules without exceptions have
  /// nothing to catch it with, and end. Throws it out of the host's call if none is left.
  func raise(_ exception: ExceptionBody) throws {
    while let activation = stack.last {
      if activation.instance.returnsStatus {
        activation.clearResults()
        activation.status = try activation.instance.deliver(exception, activation.border)
        return
      }
      pop()
    }
    throw WasmException(ExceptionReference(body: exception, store: store))
  }

  /// Rule R2: what was in LIMIT tells a request from exhaustion, never rsp.
  private func serveInterrupt(of activation: Activation) throws -> Next {
    let instance = activation.instance
    let old = halite_exchange(instance.limitWord, instance.slot.stackFloor)
    guard old == .max else { throw Trap(.callStackExhausted) }
    try store.checkInterrupt()
    if isSuspendable && store.interrupts.pending.contains(.suspend) {
      store.interrupts.withdraw(.suspend)
      return .suspend
    }
    return .goOn
  }
}

extension GuestMemoryError {
  var trapReason: Trap.Reason { .code(.memoryOutOfBounds) }
}

/// What `halite_switch` calls for HOSTCALL (CSandbox.h).
func serveHostCallAtOnce(_ registers: UnsafeMutablePointer<halite_activation>?) -> Bool {
  guard let registers else { return false }
  let caller = Activation(registers)
  return caller.execution?.serveHostCall(from: caller) ?? false
}
