import Foundation
import Testing

@testable import WASI

@Suite struct DirectoryTests {
  struct Entry: Equatable {
    var name: String
    var next: UInt64
    var inode: UInt64
    var type: UInt8
  }

  /// One call: the entries that arrived whole, and whether the buffer was not filled.
  private func read(_ program: Program, from cookie: UInt64, size: Int) throws -> (entries: [Entry], isEnd: Bool) {
    let (buffer, result) = (program.room(size), program.room(4))
    try #require(try program.call("fd_readdir", 3, buffer, UInt64(size), cookie, result) == .success)
    let used = Int(try program.memory.load(UInt32.self, at: result))
    let bytes = try program.memory.read(at: buffer, count: UInt64(used))
    var entries: [Entry] = []
    var start = 0
    while start + 24 <= used {
      let length = Int(bytes.integer(UInt32.self, at: start + 16))
      guard start + 24 + length <= used else { break }
      entries.append(
        Entry(
          name: String(decoding: bytes[(start + 24)..<(start + 24 + length)], as: UTF8.self),
          next: bytes.integer(at: start), inode: bytes.integer(at: start + 8), type: bytes[start + 20]))
      start += 24 + length
    }
    return (entries, used < size)
  }

  private func readAll(_ program: Program, size: Int) throws -> [Entry] {
    var all: [Entry] = []
    while true {
      let (entries, isEnd) = try read(program, from: all.last?.next ?? 0, size: size)
      all += entries
      if isEnd { return all }
      try #require(!entries.isEmpty)
    }
  }

