import Compiler
import Glibc
import Halite
import Runtime
import WASI

/// Runs a program and says how it ended.
struct ProgramRunner {
  private let options: ProgramOptions
  /// Where `--invoke`'s results go, a line each.
  private let output: (String) -> Void

  init(_ options: ProgramOptions, output: @escaping (String) -> Void = { print($0) }) {
    self.options = options
    self.output = output
  }

  /// The exit code for the shell; messages are on standard error.
  func run() -> Int32 {
    do {
      let engine = Engine(configuration: configuration)
      let module = try ProgramFile.load(options, engine)
      var linker = Linker(engine: engine)
      try wasi().define(in: &linker)
      let store = Store(engine: engine)
      let time = timeLimit(store)
      defer { time.stop() }
      return status(time) { try execute(try linker.instantiate(module, store: store)) }
    } catch let error as LoadError {
      complain("\(error)")
      switch error {
      case .refused, .metadata: return ExitStatus.refused
      case .unsupported, .resources: return ExitStatus.hostError
      }
    } catch let error as WholeFile.Failure {
      Diagnostics.write("nacl-run: \(error)")
      return ExitStatus.hostError
    } catch {
      complain("\(error)")
      return ExitStatus.hostError
    }
  }

  private var configuration: Configuration {
    var configuration = Configuration()
    // One sandbox, whose memory nobody else imports.
    configuration.exportedMemoryReservation = 0
    configuration.validationJobs = options.compiler.jobs
    if let size = options.compiler.maximumMemory { configuration.maximumMemorySize = size }
    options.limits.apply(to: &configuration)
    return configuration
  }

  /// Time does not count what came before the program: reading, compiling, validating.
  private func timeLimit(_ store: Store) -> TimeLimit {
    let limits = options.limits
    return TimeLimit(wall: limits.timeout, processor: limits.processorTime, on: store.interruptHandle) { kind in
      guard let limit = LimitReached(kind, limits) else { return }
      Diagnostics.write("nacl-run: \(limit.message)")
      _exit(limit.code)
    }
  }

  private func wasi() throws -> WASI {
    var wasi = WASI()
    wasi.arguments = [options.name] + options.arguments
    wasi.environment = options.environment
    wasi.preopens = options.preopens
    wasi.listeners = try Listeners.open(options.listeners)
    wasi.endsOnBrokenStream = BrokenStream.endsPrograms
    options.limits.apply(to: &wasi)
    return wasi
  }

  /// A command runs from `_start`; a reactor is initialised, and does something only if a function is invoked.
  private func execute(_ instance: Instance) throws {
    let isReactor = instance.export("_initialize") != nil
    if isReactor { _ = try instance.call("_initialize") }
    if let name = options.invoke {
      try invoke(name, in: instance)
    } else if !isReactor, instance.export("_start") != nil {
      _ = try instance.call("_start")
    }
  }

  private func invoke(_ name: String, in instance: Instance) throws {
    guard case .function(let function)? = instance.export(name) else {
      throw Invocation.ArgumentError(description: "no function is exported as \(name)")
    }
    // A command's arguments are its own; any other function takes typed ones.
    let words = name == "_start" ? [] : options.arguments
    for result in try instance.call(name, try Invocation.arguments(words, for: function.type)) {
      output(Invocation.text(result))
    }
  }

  private func status(_ time: TimeLimit, _ body: () throws -> Void) -> Int32 {
    do {
      try body()
      return ExitStatus.success
    } catch let exit as ProcessExit {
      return exit.code
    } catch let trap as Trap {
      if trap.reason == .timedOut, let limit = LimitReached(time.exceeded, options.limits) { return report(limit) }
      complain("\(trap)")
      // Not the program's fault in WebAssembly's terms, but a refusal of the host's.
      if case .host = trap.reason { return ExitStatus.hostError }
      return ExitStatus.trap
    } catch let limit as OutputLimitReached {
      return report(LimitReached(limit))
    } catch is BrokenStream {
      BrokenStream.end()
    } catch let exception as WasmException {
      complain("\(exception)")
      return ExitStatus.trap
    } catch {
      complain("\(error)")
      return ExitStatus.hostError
    }
  }

  private func report(_ limit: LimitReached) -> Int32 {
    Diagnostics.write("nacl-run: \(limit.message)")
    return limit.code
  }

  private func complain(_ message: String) { Diagnostics.write("nacl-run: \(options.path): \(message)") }
}
