import CHostSystem
import Foundation
import Testing

@testable import WASI

/// Nothing leads out of a preopen: by the kernel's own resolution, and by the walk for kernels without it.
@Suite struct EscapeTests {
  /// Everything here would reach `outside/secret` or the host's root if it were followed.
  static let escapes = [
    "../outside/secret", "dir/../../outside/secret", "dir/nested/../../../outside/secret", "..", "../", "dir/../..",
    "./../outside", "up/secret", "up", "absolute", "absolute-directory/secret", "chain/secret", "dir/sideways/secret",
    "/etc/passwd", "//etc/passwd",
  ]

  private func sandbox() throws -> Sandbox {
    let sandbox = try Sandbox()
    try sandbox.directory("dir/nested")
    try sandbox.file("dir/nested/file", "inside")
    try sandbox.link("up", to: "../outside")
    try sandbox.link("absolute", to: sandbox.outside.appendingPathComponent("secret").path)
    try sandbox.link("absolute-directory", to: sandbox.outside.path)
    try sandbox.link("chain", to: "dir/sideways")
    try sandbox.link("dir/sideways", to: "../../outside")
    try sandbox.link("inside", to: "dir/../dir/nested/file")
    try sandbox.link("loop", to: "loop")
    try sandbox.link("dir/back", to: "../dir/nested")
    return sandbox
  }

  static let methods: [BeneathLookup.Method] = [.kernel, .walk]

  @Test(arguments: methods, escapes) func openingAndLookingIsRefused(method: BeneathLookup.Method, path: String) throws {
    let program = try sandbox().program(lookup: method)
    #expect(try program.open(path, follow: true).errno == .perm)
    #expect(try program.stat(path, follow: true).errno == .perm)
  }

  @Test(arguments: methods, escapes)
  func bothMethodsRefuse(method: BeneathLookup.Method, path: String) throws {
    guard !path.hasPrefix("/") else { return }
    let sandbox = try sandbox()
    let directory = open(sandbox.preopen.path, O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    for flags in [O_RDONLY, HALITE_O_PATH, O_RDONLY | O_NONBLOCK, O_RDWR | O_CREAT] {
      let error = #expect(throws: Errno.self) {
        _ = try BeneathLookup.open(
          try GuestPath(Array(path.utf8)), below: directory, flags: flags, mode: 0o600, method: method)
      }
      // Creating a directory's name is wrong for another reason too; which one the kernel sees first does not matter.
      #expect(error == .perm || flags & O_CREAT != 0)
    }
  }

