import Foundation
import Runtime
import Testing

@testable import WASI

@Suite struct ProcessTests {
  @Test func argumentsAndEnvironment() throws {
    let program = try Sandbox().program {
      $0.arguments = ["prog", "", "ä"]
      $0.environment = [("K", "V"), ("EMPTY", "")]
    }
    let (count, size) = (program.room(4), program.room(4))
    #expect(try program.call("args_sizes_get", count, size) == .success)
    #expect(try program.memory.load(UInt32.self, at: count) == 3)
    #expect(try program.memory.load(UInt32.self, at: size) == 9)
    let (pointers, bytes) = (program.room(12), program.room(9))
    #expect(try program.call("args_get", pointers, bytes) == .success)
    #expect(try program.memory.read(at: bytes, count: 9) == Array("prog\0\0ä\0".utf8))
    #expect(try program.memory.load(UInt32.self, at: pointers + 8) == UInt32(bytes) + 6)
    #expect(try program.call("environ_sizes_get", count, size) == .success)
    #expect(try program.memory.load(UInt32.self, at: size) == 11)
    #expect(try program.call("environ_get", pointers, bytes) == .success)
    #expect(try program.memory.read(at: bytes, count: 11) == Array("K=V\0EMPTY=\0".utf8))
    #expect(throws: WASIError.zeroByte) { try Sandbox().program { $0.arguments = ["a\0b"] } }
  }

  @Test func nothingIsInherited() throws {
    let program = try Sandbox().program()
    let (count, size) = (program.room(4), program.room(4))
    #expect(try program.call("environ_sizes_get", count, size) == .success)
    #expect(try program.memory.load(UInt32.self, at: count) == 0)
  }

  @Test func exitCodes() throws {
    let program = try Sandbox().program()
    for code: UInt64 in [0, 1, 125] {
      #expect(throws: ProcessExit(code: Int32(code))) { try program.call("proc_exit", code) }
    }
    for code: UInt64 in [126, 256, 0xffff_ffff] {
      #expect(throws: Trap.self) { try program.call("proc_exit", code) }
    }
    #expect(try program.call("proc_raise", 6) == .notsup)
    #expect(try program.call("sched_yield") == .success)
  }

  @Test func randomBytesFillTheBufferAndNoMore() throws {
    let program = try Sandbox().program()
    let buffer = program.room(300)
    #expect(try program.call("random_get", buffer, 257) == .success)
    let bytes = try program.memory.read(at: buffer, count: 300)
    #expect(Set(bytes[..<257]).count > 100)
    #expect(bytes[257...].allSatisfy { $0 == 0 })
    #expect(try program.call("random_get", PointerTests.size, 0) == .success)
  }
}

@Suite struct ClockTests {
  @Test func fixedClocks() throws {
    let program = try Sandbox().program { $0.clocks = .fixed(realtime: 1_700_000_000_000_000_007, monotonic: 5) }
    let result = program.room(8)
    #expect(try program.call("clock_time_get", 0, 1000, result) == .success)
    #expect(try program.memory.load(UInt64.self, at: result) == 1_700_000_000_000_000_007)
    #expect(try program.call("clock_time_get", 1, 0, result) == .success)
    #expect(try program.memory.load(UInt64.self, at: result) == 5)
    #expect(try program.call("clock_time_get", 4, 0, result) == .inval)
    #expect(try program.call("clock_res_get", 0, result) == .success)
    #expect(try program.memory.load(UInt64.self, at: result) == 1)
    #expect(try program.call("clock_res_get", 0xffff_ffff, result) == .inval)
  }

  @Test func theMonotonicClockStartsWithTheProgram() throws {
    let program = try Sandbox().program()
    let result = program.room(8)
    #expect(try program.call("clock_time_get", 1, 0, result) == .success)
    let first = try program.memory.load(UInt64.self, at: result)
    #expect(first < 60_000_000_000)
    #expect(try program.call("clock_time_get", 1, 0, result) == .success)
    #expect(try program.memory.load(UInt64.self, at: result) >= first)
  }

  @Test func unknownCPUTime() throws {
    let program = try Sandbox().program { $0.clocks.processCPUTime = nil }
    #expect(try program.call("clock_time_get", 2, 0, program.room(8)) == .badf)
    #expect(try program.call("clock_time_get", 3, 0, program.room(8)) == .success)
  }
}
