import Foundation
import Testing

@testable import WASI

@Suite struct PollTests {
  private func clock(_ userData: UInt64, _ timeout: UInt64, id: UInt32 = 1, absolute: Bool = false) -> [UInt8] {
    var writer = LayoutWriter(size: 48)
    writer.put(userData, at: 0)
    writer.put(id, at: 16)
    writer.put(timeout, at: 24)
    writer.put(UInt16(absolute ? 1 : 0), at: 40)
    return writer.bytes
  }

  private func file(_ userData: UInt64, _ type: EventType, _ fd: UInt32) -> [UInt8] {
    var writer = LayoutWriter(size: 48)
    writer.put(userData, at: 0)
    writer.put(type.rawValue, at: 8)
    writer.put(fd, at: 16)
    return writer.bytes
  }

  private struct Result: Equatable {
    var userData: UInt64
    var error: Errno?
    var type: EventType?
    var count: UInt64
    var isHangup: Bool
  }

  private func poll(_ program: Program, _ subscriptions: [UInt8]...) throws -> [Result] {
    let list = try program.put(Array(subscriptions.joined()))
    let (events, result) = (program.room(32 * subscriptions.count), program.room(4))
    try #require(
      try program.call("poll_oneoff", list, events, UInt64(subscriptions.count), result) == .success)
    return try (0..<UInt64(try program.memory.load(UInt32.self, at: result))).map { index in
      let event = try program.memory.read(at: events + 32 * index, count: 32)
      return Result(
        userData: event.integer(at: 0), error: Errno(rawValue: event.integer(at: 8)),
        type: EventType(rawValue: event.integer(at: 10)), count: event.integer(at: 16),
        isHangup: event.integer(UInt16.self, at: 24) == 1)
    }
  }

  @Test func timers() throws {
    let program = try Sandbox().program()
    let expected = [Result(userData: 7, error: .success, type: .clock, count: 0, isHangup: false)]
    #expect(try poll(program, clock(7, 1000)) == expected)
    #expect(try poll(program, clock(7, 0), clock(8, .max)) == expected)
    #expect(try poll(program, clock(7, 1, absolute: true), clock(8, .max, absolute: true)) == expected)
    #expect(try poll(program, clock(7, 1, id: 0, absolute: true)) == expected)
    #expect(try poll(program, clock(7, 1, id: 2)).map(\.error) == [.notsup])
  }

  @Test func filesAreReadyAtOnce() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file", "12345")
    let program = try sandbox.program()
    let fd = try program.opened("file", base: [.fdRead, .pollFdReadwrite])
    #expect(
      try poll(program, clock(1, .max), file(2, .fdRead, fd))
        == [Result(userData: 2, error: .success, type: .fdRead, count: 5, isHangup: false)])
    _ = try program.read(fd, 9)
    #expect(try poll(program, file(2, .fdRead, fd)).map(\.isHangup) == [true])
    #expect(try poll(program, file(3, .fdWrite, 1)).map(\.type) == [.fdWrite])
  }

  @Test func errorsAreEvents() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file")
    let program = try sandbox.program()
    let mute = try program.opened("file", base: .fdRead)
    let results = try poll(program, file(1, .fdRead, 99), file(2, .fdRead, 3), file(3, .fdRead, mute))
    #expect(results.map(\.error) == [.badf, .badf, .notcapable])
    #expect(try program.call("poll_oneoff", 0, 0, 0, program.room(4)) == .inval)
  }

  @Test func pipes() throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let program = try Sandbox().program { $0.standardInput = .descriptor(ends[0]) }
    #expect(try poll(program, file(1, .fdRead, 0), clock(2, 1000)).map(\.userData) == [2])
    #expect(write(ends[1], "abc", 3) == 3)
    #expect(
      try poll(program, file(1, .fdRead, 0), clock(2, .max))
        == [Result(userData: 1, error: .success, type: .fdRead, count: 3, isHangup: false)])
    close(ends[1])
    _ = try program.read(0, 9)
    #expect(try poll(program, file(1, .fdRead, 0)).map(\.isHangup) == [true])
  }

  @Test func waitingEndsWithAnInterruption() throws {
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let program = try Sandbox().program { $0.standardInput = .descriptor(ends[0]) }
    program.isInterrupted = { true }
    #expect(throws: Interrupted.self) { try poll(program, clock(1, .max)) }
    #expect(throws: Interrupted.self) { try poll(program, file(1, .fdRead, 0)) }
    #expect(throws: Interrupted.self) { try program.read(0, 1) }
  }
}

@Suite struct SocketTests {

  @Test func acceptReceiveSendShutDown() throws {
    let sandbox = try Sandbox()
    let listener = try UnixListener(sandbox)
    let program = try sandbox.program { $0.listeners = [listener.number] }
    let result = program.room(4)
    #expect(try program.call("fd_fdstat_set_flags", 4, UInt64(FdFlags.nonblock.rawValue)) == .success)
    #expect(try program.call("sock_accept", 4, 0, result) == .again)
    #expect(try program.call("fd_fdstat_set_flags", 4, 0) == .success)

    let client = try listener.connected()
    #expect(try program.call("sock_accept", 4, 0, result) == .success)
    let fd = try program.memory.load(UInt32.self, at: result)
    #expect(write(client, "request", 7) == 7)
    let (buffer, flags) = (program.room(16), program.room(2))
    let list = try program.iovecs((buffer, 3), (buffer + 3, 13))
    #expect(try program.call("sock_recv", UInt64(fd), list, 2, 1, result, flags) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 3)
    #expect(try program.call("sock_recv", UInt64(fd), list, 2, 0, result, flags) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 7)
    #expect(try program.memory.read(at: buffer, count: 7) == Array("request".utf8))
    #expect(
      try program.call("sock_send", UInt64(fd), try program.iovecs(try program.put("reply")), 1, 0, result) == .success)
    #expect(try program.call("sock_send", UInt64(fd), list, 1, 1, result) == .inval)
    var reply = [UInt8](repeating: 0, count: 8)
    #expect(Glibc.read(client, &reply, 8) == 5)
    #expect(try program.call("sock_shutdown", UInt64(fd), 2) == .success)
    #expect(Glibc.read(client, &reply, 8) == 0)
    #expect(try program.call("sock_shutdown", UInt64(fd), 0) == .inval)
    shutdown(client, Int32(SHUT_RDWR))
    #expect(try program.read(fd, 8) == (.success, ""))
    #expect(try program.write(fd, "x") == .pipe)
  }

  @Test func onlySocketsAreSockets() throws {
    let program = try Sandbox().program()
    let (list, result) = (try program.iovecs((program.room(4), 4)), program.room(4))
    for (fd, errno) in [(UInt64(1), Errno.notsock), (3, .notsock), (99, .badf)] {
      #expect(try program.call("sock_accept", fd, 0, result) == errno)
      #expect(try program.call("sock_recv", fd, list, 1, 0, result, result) == errno)
      #expect(try program.call("sock_send", fd, list, 1, 0, result) == errno)
      #expect(try program.call("sock_shutdown", fd, 1) == errno)
    }
  }
}
