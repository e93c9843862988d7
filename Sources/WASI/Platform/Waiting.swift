import CHostSystem
import Glibc

/// Waiting for files and for time, in a way that an interruption of the program ends.
enum Waiting {
  /// An interruption is a word in memory that another thread sets, so a wait looks up this often (nanoseconds). Readiness and
  /// deadlines are noticed at once.
  static let tick: UInt64 = 5_000_000

  /// Nanoseconds of the host's monotonic clock.
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(clamping: time)
  }

  /// Waits until a file of `files` is ready, or until `deadline` (of `now`; nil: for ever). `revents` are filled in.
  ///
  /// Returns the number of ready files. Throws `Interrupted`, or an errno of poll(2).
  static func poll(_ files: inout [pollfd], until deadline: UInt64?, _ guest: Guest) throws -> Int {
    while true {
      let present = now
      let left = deadline.map { $0 > present ? $0 - present : 0 } ?? .max
      var slice = timespec(nanoseconds: min(left, tick))
      let ready = halite_ppoll(&files, files.count, &slice)
      if ready > 0 { return Int(ready) }
      if ready < 0 {
        let error = Errno.ofLastCall
        if error != .intr { throw error }
      }
      if let deadline, now >= deadline { return 0 }
      try guest.throwIfInterrupted()
    }
  }

  /// Waits until `file` can be read or written (`events`). With `nonblocking`, throws `again` instead of waiting.
  static func forFile(_ file: HostFile, events: CInt, nonblocking: Bool, _ guest: Guest) throws {
    guard file.mayBlock else { return }
    var files = [pollfd(fd: file.number, events: Int16(events), revents: 0)]
    if try poll(&files, until: nonblocking ? 0 : nil, guest) == 0 { throw Errno.again }
  }
}

extension Waiting {
  /// Waits for `file` and makes the call, which does not block: if somebody else with the same pipe or socket was faster, it says
  /// `again`, and the wait goes on, unless `nonblocking`.
  static func call(
    _ file: HostFile, events: CInt, nonblocking: Bool, _ guest: Guest, _ call: () throws(Errno) -> Int
  ) throws -> Int {
    var result: Result<Int, Errno>
    repeat {
      try forFile(file, events: events, nonblocking: nonblocking, guest)
      result = Result(catching: call)
    } while result == .failure(.again) && !nonblocking
    return try result.get()
  }
}
