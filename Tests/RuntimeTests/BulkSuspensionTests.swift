import Foundation
import Halite
import Synchronization
import Testing

/// Runs `function` to its end, suspending it all the time: the number of times that this was within an operation, by
/// `isWithin`.
func interrupted(_ instance: Instance, _ function: String, rounds: UInt32, _ isWithin: () throws -> Bool) throws -> Int {
  let execution = try Execution(instance, function, [.i32(rounds)])
  let handle = instance.store.interruptHandle
  var within = 0
  let suspender = Suspender(handle)
  defer { suspender.stop() }
  while true {
    switch try execution.run() {
    case .suspended: within += try isWithin() ? 1 : 0
    case .returned: return within
    default: throw CallError.finished
    }
  }
}

/// Long memory operations suspend between their pieces and go on where they were (docs/ABI.md, P3).
@Suite struct BulkSuspensionTests {
  private func instance() throws -> Instance {
    let engine = Engine()
    return try Linker(engine: engine).instantiate(try Fixture.module("bulk", engine, .mask))
  }

  @Test func fillingGoesOn() throws {
    let instance = try instance()
    let memory = try #require(instance.memory)
    let within = try interrupted(instance, "fill", rounds: 150) {
      try memory.load(UInt8.self, at: 0) != memory.load(UInt8.self, at: memory.size - 1)
    }
    #expect(within > 0)
    #expect(try memory.read(at: 0, count: memory.size).allSatisfy { $0 == 1 })
  }

  @Test func overlappingCopiesGoOn() throws {
    let instance = try instance()
    let memory = try #require(instance.memory)
    let original = (0..<Int(memory.size)).map { UInt8(truncatingIfNeeded: $0 &* 7 + $0 >> 9) }
    try memory.write(original, at: 0)
    let rounds = 100
    var suspensions = 0
    _ = try interrupted(instance, "shift", rounds: UInt32(rounds)) {
      suspensions += 1
      return true
    }
    #expect(suspensions > 0)
    // Byte 0 stays, and spreads.
    let expected = Array(repeating: original[0], count: rounds) + original.dropLast(rounds)
    #expect(try memory.read(at: 0, count: memory.size) == expected)
  }
}

/// Asks for suspension every half millisecond.
private final class Suspender: Sendable {
  private let isOver = Atomic(false)

  init(_ handle: InterruptHandle) {
    Thread.detachNewThread { [self] in
      while !isOver.load(ordering: .acquiring) {
        handle.suspend()
        usleep(500)
      }
    }
  }

  func stop() { isOver.store(true, ordering: .releasing) }
}
