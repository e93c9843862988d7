import Dispatch
import Glibc
import Runtime
import Synchronization

/// Ends a program when its time is over: first by interrupting it, and if it sits in a system call of the host that does not come
/// back, by ending this process.
final class Watchdog: Sendable {
  private static let grace = DispatchTimeInterval.seconds(5)
  private let isOver = Atomic(false)
  private let limit: Duration

  /// Time starts now.
  init(_ limit: Duration, _ handle: InterruptHandle) {
    self.limit = limit
    let parts = limit.components
    let nanoseconds = Int(parts.seconds) * 1_000_000_000 + Int(parts.attoseconds / 1_000_000_000)
    let end = DispatchTime.now() + .nanoseconds(nanoseconds)
    let queue = DispatchQueue.global(qos: .userInitiated)
    queue.asyncAfter(deadline: end) { [self] in
      if !isOver.load(ordering: .acquiring) { handle.timeOut() }
    }
    queue.asyncAfter(deadline: end + Self.grace) { [self] in
      if isOver.load(ordering: .acquiring) { return }
      Diagnostics.write(message)
      _exit(ExitStatus.timeout)
    }
  }

  /// The program has ended in time.
  func stop() { isOver.store(true, ordering: .releasing) }

  var message: String { "nacl-run: timed out after \(limit)" }
}
