import Foundation
import Halite
import Testing

@testable import WASI

/// A program that waits in a call can be suspended, and what it waited for is not lost.
@Suite struct WaitingTests {
  private func instance(_ wasi: WASI) throws -> Instance {
    let engine = Engine()
    var linker = Linker(engine: engine)
    try wasi.define(in: &linker)
    return try linker.instantiate(Module(nexe: HostileCaller.nexe(.mask), engine: engine))
  }

  private func suspendLater(_ instance: Instance, after seconds: TimeInterval) {
    let handle = instance.store.interruptHandle
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: seconds)
      handle.suspend()
    }
  }

  private func isSuspended(_ outcome: Execution.Outcome) -> Bool {
    if case .suspended = outcome { true } else { false }
  }

  private func errno(_ outcome: Execution.Outcome) -> UInt32? {
    guard case .returned(let values) = outcome, case .i32(let errno)? = values.first else { return nil }
    return errno
  }

  @Test func aSuspendedWaitLastsNoLonger() throws {
    let instance = try instance(WASI())
    let memory = try #require(instance.memory)
    // One subscription: the monotonic clock, 400 ms from now.
    try memory.store(UInt32(1), at: 64 + 16)
    try memory.store(UInt64(400_000_000), at: 64 + 24)
    let start = Waiting.now
    let execution = try Execution(instance, "poll_oneoff", [.i64(64), .i64(256), .i64(1), .i64(512)])
    suspendLater(instance, after: 0.1)
    #expect(isSuspended(try execution.run()))
    let suspended = Waiting.now - start
    #expect(suspended >= 90_000_000 && suspended < 390_000_000, "\(suspended)")
    Thread.sleep(forTimeInterval: 0.1)
    #expect(errno(try execution.run()) == 0)
    #expect(Waiting.now - start >= 400_000_000)
    #expect(try memory.load(UInt32.self, at: 512) == 1)
    // Another wait begins anew.
    let next = Waiting.now
    #expect(errno(try Execution(instance, "poll_oneoff", [.i64(64), .i64(256), .i64(1), .i64(512)]).run()) == 0)
    #expect(Waiting.now - next >= 400_000_000)
  }

  @Test func aSuspendedReadGetsWhatComesLater() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    var wasi = WASI()
    wasi.standardInput = .descriptor(ends[0])
    let instance = try instance(wasi)
    let memory = try #require(instance.memory)
    try memory.store(UInt32(1024), at: 64)
    try memory.store(UInt32(16), at: 68)
    let execution = try Execution(instance, "fd_read", [.i64(0), .i64(64), .i64(1), .i64(72)])
    suspendLater(instance, after: 0.05)
    #expect(isSuspended(try execution.run()))
    #expect(write(ends[1], "later", 5) == 5)
    #expect(errno(try execution.run()) == 0)
    #expect(try memory.load(UInt32.self, at: 72) == 5)
    #expect(try memory.read(at: 1024, count: 5) == Array("later".utf8))
  }

  /// A plain call cannot be suspended: the request waits, and so does the program.
  @Test func aPlainCallWaitsOn() throws {
    let instance = try instance(WASI())
    let memory = try #require(instance.memory)
    try memory.store(UInt32(1), at: 64 + 16)
    try memory.store(UInt64(150_000_000), at: 64 + 24)
    let start = Waiting.now
    instance.store.interruptHandle.suspend()
    guard case .i32(0)? = try instance.call("poll_oneoff", [.i64(64), .i64(256), .i64(1), .i64(512)]).first else {
      Issue.record("another result")
      return
    }
    #expect(Waiting.now - start >= 150_000_000)
  }

  /// Another process takes what poll(2) announced: the reader waits on, and can still be stopped.
  @Test func twoReadersOfOnePipe() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let file = try HostFile(ends[0], isOwned: false)
    var bytes = [UInt8](repeating: 0, count: 8)
    let error = #expect(throws: Errno.self) { try bytes.withUnsafeMutableBytes { _ = try file.readWithoutWaiting($0) } }
    #expect(error == .again)
    #expect(write(ends[1], "x", 1) == 1)
    #expect(try bytes.withUnsafeMutableBytes { try file.readWithoutWaiting($0) } == 1)
  }
}
