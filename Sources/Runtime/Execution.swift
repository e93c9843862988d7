/// A call that can be suspended, and go on later on any thread.
public final class Execution: @unchecked Sendable {
  public enum Outcome: Sendable {
    case returned([Value])
    case trapped(Trap)
    case exited(ProcessExit)
    case suspended
  }
}

/// Stops what runs in a store, from any thread.
public struct InterruptHandle: Sendable {
  /// The running activation traps with `Trap.Reason.cancelled` at its next poll.
  public func cancel() {}
}
