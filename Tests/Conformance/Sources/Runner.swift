import Foundation
import Halite
import Wasm

/// What became of one command.
enum Outcome {
  case passed
  case failed(String)
  /// Not run: the command needs something that is out of scope or stands on a module that does.
  case notRun(String)
}

/// Runs one script through compiler, validator and loader.
struct Runner {
  let engine: Engine
  let options: CompilerOptions
  let folder: URL
  let store: Store

  private var linker: Linker
  private var definitions: [String: Definition] = [:]
  private var instances: [String: Instance] = [:]
  /// Why a named module, or the latest one, is not there.
  private var missing: [String: String] = [:]
  private var current: Instance?
  private var currentMissing = "no module"
  /// By the name to import from: why the registered module is not there.
  private var missingRegistrations: [String: String] = [:]

  private enum Definition {
    case module(Halite.Module)
    case unsupported(String)
  }

  private struct NotSupported: Error { var reason: String }
  private struct TooLarge: Error { var reason: String }

  init(options: CompilerOptions, folder: URL, spectest: [UInt8]) throws {
    var configuration = Configuration()
    configuration.stackSize = 1 << 20
    // A script declares a 64-bit memory that may grow to 2^48 bytes.
    configuration.maximumReach = 1 << 42
    engine = Engine(configuration: configuration)
    self.options = options
    self.folder = folder
    store = Store(engine: engine)
    linker = Linker(engine: engine)
    let module = try Halite.Module(wasm: spectest, engine: engine, options: options)
    linker.define(module: "spectest", instance: try linker.instantiate(module, store: store))
  }

  mutating func run(_ command: Command) -> Outcome {
    do {
      switch command.type {
      case "module": return try instantiate(command, name: command.name)
      case "module_definition": return try define(command)
      case "module_instance": return try instantiateDefinition(command)
      case "register": return try register(command)
      case "action":
        _ = try perform(command.action)
        return .passed
      case "assert_return": return try assertReturn(command)
      case "assert_trap", "assert_exhaustion": return try assertTrap(command)
      case "assert_exception": return try assertException(command)
      case "assert_malformed", "assert_invalid", "assert_malformed_custom", "assert_invalid_custom":
        return try assertRejected(command)
      case "assert_unlinkable": return try assertUnlinkable(command)
      case "assert_uninstantiable": return try assertUninstantiable(command)
      default: return .notRun("command \(command.type)")
      }
    } catch let error as NotSupported {
      return .notRun(error.reason)
    } catch let LinkError.missing(module, _) where missingRegistrations[module] != nil {
      return .notRun(missingRegistrations[module] ?? "")
    } catch let error as Values.Unsupported {
      return .notRun("needs \(error.what)")
    } catch {
      return .failed("\(command.type): \(error)")
    }
  }

  // MARK: Modules

  private func bytes(_ command: Command) throws -> [UInt8] {
    guard let file = command.filename else { throw NotSupported(reason: "no file") }
    var url = folder.appendingPathComponent(file)
    if command.module_type == "text" {
      // `run` puts the binary form of those that have one beside them.
      url = url.deletingPathExtension().appendingPathExtension("wasm")
      guard FileManager.default.fileExists(atPath: url.path) else { throw NotSupported(reason: "text format") }
    }
    return [UInt8](try Data(contentsOf: url))
  }

  /// Throws `NotSupported` for a module that needs a feature the compiler does not have.
  private func compile(_ command: Command) throws -> Halite.Module {
    let bytes = try bytes(command)
    do { return try Halite.Module(wasm: bytes, engine: engine, options: options) } catch {
      switch error as? CompileError {
      case .module(let error) where error.reason == .unsupportedFeature:
        throw NotSupported(reason: "needs \(error.detail)")
      // Found behind the validation of everything but bodies.
      case .memoryBeyondModel where try Wasm.Module.decode(bytes).bodies.isEmpty:
        throw TooLarge(reason: "a memory larger than the model's reach")
      case .tableTooLarge where try Wasm.Module.decode(bytes).bodies.isEmpty:
        throw TooLarge(reason: "a table of more than 2^24 elements")
      default: throw error
      }
    }
  }

  private mutating func instantiate(_ command: Command, name: String?) throws -> Outcome {
    current = nil
    do {
      try adopt(linker.instantiate(compile(command), store: store), as: name)
      return .passed
    } catch let error as NotSupported {
      note(missing: "stands on a module: \(error.reason)", name)
      return .notRun(error.reason)
    } catch let error as TooLarge {
      note(missing: "stands on a module: \(error.reason)", name)
      return .notRun(error.reason)
    } catch {
      note(missing: "its module failed", name)
      throw error
    }
  }

  private mutating func adopt(_ instance: Instance, as name: String?) {
    current = instance
    if let name { instances[name] = instance }
  }

  private mutating func note(missing reason: String, _ name: String?) {
    currentMissing = reason
    if let name {
      missing[name] = reason
      instances[name] = nil
    }
  }

