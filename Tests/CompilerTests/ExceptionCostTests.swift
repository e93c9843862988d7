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

  /// A function that cannot throw is the same code beside a tag.
  @Test(arguments: [CompilerOptions.Stage.ir, .opt, .asm]) func aTagChangesNoCodeOfWhoCannotThrow(stage: CompilerOptions.Stage) throws {
    // (func $f (export "f") (param i64) (result i64)
    //   (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
    //     (else (i64.add (local.get 0) (call $f (i64.sub (local.get 0) (i64.const 1)))))))
    let types: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9, 2, 0x60, 1, 0x7e, 1, 0x7e, 0x60, 0, 0, 3, 2, 1, 0]
    let tag: [UInt8] = [13, 3, 1, 0, 1]
    let rest: [UInt8] = [
      7, 5, 1, 1, 0x66, 0, 0, 10, 23, 1, 21, 0, 0x20, 0, 0x50, 4, 0x7e, 0x42, 0, 5, 0x20, 0, 0x20, 0, 0x42, 1, 0x7d, 0x10, 0, 0x7c,
      0x0b, 0x0b,
    ]
    let with = try text(stage, types + tag + rest)
    let without = try text(stage, types + rest)
    // The bytes' places in the module are told too.
    #expect(with.replacing(#/@\d+/#, with: "") == without.replacing(#/@\d+/#, with: ""))
    #expect(without.contains("call"))
  }
}
