import Foundation
import Runtime
import Testing

@testable import WASI

/// Addresses and counts from a program that wants to break the host.
@Suite struct PointerTests {
  static let size: UInt64 = 1 << 20

  @Test func functionsAndTypes() {
    #expect(PreviewOne.functions.count == 46)
    #expect(Set(PreviewOne.functions.map(\.name)).count == 46)
    #expect(PreviewOne.functions.allSatisfy { $0.type.parameters.count <= PreviewOne.maximumParameters })
    #expect(Errno.notcapable.rawValue == 76 && Errno.xdev.rawValue == 75 && Errno.notdir.rawValue == 54)
    #expect(Errno.allCases.count == 77)
  }

  static let outside: [(UInt64, UInt64)] = [
    (0xffff_ffff, 1), (0xffff_fffc, 4), (size, 1), (size - 1, 2), (0, size + 1), (0xffff_fff0, 0xffff_ffff),
  ]

  @Test(arguments: outside)
  func rangesOutsideMemoryTrap(address: UInt64, count: UInt64) throws {
    let program = try Sandbox().program()
    let result = program.room(4)
    #expect(throws: GuestMemoryError.self) { try program.call("random_get", address, count) }
    #expect(throws: GuestMemoryError.self) { try program.call("path_create_directory", 3, address, count) }
    let list = try program.iovecs((address, count))
    for function in ["fd_read", "fd_write"] {
      #expect(throws: GuestMemoryError.self) { try program.call(function, 1, list, 1, result) }
    }
    #expect(throws: GuestMemoryError.self) { try program.call("fd_readdir", 3, address, count, 0, result) }
  }

  @Test func resultsOutsideMemoryTrapBeforeAnythingHappens() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program()
    let path = try program.put("new")
    #expect(throws: GuestMemoryError.self) {
      try program.call("path_open", 3, 0, path.address, path.count, 1, 0, 0, 0, Self.size - 2 & ~3 + 4)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.preopen.path).isEmpty)
    #expect(throws: Trap.self) { try program.call("path_open", 3, 0, path.address, path.count, 1, 0, 0, 0, 1025) }
    #expect(throws: Trap.self) { try program.call("fd_fdstat_get", 1, 1028) }
    #expect(throws: Trap.self) { try program.call("clock_time_get", 0, 0, 1028) }
  }

  @Test func hugeCountsAreRefused() throws {
    let program = try Sandbox().program()
    let result = program.room(8)
    let most: UInt64 = 0xffff_ffff
    #expect(throws: GuestMemoryError.self) { try program.call("fd_write", 1, 1024, most, result) }
    #expect(throws: GuestMemoryError.self) { try program.call("poll_oneoff", 0, 0, most, result) }
    // In memory, but more than any program means.
    #expect(try program.call("fd_write", 1, 0, Guest.maximumBuffers + 1, result) == .inval)
    #expect(try program.call("poll_oneoff", 0, 0, Context.maximumSubscriptions + 1, result) == .inval)
    #expect(try program.path("path_unlink_file", String(repeating: "a", count: 100_000)) == .nametoolong)
  }

  @Test func overlappingBuffersCannotAddUpToMoreThanTheResultHolds() throws {
    let program = try Program(WASI(), memorySize: 1 << 23)
    let whole = [UInt8](Program.bytes(UInt32(0)) + Program.bytes(UInt32(1 << 23)))
    let list = try program.put(Array((0..<1024).map { _ in whole }.joined()))
    #expect(try program.call("fd_write", 1, list, 1024, program.room(4)) == .inval)
  }

  @Test func overlappingReadsAreHarmless() throws {
    let program = try Sandbox().program { $0.standardInput = .bytes(Array("abcdefgh".utf8)) }
    let (buffer, result) = (program.room(8), program.room(4))
    let list = try program.iovecs((buffer, 4), (buffer + 2, 4))
    #expect(try program.call("fd_read", 0, list, 2, result) == .success)
    #expect(try program.memory.read(at: buffer, count: 8) == Array("abefgh".utf8) + [0, 0])
    // A list that overwrites itself was read before.
    let selfish = try program.put(Program.bytes(UInt32(2048)) + Program.bytes(UInt32(8)))
    try program.memory.write(Program.bytes(UInt32(selfish)), at: selfish)
    #expect(try program.call("fd_read", 0, selfish, 1, result) == .success)
  }

  @Test func largeTransfersLookUpBetweenChunks() throws {
    let sandbox = try Sandbox()
    let wasi = { () -> WASI in
      var wasi = WASI()
      wasi.preopens = [WASI.Preopen(hostPath: sandbox.preopen.path, guestPath: "/")]
      return wasi
    }
    let program = try Program(wasi(), memorySize: 8 << 20)
    let fd = try program.opened("big", .create, base: [.fdWrite])
    let list = try program.iovecs((0, 8 << 20))
    let result = program.room(4)
    #expect(try program.call("fd_write", UInt64(fd), list, 1, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 8 << 20)
    program.isInterrupted = { true }
    #expect(try program.call("fd_write", UInt64(fd), list, 1, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 1 << 20)
    #expect(throws: Interrupted.self) { try program.call("random_get", 0, 8 << 20) }
  }
}
