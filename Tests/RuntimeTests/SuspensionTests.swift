import Foundation
import Halite
import Testing

/// What host functions of a test remember; one thread at a time uses it.
private final class TestState: @unchecked Sendable {
  var isOpen = false
  var entries = 0
  var execution: Execution?
}

/// Stopping, suspending and re-entering (docs/ABI.md, R2 to R4).
@Suite struct SuspensionTests {
  typealias Model = CompilerOptions.MemoryModelChoice

  @Test(arguments: Model.allCases) func anInfiniteLoopIsCancelledFromAnotherThread(model: Model) throws {
    let instance = try callsInstance(model)
    let handle = instance.store.interruptHandle
    Thread.detachNewThread { handle.timeOut() }
    expectTrap(.timedOut) { try instance.call("spin") }
    handle.cancel()
    expectTrap(.cancelled) { try instance.call("spin") }
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  @Test func aWithdrawnRequestDoesNotStopAnything() throws {
    let instance = try callsInstance()
    instance.store.interruptHandle.cancel()
    instance.store.interruptHandle.withdraw()
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  @Test(arguments: Model.allCases) func aLoopSuspendsAtItsPollAndGoesOnElsewhere(model: Model) throws {
    let instance = try callsInstance(model)
    let handle = instance.store.interruptHandle
    let execution = try Execution(instance, "fib", [.i32(20)])
    handle.suspend()
    #expect(isSuspended(try execution.run()))
    // Nobody else gets in meanwhile.
    expectTrap(.instanceBusy) { try instance.call("add", [.i64(1), .i64(2)]) }
    let outcome = onAnotherThread { try? execution.run() }
    guard case .returned(let values)? = outcome else { throw CallError.finished }
    #expect(i32(values) == [6765])
    #expect(throws: CallError.finished) { try execution.run() }
  }

  @Test func aHostFunctionSuspendsAndIsAskedAgainOnAnotherThread() throws {
    let state = TestState()
    let instance = try callsInstance(double: { call in
      guard state.isOpen else { throw Suspension() }
      call.setResult(0, call.i32(0) * 2)
    })
    let execution = try Execution(instance, "callHost", [.i32(4)])
    #expect(isSuspended(try execution.run()))
    #expect(isSuspended(try execution.run()))
    state.isOpen = true
    guard case .returned(let values)? = onAnotherThread({ try? execution.run() }) else { throw CallError.finished }
    #expect(i32(values) == [9])
  }

  @Test func killingASuspendedExecutionFreesItsInstance() throws {
    let instance = try callsInstance(nothing: { _ in throw Suspension() })
    let execution = try Execution(instance, "callNothing")
    #expect(isSuspended(try execution.run()))
    try execution.kill()
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
    var dropped: Execution? = try Execution(instance, "callNothing")
    #expect(isSuspended(try #require(dropped).run()))
    dropped = nil
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  @Test func aPlainCallCannotSuspend() throws {
    let instance = try callsInstance(nothing: { _ in throw Suspension() })
    #expect(throws: Trap.self) { try instance.call("callNothing") }
  }

  @Test func nestedEntriesAreCapped() throws {
    let state = TestState()
    let instance = try callsInstance(nothing: { call in
      state.entries += 1
      _ = try call.caller?.call("callNothing")
    })
    expectTrap(.tooManyNestedEntries) { try instance.call("callNothing") }
    #expect(state.entries == 200)
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  @Test func aTrapDeepInNestedHostCallsUnwindsToSwift() throws {
    let instance = try callsInstance(nothing: { call in
      guard let caller = call.caller else { return }
      do {
        _ = try caller.call("trap")
      } catch let trap as Trap {
        throw Trap(trap.reason)
      }
    })
    expectTrap(.unreachable) { try instance.call("callNothing") }
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  /// An inner execution left suspended may not stay above the host call that began it (R3).
  @Test func aHostCallThatReturnsKillsWhatItLeftSuspended() throws {
    let state = TestState()
    let instance = try callsInstance(
      double: { call in
        guard let caller = call.caller else { return }
        let inner = try Execution(caller, "callNothing")
        state.execution = inner
        guard case .suspended = try inner.run() else { throw CallError.finished }
        call.setResult(0, Int32(1))
      },
      nothing: { _ in throw Suspension() })
    #expect(try i32(instance.call("callHost", [.i32(1)])) == [2])
    #expect(throws: CallError.finished) { try state.execution?.run() }
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  @Test func anotherThreadIsRefusedWhileTheStoreRuns() throws {
    let instance = try callsInstance(nothing: { call in
      guard let caller = call.caller else { return }
      let refused = onAnotherThread {
        do {
          _ = try caller.call("fib", [.i32(1)])
          return false
        } catch {
          return error as? CallError == .busy
        }
      }
      if !refused { throw CallError.finished }
    })
    #expect(try i32(instance.call("callNothing")) == [5])
  }

  private func isSuspended(_ outcome: Execution.Outcome) -> Bool {
    if case .suspended = outcome { return true }
    return false
  }
}
