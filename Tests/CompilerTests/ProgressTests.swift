import Foundation
import Testing

/// What a long build says to a terminal, and that it says nothing to a file. `script` runs naclc on a terminal of its own.
@Suite struct ProgressTests {
  private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// `count` functions of no effect; 128 <= count < 16,384, so that numbers below have two bytes.
  private static func module(functions count: Int) -> [UInt8] {
    func number(_ value: Int) -> [UInt8] { [UInt8(value & 0x7f) | 0x80, UInt8(value >> 7)] }
    func section(_ id: UInt8, _ contents: [UInt8]) -> [UInt8] { [id] + number(contents.count) + contents }
    return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0]
      + section(3, number(count) + Array(repeating: 0, count: count))
      + section(10, number(count) + (0..<count).flatMap { _ in [2, 0, 0x0b] as [UInt8] })
  }

  private func build(functions count: Int, _ command: (String) -> String) throws -> (output: String, code: Int32) {
    let work = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: work) }
    try Data(Self.module(functions: count)).write(to: work.appendingPathComponent("m.wasm"))
    let tool = Self.folder.appendingPathComponent("naclc").path
    try #require(FileManager.default.isExecutableFile(atPath: tool))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", command("'\(tool)' build --memory-model mask m.wasm")]
    process.currentDirectoryURL = work
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: text, as: UTF8.self), process.terminationStatus)
  }

  @Test func aTerminalSeesEveryStageAdvanceAndTheLineGoes() throws {
    let (output, code) = try build(functions: 500) { "script --quiet --return --command \"\($0)\" /dev/null" }
    #expect(code == 0)
    #expect(output.contains("\r\u{1b}[Ktranslating: 64 of 500 functions"), "\(output)")
    #expect(output.contains("\r\u{1b}[Kgenerating code: 500 of 500 functions"))
    #expect(output.hasSuffix("\r\u{1b}[K"))
  }

  @Test func aShortBuildIsQuiet() throws {
    let (output, code) = try build(functions: 150) { "script --quiet --return --command \"\($0)\" /dev/null" }
    #expect(code == 0 && !output.contains("functions"), "\(output)")
  }

  @Test func aFileSeesNothing() throws {
    #expect(try build(functions: 500) { $0 } == ("", 0))
  }
}
