/// Names for imports: host functions and other instances' exports.
public struct Linker {
  public let engine: Engine
  private var definitions: [ImportName: Definition] = [:]

  public init(engine: Engine) { self.engine = engine }

  /// Defines a host function. A later definition of the same name replaces an earlier one.
  public mutating func define(module: String, name: String, type: FunctionType, function: @escaping HostFunction) {
    definitions[ImportName(module: module, name: name)] = .function(CallLayout(type), function)
  }

  /// Defines something that exists already: an export of another instance, or a host's memory, table or global.
  public mutating func define(module: String, name: String, _ value: Extern) {
    definitions[ImportName(module: module, name: name)] = .existing(value)
  }

  /// Defines every export of `instance` under the module name `module`.
  public mutating func define(module: String, instance: Instance) {}

  /// Allocates, links and initialises an instance, and runs its start function.
  ///
  /// All instances linked with one another share a store; without one given, a new store or that of the imports is used.
  /// Throws `LinkError`, `Trap`, or what a host function threw.
  public func instantiate(_ module: Module, store: Store? = nil) throws -> Instance {
    throw LinkError.missing(module: "", name: "")
  }
}

struct ImportName: Hashable {
  var module: String
  var name: String
}

enum Definition {
  case function(CallLayout, HostFunction)
  case existing(Extern)
}

/// Why an instance could not be made.
public enum LinkError: Error, Hashable, Sendable {
  case missing(module: String, name: String)
  case incompatible(module: String, name: String, expected: ExternType, found: ExternType)
  case memoryReach(module: String, name: String)
  case storeMismatch(module: String, name: String)
  case resources(String)
}
