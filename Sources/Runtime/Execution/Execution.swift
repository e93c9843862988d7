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
  // One thread at a time, the one that has claimed the store; no access to a property lasts while other code runs. So what is touched
  // in every call goes without the checks of that.
  /// Youngest last.
  @exclusivity(unchecked) private(set) var stack: [Activation] = []
  @exclusivity(unchecked) private(set) var state = State.ready
  private let function: WasmFunction
  private let arguments: [Value]
  /// A host call that suspended: it is made again before the sandbox goes on.
  @exclusivity(unchecked) var repeatsGate: Gate?
  /// What a host function threw that was called within `halite_switch`: the loop goes on with it.
  @exclusivity(unchecked) var thrown: (any Error)?
  /// Suspended executions that began in a host call of this one; none outlives that call.
  @exclusivity(unchecked) private(set) var children: [Child] = []

  struct Child { weak var execution: Execution? }

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

  /// For a `PreparedCall`, which writes the arguments itself.
  init(preparedFor function: WasmFunction, store: Store) {
    self.store = store
    self.function = function
    arguments = []
    isSuspendable = false
  }

  deinit {
    if state == .suspended { store.abandon(stack) }
  }

  /// Runs until the call ends or suspends. Throws `CallError.busy`, `CallError.finished`, or an error that a host
  /// function threw and that is none of ours.
  public func run() throws -> Outcome {
    try store.claimed {
      let outer = try enter()
      defer { leave(to: outer) }
      do {
        if stack.isEmpty { try begin() }
        if let oldest = try loop() { return .returned(try takeResults(of: oldest)) }
        outer?.children.append(Child(execution: self))
        return .suspended
      } catch {
        switch unwound(by: error) {
        case let trap as Trap: return .trapped(trap)
        case let exit as ProcessExit: return .exited(exit)
        case let error: throw error
        }
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

  // MARK: Running

  /// Makes this the execution that runs in its store, which is claimed: what was that before.
  func enter() throws -> Execution? {
    guard state == .ready || state == .suspended else { throw CallError.finished }
    guard halite_prepare_thread() else { throw CallError.noMemory }
    let outer = store.current
    store.current = self
    halite_nesting(Int32(stack.count))
    // A request may be older than the LIMIT word of an instance.
    if store.isInterrupted { store.interrupts.arm() }
    state = .running
    for activation in stack { activation.isSuspended = false }
    return outer
  }

  func leave(to outer: Execution?) {
    halite_nesting(-Int32(stack.count))
    store.current = outer
    // What an inner execution could not serve waits for the outer one's next poll.
    if store.isInterrupted { store.interrupts.arm() }
  }

  private func begin() throws {
    let activation = try push(on: function.instance, function.index)
    let layout = activation.layout
    for (place, value) in zip(layout.arguments, arguments) { try activation.border.set(place, value) }
  }

  /// Runs what is on the stack: the oldest activation when it has returned, its results still in place, or nil if the execution has suspended.
  func loop() throws -> Activation? {
    guard halite_host_stack_left() > Self.hostStackReserve else { throw Trap(.tooManyNestedEntries) }
    while let activation = stack.last {
      precondition(
        activation.instance.top == activation, "only the youngest activation of a stack runs (docs/ABI.md, R3)")
      let gate: Gate
      let isRepeated = repeatsGate != nil
      if let pending = repeatsGate {
        gate = pending
        repeatsGate = nil
      } else {
        guard let stopped = Gate(rawValue: UInt8(halite_switch(activation.state))) else {
          if try isOver(activation) { return activation }
          continue
        }
        gate = stopped
      }
      if try serve(gate, of: activation, isRepeated) == .suspend {
        state = .suspended
        for activation in stack { activation.isSuspended = true }
        return nil
      }
    }
    preconditionFailure("the loop leaves when the oldest activation returns")
  }

  /// An activation has returned: its results go to the one below. True if there is none.
  private func isOver(_ activation: Activation) throws -> Bool {
    if activation.instance.returnsStatus, activation.status != 0 {
      let exception = try activation.instance.exception(activation.status, activation.border)
      pop()
      try raise(exception)
      return false
    }
    if stack.count == 1 { return true }
    let layout = activation.layout
    let caller = stack[stack.count - 2]
    caller.clearResults()
    try activation.border.carry(layout.type.results, at: layout.results, to: caller.border)
    pop()
    return false
  }

  private func takeResults(of oldest: Activation) throws -> [Value] {
    let layout = oldest.layout
    let border = oldest.border
    let values = try zip(layout.results, layout.type.results).map { place, type in
      try border.value(place, type, store: store)
    }
    end(.finished)
    return values
  }

  /// The oldest activation has returned and its results have been taken.
  func end(_ state: State) {
    pop()
    self.state = state
  }

  /// A prepared call has been unwound and may be made again.
  func makeReady() { state = .ready }

  /// Unwinds everything: what `error` is to the host's caller.
  func unwound(by error: any Error) -> any Error {
    defer { unwind() }
    switch error {
    // A trap of an inner execution brings its own frames.
    case let trap as Trap: return Trap(trap.reason, backtrace: trap.backtrace + backtrace())
    case let error as GuestMemoryError: return Trap(error.trapReason, backtrace: backtrace())
    default: return error
    }
  }

  // MARK: The stack

  func push(on instance: InstanceBody, _ function: Int, code: UInt64? = nil) throws(Trap) -> Activation {
    if instance.top?.isSuspended == true { throw Trap(.instanceBusy) }
    guard halite_nesting(1) <= store.engine.configuration.nestedEntryLimit else {
      halite_nesting(-1)
      throw Trap(.tooManyNestedEntries)
    }
    let activation = Activation.push(on: instance, function: function, code: code, of: self)
    stack.append(activation)
    return activation
  }

  /// A tail call of another instance's function: the callee's results are the caller's, which ends before the callee
  /// begins, so that a chain of such calls takes no room.
  func endBelowYoungest(_ caller: Activation) {
    stack.remove(at: stack.count - 2)
    caller.discard()
    halite_nesting(-1)
  }

  func pop() {
    stack.removeLast().discard()
    halite_nesting(-1)
  }

  /// Youngest first, whatever the reason.
  private func unwind() {
    killChildren()
    while !stack.isEmpty { pop() }
    repeatsGate = nil
    thrown = nil
    state = .finished
  }

  /// For a suspended execution, which does not count as nested on any thread.
  private func discardStack() {
    while let activation = stack.popLast() { activation.discard() }
    repeatsGate = nil
  }

  func killChildren() {
    for child in children.reversed() {
      guard let execution = child.execution, execution.state == .suspended else { continue }
      execution.killChildren()
      execution.discardStack()
      execution.state = .finished
    }
    children = []
  }
}
