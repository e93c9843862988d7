import CSandbox
import NaClValidator

/// A call that can be suspended, and go on later on any thread.
///
/// `run` comes back when the call has ended or suspended; after `.suspended` the next `run` goes on. While it is
/// suspended, its instances, and those waiting for it, refuse every other entry. Dropping it, or `kill`, unwinds it.
///
/// Calls between instances are activations of one execution and take nothing from the host's stack; a host function
/// that calls back in starts an execution of its own within `run`.
public final class Execution: @unchecked Sendable {
  public enum Outcome: Sendable {
    case returned([Value])
    case trapped(Trap)
    case exited(ProcessExit)
    case suspended
  }

  enum State { case ready, running, suspended, finished }

  let store: Store
  let isSuspendable: Bool
  /// Youngest last.
  private(set) var stack: [Activation] = []
  private var state = State.ready
  private let function: WasmFunction
  private let arguments: [Value]
  /// A host call that suspended: it is made again before the sandbox goes on.
  private var repeatsGate: Gate?
  /// Suspended executions that began in a host call of this one; none outlives that call.
  private var children: [Child] = []

  private struct Child { weak var execution: Execution? }

  /// Room on the host's stack that an entry must find.
  private static let hostStackReserve = 128 * 1024

  /// A call of the exported function `name`. Throws `CallError`; nothing runs yet.
  public convenience init(_ instance: Instance, _ name: String, _ arguments: [Value] = []) throws {
    guard case .wasm(let function) = try instance.function(name).target else { throw CallError.notAFunction(name) }
    // An export may be an import of another instance's function; all of them are in one store.
    try self.init(store: instance.store, function: function, arguments: arguments, isSuspendable: true)
  }

  init(store: Store, function: WasmFunction, arguments: [Value], isSuspendable: Bool) throws {
    let type = FunctionTarget.wasm(function).type
    guard Value.match(arguments, type.parameters, store.engine.types) else {
      throw CallError.argumentMismatch(expected: type.parameters, given: arguments.map(\.type))
    }
    self.store = store
    self.function = function
    self.arguments = arguments
    self.isSuspendable = isSuspendable
  }

  deinit {
    if state == .suspended { store.abandon(stack) }
  }

  /// Runs until the call ends or suspends. Throws `CallError.busy`, `CallError.finished`, or an error that a host
  /// function threw and that is none of ours.
  public func run() throws -> Outcome {
    try store.claimed {
      guard state == .ready || state == .suspended else { throw CallError.finished }
      guard halite_prepare_thread() else { throw CallError.noMemory }
      let outer = store.current
      store.current = self
      halite_nesting(Int32(stack.count))
      defer {
        halite_nesting(-Int32(stack.count))
        store.current = outer
        // What an inner execution could not serve waits for the outer one's next poll.
        if store.isInterrupted { store.interrupts.arm() }
      }
      do {
        let outcome = try runClaimed()
        if case .suspended = outcome { outer?.children.append(Child(execution: self)) }
        return outcome
      } catch let trap as Trap {
        // A trap of an inner execution brings its own frames.
        let trap = Trap(trap.reason, backtrace: trap.backtrace + backtrace())
        unwind()
        return .trapped(trap)
      } catch let error as GuestMemoryError {
        let trap = Trap(error.trapReason, backtrace: backtrace())
        unwind()
        return .trapped(trap)
      } catch let exit as ProcessExit {
        unwind()
        return .exited(exit)
      } catch {
        unwind()
        throw error
      }
    }
  }

  /// Ends a suspended execution. Does nothing to one that has finished. Throws `CallError.busy` if the store is in use
  /// elsewhere or the execution runs.
  public func kill() throws {
    try store.claimed {
      if state == .running { throw CallError.busy }
      if state == .suspended { discardStack() }
      state = .finished
    }
  }

  // MARK: The loop

  private func runClaimed() throws -> Outcome {
    guard halite_host_stack_left() > Self.hostStackReserve else { throw Trap(.tooManyNestedEntries) }
    // A request may be older than the LIMIT word of an instance.
    if store.isInterrupted { store.interrupts.arm() }
    if state == .ready {
      state = .running
      try begin()
    } else {
      state = .running
      for activation in stack { activation.isSuspended = false }
    }
    while let activation = stack.last {
      precondition(
        activation.instance.top === activation, "only the youngest activation of a stack runs (docs/ABI.md, R3)")
      let gate: Gate
      let isRepeated = repeatsGate != nil
      if let pending = repeatsGate {
        gate = pending
        repeatsGate = nil
      } else {
        guard let stopped = Gate(rawValue: UInt8(halite_switch(activation.state))) else {
          if let values = try finish(activation) { return .returned(values) }
          continue
        }
        gate = stopped
      }
      if try serve(gate, of: activation, isRepeated) == .suspend {
        state = .suspended
        for activation in stack { activation.isSuspended = true }
        return .suspended
      }
    }
    preconditionFailure("the loop leaves when the oldest activation returns")
  }

