import ArgumentParser
import Compiler
import Glibc

/// The command line: it only parses arguments. What they mean is in `ProgramOptions`, what happens in `ProgramRunner`.
@main
struct NaClRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nacl-run",
    abstract: "Verifies and runs a sandboxed program with WASI.",
    usage: "nacl-run [options] PROG [ARGS...]",
    discussion: """
      PROG is a nexe, or a wasm module that is compiled first, or was compiled before; all are verified before they run.
      Everything behind PROG belongs to the program.

      The exit code is the program's own, or 134 after a trap, 124 when the time is over, 152 when the processor time is used
      up, 153 when more was written than allowed, 126 if the validator refuses the program, 1 for errors of the host, 2 for a
      wrong command line.
      """,
    version: "nacl-run \(CompilerVersion.text)")

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "Give the program a directory of the host (HOST or HOST::GUEST).")
  var dir: [String] = []

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "Set an environment variable (K=V), or pass on the host's (K).")
  var env: [String] = []

  @Option(name: .long, parsing: .unconditional, help: "The program's own name, its first argument.")
  var argv0: String?

  @Option(name: .long, help: "Call this export with ARGS as its arguments and print its results.")
  var invoke: String?

  @OptionGroup(title: "Debugging") var debugging: DebuggingOptions
  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Sockets") var sockets: SocketOptions
  @OptionGroup(title: "Compilation") var compilation: CompilationOptions

  @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The program and its arguments.", valueName: "PROG"))
  var program: [String] = []

  static func main() {
    StandardStreams.open()
    let command: NaClRun
    let options: ProgramOptions
    do {
      command = try NaClRun.parse()
      options = try command.options()
    } catch {
      let message = fullMessage(for: error)
      if exitCode(for: error) == .success {
        print(message)
        Glibc.exit(ExitStatus.success)
      }
      Diagnostics.write(message)
      Glibc.exit(ExitStatus.usage)
    }
    Glibc.exit(ProgramRunner(options).run())
  }

  /// Passing everything through includes options that the parser did not know, and its own flags.
  private func refuseOption(_ word: String) throws {
    switch word {
    case "--help", "-h": throw CleanExit.helpRequest(self)
    case "--version": throw CleanExit.message(Self.configuration.version)
    case _ where word.hasPrefix("-") && word != "-": throw ValidationError("unknown option \(word)")
    default: return
    }
  }

  func options() throws -> ProgramOptions {
    var arguments = program[...]
    if arguments.first == "--" { arguments.removeFirst() }
    guard let path = arguments.popFirst() else { throw ValidationError("PROG is missing") }
    if program.first != "--" { try refuseOption(path) }
    do throws(OptionError) {
      var options = ProgramOptions(path: path, arguments: Array(arguments))
      for text in dir { options.preopens.append(try OptionSyntax.preopen(text)) }
      for text in env {
        if let variable = try OptionSyntax.environmentVariable(text) { options.environment.append(variable) }
      }
      if let argv0 { options.name = argv0 }
      options.invoke = invoke
      options.debugging = DebuggingAids(writesPerfMap: debugging.perfMap, tellsDebugger: debugging.debugger)
      options.limits = try ProgramLimits(limits)
      options.listeners = try Listeners.addresses(sockets)
      options.compiler = try OptionSyntax.compilerOptions(
        memoryModel: compilation.memoryModel, maxMemory: limits.maxMemory, oob: compilation.oob, cpu: compilation.cpu,
        level: compilation.optimization)
      options.cache = try CacheChoice(compilation)
      return options
    } catch {
      throw ValidationError(error.description)
    }
  }
}
