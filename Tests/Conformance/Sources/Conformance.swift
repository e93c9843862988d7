import Foundation
import Halite

/// `conformance run SCRIPT.json MODEL SPECTEST.wasm`: one line a command on standard output; MODEL is mask, seg32, wrap for the
/// mask model without bounds checks, or mask-v2 for it in the encodings of x86-64-v2,
/// `conformance report BASELINE RESULTS...`: the table, and failure if a count dropped.
@main
enum Conformance {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "run" where arguments.count == 4:
      try run(script: arguments[1], model: arguments[2], spectest: arguments[3])
    case "report" where arguments.count >= 3:
      exit(try Report.run(baseline: arguments[1], folder: arguments[2], updates: arguments.contains("--update")))
    default:
      let usage =
        "usage: conformance run SCRIPT.json mask|seg32|wrap|mask-v2 SPECTEST.wasm | report BASELINE FOLDER [--update]\n"
      FileHandle.standardError.write(Data(usage.utf8))
      exit(2)
    }
  }

  private static func run(script path: String, model: String, spectest: String) throws {
    let url = URL(fileURLWithPath: path)
    let script = try JSONDecoder().decode(Script.self, from: Data(contentsOf: url))
    var options = CompilerOptions()
    options.memoryModel = model == "seg32" ? .seg32 : .mask
    options.policy = model == "wrap" ? .wrap : .trap
    if model == "mask-v2" { options.instructionSet = .x86_64_v2 }
    var runner = try Runner(
      options: options, folder: url.deletingLastPathComponent(),
      spectest: [UInt8](Data(contentsOf: URL(fileURLWithPath: spectest))))
    for command in script.commands {
      switch runner.run(command) {
      case .passed: print("passed \(command.line)")
      case .failed(let why): print("failed \(command.line) \(why.replacingOccurrences(of: "\n", with: " "))")
      case .notRun(let why): print("not-run \(command.line) \(why)")
      }
    }
    print("end")
  }
}
