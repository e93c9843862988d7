import Foundation
import Testing

@testable import RegisterAllocation

/// Golden files: a problem, a line of dashes, and the problem with its solution. With HALITE_REWRITE=1 in the
/// environment the solutions are written instead of compared.
@Suite struct FileTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("FileTests/regalloc")

  static let files: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
  }()

  @Test func foundTheFiles() { #expect(Self.files.count >= 5) }

  @Test(arguments: files)
  func goldenFile(_ name: String) throws {
    let url = Self.folder.appendingPathComponent(name)
    let parts = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "----\n")
    let problem = try AllocationText(parsing: parts[0])
    let violations = AllocationChecker.checkInput(problem.input, environment: problem.environment)
    try #require(violations.isEmpty, "\(violations)")
    let result = RegisterAllocator.allocate(problem.input, environment: problem.environment)
    #expect(AllocationChecker.check(result, of: problem.input, environment: problem.environment).isEmpty)
    let actual = AllocationPrinter.print(problem.input, environment: problem.environment, result: result)
    if ProcessInfo.processInfo.environment["HALITE_REWRITE"] != nil {
      try (parts[0] + "----\n" + actual).write(to: url, atomically: true, encoding: .utf8)
    } else {
      try #require(parts.count == 2)
      #expect(actual == parts[1])
    }
  }

  @Test func textRoundTrips() throws {
    for seed in UInt64(1)...40 {
      let (input, environment) = FunctionMaker.make(seed: seed)
      let text = AllocationPrinter.print(input, environment: environment)
      let again = try AllocationText(parsing: text)
      #expect(AllocationPrinter.print(again.input, environment: again.environment) == text)
    }
  }
}
