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

  /// A function that cannot throw is the same code beside a tag. (One that is exported says so to its caller: C8.)
  @Test(arguments: [CompilerOptions.Stage.ir, .opt, .asm]) func aTagChangesNoCodeOfWhoCannotThrow(stage: CompilerOptions.Stage) throws {
    // (func $sum (param i64) (result i64)
    //   (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
    //     (else (i64.add (local.get 0) (call $sum (i64.sub (local.get 0) (i64.const 1)))))))
    // (func (export "f") (param i64) (result i64) (call $sum (local.get 0)))
    let types: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9, 2, 0x60, 1, 0x7e, 1, 0x7e, 0x60, 0, 0, 3, 3, 2, 0, 0]
    let tag: [UInt8] = [13, 3, 1, 0, 1]
    let rest: [UInt8] = [
      7, 5, 1, 1, 0x66, 0, 1, 10, 30, 2, 21, 0, 0x20, 0, 0x50, 4, 0x7e, 0x42, 0, 5, 0x20, 0, 0x20, 0, 0x42, 1, 0x7d, 0x10, 0, 0x7c,
      0x0b, 0x0b, 6, 0, 0x20, 0, 0x10, 0, 0x0b,
    ]
    /// The first function's text; the bytes' places in the module are told too.
    func sum(_ wasm: [UInt8]) throws -> Substring {
      let text = try text(stage, wasm).replacing(#/@\d+/#, with: "")
      let end = try #require(text.firstRange(of: "function fn1"))
      return text[..<end.lowerBound]
    }
    let with = try sum(types + tag + rest)
    let without = try sum(types + rest)
    #expect(with == without)
    #expect(without.contains("call"))
  }
}