  @Test(arguments: methods)
  func bothMethodsFindWhatIsInside(method: BeneathLookup.Method) throws {
    let sandbox = try sandbox()
    let directory = open(sandbox.preopen.path, O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    func outcome(_ path: String, _ flags: CInt) -> Errno {
      do throws(Errno) {
        let path = try GuestPath(Array(path.utf8))
        close(try BeneathLookup.open(path, below: directory, flags: flags, mode: 0o600, method: method))
        return .success
      } catch {
        return error
      }
    }
    for path in [
      "dir/nested/file", "dir//./nested/../nested///./file", "inside", "dir/back/file", ".", "dir/..", "dir/",
    ] {
      #expect(outcome(path, O_RDONLY) == .success, "\(path)")
    }
    #expect(outcome("inside", O_RDONLY | O_NOFOLLOW) == .loop)
    #expect(outcome("loop", O_RDONLY) == .loop)
    #expect(outcome("missing", O_RDONLY) == .noent)
    #expect(outcome("missing/../dir", O_RDONLY) == .noent)
    #expect(outcome("dir/nested/file/", O_RDONLY) == .notdir)
    #expect(outcome("dir/nested/file/..", O_RDONLY) == .notdir)
    #expect(outcome("dir/nested", O_RDWR) == .isdir)
    #expect(outcome("dir", O_RDONLY | O_CREAT | O_EXCL) == .exist)
    #expect(outcome("new", O_RDWR | O_CREAT | O_EXCL) == .success)
    #expect(outcome("new/", O_RDWR | O_CREAT) == .isdir)
  }

  @Test(arguments: methods) func aDirectoryThatIsMovedOutWhileItIsOpenStaysTheLimit(method: BeneathLookup.Method) throws {
    let sandbox = try sandbox()
    let program = try sandbox.program(lookup: method)
    let nested = try program.opened("dir/nested", .directory, base: [.pathOpen], inheriting: [.fdRead])
    try FileManager.default.moveItem(
      at: sandbox.preopen.appendingPathComponent("dir/nested"), to: sandbox.outside.appendingPathComponent("nested"))
    #expect(try program.open("../secret", in: nested, base: .fdRead).errno == .perm)
    #expect(try program.open("file", in: nested, base: .fdRead).errno == .success)
  }

  @Test(arguments: methods) func changingDirectoriesOutsideIsRefused(method: BeneathLookup.Method) throws {
    let sandbox = try sandbox()
    let program = try sandbox.program(lookup: method)
    for function in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
      for path in ["../outside/new", "../outside/secret", "up/secret", "absolute-directory/secret", "..", "/new"] {
        #expect(try program.path(function, path) == .perm, "\(function) \(path)")
      }
    }
    let inside = try program.put("inside")
    for path in ["../outside/new", "up/new", "absolute-directory/new", "chain/new"] {
      let (address, count) = try program.put(path)
      #expect(try program.call("path_symlink", inside.address, inside.count, 3, address, count) == .perm)
      #expect(try program.call("path_rename", 3, inside.address, inside.count, 3, address, count) == .perm)
      #expect(try program.call("path_rename", 3, address, count, 3, inside.address, inside.count) == .perm)
      #expect(try program.call("path_link", 3, 0, inside.address, inside.count, 3, address, count) == .perm)
      #expect(try program.call("path_link", 3, 0, address, count, 3, inside.address, inside.count) == .perm)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.outside.path) == ["secret"])
  }

  @Test(arguments: methods) func linksAreUnlinkedThemselves(method: BeneathLookup.Method) throws {
    let sandbox = try sandbox()
    let program = try sandbox.program(lookup: method)
    #expect(try program.path("path_unlink_file", "absolute") == .success)
    #expect(try program.path("path_unlink_file", "up/") == .notdir)
    #expect(try program.path("path_remove_directory", "up") == .notdir)
    #expect(FileManager.default.fileExists(atPath: sandbox.outside.appendingPathComponent("secret").path))
  }

  @Test(arguments: methods) func aSlashBehindALinkDoesNotFollowItOut(method: BeneathLookup.Method) throws {
    let sandbox = try sandbox()
    let program = try sandbox.program(lookup: method)
    let (address, count) = try program.put("up/")
    let target = try program.put("new")
    #expect(try program.call("path_link", 3, 0, address, count, 3, target.address, target.count) == .perm)
    #expect(try program.call("path_readlink", 3, address, count, program.room(64), 64, program.room(4)) == .perm)
    #expect(try program.stat("up/").errno == .perm)
  }

  @Test func absoluteTargetsAreNeitherMadeNorTold() throws {
    let program = try sandbox().program()
    let absolute = try program.put("/etc/passwd")
    let name = try program.put("link")
    #expect(try program.call("path_symlink", absolute.address, absolute.count, 3, name.address, name.count) == .perm)
    let (address, count) = try program.put("absolute")
    #expect(try program.call("path_readlink", 3, address, count, program.room(64), 64, program.room(4)) == .perm)
  }

  @Test func twoThreadsSwappingALinkNeverGetOut() async throws {
    let sandbox = try sandbox()
    try sandbox.directory("swap-a")
    try sandbox.file("swap-a/secret", "inside")
    try sandbox.link("swap-b", to: "../outside")
    let (a, b, c) = (sandbox.preopen.path + "/swap-a", sandbox.preopen.path + "/swap-b", sandbox.preopen.path + "/c")
    let swapping = Task.detached {
      while !Task.isCancelled {
        for (from, to) in [(a, c), (b, a), (a, b), (c, a)] { _ = rename(from, to) }
      }
    }
    let directory = open(sandbox.preopen.path, O_RDONLY | O_DIRECTORY)
    defer { close(directory) }
    for round in 0..<2000 {
      let method: BeneathLookup.Method = round.isMultiple(of: 2) ? .kernel : .walk
      let path = try GuestPath(Array((round % 4 < 2 ? "swap-a/secret" : "swap-a/../swap-b/secret").utf8))
      guard let file = try? BeneathLookup.open(path, below: directory, flags: O_RDONLY, method: method) else {
        continue
      }
      var first: UInt8 = 0
      #expect(Glibc.read(file, &first, 1) == 1)
      #expect(first == UInt8(ascii: "i"), "round \(round) read outside")
      close(file)
    }
    swapping.cancel()
    await swapping.value
  }

  @Test(arguments: [
    ("", Errno.noent), ("zero\0byte", .inval), ("\0", .inval), (String(repeating: "a", count: 256), .nametoolong),
    (String(repeating: "a/", count: 2048), .nametoolong), (String(repeating: "x", count: 5000), .nametoolong),
  ])
  func malformedPaths(path: String, errno: Errno) throws {
    let program = try Sandbox().program()
    #expect(try program.open(path).errno == errno)
    #expect(try program.stat(path).errno == errno)
    #expect(try program.path("path_create_directory", path) == errno)
    #expect(try program.path("path_unlink_file", path) == errno)
  }

  @Test func pathsAreUTF8() throws {
    let program = try Sandbox().program()
    let address = try program.put([0x66, 0xff])
    #expect(try program.call("path_create_directory", 3, address, 2) == .ilseq)
  }
}
