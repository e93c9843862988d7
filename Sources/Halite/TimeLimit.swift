import Dispatch
import Glibc
import Runtime
import Synchronization

/// Stops what runs in a store when its time is over, by the clock on the wall or by the processor time of the running thread: what
/// runs traps with `Trap.Reason.timedOut` at its next poll. Dropping it ends the watch.
public final class TimeLimit: Sendable {
  public enum Kind: UInt8, Sendable, AtomicRepresentable { case none, wall, processor }

  private static let queue = DispatchQueue(label: "halite.time-limit", qos: .userInitiated)
  /// Processor time is looked at no more often than this, in nanoseconds.
  private static let finest: UInt64 = 1_000_000

  private let handle: InterruptHandle
  private let isOver = Atomic(false)
  private let reached = Atomic(Kind.none)
  private let ifStuck: (@Sendable (Kind) -> Void)?
  private let grace: Duration

  /// Both times start now, and the thread whose processor time counts is the calling one: nil is no limit.
  ///
  /// `ifStuck` is called `grace` after the time is over if `stop` has not been called by then: the program sits in a system call of
  /// the host that does not come back.
  public init(
    wall: Duration? = nil, processor: Duration? = nil, on handle: InterruptHandle, grace: Duration = .seconds(5),
    ifStuck: (@Sendable (Kind) -> Void)? = nil
  ) {
    self.handle = handle
    self.grace = grace
    self.ifStuck = ifStuck
    if let wall { after(wall.nanoseconds) { $0.expire(.wall) } }
    if let processor {
      var clock = clockid_t()
      guard pthread_getcpuclockid(pthread_self(), &clock) == 0, let used = Self.time(of: clock) else { return }
      let (end, overflow) = used.addingReportingOverflow(processor.nanoseconds)
      watch(clock, until: overflow ? .max : end)
    }
  }

  /// What ran has ended. Call it on the thread that made this.
  public func stop() { isOver.store(true, ordering: .releasing) }

  /// Which limit was reached first, `none` so far.
  public var exceeded: Kind { reached.load(ordering: .acquiring) }

  /// A thread uses no more processor time than time passes, so the next look is due when the rest could be used up.
  private func watch(_ clock: clockid_t, until end: UInt64) {
    guard !isOver.load(ordering: .acquiring), let used = Self.time(of: clock) else { return }
    if used >= end {
      expire(.processor)
    } else {
      after(max(end - used, Self.finest)) { $0.watch(clock, until: end) }
    }
  }

  private func expire(_ kind: Kind) {
    guard !isOver.load(ordering: .acquiring) else { return }
    guard reached.compareExchange(expected: .none, desired: kind, ordering: .acquiringAndReleasing).exchanged else { return }
    handle.timeOut()
    after(grace.nanoseconds) { limit in
      if !limit.isOver.load(ordering: .acquiring) { limit.ifStuck?(kind) }
    }
  }

  private func after(_ nanoseconds: UInt64, _ body: @escaping @Sendable (TimeLimit) -> Void) {
    // A century, so that the sum cannot overflow.
    let delay = DispatchTimeInterval.nanoseconds(Int(min(nanoseconds, 3_200_000_000 * 1_000_000_000)))
    Self.queue.asyncAfter(deadline: .now() + delay) { [weak self] in self.map(body) }
  }

  /// Nanoseconds; nil if the clock's thread has ended.
  private static func time(of clock: clockid_t) -> UInt64? {
    var time = timespec()
    guard clock_gettime(clock, &time) == 0 else { return nil }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

extension Duration {
  /// Rounded down; negative durations are 0, those beyond five centuries the largest number.
  fileprivate var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000)).partialValue
  }
}
