import IR
import IRTesting
import Optimizer
import Testing

/// Tests/FileTests/optimizer: the header names passes, in order; the expectation is the last one's output.
struct OptimizerFileTests {
  @Test func passesPrintWhatIsExpected() throws {
    let tests = try FileTest.all(in: "optimizer")
    #expect(!tests.isEmpty)
    for test in tests {
      let passes = test.name.split(separator: " ").map { Pass(rawValue: String($0)) }
      let (shape, functions) = try Parser.parse(test.input)
      var output = ""
      for var function in functions {
        #expect(Verifier.verify(function, in: shape) == [], "\(test.url.lastPathComponent): input")
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
