import ArgumentParser
import Compiler
import Nexe

struct Build: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compile a wasm module to a nexe.",
    discussion: """
      Exit codes: 0 built, 1 the module is malformed, invalid or cannot be compiled, 2 usage or I/O.
      The chosen memory model is printed on standard error.
      """)

  @Argument(help: "The wasm module.")
  var input: String

  @Option(name: .short, help: "Output file; default: the input's name with .nexe.")
  var output: String?

  @OptionGroup var choices: CompilerChoices

  @Option(
    name: .long, parsing: .singleValue,
    help: "Print the text form of a stage to standard output: wasm, ir, opt, isel, regalloc, asm, bundles.")
  var emit: [String] = []

  @Option(
    name: .long, parsing: .singleValue,
    help: "Leave out a pass of the optimiser (docs/IR.md), or inlining: to see what it brings. May be repeated.")
  var without: [String] = []

  @Flag(name: .long, help: "Check the IR after each pass and every register allocation.")
  var verifyEach = false

  @Flag(name: .long, help: "Print what each stage took.")
  var timings = false

  func validate() throws {
    for stage in emit where CompilerOptions.Stage(rawValue: stage) == nil {
      throw ValidationError("--emit \(stage): no such stage")
    }
    var options = CompilerOptions()
    for pass in without where !options.leaveOut(pass) { throw ValidationError("--without \(pass): no such pass") }
  }

  func run() throws {
    var options = try choices.options()
    options.verifiesEachPass = verifyEach
    for pass in without { _ = options.leaveOut(pass) }
    options.emittedStages = Set(emit.compactMap(CompilerOptions.Stage.init(rawValue:)))
    let code = BuildCommand(
      input: input, output: output ?? BuildCommand.defaultOutput(for: input), options: options, showsTimings: timings
    ).run()
    throw ExitCode(code)
  }
}

/// The choices that decide what code is generated.
struct CompilerChoices: ParsableArguments {
  @Option(help: "auto, seg32 or mask. auto: mask up to 2 GiB of declared maximum, else seg32.")
  var memoryModel = "auto"

  @Option(help: "Upper bound on memory 0: bytes, or with K, M, G.")
  var maxMemory: String?

  @Option(help: "What an access out of bounds does: trap, or wrap (no checks; not the specification).")
  var oob = "trap"

  @Option(help: "x86-64-v2 or x86-64-v3.")
  var cpu = "x86-64-v3"

  @Flag(name: .customLong("canonicalize-nans"), help: "Arithmetic gives the canonical NaN wherever it gives one.")
  var canonicalizesNaNs = false

  @Option(name: .customShort("O", allowingJoined: true), help: "Optimisation: -O0, -O1 or -O2.")
  var optimization = "2"

  @Option(name: .shortAndLong, help: "Threads; default: all processors. The output does not depend on it.")
  var jobs: Int?

  func options() throws -> CompilerOptions {
    var options = CompilerOptions()
    switch memoryModel {
    case "auto": options.memoryModel = nil
    case "mask": options.memoryModel = .mask
    case "seg32": options.memoryModel = .seg32
    default: throw ValidationError("--memory-model \(memoryModel): expected auto, seg32 or mask")
    }
    if let maxMemory {
      guard let size = ByteSize.parse(maxMemory), size > 0 else {
        throw ValidationError("--max-memory \(maxMemory): expected bytes, or a number with K, M or G")
      }
      options.maximumMemory = size
    }
    switch oob {
    case "trap": options.policy = .trap
    case "wrap": options.policy = .wrap
    default: throw ValidationError("--oob \(oob): expected trap or wrap")
    }
    switch cpu {
    case "x86-64-v2": options.instructionSet = .x86_64_v2
    case "x86-64-v3": options.instructionSet = .x86_64_v3
    default: throw ValidationError("--cpu \(cpu): expected x86-64-v2 or x86-64-v3")
    }
    guard let level = CompilerOptions.level(named: optimization) else {
      throw ValidationError("-O\(optimization): expected -O0, -O1 or -O2")
    }
    options.optimization = level
    options.canonicalizesNaNs = canonicalizesNaNs
    if let jobs {
      guard jobs >= 1 else { throw ValidationError("--jobs \(jobs): expected at least 1") }
      options.jobs = jobs
    } else {
      options.jobs = CompilerOptions.processorCount
    }
    return options
  }
}
