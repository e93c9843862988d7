import ArgumentParser
import Dispatch
import Glibc
import NaClValidator

/// Exit codes: 0 valid, 1 invalid, 2 usage or I/O.
struct NaClVerifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "naclv",
    abstract: "Proves from a nexe's bytes alone that it cannot leave its sandbox, crash its host or run on unasked.",
    version: "naclv 0.1.0 (nexe format \(Validator.formatVersion), ABI \(Validator.abiVersion))",
    subcommands: [Verify.self, Explain.self])

  @Option(help: ArgumentHelp("The same as the subcommand explain.", valueName: "rule"))
  var explain: String?

  func run() throws {
    guard let explain else { throw CleanExit.helpRequest(self) }
    try Explain.explain(explain)
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints a rule and why it is enough, from SPEC.md.")

    @Argument(help: "The rule's id, such as M1; `all` lists them.")
    var rule: String

    func run() throws { try Self.explain(rule) }

    static func explain(_ rule: String) throws {
      if rule == "all" {
        for rule in Rule.allCases { print("\(rule.id)  \(Specification.title(of: rule) ?? "")") }
        return
      }
      guard let rule = Rule(rawValue: rule.uppercased()), let text = Specification.text(of: rule) else {
        throw ValidationError("there is no rule \(rule)")
      }
      print(text)
    }
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

    @Option(
      name: [.customShort("j", allowingJoined: true), .long],
      help: "Threads. The result is the same for any number.")
    var jobs: Int = 1

    @Option(help: "Validate this many times; for each, print MB of text for a second of time and of CPU time.")
    var repeats: Int?

    enum ModelName: String, ExpressibleByArgument, CaseIterable {
      case mask, seg32
      var model: MemoryModel { self == .mask ? .mask : .seg32 }
    }

    func validate() throws {
      if InstructionSetLevel(rawValue: level) == nil { throw ValidationError("--level is 2 or 3") }
      if maxFindings < 1 { throw ValidationError("--max-findings is at least 1") }
      if !(1...256).contains(jobs) { throw ValidationError("--jobs is 1 to 256") }
      if let repeats, repeats < 1 { throw ValidationError("--repeats is at least 1") }
    }

    func run() throws {
      guard let bytes = readFile(file) else {
        printError("naclv: \(file): \(systemErrorText())")
        throw ExitCode(2)
      }
      var result = check(bytes)
      if let repeats {
        for _ in 0..<repeats {
          let (wall, processor) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID))
          result = check(bytes)
          guard case .success(let module) = result else { break }
          let size = Double(module.text.size) / 1e6
          print("\(size / (seconds(CLOCK_MONOTONIC) - wall)) \(size / (seconds(CLOCK_PROCESS_CPUTIME_ID) - processor)) MB/s")
        }
      }
      print(json ? Output.json(result) : Output.text(result, file: file, statistics: stats), terminator: "")
      if case .failure = result { throw ExitCode(1) }
    }

    private func check(_ bytes: [UInt8]) -> Result<VerifiedModule, Rejection> {
      let options = ValidationOptions(
        allowedModels: memoryModel.map { [$0.model] } ?? Set(MemoryModel.allCases), maximumReach: maxReach,
        instructionSet: InstructionSetLevel(rawValue: level) ?? .v2, requiresPreemption: !withoutPreemption,
        maximumFindings: maxFindings)
      return bytes.withUnsafeBytes {
        Validator.validate($0, options: options, jobs: jobs) { count, body in
          DispatchQueue.concurrentPerform(iterations: count) { body($0) }
        }
      }
    }
  }
}
