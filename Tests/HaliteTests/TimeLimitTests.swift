import Foundation
import Halite
import Testing

@Suite struct TimeLimitTests {
  /// `spin` never ends; `wait` calls the host.
  private func instance(_ wait: @escaping HostFunction = { _ in }) throws -> Instance {
    // (import "h" "w" (func)) (func (export "spin") (loop (br 0))) (func (export "wait") (call 0))
    let wasm: [UInt8] =
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x68, 1, 0x77, 0, 0, 3, 3, 2, 0, 0]
      + [7, 15, 2, 4] + Array("spin".utf8) + [0, 1, 4] + Array("wait".utf8) + [0, 2]
      + [10, 14, 2, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b, 4, 0, 0x10, 0, 0x0b]
    let engine = Engine()
    var linker = Linker(engine: engine)
    linker.define(module: "h", name: "w", type: FunctionType(), function: wait)
    return try linker.instantiate(try Module(wasm: wasm, engine: engine))
  }

  private func expectTimeout(_ body: () throws -> [Value]) {
    #expect { try body() } throws: { ($0 as? Trap)?.reason == .timedOut }
  }

  @Test func processorTimeEndsALoop() throws {
    let instance = try instance()
    let limit = TimeLimit(processor: .milliseconds(50), on: instance.store.interruptHandle)
    let used = clock()
    expectTimeout { try instance.call("spin") }
    limit.stop()
    #expect(limit.exceeded == .processor)
    #expect(clock() - used >= 45_000)
  }

  @Test func waitingUsesNoProcessorTime() throws {
    let instance = try instance { _ in usleep(200_000) }
    let limit = TimeLimit(wall: .seconds(60), processor: .milliseconds(150), on: instance.store.interruptHandle)
    _ = try instance.call("wait")
    limit.stop()
    #expect(limit.exceeded == .none)
  }

  @Test func theWallsClockEndsALoopToo() throws {
    let instance = try instance()
    let limit = TimeLimit(wall: .milliseconds(30), processor: .seconds(60), on: instance.store.interruptHandle)
    expectTimeout { try instance.call("spin") }
    limit.stop()
    #expect(limit.exceeded == .wall)
  }

  /// What a host does about a call that never comes back is its own choice; it is told.
  @Test func aCallThatDoesNotComeBackIsReported() throws {
    let told = DispatchSemaphore(value: 0)
    let instance = try instance { _ in told.wait() }
    let limit = TimeLimit(
      wall: .milliseconds(10), on: instance.store.interruptHandle, grace: .milliseconds(10)
    ) { kind in
      if kind == .wall { told.signal() }
    }
    _ = try? instance.call("wait")
    limit.stop()
    #expect(limit.exceeded == .wall)
  }

  @Test func afterTheEndNothingIsInterrupted() throws {
    let instance = try instance { _ in }
    let limit = TimeLimit(wall: .milliseconds(20), on: instance.store.interruptHandle)
    _ = try instance.call("wait")
    limit.stop()
    usleep(60_000)
    _ = try instance.call("wait")
    #expect(limit.exceeded == .none)
  }
}
