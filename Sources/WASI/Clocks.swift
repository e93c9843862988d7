import Glibc

/// The clocks a program sees, in nanoseconds. The monotonic clock starts at 0 with the program, so that it tells nothing of the
/// host's uptime.
public struct Clocks: Sendable {
  /// Nanoseconds since 1970.
  public var realtime: @Sendable () -> UInt64
  public var monotonic: @Sendable () -> UInt64
  /// CPU time of the process and of the calling thread; nil if the program is not to know.
  public var processCPUTime: (@Sendable () -> UInt64)?
  public var threadCPUTime: (@Sendable () -> UInt64)?
  /// Of all clocks.
  public var resolution: UInt64 = 1

  /// The host's clocks.
  public static var system: Clocks {
    let start = Waiting.now
    return Clocks(
      realtime: { hostTime(CLOCK_REALTIME) }, monotonic: { Waiting.now - start },
      processCPUTime: { hostTime(CLOCK_PROCESS_CPUTIME_ID) }, threadCPUTime: { hostTime(CLOCK_THREAD_CPUTIME_ID) })
  }

  /// Clocks that stand still, for runs that must repeat exactly. Waiting still takes its time.
  public static func fixed(realtime: UInt64, monotonic: UInt64 = 0) -> Clocks {
    Clocks(realtime: { realtime }, monotonic: { monotonic }, processCPUTime: { 0 }, threadCPUTime: { 0 })
  }

  private static func hostTime(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(clamping: time)
  }

  func time(_ clock: ClockID) throws(Errno) -> UInt64 {
    switch clock {
    case .realtime: return realtime()
    case .monotonic: return monotonic()
    case .processCPUTime:
      guard let processCPUTime else { throw .badf }
      return processCPUTime()
    case .threadCPUTime:
      guard let threadCPUTime else { throw .badf }
      return threadCPUTime()
    }
  }
}

extension Context {
  func clockResGet(_ guest: Guest, clock: UInt64, result: UInt64) throws {
    _ = try clocks.time(try ClockID.decode(clock))
    try guest.store(clocks.resolution, at: result)
  }

  func clockTimeGet(_ guest: Guest, clock: UInt64, result: UInt64) throws {
    try guest.store(try clocks.time(try ClockID.decode(clock)), at: result)
  }
}
