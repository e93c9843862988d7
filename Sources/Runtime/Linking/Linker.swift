/// Names for imports: host functions and other instances' exports. A value: copies are independent, and one linker
/// serves any number of instantiations.
public struct Linker: Sendable {
  public let engine: Engine
  private var definitions: [ImportName: Extern] = [:]

  public init(engine: Engine) { self.engine = engine }

  /// Defines a host function. A later definition of the same name replaces an earlier one.
  public mutating func define(module: String, name: String, type: FunctionType, function: @escaping HostFunction) {
    define(module: module, name: name, .function(FunctionReference(type: type, function: function)))
  }

  /// Defines something that exists already: an export of another instance, or a host's memory, table or global.
  public mutating func define(module: String, name: String, _ value: Extern) {
    definitions[ImportName(module: module, name: name)] = value
  }

  /// Defines every export of `instance` under the module name `module`.
  public mutating func define(module: String, instance: Instance) {
    for export in instance.module.exports {
      if let value = instance.export(export.name) { define(module: module, name: export.name, value) }
    }
  }

  /// Allocates, links and initialises an instance, and runs its start function.
  ///
  /// All instances linked with one another share a store; without one given, that of the imports or a new one is used.
  /// Throws `LinkError`, `Trap`, `ProcessExit`, `CallError.busy`, or what a host function threw.
  public func instantiate(_ module: Module, store: Store? = nil) throws -> Instance {
    guard module.engine === engine else { throw LinkError.engineMismatch }
    let imports = try module.metadata.imports.map { entry in
      guard let value = definitions[ImportName(module: entry.module, name: entry.name)] else {
        throw LinkError.missing(module: entry.module, name: entry.name)
      }
      return value
    }
    let store = store ?? imports.lazy.compactMap(\.store).first ?? Store(engine: engine)
    return try store.claimed {
      var instantiation = try Instantiation(module: module, imports: imports, store: store)
      return try instantiation.run()
    }
  }
}

struct ImportName: Hashable, Sendable {
  private let module: ExactName
  private let name: ExactName
  init(module: String, name: String) {
    self.module = ExactName(module)
    self.name = ExactName(name)
  }
}

extension Extern {
  /// The store it belongs to; nil for host functions.
  var store: Store? {
    switch self {
    case .function(let function):
      if case .wasm = function.target { return function.store }
      return nil
    case .memory(let memory): return memory.store
    case .table(let table): return table.store
    case .global(let global): return global.store
    case .tag(let tag): return tag.store
    }
  }

  public var type: ExternType {
    switch self {
    case .function(let function): .function(function.type)
    case .memory(let memory): .memory(memory.type)
    case .table(let table): .table(table.type)
    case .global(let global): .global(global.type)
    case .tag(let tag): .tag(tag.storage.type)
    }
  }
}

/// Why an instance could not be made.
public enum LinkError: Error, Hashable, Sendable {
  case missing(module: String, name: String)
  case incompatible(module: String, name: String, expected: ExternType, found: ExternType)
  /// The module's code reaches further than what is reserved for the imported memory, or less far than its present
  /// size; or a table is larger than the module's code reaches.
  case reach(module: String, name: String)
  /// The import belongs to another store.
  case storeMismatch(module: String, name: String)
  /// Linker, module and store belong to different engines.
  case engineMismatch
  case resources(String)
}

extension LinkError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let module, let name): "unknown import: \(module).\(name)"
    case .incompatible(let module, let name, let expected, let found):
      "incompatible import type: \(module).\(name): expected \(expected), found \(found)"
    case .reach(let module, let name): "incompatible import type: \(module).\(name): reservation and reach differ"
    case .storeMismatch(let module, let name): "\(module).\(name) belongs to another store"
    case .engineMismatch: "linker, module and store belong to different engines"
    case .resources(let what): what
    }
  }
}
