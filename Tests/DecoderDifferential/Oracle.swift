import Foundation
import Testing

/// A program that reads records and says where it disagrees.
struct Oracle: Sendable, CustomTestStringConvertible {
  let name: String
  /// Prepares the program; nil if this machine lacks what it needs.
  let command: @Sendable () -> [String]?
  /// What `command` needs.
  let needs: String

  var testDescription: String { name }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  static let zydis = Oracle(name: "Zydis", command: { compiled("zydis_check", ["-lZydis"]) }, needs: "libzydis-dev")
  static let processor = Oracle(name: "processor", command: { compiled("native_check", []) }, needs: "a processor of level x86-64-v3")
  static let iced = Oracle(
    name: "iced-x86",
    command: {
      let python = folder.appendingPathComponent("../../.venv/bin/python").path
      guard (try? run([python, "-c", "import iced_x86"])) != nil else { return nil }
      return [python, folder.appendingPathComponent("iced_check.py").path]
    }, needs: "iced-x86 in .venv (make decoder-differential)")

  private static func compiled(_ name: String, _ libraries: [String]) -> [String]? {
    let program = FileManager.default.temporaryDirectory.appendingPathComponent("halite-\(name)-\(getpid())").path
    let source = folder.appendingPathComponent("\(name).c").path
    guard (try? run(["clang", "-O2", source, "-o", program] + libraries)) != nil else { return nil }
    return [program]
  }

  private static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw CocoaError(.executableLoad) }
  }

  struct Verdict {
    let report: String
    let agrees: Bool
  }

  /// Starts the program, lets `feed` write its records, and returns what it said; nil if it cannot run here.
  func judge(_ feed: (FileHandle) -> Void) throws -> Verdict? {
    guard let command = command() else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    feed(input.fileHandleForWriting)
    try input.fileHandleForWriting.close()
    let report = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Verdict(report: report, agrees: process.terminationStatus == 0)
  }
}
