import Glibc

extension Context {
  /// More subscriptions than this are refused: a program has at most `maximumOpenFiles` descriptors to ask about.
  static let maximumSubscriptions: UInt64 = 4096

  /// Waits until one of the subscriptions happens and reports all that have.
  func pollOneoff(_ guest: Guest, subscriptions: UInt64, events: UInt64, count: UInt64, result: UInt64) throws {
    guard count > 0 else { throw Errno.inval }
    try guest.check(result, count: 4, alignment: 4)
    try guest.check(subscriptions, count: Int(count) * Subscription.size, alignment: 8)
    try guest.check(events, count: Int(count) * Event.size, alignment: 8)
    guard count <= Self.maximumSubscriptions else { throw Errno.inval }
    let bytes = try guest.memory.read(at: subscriptions, count: count * UInt64(Subscription.size))
    let start = (guest.isRepeated ? suspendedPollStart : nil) ?? Waiting.now
    var poll = PollSet()
    for first in stride(from: 0, to: bytes.count, by: Subscription.size) {
      add(try Subscription(bytes[first..<first + Subscription.size]), to: &poll, start: start)
    }
    let happened: [Event]
    do {
      happened = try poll.wait(guest)
    } catch let interruption as Interrupted {
      suspendedPollStart = start
      throw interruption
    }
    for (index, event) in happened.enumerated() {
      try guest.memory.write(event.bytes, at: events + UInt64(index * Event.size))
    }
    try guest.store(UInt32(happened.count), at: result)
  }

  private func add(_ subscription: Subscription, to poll: inout PollSet, start: UInt64) {
    do throws(Errno) {
      switch subscription.content {
      case .clock(let clock, let timeout, let isAbsolute):
        poll.add(subscription.userData, deadline: try deadline(clock, timeout, isAbsolute, start))
      case .read(let fd):
        let (file, available) = try pollable(fd, CInt(POLLIN))
        poll.add(subscription.userData, .fdRead, file, CInt(POLLIN), available: available)
      case .write(let fd):
        let (file, _) = try pollable(fd, CInt(POLLOUT))
        poll.add(subscription.userData, .fdWrite, file, CInt(POLLOUT), available: nil)
      }
    } catch {
      poll.add(Event(userData: subscription.userData, error: error, type: subscription.eventType))
    }
  }

  /// On the host's monotonic clock, as is `start`, from which relative times count.
  private func deadline(
    _ clock: ClockID, _ timeout: UInt64, _ isAbsolute: Bool, _ start: UInt64
  ) throws(Errno) -> UInt64 {
    switch clock {
    case .realtime, .monotonic: break
    case .processCPUTime, .threadCPUTime: throw .notsup
    }
    let present = isAbsolute ? try clocks.time(clock) : 0
    let origin = isAbsolute ? Waiting.now : start
    let (deadline, overflow) = origin.addingReportingOverflow(timeout > present ? timeout - present : 0)
    return overflow ? .max : deadline
  }

  /// The host file to wait for, nil if there is never anything to wait for; and for regular files the bytes up to the end.
  private func pollable(_ fd: UInt32, _ events: CInt) throws(Errno) -> (HostFile?, available: UInt64?) {
    let descriptor = try files[fd]
    let isRead = events == CInt(POLLIN)
    let file: HostFile?
    switch descriptor.object {
    case .file(let own, access: _): file = own
    case .input(let endpoint) where isRead: file = endpoint.file
    case .output(let endpoint) where !isRead: file = endpoint.file
    case .socket(let socket): file = socket
    case .listener(let listener) where isRead: file = listener
    case .directory, .input, .output, .listener: throw .badf
    }
    try descriptor.require(.pollFdReadwrite)
    guard let file else { return (nil, 0) }
    if file.mayBlock { return (file, nil) }
    let position = lseek(file.number, 0, SEEK_CUR)
    let size = try file.status().byteCount
    return (nil, size > UInt64(max(0, position)) ? size - UInt64(max(0, position)) : 0)
  }
}

extension Subscription {
  var eventType: EventType {
    switch content {
    case .clock: .clock
    case .read: .fdRead
    case .write: .fdWrite
    }
  }
}

/// The subscriptions of one `poll_oneoff`, sorted by what they wait for.
private struct PollSet {
  private var ready: [Event] = []
  private var timers: [(userData: UInt64, deadline: UInt64)] = []
  private var waiting: [(event: Event, file: HostFile)] = []
  private var polled: [pollfd] = []

  mutating func add(_ event: Event) { ready.append(event) }

  mutating func add(_ userData: UInt64, deadline: UInt64) { timers.append((userData, deadline)) }

  mutating func add(_ userData: UInt64, _ type: EventType, _ file: HostFile?, _ events: CInt, available: UInt64?) {
    var event = Event(userData: userData, type: type)
    guard let file else {
      event.byteCount = type == .fdWrite ? 1 : available ?? 0
      event.isHangup = type == .fdRead && event.byteCount == 0
      ready.append(event)
      return
    }
    waiting.append((event, file))
    polled.append(pollfd(fd: file.number, events: Int16(events), revents: 0))
  }

  /// Waits; at least one event, in the order errors and ready files, timers, files that were waited for.
  mutating func wait(_ guest: Guest) throws -> [Event] {
    let deadline = ready.isEmpty ? timers.map(\.deadline).min() : 0
    let count = try Waiting.poll(&polled, until: deadline, guest)
    let present = Waiting.now
    var events = ready
    events += timers.filter { $0.deadline <= present }.map { Event(userData: $0.userData, type: .clock) }
    guard count > 0 else { return events }
    for (polled, (event, file)) in zip(polled, waiting) where polled.revents != 0 {
      events.append(Self.finish(event, polled.revents, file))
    }
    return events
  }

  private static func finish(_ event: Event, _ revents: Int16, _ file: HostFile) -> Event {
    var event = event
    if revents & Int16(POLLNVAL) != 0 { event.error = .badf }
    var available: CInt = 0
    let isKnown = event.type == .fdRead && ioctl(file.number, UInt(FIONREAD), &available) == 0
    event.byteCount = isKnown ? UInt64(max(0, available)) : 1
    // What has come before the other end left is to be read first.
    event.isHangup = revents & Int16(POLLHUP | POLLERR) != 0 && !(isKnown && available > 0)
    return event
  }
}
