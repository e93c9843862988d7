import Foundation
import Testing

/// The tool as a process: what a person at a shell, or a script, sees of it.
@Suite struct CommandLineTests {
  struct Result: Equatable {
    var status: Int32
    var output: String
    var error: String
  }

  /// Runs `script` in bash, where `run` is nacl-run without a cache, `$wasm` Fixtures/actions.wasm, and the working directory a fresh
  /// one. The status of a process that a signal ended is 128 and the signal.
  private func shell(_ script: String, input: Data = Data()) throws -> Result {
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let tool = URL(fileURLWithPath: executable).deletingLastPathComponent().appendingPathComponent("nacl-run").path
    try #require(FileManager.default.isExecutableFile(atPath: tool))
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/actions.wasm").path
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("halite-shell-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["-k", "1", "100", "/bin/bash", "-c", "run() { exec \"$tool\" --no-cache \"$@\"; }\n" + script]
    process.environment = ["PATH": "/usr/bin:/bin", "tool": tool, "wasm": fixture, "HOME": directory.path]
    process.currentDirectoryURL = directory
    let (inputFile, outputFile, errorFile) = (
      directory.appendingPathComponent(".in"), directory.appendingPathComponent(".out"), directory.appendingPathComponent(".err")
    )
    for file in [inputFile, outputFile, errorFile] { try (file == inputFile ? input : Data()).write(to: file) }
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    // A pool's threads have all signals blocked, and children inherit that.
    var (none, previous) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    try process.run()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return Result(
      status: status, output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }

  // MARK: Streams and signals

  @Test func aReaderThatLeavesEndsTheProgramQuietly() throws {
    let result = try shell("(run --invoke writeForever $wasm) | head -c 10000 | wc -c; echo ${PIPESTATUS[0]}")
    #expect(result == Result(status: 0, output: "10000\n141\n", error: ""))
  }

  @Test func withTheSignalIgnoredTheProgramSeesTheError() throws {
    // 64 is errno `pipe`.
    let result = try shell("trap '' PIPE; (run --invoke writeForever $wasm) | head -c 10000 | wc -c; echo ${PIPESTATUS[0]}")
    #expect(result == Result(status: 0, output: "10000\n64\n", error: ""))
  }

  @Test(arguments: ["spin", "sleep", "copy"], [("INT", Int32(130)), ("TERM", 143)])
  func signalsEndTheProgram(function: String, signal: (name: String, status: Int32)) throws {
    // An interactive shell's jobs have the signal at its default; those of a script in the background ignore SIGINT.
    let result = try shell(
      """
      set -m
      mkfifo pipe
      (run --invoke \(function) $wasm) <> pipe &
      sleep 0.5; kill -\(signal.name) $!; wait $!
      """)
    #expect(result.status == signal.status, "\(result)")
    #expect(result.output == "")
  }

  @Test func bytesPassUnchanged() throws {
    var bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 7) })
    bytes.append(contentsOf: [0, 0xff, 0x0d, 0x0a, 0x1a, 0])
    let result = try shell("(run --invoke copy $wasm) | cmp - .in && (run --invoke copy $wasm) < .in | cmp - .in", input: bytes)
    #expect(result == Result(status: 0, output: "", error: ""))
  }

  /// Each line is there before the next is asked for: nothing is buffered.
  @Test func streamsFlow() throws {
    let result = try shell(
      """
      coproc (run --invoke copy $wasm)
      for word in one two three; do echo $word >&${COPROC[1]}; read -t 20 line <&${COPROC[0]}; echo "got $line"; done
      exec {COPROC[1]}>&-; wait $COPROC_PID
      """)
    #expect(result == Result(status: 0, output: "got one\ngot two\ngot three\n", error: ""))
  }

  @Test func closedStreams() throws {
    #expect(try shell("(run --invoke copy $wasm) <&- >&-").status == 0)
    // Written to nowhere for ever, until the limit.
    #expect(try shell("run --max-output 1M --invoke writeForever $wasm >&- 2>&-").status == 153)
  }

  @Test func aFullDiskIsAnError() throws {
    // 51 is errno `nospc`.
    #expect(try shell("run --invoke writeForever $wasm > /dev/full").status == 51)
  }

  @Test func aFileSizeLimitOfTheProcessIsAnErrorAndNoSignal() throws {
    // 22 is errno `fbig`.
    #expect(try shell("ulimit -f 100; run --invoke writeForever $wasm > big").status == 22)
  }

  @Test func filesBeyondFourGibibytes() throws {
    let result = try shell("(run --dir . --invoke writeLarge $wasm); stat -c %s file; tail -c 4096 file | head -c 4")
    #expect(result == Result(status: 0, output: "5368713216\n5368713216\nabcd", error: ""))
  }

  @Test func typedArgumentsAndResults() throws {
    let result = try shell("run --invoke swap $wasm -1 0xffffffffffffffff 1.5 -0")
    #expect(result == Result(status: 0, output: "-0\n1.5\n-1\n-1\n", error: ""))
    let wrong = try shell("run --invoke swap $wasm 1 2 3 x")
    #expect(wrong.status == 1 && wrong.error.contains("x is no f64"))
  }

  // MARK: Limits

  private static let limits: [(options: String, function: String, status: Int32, output: String, error: String)] = [
    ("--timeout 100ms", "spin", 124, "", "timed out after 0.1 seconds"),
    ("--timeout 100ms", "sleep", 124, "", "timed out after 0.1 seconds"),
    ("--timeout 100ms", "writeForever >/dev/full", 51, "", ""),
    ("--cpu-time 50ms", "spin", 152, "", "stopped after 0.05 seconds of processor time"),
    ("--cpu-time 10ms --timeout 200ms", "sleep", 124, "", "timed out after 0.2 seconds"),
    ("--max-output 100000", "writeForever | wc -c; exit ${PIPESTATUS[0]}", 153, "100000\n", "stopped after writing 100000 bytes"),
    ("--max-memory 1M", "growMemory", 0, "16\n", ""),
    ("--max-memory 1M --memory-model seg32", "growMemory", 0, "16\n", ""),
    ("--max-memory 64K", "growMemory", 1, "", "memory"),
    ("--max-table 12", "growTable", 0, "12\n", ""),
    ("--max-table 9", "growTable", 1, "", "table 0 of 10 elements is larger than allowed"),
    ("--max-reach 1M --max-memory 2M", "growMemory", 126, "", "reach"),
    ("--max-reach 128M --memory-model seg32", "growMemory", 126, "", "reach"),
    ("--max-stack 16K", "recurse", 134, "", "call stack exhausted"),
    ("--max-stack 1G", "recurse", 134, "", "call stack exhausted"),
    ("--dir . --max-files 10", "openAll", 0, "6\n", ""),
  ]

  @Test(arguments: limits.indices) func limitsAreKept(index: Int) throws {
    let limit = Self.limits[index]
    let words = limit.function.split(separator: " ", maxSplits: 1).map(String.init)
    let argument = words[0] == "recurse" ? " 0" : ""
    let rest = words.count > 1 ? words[1] : ""
    let result = try shell("(run \(limit.options) --invoke \(words[0]) $wasm\(argument)) \(rest)")
    #expect(result.status == limit.status, "\(result)")
    #expect(result.output == limit.output)
    #expect(limit.error.isEmpty ? result.error == "" : result.error.contains(limit.error), "\(result.error)")
    // A message and a bounded backtrace.
    #expect(result.error.split(separator: "\n").count <= 70)
  }

  @Test(arguments: [
    "--max-files 2", "--max-files x", "--max-output 0", "--max-stack 2G", "--cpu-time 0", "--max-reach none", "--max-table -1",
    "--cache-size 0", "--tcplisten 80", "--tcplisten localhost:x", "--tcplisten localhost:65536", "--listenfd",
  ])
  func wrongLimits(options: String) throws {
    #expect(try shell("run \(options) --invoke spin $wasm").status == 2)
  }

  // MARK: Sockets

  /// Connects to `port`, sends `text`, and prints what comes back.
  private static func client(_ port: String, _ text: String) -> String {
    """
    for try in {1..100}; do exec {s}<>/dev/tcp/127.0.0.1/\(port) && break; sleep 0.1; done 2>/dev/null
    printf '\(text)' >&$s; read -N \(text.count) -t 20 answer <&$s; echo "$answer"; exec {s}>&-
    wait $!; exit $?
    """
  }

  /// A port that is free now.
  private func freePort() throws -> UInt16 {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0 }
    }
    try #require(isBound)
    return UInt16(bigEndian: address.sin_port)
  }

  @Test func aListenerFollowsTheDirectories() throws {
    let port = try freePort()
    let server = "(run --dir . --tcplisten 127.0.0.1:\(port) --invoke echo $wasm 4 > count) &\n"
    let result = try shell(server + Self.client("\(port)", "hello") + "; cat count")
    #expect(result.status == 0 && result.output.hasPrefix("hello\n"), "\(result)")
  }

  @Test func anInheritedListener() throws {
    let port = try freePort()
    // perl is in every Debian; $^F keeps the socket open across exec.
    let server = #"""
      perl -MPOSIX -MIO::Socket::INET -e '
        $^F = 255;
        $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:$ARGV[2]", ReuseAddr => 1) or die;
        POSIX::dup2(fileno($s), 3);
        ($ENV{LISTEN_PID}, $ENV{LISTEN_FDS}) = ($$, 1);
        exec $ARGV[0], "--no-cache", "--listenfd", "--invoke", "echo", $ARGV[1], "3"' "$tool" "$wasm" \#(port) &

      """#
    let result = try shell(server + Self.client("\(port)", "again"))
    #expect(result.status == 0 && result.output.contains("again\n"), "\(result)")
  }

  @Test func addressesThatCannotBeListenedOn() throws {
    let result = try shell("run --tcplisten 203.0.113.1:80 --invoke spin $wasm")
    #expect(result.status == 1 && result.error.contains("cannot listen on 203.0.113.1:80"))
  }

  // MARK: Long builds

  /// `count` empty functions.
  private static func wasm(functions count: Int) -> Data {
    func number(_ value: Int) -> [UInt8] { value < 128 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + number(value >> 7) }
    func section(_ id: UInt8, _ body: [UInt8]) -> [UInt8] { [id] + number(body.count) + body }
    let types = number(count) + [UInt8](repeating: 0, count: count)
    let bodies = number(count) + (0..<count).flatMap { _ in [2, 0, 0x0b] as [UInt8] }
    return Data([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + section(1, [1, 0x60, 0, 0]) + section(3, types) + section(10, bodies))
  }

  @Test func progressIsShownAtATerminalOnly() throws {
    let module = Self.wasm(functions: 1000)
    let result = try shell(
      """
      cat > m.wasm
      script -qec "$tool --no-cache m.wasm" terminal < /dev/null > /dev/null; echo $?
      grep -c 'translating: .* of 1000 functions' terminal
      (run m.wasm)
      """, input: module)
    #expect(result == Result(status: 0, output: "0\n1\n", error: ""))
  }

  // MARK: The cache

  @Test func modulesAreKeptBelowTheHomeDirectory() throws {
    let result = try shell(
      """
      for i in 1 2; do $tool --invoke growTable --max-table 12 $wasm; done
      ls .cache/halite | wc -l; stat -c %a .local/state/halite/cache-key
      $tool --invoke growTable --max-table 12 --cache-dir other $wasm; ls other | wc -l
      XDG_CACHE_HOME=$PWD/third $tool --invoke growTable --max-table 12 $wasm; ls third/halite | wc -l
      """)
    #expect(result == Result(status: 0, output: "12\n12\n1\n600\n12\n1\n12\n1\n", error: ""))
  }

  @Test func withoutAHomeProgramsStillRun() throws {
    #expect(try shell("unset HOME; $tool --invoke growTable --max-table 12 $wasm") == Result(status: 0, output: "12\n", error: ""))
    #expect(try shell("HOME=/nonexistent $tool --invoke growTable --max-table 12 $wasm").output == "12\n")
  }

  @Test func aKeyThatOthersCouldReadIsReported() throws {
    let result = try shell(
      """
      mkdir -p .local/state/halite; head -c 32 /dev/urandom > .local/state/halite/cache-key
      chmod 644 .local/state/halite/cache-key; $tool --invoke growTable --max-table 12 $wasm; ls -A
      """)
    #expect(result.output.hasPrefix("12\n") && !result.output.contains(".cache"))
    #expect(result.error.contains("compiled modules are not kept"))
  }
}
