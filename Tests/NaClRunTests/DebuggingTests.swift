import Foundation
import Testing

/// A running nexe seen through tools that know nothing of it: perf's map, and GDB with its JIT interface.
@Suite struct DebuggingTests {
  /// Exports `outer`, which calls `inner`, which traps where its argument is 0.
  private static let module = WasmModule(functions: [
    .init(parameters: [0x7f], results: [0x7f], code: [0x20, 0, 0x10, 1, 0x41, 1, 0x6a], export: "outer"),
    .init(
      parameters: [0x7f], results: [0x7f], code: [0x20, 0, 0x45, 0x04, 0x40, 0x00, 0x0b, 0x20, 0], export: "inner"),
  ])

  private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// Runs `script` in bash with $tool and $wasm; standard error is part of the output.
  private func shell(_ script: String) throws -> String {
    let wasm = FileManager.default.temporaryDirectory.appendingPathComponent("halite-debug-\(UUID().uuidString).wasm")
    try Data(Self.module.bytes).write(to: wasm)
    defer { try? FileManager.default.removeItem(at: wasm) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["-k", "1", "200", "/bin/bash", "-c", script]
    process.environment = [
      "PATH": "/usr/bin:/bin", "tool": Self.folder.appendingPathComponent("nacl-run").path, "wasm": wasm.path, "HOME": "/nonexistent",
      "LC_ALL": "C",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }

  @Test func thePerfMapNamesTheFunctionsOfThisProcess() throws {
    let output = try shell(
      "\"$tool\" --no-cache --perf-map -O0 --invoke outer \"$wasm\" 4 & pid=$!; wait $pid; cat /tmp/perf-$pid.map; rm /tmp/perf-$pid.map")
    let lines = output.split(separator: "\n")
    #expect(lines.first == "5")
    for name in ["outer", "inner", "entry-area"] {
      #expect(lines.dropFirst().contains { $0.hasSuffix(" \(name)") }, "\(name) in \(output)")
    }
  }

  @Test func thePerfMapDoesNotFollowALink() throws {
    // bash knows its own process number before it becomes nacl-run.
    let output = try shell(
      """
      victim=$(mktemp); echo precious >$victim
      bash -c 'ln -s '$victim' /tmp/perf-$$.map; echo $$ >'$victim.pid'; exec "$tool" --no-cache --perf-map --invoke outer "$wasm" 4'
      cat $victim; map=/tmp/perf-$(cat $victim.pid).map; [ -L $map ] || grep -c inner $map; rm -f $victim $victim.pid $map
      """)
    #expect(output == "5\nprecious\n1\n")
  }

  private static let hasDebugger = FileManager.default.isExecutableFile(atPath: "/usr/bin/gdb")

  private func debug(_ commands: [String], argument: Int) throws -> String {
    let options = (["set breakpoint pending on", "set debuginfod enabled off"] + commands).map { "-ex '\($0)'" }
    return try shell(
      "gdb -nx -q -batch \(options.joined(separator: " ")) --args \"$tool\" --no-cache --debugger -O0 --invoke outer \"$wasm\" \(argument)")
  }

  @Test(.enabled(if: hasDebugger, "gdb is not installed"))
  func aBreakpointOnAFunctionAndItsCallers() throws {
    let output = try debug(["break inner", "run", "backtrace 2", "continue"], argument: 4)
    #expect(output.contains("in inner ()"), "\(output)")
    #expect(output.contains("#0 ") && output.contains("#1 "), "\(output)")
    #expect(output.split(separator: "\n").contains { $0.hasPrefix("#1 ") && $0.hasSuffix("in outer ()") }, "\(output)")
    #expect(output.contains("exited normally"), "\(output)")
  }

  @Test(.enabled(if: hasDebugger, "gdb is not installed"))
  func theBacktraceOfATrap() throws {
    let output = try debug(["break halite_trap_gate", "run", "backtrace 3"], argument: 0)
    let frames = output.split(separator: "\n").filter { $0.hasPrefix("#") }
    #expect(frames.count == 3, "\(output)")
    #expect(frames.first?.contains("halite_trap_gate") == true, "\(output)")
    #expect(frames.dropFirst().first?.hasSuffix("in inner ()") == true, "\(output)")
    #expect(frames.dropFirst(2).first?.hasSuffix("in outer ()") == true, "\(output)")
  }
}
