import Foundation
import Synchronization
import Testing

@testable import WASI

/// A second process exchanges a directory for a link that leads out, all the time, while the program works below that name.
@Suite struct RaceTests {
  /// Runs `body` while `preopen/swap` is in turn a directory and a link to `outside`.
  private func swapping(_ sandbox: Sandbox, _ body: () throws -> Void) throws {
    try sandbox.directory("swap/sub")
    try sandbox.link("away", to: "../outside")
    let root = sandbox.preopen.path
    let isOver = SharedFlag()
    let thread = Thread {
      while !isOver.isSet {
        for (from, to) in [("swap", "kept"), ("away", "swap"), ("swap", "away"), ("kept", "swap")] {
          rename(root + "/" + from, root + "/" + to)
        }
      }
      isOver.acknowledge()
    }
    thread.start()
    defer { isOver.setAndWait() }
    try body()
  }

  private func snapshot(_ sandbox: Sandbox) throws -> [String] {
    try [".", "secret", "sub", "sub/deep"].map { name in
      var status = stat()
      try #require(lstat(sandbox.outside.path + "/" + name, &status) == 0, "\(name)")
      return "\(name) \(status.st_mode) \(status.st_nlink) \(status.st_size) \(status.st_mtim.tv_nsec) \(status.st_ctim.tv_nsec)"
    } + FileManager.default.subpathsOfDirectory(atPath: sandbox.outside.path).sorted()
  }

  @Test(arguments: [BeneathLookup.Method.kernel, .walk]) func noFunctionIsLedOut(method: BeneathLookup.Method) throws {
    let sandbox = try Sandbox()
    try FileManager.default.createDirectory(
      at: sandbox.outside.appendingPathComponent("sub"), withIntermediateDirectories: true)
    try Data("deep".utf8).write(to: sandbox.outside.appendingPathComponent("sub/deep"))
    try sandbox.file("own", "own")
    let before = try snapshot(sandbox)
    let program = try sandbox.program(lookup: method)
    let path = try program.put("swap/secret")
    let deep = try program.put("swap/sub/deep")
    let new = try program.put("swap/new")
    let own = try program.put("own")
    let text = try program.put("inside")
    let list = try program.iovecs(text)
    let (result, buffer) = (program.room(64), program.room(64))
    try swapping(sandbox) {
      for round in 0..<600 {
        let target = round.isMultiple(of: 2) ? path : deep
        // create, read and write: what is opened is the program's own.
        let (opened, fd) = try program.open(
          round.isMultiple(of: 2) ? "swap/secret" : "swap/sub/deep", [.create], base: [.fdRead, .fdWrite, .fdSeek])
        if opened == .success {
          _ = try program.call("fd_write", UInt64(fd), list, 1, result)
          _ = try program.call("fd_close", UInt64(fd))
        }
        _ = try program.call("path_filestat_set_times", 3, 1, target.address, target.count, 1, 1, 5)
        _ = try program.call("path_create_directory", 3, new.address, new.count)
        _ = try program.call("path_symlink", own.address, own.count, 3, new.address, new.count)
        _ = try program.call("path_link", 3, 0, own.address, own.count, 3, new.address, new.count)
        _ = try program.call("path_rename", 3, target.address, target.count, 3, new.address, new.count)
        _ = try program.call("path_remove_directory", 3, new.address, new.count)
        _ = try program.call("path_unlink_file", 3, new.address, new.count)
        _ = try program.call("path_unlink_file", 3, target.address, target.count)
        if try program.call("path_readlink", 3, target.address, target.count, buffer, 64, result) == .success {
          Issue.record("there is no link below either name")
        }
      }
    }
    #expect(try snapshot(sandbox) == before)
  }
}

extension RaceTests {
  /// Two programs with the same directory, each in a thread: one exchanges a directory for a link of its own making, by WASI's means,
  /// and the other works below that name.
  @Test(arguments: [BeneathLookup.Method.kernel, .walk]) func twoProgramsOfOneDirectory(method: BeneathLookup.Method) throws {
    let sandbox = try Sandbox()
    try sandbox.directory("real")
    try sandbox.file("real/secret", "inside")
    let (swapper, worker) = (try sandbox.program(lookup: method), try sandbox.program(lookup: method))
    let before = try FileManager.default.attributesOfItem(atPath: sandbox.outside.path + "/secret")[.modificationDate] as? Date
    let isOver = SharedFlag()
    let exchange = try Exchange(swapper)
    let thread = Thread {
      var rounds = 0
      while !isOver.isSet || rounds < 50 {
        exchange.once()
        rounds += 1
      }
      isOver.acknowledge()
    }
    thread.start()
    var seen = 0
    try {
      defer { isOver.setAndWait() }
      for _ in 0..<1500 {
        let (opened, fd) = try worker.open("real/secret", base: [.fdRead, .fdWrite, .fdSeek], follow: true)
        guard opened == .success else { continue }
        seen += 1
        #expect(try worker.read(fd, 16) == (.success, "inside"))
        #expect(try worker.call("fd_close", UInt64(fd)) == .success)
        _ = try worker.open("real/new", [.create, .truncate], base: [.fdWrite], follow: true)
        _ = try worker.path("path_unlink_file", "real/new")
        for open in 4..<40 { _ = try worker.call("fd_close", UInt64(open)) }
      }
    }()
    #expect(seen > 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.outside.path) == ["secret"])
    #expect(try FileManager.default.attributesOfItem(atPath: sandbox.outside.path + "/secret")[.modificationDate] as? Date == before)
  }
}

/// A program that puts a link to `../outside` in the place of the directory `real`, and back. One thread uses it.
private final class Exchange: @unchecked Sendable {
  private let program: Program
  private let (real, kept, away): ((address: UInt64, count: UInt64), (address: UInt64, count: UInt64), (address: UInt64, count: UInt64))
  private let target: (address: UInt64, count: UInt64)

  init(_ program: Program) throws {
    self.program = program
    (real, kept, away) = (try program.put("real"), try program.put("kept"), try program.put("away"))
    target = try program.put("../outside")
  }

  func once() {
    func rename(_ from: (address: UInt64, count: UInt64), _ to: (address: UInt64, count: UInt64)) {
      _ = try? program.call("path_rename", 3, from.address, from.count, 3, to.address, to.count)
    }
    _ = try? program.call("path_symlink", target.address, target.count, 3, away.address, away.count)
    rename(real, kept)
    rename(away, real)
    rename(real, away)
    rename(kept, real)
  }
}

/// Set by one thread, seen and acknowledged by another.
private final class SharedFlag: Sendable {
  private let flag = Atomic(false)
  private let end = DispatchSemaphore(value: 0)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func acknowledge() { end.signal() }
  func setAndWait() {
    flag.store(true, ordering: .releasing)
    end.wait()
  }
}
