import Foundation
import IR
import Nexe
import RegisterAllocation
import Testing
import X86

@testable import CodeGeneration

/// Golden files: a line with stage and configuration, IR, a line of dashes, and the expected text. With
/// HALITE_REWRITE=1 in the environment the expected texts are written instead of compared.
struct FileTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FileTests/isel")

  static let files: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
  }()

  @Test func foundTheFiles() { #expect(Self.files.count >= 8) }

  @Test(arguments: files)
  func goldenFile(_ name: String) throws {
    let (header, input, expected) = try Self.parts(of: name)

    var options = CodeGenerationOptions()
    options.memoryModel = header[1] == "seg32" ? .seg32 : .mask
    options.outOfBounds = header[2] == "wrap" ? .wrap : .trap
    options.instructionSet = header[3] == "v2" ? .x86_64_v2 : .x86_64_v3
    options.dumps = [.selection, .assembly]
    let (declarations, functions) = try Parser.parse(input)
    let module = try CodeGenerationFixture.module(declarations, options, functions: functions)
    var actual = ""
    for function in functions {
      #expect(Verifier.verify(function, in: declarations).isEmpty)
      if header[0] == "selection" {
        let isa: ISALevel = options.instructionSet == .x86_64_v3 ? .v3 : .v2
        actual += MachinePrinter.selection(Lowering.lower(function, in: module), isa: isa)
      } else {
        actual += try CodeGenerator.compile(function, in: module).dumps.assembly
      }
    }
    if ProcessInfo.processInfo.environment["HALITE_REWRITE"] != nil {
      let text = header.joined(separator: " ") + "\n" + input + "----\n" + actual
      try text.write(to: Self.folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    } else {
      #expect(actual == expected)
    }
  }

  /// The first line's four words, the IR, and the text behind the dashes.
  static func parts(of name: String) throws -> (header: [String], input: String, expected: String) {
    let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    let parts = text.components(separatedBy: "----\n")
    try #require(parts.count == 2)
    let lineEnd = try #require(parts[0].firstIndex(of: "\n"))
    let header = parts[0][..<lineEnd].split(separator: " ").map(String.init)
    try #require(header.count == 4)
    return (header, String(parts[0][parts[0].index(after: lineEnd)...]), parts[1])
  }
}
