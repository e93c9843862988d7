import Foundation
import Testing

@testable import WASI

@Suite struct DescriptorTests {
  @Test func theLowestNumberIsNext() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file")
    let program = try sandbox.program()
    let fds = try (0..<3).map { _ in try program.opened("file") }
    #expect(fds == [4, 5, 6])
    #expect(try program.call("fd_close", 5) == .success)
    #expect(try program.call("fd_close", 5) == .badf)
    #expect(try program.call("fd_close", 4) == .success)
    #expect(try program.opened("file") == 4)
    #expect(try program.opened("file") == 5)
    #expect(try program.opened("file") == 7)
  }

  @Test func theTableIsBounded() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file")
    let program = try sandbox.program { $0.maximumOpenFiles = 6 }
    _ = try program.opened("file")
    _ = try program.opened("file")
    #expect(try program.open("new", .create).errno == .mfile)
    #expect(!FileManager.default.fileExists(atPath: sandbox.preopen.appendingPathComponent("new").path))
    #expect(try program.call("fd_close", 4) == .success)
    #expect(try program.opened("file") == 4)
  }

  @Test func hostDescriptorsAreClosed() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file")
    let path = sandbox.preopen.path
    func open(below path: String) throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.hasPrefix(path) ?? false
      }.count
    }
    do {
      let program = try sandbox.program()
      let fd = try program.opened("file")
      #expect(try open(below: path) == 2)
      #expect(try program.call("fd_close", UInt64(fd)) == .success)
      #expect(try open(below: path) == 1)
      for name in ["missing", "../x", "file/"] { _ = try program.open(name) }
      _ = try program.stat("file")
      _ = try program.path("path_remove_directory", "missing/x")
      #expect(try open(below: path) == 1)
    }
    #expect(try open(below: path) == 0)
  }

  @Test func renumbering() throws {
    let sandbox = try Sandbox()
    try sandbox.file("a", "a")
    try sandbox.file("b", "b")
    let program = try sandbox.program()
    let (a, b) = (UInt64(try program.opened("a")), UInt64(try program.opened("b")))
    #expect(try program.call("fd_renumber", a, b) == .success)
    #expect(try program.call("fd_close", a) == .badf)
    #expect(try program.read(UInt32(b), 9) == (.success, "a"))
    #expect(try program.call("fd_renumber", b, a) == .badf)
    #expect(try program.call("fd_renumber", a, b) == .badf)
    #expect(try program.call("fd_renumber", b, b) == .success)
    #expect(try program.call("fd_renumber", b, 0xffff_ffff) == .badf)
    #expect(try program.call("fd_renumber", b, 1) == .success)
    #expect(try program.opened("b") == 4)
  }

  @Test func preopens() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program { $0.preopens[0].guestPath = "/data" }
    let (status, name) = (program.room(8), program.room(8))
    #expect(try program.call("fd_prestat_get", 3, status) == .success)
    #expect(try program.memory.load(UInt64.self, at: status) == 5 << 32)
    #expect(try program.call("fd_prestat_dir_name", 3, name, 4) == .nametoolong)
    #expect(try program.call("fd_prestat_dir_name", 3, name, 6) == .success)
    #expect(try program.memory.read(at: name, count: 6) == Array("/data\0".utf8))
    #expect(try program.call("fd_prestat_get", 4, status) == .badf)
    #expect(try program.call("fd_prestat_get", 1, status) == .badf)
    #expect(throws: WASIError.preopen(path: "/nonexistent/directory", reason: "No such file or directory")) {
      try sandbox.program { $0.preopens[0].hostPath = "/nonexistent/directory" }
    }
  }

  /// A number stands for what it stands for now: rights, kind, flags and the place in a directory go with the descriptor.
  @Test func aNumberThatWasSomethingElse() throws {
    let sandbox = try Sandbox()
    try sandbox.directory("dir")
    for index in 0..<20 { try sandbox.file("dir/\(index)") }
    try sandbox.file("file", "text")
    let program = try sandbox.program { $0.preopens.append(WASI.Preopen(hostPath: $0.preopens[0].hostPath, guestPath: "/two")) }
    let dir = UInt64(try program.opened("dir", .directory, base: .directory))
    let (buffer, result) = (program.room(256), program.room(8))
    #expect(try program.call("fd_readdir", dir, buffer, 256, 0, result) == .success)
    // A file takes the directory's number, with few rights.
    let file = UInt64(try program.opened("file", base: .fdRead))
    #expect(try program.call("fd_renumber", file, dir) == .success)
    #expect(try program.call("fd_readdir", dir, buffer, 256, 5, result) == .badf)
    #expect(try program.open("0", in: UInt32(dir)).errno == .notdir)
    #expect(try program.call("fd_seek", dir, 0, 0, result) == .notcapable)
    #expect(try program.read(UInt32(dir), 9) == (.success, "text"))
    // Another directory takes it: its reading begins anew, whatever cookie the first one had given out.
    let empty = try program.path("path_create_directory", "empty")
    #expect(empty == .success)
    let other = UInt64(try program.opened("empty", .directory, base: .directory))
    #expect(try program.call("fd_renumber", other, dir) == .success)
    #expect(try program.call("fd_readdir", dir, buffer, 256, 5, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 0)
    // A preopen's number without the preopen: no name, no way in.
    #expect(try program.call("fd_renumber", UInt64(try program.opened("file", base: .fdRead)), 4) == .success)
    #expect(try program.call("fd_prestat_get", 4, result) == .badf)
    #expect(try program.open("file", in: 4).errno == .notdir)
    // A standard stream's number with a file behind it, and a stream under a preopen's.
    #expect(try program.call("fd_renumber", 4, 1) == .success)
    #expect(try program.write(1, "x") == .badf)
    #expect(try program.call("fd_renumber", 2, 3) == .success)
    #expect(try program.open("file", in: 3).errno == .badf)
    #expect(try program.write(3, "x") == .success)
  }

  // Rights.

  @Test func rightsAreGivenUpForGood() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program()
    let rights: Rights = [.fdRead, .fdWrite, .fdSeek]
    let fd = try program.opened("file", .create, base: rights)
    #expect(try program.write(fd, "x") == .success)
    #expect(try program.call("fd_fdstat_set_rights", UInt64(fd), Rights.fdRead.rawValue, 0) == .success)
    #expect(try program.write(fd, "x") == .notcapable)
    #expect(try program.call("fd_seek", UInt64(fd), 0, 0, program.room(8)) == .notcapable)
    #expect(try program.call("fd_fdstat_set_rights", UInt64(fd), rights.rawValue, 0) == .notcapable)
    #expect(try program.call("fd_fdstat_set_rights", UInt64(fd), 0, Rights.fdRead.rawValue) == .notcapable)
    #expect(try program.call("fd_fdstat_set_rights", UInt64(fd), 1 << 40, 0) == .inval)
    #expect(try program.write(try program.opened("file", base: .fdRead), "x") == .badf)
  }

  @Test func directoriesPassOnWhatTheyInherit() throws {
    let sandbox = try Sandbox()
    try sandbox.directory("dir")
    try sandbox.file("dir/file", "text")
    let program = try sandbox.program()
    let dir = try program.opened("dir", .directory, base: [.pathOpen, .fdSeek], inheriting: [.fdRead, .fdSeek])
    let status = program.room(24)
    #expect(try program.call("fd_fdstat_get", UInt64(dir), status) == .success)
    #expect(try program.memory.load(UInt64.self, at: status + 8) == Rights.pathOpen.rawValue)
    #expect(try program.open("file", in: dir, base: [.fdRead, .fdWrite]).errno == .notcapable)
    #expect(try program.open("new", in: dir, .create, base: .fdRead).errno == .notcapable)
    #expect(try program.open("file", in: dir, .truncate, base: .fdRead).errno == .notcapable)
    #expect(try program.stat("file", in: dir).errno == .notcapable)
    #expect(try program.path("path_unlink_file", "file", in: dir) == .notcapable)
    #expect(try program.read(try program.opened("file", in: dir), 9) == (.success, "text"))
  }

  @Test func readOnlyPreopens() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file", "text")
    try sandbox.directory("dir")
    let program = try sandbox.program { $0.preopens[0].access = .readOnly }
    #expect(try program.read(try program.opened("file"), 9) == (.success, "text"))
    #expect(try program.open("file", base: .fdWrite).errno == .notcapable)
    #expect(try program.open("file", .truncate).errno == .notcapable)
    #expect(try program.open("new", .create).errno == .notcapable)
    let dir = try program.opened("dir", .directory, base: [.pathOpen], inheriting: [.fdRead])
    #expect(try program.open("new", in: dir, .create, base: .fdRead).errno == .notcapable)
    for function in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
      #expect(try program.path(function, "dir") == .notcapable)
    }
    #expect(try sandbox.text("file") == "text")
  }

  @Test func filesAreNoDirectoriesAndTheOtherWayRound() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file")
    let program = try sandbox.program()
    let file = try program.opened("file", base: .all.intersection(.file).subtracting(.fdWrite))
    #expect(try program.open("x", in: file).errno == .notdir)
    #expect(try program.stat("x", in: file).errno == .badf)
    #expect(try program.open("x", in: 1).errno == .badf)
    #expect(try program.open("x", in: 99).errno == .badf)
    #expect(try program.read(3, 1).errno == .badf)
    #expect(try program.write(3, "x") == .badf)
    #expect(try program.call("fd_tell", 3, program.room(8)) == .badf)
    #expect(try program.call("fd_allocate", 3, 0, 1) == .badf)
    #expect(try program.call("fd_readdir", UInt64(file), program.room(64), 64, 0, program.room(4)) == .badf)
    #expect(try program.call("fd_fdstat_set_flags", 3, 0) == .badf)
  }
}
