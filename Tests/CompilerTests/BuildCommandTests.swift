import Foundation
import Testing

@testable import Compiler

@Suite struct BuildCommandTests {
  private func inTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func build(_ input: URL, _ output: URL) -> Int32 {
    BuildCommand(input: input.path, output: output.path, options: CompilerOptions(), showsTimings: false).run()
  }

  @Test func aFileInAFileOut() throws {
    try inTemporaryFolder { folder in
      let input = Samples.folder.appendingPathComponent("mandelbrot/mandelbrot.wasm")
      let output = folder.appendingPathComponent("m.nexe")
      #expect(build(input, output) == BuildCommand.success)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left == ["m.nexe"])
    }
  }

  @Test func aFailureLeavesNothingBehindAndKeepsTheOldFile() throws {
    try inTemporaryFolder { folder in
      let input = folder.appendingPathComponent("bad.wasm")
      let output = folder.appendingPathComponent("bad.nexe")
      try Data([0, 1, 2]).write(to: input)
      try Data([42]).write(to: output)
      #expect(build(input, output) == BuildCommand.cannotCompile)
      let kept = try Data(contentsOf: output)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(kept == Data([42]))
      #expect(left == ["bad.nexe", "bad.wasm"])
    }
  }

  @Test func filesThatCannotBeReadOrWritten() throws {
    try inTemporaryFolder { folder in
      let sample = Samples.folder.appendingPathComponent("mandelbrot/mandelbrot.wasm")
      let absent = folder.appendingPathComponent("absent/x")
      #expect(build(absent, folder.appendingPathComponent("o")) == BuildCommand.usageOrInputOutput)
      #expect(build(folder, folder.appendingPathComponent("o")) == BuildCommand.usageOrInputOutput)
      #expect(build(sample, absent) == BuildCommand.usageOrInputOutput)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left.isEmpty)
    }
  }

  @Test func defaultOutputName() {
    #expect(BuildCommand.defaultOutput(for: "a/b.wasm") == "a/b.nexe")
    #expect(BuildCommand.defaultOutput(for: "a/b") == "a/b.nexe")
  }
}
