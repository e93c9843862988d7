import Foundation
import Testing

@testable import Compiler

/// What has no exceptions pays nothing for them.
@Suite struct ExceptionCostTests {
  /// Whatever exceptions add to the text form of the IR.
  private static let marks = ["try_call", "raise", "exn_", ") throws", "throws {"]

  private func text(_ stage: CompilerOptions.Stage, _ wasm: [UInt8]) throws -> String {
    var options = CompilerOptions()
    options.emittedStages = [stage]
    options.memoryModel = .mask
    return try #require(try Compiler.compile(wasm, options: options).record.texts[stage])
  }

  private func fixture(_ name: String) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: tests.appendingPathComponent("RuntimeFixtures/\(name).wasm")))
  }

  /// Direct, indirect, tail and imported calls, as they are translated.
  @Test(arguments: ["calls", "tables", "importer", "inlining", "bouncer"])
  func modulesWithoutExceptionsHaveNothingOfThem(name: String) throws {
    let text = try text(.ir, fixture(name))
    for mark in Self.marks { #expect(!text.contains(mark), "\(mark) in \(name)") }
  }

  /// The same marks are there where they are to be: else the test above would find nothing anywhere.
  @Test func modulesWithExceptionsHaveThem() throws {
    let text = try text(.ir, fixture("throws"))
    for mark in Self.marks.dropLast(2) { #expect(text.contains(mark), "\(mark)") }
    #expect(Self.marks.suffix(2).contains { text.contains($0) })
  }
}