  @Test func entriesAndKinds() throws {
    let sandbox = try Sandbox()
    try sandbox.file("file")
    try sandbox.directory("dir")
    try sandbox.link("link", to: "nowhere")
    let program = try sandbox.program()
    let entries = try readAll(program, size: 4096)
    #expect(entries.prefix(2).map(\.name) == [".", ".."])
    // The directory above is the host's business.
    #expect(entries[0].inode == entries[1].inode)
    let kinds = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.type) })
    #expect(kinds == [".": 3, "..": 3, "file": 4, "dir": 3, "link": 7])
    for entry in entries.dropFirst(2) {
      #expect(try program.stat(entry.name).bytes.integer(UInt64.self, at: 8) == entry.inode)
    }
  }

  @Test(arguments: [34, 64, 100, 1000, 100_000]) func cookiesGoOnWhereTheBufferEnded(size: Int) throws {
    let sandbox = try Sandbox()
    for index in 0..<100 { try sandbox.file("file-\(index)") }
    let program = try sandbox.program()
    let names = try readAll(program, size: size).map(\.name)
    #expect(names.count == 102)
    #expect(Set(names).count == 102)
    // From any cookie, in any order.
    let entries = try readAll(program, size: 4096)
    for index in [50, 3, 99, 0, 1] {
      let rest = try read(program, from: entries[index].next, size: 65_536).entries
      #expect(rest == Array(entries[(index + 1)...]))
    }
  }

  /// wasi-libc's telldir keeps 32 bits; and what is removed while a directory is read hides nothing that was not read yet.
  @Test func cookiesAreSmallAndReadingSurvivesRemoval() throws {
    let sandbox = try Sandbox()
    for index in 0..<200 { try sandbox.file("file-\(index)") }
    let program = try sandbox.program()
    var names: Set<String> = []
    var cookie: UInt64 = 0
    while true {
      let (entries, isEnd) = try read(program, from: cookie, size: 300)
      for entry in entries {
        #expect(names.insert(entry.name).inserted)
        if entry.name.hasPrefix("file") { #expect(try program.path("path_unlink_file", entry.name) == .success) }
      }
      cookie = entries.last?.next ?? cookie
      #expect(cookie <= 202)
      if isEnd { break }
    }
    #expect(names.count == 202)
  }

  @Test func theEntryThatDoesNotFitIsCutOff() throws {
    let program = try Sandbox().program()
    let (buffer, result) = (program.room(64), program.room(4))
    for size: UInt64 in [0, 1, 23, 24, 25, 49] {
      #expect(try program.call("fd_readdir", 3, buffer, size, 0, result) == .success)
      #expect(try program.memory.load(UInt32.self, at: result) == UInt32(size))
    }
  }

  @Test func hostileCookies() throws {
    let program = try Sandbox().program()
    let (buffer, result) = (program.room(64), program.room(4))
    for cookie: UInt64 in [3, 1 << 32, 1 << 62, 1 << 63, .max] {
      let errno = try program.call("fd_readdir", 3, buffer, 64, cookie, result)
      #expect(errno == .success || errno == .inval)
    }
  }

  @Test(arguments: [BeneathLookup.Method.kernel, .walk]) func answersThatTheKernelGivesOtherwise(lookup: BeneathLookup.Method) throws {
    let sandbox = try Sandbox()
    try sandbox.directory("gone")
    try sandbox.link("link", to: "gone")
    try sandbox.file("file")
    let program = try sandbox.program(lookup: lookup)
    #expect(try program.open("new", [.create, .directory]).errno == .inval)
    #expect(!FileManager.default.fileExists(atPath: sandbox.preopen.path + "/new"))
    #expect(try program.open("link", .directory).errno == .loop)
    #expect(try program.open("file", .directory).errno == .notdir)
    // A directory that is no more has no entries.
    let fd = try program.opened("gone", .directory, base: .directory)
    #expect(try program.path("path_remove_directory", "gone") == .success)
    let (buffer, result) = (program.room(256), program.room(4))
    #expect(try program.call("fd_readdir", UInt64(fd), buffer, 256, 0, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 24 + 1 + 24 + 2)
    // What is wrong with the descriptor is told before what is wrong with the path.
    let absolute = try program.put("/x")
    #expect(try program.call("path_create_directory", 99, absolute.address, absolute.count) == .badf)
    #expect(try program.call("path_rename", 3, absolute.address, absolute.count, 99, absolute.address, absolute.count) == .perm)
  }

  @Test func makingMovingRemoving() throws {
    let sandbox = try Sandbox()
    let program = try sandbox.program()
    #expect(try program.path("path_create_directory", "dir/") == .success)
    #expect(try program.path("path_create_directory", "dir") == .exist)
    #expect(try program.path("path_create_directory", ".") == .exist)
    try sandbox.file("dir/file")
    #expect(try program.path("path_remove_directory", "dir") == .notempty)
    #expect(try program.path("path_unlink_file", "dir") == .isdir)
    #expect(try program.path("path_unlink_file", "dir/") == .isdir)
    #expect(try program.path("path_unlink_file", "dir/file/") == .notdir)
    let (from, to) = (try program.put("dir/file"), try program.put("moved"))
    #expect(try program.call("path_rename", 3, from.address, from.count, 3, to.address, to.count) == .success)
    #expect(try program.path("path_remove_directory", "dir/") == .success)
    #expect(try program.path("path_remove_directory", "moved") == .notdir)
    #expect(try program.path("path_remove_directory", ".") == .inval)
    let link = try program.put("link")
    #expect(try program.call("path_link", 3, 1, to.address, to.count, 3, link.address, link.count) == .inval)
    #expect(try program.call("path_link", 3, 0, to.address, to.count, 3, link.address, link.count) == .success)
    #expect(try program.stat("link").bytes.integer(UInt64.self, at: 24) == 2)
    #expect(try program.call("path_link", 3, 0, to.address, to.count, 3, link.address, link.count) == .exist)
  }

  @Test func symbolicLinks() throws {
    let program = try Sandbox().program()
    let (target, name) = (try program.put("some/target"), try program.put("link"))
    #expect(try program.call("path_symlink", target.address, target.count, 3, name.address, name.count) == .success)
    #expect(try program.call("path_symlink", target.address, target.count, 3, name.address, name.count) == .exist)
    let (buffer, result) = (program.room(16), program.room(4))
    #expect(try program.call("path_readlink", 3, name.address, name.count, buffer, 4, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 4)
    #expect(try program.memory.read(at: buffer, count: 5) == Array("some\0".utf8))
    #expect(try program.call("path_readlink", 3, name.address, name.count, buffer, 16, result) == .success)
    #expect(try program.memory.load(UInt32.self, at: result) == 11)
  }
}
