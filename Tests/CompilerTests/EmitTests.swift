import Foundation
import Testing

@testable import Compiler

/// `--emit`: each stage's text shows what that stage decides, function by function.
@Suite struct EmitTests {
  private static let texts = Result { () throws -> [CompilerOptions.Stage: String] in
    var options = CompilerOptions()
    options.emittedStages = Set(CompilerOptions.Stage.allCases)
    options.memoryModel = .mask
    return try Compiler.compile(Samples.wasm("mandelbrot"), options: options).record.texts
  }

  /// Two functions of the sample, by their mangled names.
  private static let names = ["$e1m5writeyySrys5UInt8VGF", "_start"]

  @Test(arguments: CompilerOptions.Stage.allCases) func everyStageNamesItsFunctions(stage: CompilerOptions.Stage) throws {
    let text = try #require(try Self.texts.get()[stage])
    for name in Self.names { #expect(text.contains(name), "\(name) in \(stage)") }
  }

  @Test(arguments: [
    // Types and imports; stack slots as values with their wasm offsets; the optimiser's canonical form.
    (CompilerOptions.Stage.wasm, ["import wasi_snapshot_preview1.fd_write", "(i32, i32, i32, i32) -> (i32)"]),
    (.ir, ["sub.i32 v5, v6 @165", "memory_check.i32 mem0"]),
    (.opt, ["iconst.i32 -16", "memory_check.i32 mem0"]),
    // Virtual registers; machine registers; masks, the stack check and frames; bytes at addresses, bundle by bundle.
    (.isel, ["lea v", "; linear 0"]),
    (.regalloc, ["entry @ rdi rsi rdx rcx", "@ rcx"]),
    (.asm, ["cmp rsp, qword ptr [r15 - 8]", "and ", "sub rsp, 8"]),
    (.bundles, ["- 0x1000  cmp rsp, qword ptr [r15 - 8]", "entry-area"]),
  ]) func everyStageShowsItsOwnDecisions(stage: CompilerOptions.Stage, marks: [String]) throws {
    let text = try #require(try Self.texts.get()[stage])
    for mark in marks { #expect(text.contains(mark), "\(mark) in \(stage)") }
  }

  @Test func stagesDiffer() throws {
    let texts = try Self.texts.get()
    #expect(Set(texts.values).count == CompilerOptions.Stage.allCases.count)
  }

  @Test func onlyWhatWasAskedForIsKept() throws {
    var options = CompilerOptions()
    options.emittedStages = [.asm]
    #expect(try Array(Compiler.compile(Samples.wasm("mandelbrot"), options: options).record.texts.keys) == [.asm])
  }
}
