import Foundation
import Glibc
import Halite
import Testing

@testable import Runtime

/// What loading and running leave alone in the host.
@Suite struct HostTests {
  @Test func signalActionsAreTheSameAfterLoadingRunningAndTrapping() throws {
    let before = signalActions()
    let instance = try callsInstance(.mask)
    _ = try instance.call("fib", [.i32(10)])
    expectTrap(.unreachable) { try instance.call("trap") }
    expectTrap(.callStackExhausted) { try instance.call("deep") }
    #expect(signalActions() == before)
  }

  @Test func enteringThreadsHaveAnAlternateSignalStack() throws {
    let instance = try callsInstance()
    let isEnabled = onAnotherThread {
      _ = try? instance.call("fib", [.i32(1)])
      var stack = stack_t()
      sigaltstack(nil, &stack)
      return stack.ss_flags & Int32(SS_DISABLE) == 0
    }
    #expect(isEnabled)
  }

  @Test func aReleasedSlotIsCleanForTheNextTenant() throws {
    let engine = Engine()
    var linker = Linker(engine: engine)
    linker.define(
      module: "host", name: "double", type: FunctionType(parameters: [.i32], results: [.i32])
    ) { _ in }
    linker.define(module: "host", name: "nothing", type: FunctionType()) { _ in }
    let module = try Fixture.module("calls", engine, .mask)
    var first: Instance? = try linker.instantiate(module)
    let base = try #require(first).body.slot.base
    _ = try first?.call("fill", [.i32(0), .i32(0xEE), .i32(65_536)])
    _ = try first?.call("fib", [.i32(10)])
    first = nil
    let second = try linker.instantiate(module)
    #expect(second.body.slot.base == base)
    #expect(try second.memory?.read(at: 16, count: 7) == Array("halite\0".utf8))
    // The stack: everything below what instantiation itself used.
    let stack = UnsafeRawBufferPointer(
      start: base, count: second.body.slot.layout.origin - second.body.verified.context.size)
    #expect(stack.allSatisfy { $0 == 0 })
  }

  @Test func noHostAddressStaysOnTheStack() throws {
    let instance = try callsInstance()
    _ = try instance.call("fib", [.i32(12)])
    expectTrap(.unreachable) { try instance.call("trap") }
    let slot = instance.body.slot
    let text = instance.body.module.code
    for address in stride(from: UInt64(UInt(bitPattern: slot.base)), to: slot.stackTop, by: 8) {
      let word = UnsafePointer<UInt64>(bitPattern: UInt(address))?.pointee ?? 0
      // Small numbers, or return addresses into the sandbox's own text.
      let isOwn = word >= text.text && word <= text.text + text.textSize
      #expect(word < 1 << 32 || isOwn || word >> 47 != 0, "word at \(address)")
    }
  }

  /// Handler, flags and mask of every signal; the C library leaves the rest of its structure unset.
  private func signalActions() -> [[UInt64]] {
    (1...64).map { signal in
      var action = sigaction()
      guard sigaction(Int32(signal), nil, &action) == 0 else { return [] }
      let mask = withUnsafeBytes(of: action.sa_mask) { $0.load(as: UInt64.self) }
      let handler = withUnsafeBytes(of: action.__sigaction_handler) { $0.load(as: UInt64.self) }
      return [handler, UInt64(UInt32(bitPattern: action.sa_flags)), mask]
    }
  }
}
