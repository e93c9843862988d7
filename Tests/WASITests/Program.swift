import Foundation
import Testing

@testable import Runtime
@testable import WASI

/// A program that is only a memory and its calls: the functions run as for a sandbox, without one.
final class Program {
  let context: Context
  private static let guardSize = 1 << 24
  private let base: UnsafeMutableRawPointer
  private let memorySize: Int
  private let storage: MemoryStorage
  private var next: UInt64 = 1024
  var isInterrupted: @Sendable () -> Bool = { false }
  /// The directories it works in stay as long as it does.
  var sandbox: Sandbox?

  init(_ wasi: WASI, memorySize: Int = 1 << 20, lookup: BeneathLookup.Method = BeneathLookup.method) throws {
    context = try Context(wasi, lookup: lookup)
    // Between pages that nobody may touch: a host that reads or writes beyond the memory does not go unnoticed.
    let guarded = mmap(nil, memorySize + 2 * Self.guardSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    base = try #require(guarded != MAP_FAILED ? guarded : nil) + Self.guardSize
    try #require(mprotect(base, memorySize, PROT_READ | PROT_WRITE) == 0)
    self.memorySize = memorySize
    let size = UInt64(memorySize)
    storage = MemoryStorage(
      type: MemoryType(minimum: size / MemoryStorage.pageSize), base: base, reservation: size, limit: size,
      owner: context)
  }

  deinit { munmap(base - Self.guardSize, memorySize + 2 * Self.guardSize) }

  var memory: GuestMemory { GuestMemory(storage) }

  /// Calls a function and returns its errno; traps are thrown.
  @discardableResult
  func call(_ name: String, _ arguments: UInt64...) throws -> Errno {
    let function = try #require(PreviewOne.functions.first { $0.name == name })
    try #require(arguments.count == function.type.parameters.count)
    var list = PreviewOne.Arguments(repeating: 0)
    for (index, argument) in arguments.enumerated() { list[index] = argument }
    return try perform(function, list)
  }

  func perform(_ function: PreviewOne.Function, _ arguments: PreviewOne.Arguments) throws -> Errno {
    do {
      try context.claim { try function.body($0, Guest(memory: memory, isInterrupted: isInterrupted), arguments) }
      return .success
    } catch let error as Errno {
      return error
    }
  }

  // Memory of the program, 16-aligned.

  func room(_ count: Int) -> UInt64 {
    defer { next = (next + UInt64(count) + 15) & ~15 }
    return next
  }

  func put(_ bytes: [UInt8]) throws -> UInt64 {
    let address = room(bytes.count)
    try memory.write(bytes, at: address)
    return address
  }

  func put(_ text: String) throws -> (address: UInt64, count: UInt64) {
    (try put(Array(text.utf8)), UInt64(text.utf8.count))
  }

  func iovecs(_ buffers: (address: UInt64, count: UInt64)...) throws -> UInt64 {
    try put(buffers.flatMap { Self.bytes(UInt32($0.address)) + Self.bytes(UInt32($0.count)) })
  }

  static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  // Calls that most tests make.

  func open(
    _ path: String, in directory: UInt32 = 3, _ flags: OpenFlags = [], base: Rights = [.fdRead, .fdSeek],
    inheriting: Rights = [], fdFlags: FdFlags = [], follow: Bool = false
  ) throws -> (errno: Errno, fd: UInt32) {
    let (address, count) = try put(path)
    let result = room(4)
    let errno = try call(
      "path_open", UInt64(directory), follow ? 1 : 0, address, count, UInt64(flags.rawValue), base.rawValue,
      inheriting.rawValue, UInt64(fdFlags.rawValue), result)
    return (errno, try memory.load(at: result))
  }

  func opened(
    _ path: String, in directory: UInt32 = 3, _ flags: OpenFlags = [], base: Rights = [.fdRead, .fdSeek],
    inheriting: Rights = [], fdFlags: FdFlags = []
  ) throws -> UInt32 {
    let (errno, fd) = try open(path, in: directory, flags, base: base, inheriting: inheriting, fdFlags: fdFlags)
    try #require(errno == .success, "opening \(path)")
    return fd
  }

  func path(_ function: String, _ path: String, in directory: UInt32 = 3) throws -> Errno {
    let (address, count) = try put(path)
    return try call(function, UInt64(directory), address, count)
  }

  func stat(_ path: String, in directory: UInt32 = 3, follow: Bool = false) throws -> (errno: Errno, bytes: [UInt8]) {
    let (address, count) = try put(path)
    let result = room(64)
    let errno = try call("path_filestat_get", UInt64(directory), follow ? 1 : 0, address, count, result)
    return (errno, try memory.read(at: result, count: 64))
  }

  func write(_ fd: UInt32, _ text: String) throws -> Errno {
    try call("fd_write", UInt64(fd), try iovecs(try put(text)), 1, room(4))
  }

  func read(_ fd: UInt32, _ count: Int) throws -> (errno: Errno, text: String) {
    let buffer = room(count)
    let result = room(4)
    let errno = try call("fd_read", UInt64(fd), try iovecs((buffer, UInt64(count))), 1, result)
    let moved: UInt32 = try memory.load(at: result)
    return (errno, String(decoding: try memory.read(at: buffer, count: UInt64(moved)), as: UTF8.self))
  }
}

/// A directory with a preopen inside, so that there is an outside to escape to:
/// `outside/secret`, `preopen/`.
final class Sandbox {
  let root: URL
  var preopen: URL { root.appendingPathComponent("preopen") }
  var outside: URL { root.appendingPathComponent("outside") }

  init() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("halite-wasi-\(UUID().uuidString)")
    for directory in [preopen, outside] {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }
    try Data("secret".utf8).write(to: outside.appendingPathComponent("secret"))
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func program(
    lookup: BeneathLookup.Method = BeneathLookup.method, _ change: (inout WASI) -> Void = { _ in }
  ) throws -> Program {
    var wasi = WASI()
    wasi.standardInput = .empty
    wasi.standardOutput = .discard
    wasi.standardError = .discard
    wasi.preopens = [WASI.Preopen(hostPath: preopen.path, guestPath: "/")]
    change(&wasi)
    let program = try Program(wasi, lookup: lookup)
    program.sandbox = self
    return program
  }

  func file(_ name: String, _ text: String = "") throws {
    try Data(text.utf8).write(to: preopen.appendingPathComponent(name))
  }

  func directory(_ name: String) throws {
    try FileManager.default.createDirectory(
      at: preopen.appendingPathComponent(name), withIntermediateDirectories: true)
  }

  func link(_ name: String, to target: String) throws {
    let path = preopen.appendingPathComponent(name).path
    try #require(symlink(target, path) == 0)
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: preopen.appendingPathComponent(name)), as: UTF8.self)
  }
}
