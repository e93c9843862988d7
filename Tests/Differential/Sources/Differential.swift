import Foundation
import Halite

/// Runs modules for `differential.py`: one request a line on standard input, one transcript a line on standard output,
/// both JSON. Lives as long as its input, so that a module costs its own compilation and nothing else.
@main
enum Differential {
  static func main() throws {
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    var configuration = Configuration()
    // Deep enough that the fuel of a module ends before the stack does.
    configuration.stackSize = 64 << 20
    let engine = Engine(configuration: configuration)
    while let line = readLine() {
      let request = try decoder.decode(Request.self, from: Data(line.utf8))
      var answer = try encoder.encode(Performance.transcript(of: request, engine: engine))
      answer.append(UInt8(ascii: "\n"))
      FileHandle.standardOutput.write(answer)
    }
  }
}

/// What to compile, how, and what to call.
struct Request: Decodable {
  var path: String
  var model: String
  var policy: String
  var level: String
  var cpu: String
  /// Check the IR after each pass and every allocation.
  var verify: Bool
  var calls: [Call]

  struct Call: Decodable {
    var function: String
    /// Bits as `type:decimal`, vectors as two decimals; references are null: `funcref`.
    var arguments: [String]
  }

  var options: CompilerOptions {
    var options = CompilerOptions()
    options.memoryModel = model == "seg32" ? .seg32 : .mask
    options.policy = policy == "wrap" ? .wrap : .trap
    options.instructionSet = cpu == "x86-64-v2" ? .x86_64_v2 : .x86_64_v3
    options.optimization = CompilerOptions.level(named: level) ?? .full
    options.verifiesEachPass = verify
    return options
  }
}
