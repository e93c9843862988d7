import CSandbox
import Synchronization

/// Requests of other threads to a store's running code (docs/ABI.md, R2).
///
/// A request is a bit here and 2^64-1 in the LIMIT word of every instance of the store, so that the next POLL fails.
/// The running thread alone restores LIMIT; withdrawing a request clears the bit only.
final class Interrupts: Sendable {
  struct Requests: OptionSet {
    let rawValue: UInt64
    static let cancel = Requests(rawValue: 1)
    static let timeout = Requests(rawValue: 2)
    static let suspend = Requests(rawValue: 4)
  }

  private let requests = Atomic<UInt64>(0)
  private let limitWords = Mutex<Set<UInt>>([])

  func add(limitWord: UnsafeMutablePointer<UInt64>) {
    limitWords.withLock { _ = $0.insert(UInt(bitPattern: limitWord)) }
  }

  func remove(limitWord: UnsafeMutablePointer<UInt64>) {
    limitWords.withLock { _ = $0.remove(UInt(bitPattern: limitWord)) }
  }

  var pending: Requests { Requests(rawValue: requests.load(ordering: .sequentiallyConsistent)) }
  var isPending: Bool { !pending.isEmpty }
  /// Whether a request asks for the end of the activation.
  var wantsTrap: Bool { !pending.isDisjoint(with: [.cancel, .timeout]) }

  /// From any thread.
  func request(_ request: Requests) {
    requests.bitwiseOr(request.rawValue, ordering: .sequentiallyConsistent)
    arm()
  }

  func withdraw(_ request: Requests) {
    requests.bitwiseAnd(~request.rawValue, ordering: .sequentiallyConsistent)
  }

  /// Makes the next POLL of every instance fail.
  func arm() {
    limitWords.withLock { words in
      for word in words {
        if let word = UnsafeMutablePointer<UInt64>(bitPattern: word) { halite_store(word, .max) }
      }
    }
  }

  /// The reason to trap, if a request asks for it. A request is served once.
  func takeTrap() -> Trap.Reason? {
    let pending = pending
    if pending.contains(.cancel) {
      withdraw(.cancel)
      return .cancelled
    }
    if pending.contains(.timeout) {
      withdraw(.timeout)
      return .timedOut
    }
    return nil
  }
}

/// Stops what runs in a store, from any thread. A request waits for the next call if nothing runs.
public struct InterruptHandle: Sendable {
  let interrupts: Interrupts

  /// The running code traps with `Trap.Reason.cancelled` at its next poll.
  public func cancel() { interrupts.request(.cancel) }
  /// The same with `Trap.Reason.timedOut`.
  public func timeOut() { interrupts.request(.timeout) }
  /// The running execution suspends at its next poll if it can (`Execution`); a plain call runs on, and the request
  /// waits.
  public func suspend() { interrupts.request(.suspend) }
  /// Takes back what has not been served yet.
  public func withdraw() { interrupts.withdraw([.cancel, .timeout, .suspend]) }
}
