import CSandbox
import Glibc
import Synchronization

/// A group of instances that may be linked with one another, and lives as long as any handle to one of them.
///
/// One thread at a time runs in a store; any thread may. Calls from another thread meanwhile throw `CallError.busy`.
public final class Store: @unchecked Sendable {
  public let engine: Engine
  let interrupts = Interrupts()
  var instances: [InstanceBody] = []

  /// The thread that has claimed the store, and how often. Only that thread reads or writes the rest.
  private let owner = Atomic<UInt>(0)
  @exclusivity(unchecked) private var claims = 0
  /// The execution that runs or waits in a host call, the youngest. Whoever has called its `run` keeps it.
  @exclusivity(unchecked) unowned(unsafe) var current: Execution?
  /// Gates served so far, but for those that C serves: what was made during the present one is kept by the collection of exceptions.
  @exclusivity(unchecked) var gateCount: UInt64 = 0
  /// Activations of suspended executions that nobody holds any more: unwound by the next claim.
  private let abandoned = Mutex(Abandoned())
  private let hasAbandoned = Atomic(false)

  private struct Abandoned: @unchecked Sendable {
    var stacks: [[Activation]] = []
  }

  public init(engine: Engine) { self.engine = engine }

  /// Stops what runs in this store; usable from any thread.
  public var interruptHandle: InterruptHandle { InterruptHandle(interrupts: interrupts) }

  var isInterrupted: Bool { interrupts.isPending }
  func checkInterrupt() throws(Trap) { if let reason = interrupts.takeTrap() { throw Trap(reason) } }

  /// Whether a request to suspend is there that the running execution can follow.
  var wantsSuspension: Bool { current?.isSuspendable == true && interrupts.pending.contains(.suspend) }

  /// A request is served once.
  func suspendIfRequested() throws(Suspension) {
    guard wantsSuspension else { return }
    interrupts.withdraw(.suspend)
    throw Suspension()
  }

  /// Claims the store for this thread; nested claims count.
  func claim() -> Bool {
    let thread = UInt(pthread_self())
    if owner.load(ordering: .acquiring) != thread {
      let (won, _) = owner.compareExchange(expected: 0, desired: thread, ordering: .acquiringAndReleasing)
      if !won { return false }
      if hasAbandoned.load(ordering: .acquiring) { discardAbandoned() }
    }
    claims += 1
    return true
  }

  func release() {
    claims -= 1
    if claims == 0 { owner.store(0, ordering: .releasing) }
  }

  func abandon(_ stack: [Activation]) {
    abandoned.withLock { $0.stacks.append(stack) }
    hasAbandoned.store(true, ordering: .releasing)
  }

  private func discardAbandoned() {
    hasAbandoned.store(false, ordering: .releasing)
    let stacks = abandoned.withLock { abandoned in
      defer { abandoned.stacks = [] }
      return abandoned.stacks
    }
    for stack in stacks { for activation in stack.reversed() { activation.discard() } }
  }

  /// Runs `body` with the store claimed.
  func claimed<R>(_ body: () throws -> R) throws -> R {
    guard claim() else { throw CallError.busy }
    defer { release() }
    return try body()
  }
}
