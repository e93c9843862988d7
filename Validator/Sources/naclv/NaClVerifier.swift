import ArgumentParser
import NaClValidator

/// Exit codes: 0 valid, 1 invalid, 2 usage or I/O.
struct NaClVerifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "naclv",
    abstract: "Proves from a nexe's bytes alone that it cannot leave its sandbox, crash its host or run on unasked.",
    version: "naclv 0.1.0 (nexe format \(Validator.formatVersion), ABI \(Validator.abiVersion))",
    subcommands: [Verify.self])

  @Option(help: ArgumentHelp("Say what a rule asks for; `all` for every rule.", valueName: "rule"))
  var explain: String?

  func run() throws {
    guard let explain else { throw CleanExit.helpRequest(self) }
    if explain == "all" {
      for rule in Rule.allCases { print("\(rule.id)  \(rule.summary)") }
      return
    }
    guard let rule = Rule(rawValue: explain.uppercased()) else {
      throw ValidationError("there is no rule \(explain)")
    }
    print("\(rule.id)  \(rule.summary)\nThe whole rule and its argument: Validator/SPEC.md, \(rule.id).")
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Checks a nexe against every rule.")

    @Argument(help: "The nexe.")
    var file: String

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @Flag(help: "Print what the sweeps counted.")
    var stats = false

    @Flag(name: .customLong("no-preemption"), help: "Do not require that every loop polls (rules P1 and P2).")
    var withoutPreemption = false

    @Option(help: "Accept only this memory model: mask or seg32.")
    var memoryModel: ModelName?

    @Option(help: "The instruction set level of the processor to run on: 2 or 3.")
    var level: UInt8 = 3

    @Option(help: "The most bytes that the module may reach.")
    var maxReach: UInt64 = .max

    @Option(help: "Stop after this many findings.")
    var maxFindings: Int = 100

    enum ModelName: String, ExpressibleByArgument, CaseIterable {
      case mask, seg32
      var model: MemoryModel { self == .mask ? .mask : .seg32 }
    }

    func validate() throws {
      if InstructionSetLevel(rawValue: level) == nil { throw ValidationError("--level is 2 or 3") }
      if maxFindings < 1 { throw ValidationError("--max-findings is at least 1") }
    }

    func run() throws {
      guard let bytes = readFile(file) else {
        printError("naclv: \(file): \(systemErrorText())")
        throw ExitCode(2)
      }
      let options = ValidationOptions(
        allowedModels: memoryModel.map { [$0.model] } ?? Set(MemoryModel.allCases), maximumReach: maxReach,
        instructionSet: InstructionSetLevel(rawValue: level) ?? .v2, requiresPreemption: !withoutPreemption,
        maximumFindings: maxFindings)
      let result = Validator.validate(bytes, options: options)
      print(json ? Output.json(result) : Output.text(result, file: file, statistics: stats), terminator: "")
      if case .failure = result { throw ExitCode(1) }
    }
  }
}