  /// A definition that no script instantiates has to be valid, no more: that a memory or table starts with more than the
  /// largest reach is a limit of this implementation, met when somebody wants it.
  private mutating func define(_ command: Command) throws -> Outcome {
    do {
      definitions[command.name ?? ""] = .module(try compile(command))
      return .passed
    } catch let error as TooLarge {
      definitions[command.name ?? ""] = .unsupported("stands on a module: \(error.reason)")
      return .passed
    } catch let error as NotSupported {
      definitions[command.name ?? ""] = .unsupported("stands on a module: \(error.reason)")
      return .notRun(error.reason)
    }
  }

  private mutating func instantiateDefinition(_ command: Command) throws -> Outcome {
    switch definitions[command.module ?? ""] {
    case .module(let module):
      adopt(try linker.instantiate(module, store: store), as: command.instance)
      return .passed
    case .unsupported(let reason):
      note(missing: reason, command.instance)
      return .notRun(reason)
    case nil: return .failed("no such definition")
    }
  }

  private func instance(_ name: String?) throws -> Instance {
    if let name {
      if let instance = instances[name] { return instance }
      throw NotSupported(reason: missing[name] ?? "no module \(name)")
    }
    guard let current else { throw NotSupported(reason: currentMissing) }
    return current
  }

  private mutating func register(_ command: Command) throws -> Outcome {
    let name = command.as ?? ""
    do {
      linker.define(module: name, instance: try instance(command.name))
      return .passed
    } catch let error as NotSupported {
      missingRegistrations[name] = error.reason
      throw error
    }
  }

  // MARK: Actions

  private func perform(_ action: Action?) throws -> [Value] {
    guard let action else { throw NotSupported(reason: "no action") }
    let instance = try instance(action.module)
    if action.type == "get" {
      guard case .global(let global)? = instance.export(action.field) else { throw CallError.noSuchExport(action.field) }
      return [try global.value]
    }
    return try instance.call(action.field, try (action.args ?? []).map(Values.value))
  }

  private func assertReturn(_ command: Command) throws -> Outcome {
    let expected = command.expected ?? []
    let results = try perform(command.action)
    guard results.count == expected.count else { return .failed("\(results.count) results, expected \(expected.count)") }
    for (result, wanted) in zip(results, expected) {
      if try !Values.matches(result, wanted) { return .failed("result \(result), expected \(wanted)") }
    }
    return .passed
  }

  private func assertTrap(_ command: Command) throws -> Outcome {
    if options.policy == .wrap, command.text?.hasPrefix("out of bounds memory access") == true {
      throw NotSupported(reason: "expects an access out of bounds to trap")
    }
    do {
      let results = try perform(command.action)
      return .failed("returned \(results), expected the trap \(command.text ?? "")")
    } catch let trap as Trap {
      return Reasons.matches(trap, command.text ?? "")
        ? .passed : .failed("trap \(trap.reason), expected \(command.text ?? "")")
    }
  }

  private func assertException(_ command: Command) throws -> Outcome {
    do {
      let results = try perform(command.action)
      return .failed("returned \(results), expected an exception")
    } catch is WasmException { return .passed }
  }

  // MARK: Rejections

  private func assertRejected(_ command: Command) throws -> Outcome {
    let bytes = try bytes(command)
    if command.type.hasSuffix("_custom") { return try assertWarned(bytes, command) }
    do {
      _ = try Compiler.compile(bytes, options: options)
      return .failed("accepted, expected \(command.text ?? "")")
    } catch {
      guard case .module(let wasmError) = error else { return .failed("\(error)") }
      if wasmError.reason == .unsupportedFeature { return .notRun("needs \(wasmError.detail)") }
      return Reasons.matches(wasmError, command)
        ? .passed : .failed("refused with \(wasmError), expected \(command.type) \(command.text ?? "")")
    }
  }

  /// A fault inside a custom section makes no module invalid: it is compiled, with a warning.
  private func assertWarned(_ bytes: [UInt8], _ command: Command) throws -> Outcome {
    let warnings = try Compiler.compile(bytes, options: options).warnings
    return warnings.contains { Reasons.matches($0, command) }
      ? .passed : .failed("warnings \(warnings), expected \(command.text ?? "")")
  }

  private func assertUnlinkable(_ command: Command) throws -> Outcome {
    do {
      _ = try linker.instantiate(try compile(command), store: store)
      return .failed("linked, expected \(command.text ?? "")")
    } catch let error as LinkError {
      return Reasons.matches(error, command.text ?? "") ? .passed : .failed("\(error), expected \(command.text ?? "")")
    }
  }

  private func assertUninstantiable(_ command: Command) throws -> Outcome {
    do {
      _ = try linker.instantiate(try compile(command), store: store)
      return .failed("instantiated, expected \(command.text ?? "")")
    } catch let trap as Trap {
      return Reasons.matches(trap, command.text ?? "")
        ? .passed : .failed("trap \(trap.reason), expected \(command.text ?? "")")
    }
  }
}