  private func begin() throws {
    let activation = try push(function)
    let layout = activation.layout
    for (place, value) in zip(layout.arguments, arguments) { try activation.border.set(place, value) }
  }

  /// An activation has returned: its results go to the one below, or out.
  private func finish(_ activation: Activation) throws -> [Value]? {
    let layout = activation.layout
    let border = activation.border
    if activation.instance.verified.returnsStatus, activation.status != 0 {
      let exception = try activation.instance.exception(activation.status, border)
      pop()
      try raise(exception)
      return nil
    }
    guard stack.count > 1 else {
      let values = try zip(layout.results, layout.type.results).map { place, type in
        try border.value(place, type, store: store)
      }
      pop()
      state = .finished
      return values
    }
    let caller = stack[stack.count - 2]
    caller.clearResults()
    try border.carry(layout.type.results, at: layout.results, to: caller.border)
    pop()
    return nil
  }

  private func push(_ function: WasmFunction) throws(Trap) -> Activation {
    let instance = function.instance
    if instance.top?.isSuspended == true { throw Trap(.instanceBusy) }
    guard halite_nesting(1) <= store.engine.configuration.nestedEntryLimit else {
      halite_nesting(-1)
      throw Trap(.tooManyNestedEntries)
    }
    let activation = Activation.push(on: instance, function: function.index)
    stack.append(activation)
    return activation
  }

  /// A tail call of another instance's function: the callee's results are the caller's, which ends before the callee
  /// begins, so that a chain of such calls takes no room.
  private func endBelowYoungest(_ caller: Activation) {
    stack.remove(at: stack.count - 2)
    caller.discard()
    halite_nesting(-1)
  }

  private func pop() {
    stack.removeLast().discard()
    halite_nesting(-1)
  }

  /// Youngest first, whatever the reason.
  private func unwind() {
    killChildren()
    while !stack.isEmpty { pop() }
    repeatsGate = nil
    state = .finished
  }

  /// For a suspended execution, which does not count as nested on any thread.
  private func discardStack() {
    while let activation = stack.popLast() { activation.discard() }
    repeatsGate = nil
  }

  private func killChildren() {
    for child in children.reversed() {
      guard let execution = child.execution, execution.state == .suspended else { continue }
      execution.killChildren()
      execution.discardStack()
      execution.state = .finished
    }
    children = []
  }
}

// MARK: Gates that call or stop

extension Execution {
  enum Next { case goOn, suspend }

  private func serve(_ gate: Gate, of activation: Activation, _ isRepeated: Bool) throws -> Next {
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
      let callee = try push(function)
      try border.carry(layout.type.parameters, at: layout.arguments, to: callee.border)
      if callee.instance !== caller.instance, caller.layout.type.results == layout.type.results, caller.isAtItsEnd {
        endBelowYoungest(caller)
      }
      return .goOn
    case .host(let function):
      var call = HostCall(
        caller: Instance(body: caller.instance, store: store), border: caller.border, layout: function.layout,
        isRepeated: isRepeated)
      do {
        try function.body(&call)
      } catch let exception as WasmException {
        killChildren()
        guard exception.reference.store === store else { throw CallError.storeMismatch }
        try raise(exception.reference.body)
        return .goOn
      } catch is Suspension {
        killChildren()
        guard isSuspendable else { throw Trap(.host("a host function suspended a call that cannot be")) }
        repeatsGate = gate
        return .suspend
      }
      if !children.isEmpty { killChildren() }
      caller.clearResults()
      try call.deliver()
      return .goOn
    }
  }

  /// Gives an exception to the youngest activation, which waits at a gate. Those of modules without exceptions have
  /// nothing to catch it with, and end. Throws it out of the host's call if none is left.
  private func raise(_ exception: ExceptionBody) throws {
    while let activation = stack.last {
      if activation.instance.verified.returnsStatus {
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
