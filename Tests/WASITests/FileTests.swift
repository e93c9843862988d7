import Foundation
import Testing

@testable import WASI

@Suite struct FileTests {
  static let readWrite: Rights = [.fdRead, .fdWrite, .fdSeek, .fdTell]

  @Test func writingSeekingReading() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program()
    let fd = try program.opened("file", .create, base: Self.readWrite)
    #expect(try program.write(fd, "hello world") == .success)
    let position = program.room(8)
    #expect(try program.call("fd_tell", UInt64(fd), position) == .success)
    #expect(try program.memory.load(UInt64.self, at: position) == 11)
    #expect(try program.call("fd_seek", UInt64(fd), UInt64(bitPattern: -5), 1, position) == .success)
    #expect(try program.memory.load(UInt64.self, at: position) == 6)
    #expect(try program.read(fd, 64) == (.success, "world"))
    #expect(try program.read(fd, 64) == (.success, ""))
    #expect(try program.call("fd_seek", UInt64(fd), UInt64(bitPattern: -1), 0, position) == .inval)
    #expect(try program.call("fd_seek", UInt64(fd), 0, 3, position) == .inval)
    #expect(try program.call("fd_seek", UInt64(fd), UInt64(bitPattern: -11), 2, position) == .success)
    #expect(try program.read(fd, 5) == (.success, "hello"))
    #expect(try sandbox.text("file") == "hello world")
  }

  @Test func positionedTransfersLeaveThePosition() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file", "0123456789")
    let program = try sandbox.program()
    let fd = try program.opened("file", base: Self.readWrite)
    let (first, second, result) = (program.room(3), program.room(4), program.room(4))
    let list = try program.iovecs((first, 3), (second, 4))
    #expect(try program.call("fd_pread", UInt64(fd), list, 2, 2, result) == .success)
    #expect(try program.memory.read(at: first, count: 3) == Array("234".utf8))
    #expect(try program.memory.read(at: second, count: 4) == Array("5678".utf8))
    let text = try program.iovecs(try program.put("AB"), try program.put("C"))
    #expect(try program.call("fd_pwrite", UInt64(fd), text, 2, 8, result) == .success)
    #expect(try sandbox.text("file") == "01234567ABC")
    #expect(try program.read(fd, 2) == (.success, "01"))
    #expect(try program.call("fd_pread", UInt64(fd), list, 2, UInt64.max, result) == .inval)
  }

  @Test func severalBuffers() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program()
    let fd = try program.opened("file", .create, base: Self.readWrite)
    let result = program.room(4)
    let list = try program.iovecs(try program.put("one "), (0, 0), try program.put("two "), try program.put("three"))
    #expect(try program.call("fd_write", UInt64(fd), list, 4, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 13)
    #expect(try sandbox.text("file") == "one two three")
  }

  @Test func appending() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file", "start")
    let program = try sandbox.program()
    let rights: Rights = [.fdRead, .fdWrite, .fdSeek, .fdFdstatSetFlags]
    let fd = try program.opened("file", base: rights, fdFlags: .append)
    #expect(try program.write(fd, "-end") == .success)
    #expect(try program.call("fd_fdstat_set_flags", UInt64(fd), 0) == .success)
    #expect(try program.call("fd_seek", UInt64(fd), 0, 0, program.room(8)) == .success)
    #expect(try program.write(fd, "S") == .success)
    #expect(try sandbox.text("file") == "Start-end")
    #expect(try program.call("fd_fdstat_set_flags", UInt64(fd), UInt64(FdFlags.sync.rawValue)) == .inval)
    #expect(try program.call("fd_fdstat_set_flags", UInt64(fd), 0x20) == .inval)
  }

  @Test func createExclusiveTruncate() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file", "contents")
    let program = try sandbox.program()
    #expect(try program.open("file", [.create, .exclusive]).errno == .exist)
    #expect(try program.open("missing").errno == .noent)
    #expect(try program.open("file", .directory).errno == .notdir)
    _ = try program.opened("file", .truncate, base: [.fdWrite])
    #expect(try sandbox.text("file") == "")
    #expect(try program.open(".", .directory, base: [.fdRead, .fdWrite]).errno == .isdir)
    #expect(try program.open("file", OpenFlags(rawValue: 16)).errno == .inval)
  }

  @Test func sizesAllocationAdvice() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program()
    let rights: Rights = [.fdRead, .fdWrite, .fdFilestatSetSize, .fdAllocate, .fdAdvise, .fdSync, .fdDatasync]
    let fd = UInt64(try program.opened("file", .create, base: rights))
    #expect(try program.call("fd_filestat_set_size", fd, 100) == .success)
    #expect(try sandbox.text("file").utf8.count == 100)
    #expect(try program.call("fd_filestat_set_size", fd, 1 << 63) == .inval)
    #expect(try [.success, .notsup].contains(program.call("fd_allocate", fd, 90, 20)))
    #expect(try program.call("fd_allocate", fd, UInt64.max, 1) == .inval)
    #expect(try program.call("fd_advise", fd, 0, 10, 3) == .success)
    #expect(try program.call("fd_advise", fd, 0, 10, 6) == .inval)
    #expect(try program.call("fd_sync", fd) == .success)
    #expect(try program.call("fd_datasync", fd) == .success)
  }

  @Test func timesAndKinds() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file", "12345")
    try sandbox.link("link", to: "file")
    let program = try sandbox.program()
    let status = try program.stat("file").bytes
    #expect(status.integer(UInt8.self, at: 16) == FileType.regularFile.rawValue)
    #expect(status.integer(UInt64.self, at: 32) == 5)
    #expect(try program.stat("link").bytes.integer(UInt8.self, at: 16) == FileType.symbolicLink.rawValue)
    #expect(try program.stat("link", follow: true).bytes == status)

    let link = try program.put("link")
    func setTimes(follow: UInt64, _ flags: TimeFlags) throws -> Errno {
      try program.call(
        "path_filestat_set_times", 3, follow, link.address, link.count, 1_000_000_007, 2_000_000_009,
        UInt64(flags.rawValue))
    }
    #expect(try setTimes(follow: 0, [.accessTime, .modificationTime]) == .success)
    #expect(try program.stat("link").bytes.integer(UInt64.self, at: 48) == 2_000_000_009)
    #expect(try program.stat("file").bytes.integer(UInt64.self, at: 48) == status.integer(UInt64.self, at: 48))
    #expect(try setTimes(follow: 1, .modificationTime) == .success)
    #expect(try program.stat("file").bytes.integer(UInt64.self, at: 48) == 2_000_000_009)
    #expect(try setTimes(follow: 1, [.modificationTime, .modificationTimeNow]) == .inval)
    #expect(try setTimes(follow: 1, TimeFlags(rawValue: 16)) == .inval)
    let fd = UInt64(try program.opened("file", base: [.fdFilestatSetTimes, .fdFilestatGet]))
    #expect(try program.call("fd_filestat_set_times", fd, 5, 6, UInt64(TimeFlags.accessTime.rawValue)) == .success)
    let result = program.room(64)
    #expect(try program.call("fd_filestat_get", fd, result) == .success)
    #expect(try program.memory.load(UInt64.self, at: result + 40) == 5)
    #expect(try program.memory.load(UInt64.self, at: result + 48) == 2_000_000_009)
  }

  @Test func namedPipesDoNotHang() throws {
    let sandbox = try Sandbox()
    try #require(mkfifo(sandbox.preopen.appendingPathComponent("pipe").path, 0o600) == 0)
    let program = try sandbox.program()
    let reader = try program.opened("pipe", base: [.fdRead, .fdFdstatSetFlags, .pollFdReadwrite])
    let writer = try program.opened("pipe", base: [.fdWrite])
    #expect(try program.write(writer, "through") == .success)
    #expect(try program.read(reader, 64) == (.success, "through"))
    #expect(try program.call("fd_fdstat_set_flags", UInt64(reader), UInt64(FdFlags.nonblock.rawValue)) == .success)
    #expect(try program.read(reader, 64).errno == .again)
    #expect(try program.call("fd_fdstat_set_flags", UInt64(reader), 0) == .success)
    program.isInterrupted = { true }
    #expect(throws: Interrupted.self) { try program.read(reader, 64) }
  }

  @Test func aBrokenPipeIsAnErrnoAndNoSignal() throws {
    let sandbox = try Sandbox()
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    let program = try sandbox.program { $0.standardOutput = .descriptor(ends[1]) }
    #expect(try program.write(1, "heard") == .success)
    close(ends[0])
    #expect(try program.write(1, "unheard") == .pipe)
    close(ends[1])
  }

  @Test func aFullPipeIsWaitedForUntilInterrupted() throws {
    let sandbox = try Sandbox()
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    let program = try sandbox.program { $0.standardOutput = .descriptor(ends[1]) }
    let size = 256 << 10
    let buffer = program.room(size)
    let list = try program.iovecs((buffer, UInt64(size)))
    let result = program.room(4)
    program.isInterrupted = { true }
    // Fewer bytes than asked for, but some: the first 4 KiB are not waited for.
    #expect(try program.call("fd_write", 1, list, 1, result) == .success)
    program.isInterrupted = { false }
    #expect(try program.call("fd_fdstat_set_flags", 1, UInt64(FdFlags.nonblock.rawValue)) == .success)
    #expect(try program.call("fd_write", 1, list, 1, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 60 << 10)
    #expect(try program.call("fd_write", 1, list, 1, result) == .again)
    #expect(try program.call("fd_fdstat_set_flags", 1, 0) == .success)
    program.isInterrupted = { true }
    #expect(throws: Interrupted.self) { try program.call("fd_write", 1, list, 1, result) }
  }

  @Test func standardStreams() throws {
    let sandbox = try Sandbox()
    let output = Collected()
    let program = try sandbox.program {
      $0.standardInput = .bytes(Array("line\nrest".utf8))
      $0.standardOutput = .callback { output.append($0) }
    }
    #expect(try program.read(0, 5) == (.success, "line\n"))
    #expect(try program.read(0, 64) == (.success, "rest"))
    #expect(try program.read(0, 64) == (.success, ""))
    #expect(try program.write(1, "out") == .success)
    #expect(try program.write(2, "discarded") == .success)
    #expect(output.text == "out")
    #expect(try program.write(0, "x") == .badf)
    #expect(try program.read(1, 1).errno == .badf)
    #expect(try program.call("fd_seek", 1, 0, 0, program.room(8)) == .spipe)
    #expect(try program.call("fd_pread", 0, try program.iovecs((program.room(8), 8)), 1, 0, program.room(4)) == .spipe)
    let status = program.room(24)
    #expect(try program.call("fd_fdstat_get", 1, status) == .success)
    #expect(try program.memory.load(UInt8.self, at: status) == FileType.unknown.rawValue)
  }
}

/// Output of a program, from whatever thread.
final class Collected: @unchecked Sendable {
  private let lock = NSLock()
  private var bytes: [UInt8] = []
  func append(_ piece: UnsafeRawBufferPointer) { lock.withLock { bytes += piece } }
  var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }
}
