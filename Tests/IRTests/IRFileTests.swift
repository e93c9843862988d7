import IR
import IRTesting
import Testing

/// Tests/FileTests/ir: `verify` expects the verifier's findings, one a line; `print` the text itself, as the
/// printer puts it.
struct IRFileTests {
  @Test func filesGiveWhatIsExpected() throws {
    let tests = try FileTest.all(in: "ir")
    #expect(!tests.isEmpty)
    for test in tests {
      var output = ""
      do {
        let (shape, functions) = try Parser.parse(test.input)
        for function in functions {
          switch test.name {
          case "verify":
            output += "\(function.index): "
            output += Verifier.verify(function, in: shape).map { "\($0)\n" }.joined(separator: "\(function.index): ")
            if output.hasSuffix(": ") { output += "correct\n" }
          case "print": output += Printer.print(function)
          default: Issue.record("\(test.url.lastPathComponent): unknown test '\(test.name)'")
          }
        }
      } catch {
        output = "\(error)\n"
      }
      try test.check(output)
    }
  }
}
