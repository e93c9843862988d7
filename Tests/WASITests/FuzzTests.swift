import Foundation
import Runtime
import Testing

@testable import WASI

/// Every function with random arguments over random memory, in a directory full of ways out. Nothing outside changes, no call ends
/// but in one of the ways there are, and no more descriptors are open than allowed.
///
/// `make fuzz-wasi` runs it for long. HALITE_FUZZ_ROUNDS is the number of calls for each method of lookup, HALITE_FUZZ_SEED repeats a
/// run.
@Suite(.serialized) struct FuzzTests {
  static let rounds = ProcessInfo.processInfo.environment["HALITE_FUZZ_ROUNDS"].flatMap(Int.init) ?? 12_000
  static let seed = ProcessInfo.processInfo.environment["HALITE_FUZZ_SEED"].flatMap(UInt64.init) ?? 1

  @Test(arguments: [BeneathLookup.Method.kernel, .walk]) func randomCalls(method: BeneathLookup.Method) throws {
    var random = SplitMix(state: Self.seed)
    var outcomes = FuzzOutcomes()
    var round = 0
    while round < Self.rounds {
      // Programs close their directories sooner or later, so each begins anew.
      let (programRounds, programSeed) = (min(300, Self.rounds - round), random.next())
      let target = try FuzzTarget(lookup: method)
      let before = try target.outside()
      var caller = FuzzCaller(program: target.program, deadline: target.deadline, random: SplitMix(state: programSeed))
      for _ in 0..<programRounds { outcomes.count(caller.call()) }
      #expect(try target.outside() == before, "seed \(programSeed) changed something outside")
      #expect(try target.openDescriptors() <= FuzzTarget.maximumOpenFiles, "seed \(programSeed)")
      #expect(outcomes.unexpected.isEmpty, "seed \(programSeed): \(outcomes.unexpected)")
      round += programRounds
    }
    if Self.rounds >= 10_000 {
      // Calls that all fail at the first check would prove nothing.
      #expect(outcomes.neverSucceeded == ["proc_exit", "proc_raise"])
    }
    print("fuzzed \(round) calls, \(method): \(outcomes.summary)")
  }
}

/// What calls came to.
struct FuzzOutcomes {
  private(set) var succeeded: [String: Int] = [:]
  private(set) var unexpected: [String] = []
  private var counts: [String: Int] = [:]

  mutating func count(_ call: (name: String, result: Result<Errno, any Error>)) {
    switch call.result {
    case .success(.success):
      succeeded[call.name, default: 0] += 1
      counts["success", default: 0] += 1
    case .success: counts["errno", default: 0] += 1
    case .failure(is GuestMemoryError): counts["out of bounds", default: 0] += 1
    case .failure(let trap as Trap):
      if case .host = trap.reason { counts["trap", default: 0] += 1 } else { unexpected.append("\(call.name): \(trap)") }
    case .failure(is Interrupted): counts["interrupted", default: 0] += 1
    case .failure(is ProcessExit), .failure(is OutputLimitReached): counts["end", default: 0] += 1
    case .failure(let error): unexpected.append("\(call.name): \(error)")
    }
  }

  var neverSucceeded: [String] { PreviewOne.functions.map(\.name).filter { succeeded[$0] == nil }.sorted() }
  var summary: String { counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ") }
}

/// A program in a tree with links that lead out, pipes, and names of every kind; and what lies outside of it.
struct FuzzTarget {
  static let maximumOpenFiles = 40
  let sandbox: Sandbox
  let program: Program

  static let names = [
    "file", "dir", "dir/nested", "dir/nested/file", "up", "absolute", "loop", "pipe", "inside", "dir/sideways", "new", "dir/new",
    "empty", "other",
  ]

  init(lookup: BeneathLookup.Method) throws {
    sandbox = try Sandbox()
    try sandbox.directory("dir/nested")
    try sandbox.directory("empty")
    try sandbox.file("file", String(repeating: "text", count: 1000))
    try sandbox.file("dir/nested/file", "inside")
    try sandbox.link("up", to: "../outside")
    try sandbox.link("absolute", to: sandbox.outside.path)
    try sandbox.link("loop", to: "loop")
    try sandbox.link("inside", to: "dir/../dir/nested/file")
    try sandbox.link("dir/sideways", to: "../../outside")
    try #require(mkfifo(sandbox.preopen.path + "/pipe", 0o600) == 0)
    let listener = try UnixListener(sandbox)
    program = try sandbox.program(lookup: lookup) { wasi in
      wasi.listeners = [listener.number]
      wasi.arguments = ["fuzz", "", "x"]
      wasi.environment = [("A", "B")]
      wasi.standardInput = .bytes(Array("input".utf8))
      wasi.preopens.append(WASI.Preopen(hostPath: wasi.preopens[0].hostPath, guestPath: "/read", access: .readOnly))
      wasi.maximumOpenFiles = Self.maximumOpenFiles
      wasi.maximumOutput = 8 << 20
    }
    self.listener = listener
    let deadline = CallDeadline()
    program.isInterrupted = { deadline.isOver }
    self.deadline = deadline
    deadline.begin()
    // Something to begin with: a connection, and a second that waits; files and directories with all rights.
    for client in [try listener.connected(), try listener.connected()] {
      try #require(Glibc.write(client, "request", 7) == 7)
    }
    let result = program.room(4)
    try #require(try program.call("sock_accept", 5, 0, result) == .success)
    for name in ["file", "file", "dir/nested/file"] { _ = try program.opened(name, base: .file) }
    _ = try program.opened("dir", .directory, base: .directory, inheriting: .all)
  }

  let deadline: CallDeadline
  private let listener: UnixListener

  /// Names, contents, permissions, times and links of everything outside.
  func outside() throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: sandbox.outside.path).sorted()
    return try ([""] + names).map { name in
      var status = stat()
      try #require(lstat(sandbox.outside.path + "/" + name, &status) == 0)
      let content = (try? Data(contentsOf: sandbox.outside.appendingPathComponent(name))) ?? Data()
      let times = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
      return "\(name) \(status.st_mode) \(status.st_nlink) \(status.st_uid) \(times) \(content.base64EncodedString())"
    }
  }

  /// Descriptors of this process, not only of this test, that lead below the tree.
  func openDescriptors() throws -> Int {
    let numbers = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
    let targets = numbers.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
    for target in targets where target.hasPrefix(sandbox.outside.path) { Issue.record("\(target) is open") }
    return targets.filter { $0.hasPrefix(sandbox.root.path) }.count
  }
}

/// Interrupts each call after a while; one thread uses it.
final class CallDeadline: @unchecked Sendable {
  private var end: UInt64 = 0
  func begin() { end = Waiting.now + 2_000_000 }
  var isOver: Bool { Waiting.now > end }
}
