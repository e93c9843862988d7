import Compiler
import Foundation
import Testing

@testable import nacl_run

/// From a file to an exit code.
@Suite struct RunnerTests {
  static let exit = (module: "wasi_snapshot_preview1", name: "proc_exit", results: [UInt8]())
  static let callExit: [UInt8] = [0x10, 0]

  private func run(
    _ bytes: [UInt8], name: String = "program", change: (inout ProgramOptions) -> Void = { _ in }
  ) throws -> (code: Int32, lines: [String]) {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("halite-run-\(UUID().uuidString)-\(name)")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    var options = ProgramOptions(path: path, arguments: [])
    change(&options)
    var lines: [String] = []
    let code = ProgramRunner(options) { lines.append($0) }.run()
    return (code, lines)
  }

  private func command(_ code: [UInt8], imports: [(module: String, name: String, results: [UInt8])] = []) -> [UInt8] {
    WasmModule(imports: imports, functions: [.init(code: code, export: "_start")]).bytes
  }

  @Test(arguments: [(UInt8(0), Int32(0)), (7, 7), (63, 63)]) func theProgramsOwnCode(status: UInt8, code: Int32) throws
  {
    #expect(try run(command([0x41, status] + Self.callExit, imports: [Self.exit])).code == code)
  }

  @Test func returningIsSuccess() throws {
    #expect(try run(command([0x01])).code == 0)
  }

  @Test func traps() throws {
    // unreachable; i32.load at -1; endless recursion.
    for code: [UInt8] in [[0x00], [0x41, 0x7f, 0x28, 0, 0, 0x1a], [0x10, 0]] {
      #expect(try run(command(code)).code == ExitStatus.trap)
    }
  }

  @Test func exitStatusesThatShellsUse() throws {
    // i32.const 200 as signed LEB128.
    #expect(try run(command([0x41, 0xc8, 0x01] + Self.callExit, imports: [Self.exit])).code == ExitStatus.hostError)
  }

  @Test func theTimeIsOver() throws {
    // loop br 0 end
    let code = try run(command([0x03, 0x40, 0x0c, 0, 0x0b])) { $0.limits.timeout = .milliseconds(50) }.code
    #expect(code == ExitStatus.timeout)
  }

  @Test func missingImports() throws {
    let missing = (module: "env", name: "absent", results: [UInt8]())
    #expect(try run(command([0x01], imports: [missing])).code == ExitStatus.hostError)
    // Defined, but with another type.
    let other = (module: "wasi_snapshot_preview1", name: "fd_read", results: [UInt8(0x7f)])
    #expect(try run(command([0x01], imports: [other])).code == ExitStatus.hostError)
  }

  @Test func filesThatAreNoPrograms() throws {
    #expect(try run([]).code == ExitStatus.refused)
    #expect(try run(Array("text".utf8)).code == ExitStatus.refused)
    #expect(try run([], name: "program.wasm").code == ExitStatus.hostError)
    #expect(try run([0, 0x61, 0x73, 0x6d]).code == ExitStatus.hostError)
    #expect(ProgramRunner(ProgramOptions(path: "/nonexistent", arguments: [])).run() == ExitStatus.hostError)
  }

  @Test func nexes() throws {
    var nexe = try Compiler.compile(command([0x41, 5] + Self.callExit, imports: [Self.exit])).nexe
    #expect(try run(nexe).code == 5)
    let name = Array("Halite\0\0".utf8)
    let note = try #require(nexe.indices.first { nexe[$0...].starts(with: name) })
    nexe[note + name.count] = 9
    #expect(try run(nexe).code == ExitStatus.refused)
  }

  @Test func invokedFunctions() throws {
    let module = WasmModule(functions: [
      // A global would do better than memory; this way the module needs none: memory[0] = 1.
      .init(code: [0x41, 0, 0x41, 1, 0x36, 2, 0], export: "_initialize"),
      .init(parameters: [0x7f, 0x7e], results: [0x7e], code: [0x20, 0, 0xac, 0x20, 1, 0x7c], export: "add"),
      .init(results: [0x7f], code: [0x41, 0, 0x28, 2, 0], export: "initialized"),
    ]).bytes
    func invoke(_ name: String, _ arguments: String...) throws -> (code: Int32, lines: [String]) {
      try run(module) {
        $0.invoke = name
        $0.arguments = arguments
      }
    }
    #expect(try invoke("add", "-1", "5") == (0, ["4"]))
    #expect(try invoke("initialized") == (0, ["1"]))
    #expect(try invoke("add", "1").code == ExitStatus.hostError)
    #expect(try invoke("add", "1", "x").code == ExitStatus.hostError)
    #expect(try invoke("memory").code == ExitStatus.hostError)
    #expect(try invoke("absent").code == ExitStatus.hostError)
    #expect(try run(module).code == 0)
  }
}
