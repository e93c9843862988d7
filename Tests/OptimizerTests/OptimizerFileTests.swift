import IR
import IRTesting
import Optimizer
import Testing

/// Tests/FileTests/optimizer: the header names passes, in order; the expectation is the last one's output. `inlining`
/// in front of them puts the file's small functions in the place of calls.
struct OptimizerFileTests {
  @Test func passesPrintWhatIsExpected() throws {
    let tests = try FileTest.all(in: "optimizer")
    #expect(!tests.isEmpty)
    for test in tests {
      var names = test.name.split(separator: " ")
      let (shape, functions) = try Parser.parse(test.input)
      var candidates = InlineCandidates()
      if names.first == "inlining" {
        names.removeFirst()
        candidates = InlineCandidates(functions, in: shape)
      }
      let passes = names.map { Pass(rawValue: String($0)) }
      var output = ""
      for var function in functions {
        #expect(Verifier.verify(function, in: shape) == [], "\(test.url.lastPathComponent): input")
        Inliner.run(on: &function, candidates)
        #expect(Verifier.verify(function, in: shape) == [], "\(test.url.lastPathComponent): output")
        for pass in passes {
          try #require(pass, "\(test.url.lastPathComponent): unknown pass").run(on: &function, in: shape)
          #expect(Verifier.verify(function, in: shape) == [], "\(test.url.lastPathComponent): output")
        }
        output += Printer.print(function)
      }
      try test.check(output)
    }
  }
}
