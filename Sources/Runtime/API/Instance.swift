import Wasm

/// A module with its memory, tables and globals: one sandbox. A handle; it keeps the instance's store alive.
public struct Instance: @unchecked Sendable {
  let body: InstanceBody
  public let store: Store

  init(body: InstanceBody, store: Store) {
    self.body = body
    self.store = store
  }

  public var module: Module { body.module }

  /// The export `name`, or nil.
  public func export(_ name: String) -> Extern? {
    guard let item = module.metadata.exports[ExactName(name)] else { return nil }
    switch item {
    case .function(let index): return .function(FunctionReference(target: body.function(index.index), store: store))
    case .memory(let index): return .memory(Memory(storage: body.memories[index.index], store: store))
    case .global(let index): return .global(Global(storage: body.globals[index.index], store: store))
    case .tag(let index): return .tag(Tag(storage: body.tags[index.index], store: store))
    case .table(let index):
      guard let storage = body.sharedTables[index.index] else {
        preconditionFailure("an exported table is shared (ModuleAgreement)")
      }
      return .table(Table(storage: storage, store: store))
    }
  }

  /// The exported function `name`. Throws `CallError`.
  public func function(_ name: String) throws -> FunctionReference {
    switch export(name) {
    case nil: throw CallError.noSuchExport(name)
    case .function(let function): return function
    default: throw CallError.notAFunction(name)
    }
  }

  /// Calls the exported function `name`.
  ///
  /// Throws `Trap`, `ProcessExit`, `CallError`, or what a host function threw.
  public func call(_ name: String, _ arguments: [Value] = []) throws -> [Value] { try function(name).call(arguments) }

  /// Memory 0, or nil.
  public var memory: GuestMemory? { body.memories.first.map(GuestMemory.init) }
}

/// Why a call did not begin.
public enum CallError: Error, Hashable, Sendable {
  case noSuchExport(String)
  case notAFunction(String)
  case argumentMismatch(expected: [ValueType], given: [ValueType])
  /// `FunctionReference.typed` with other types than the function's.
  case functionTypeMismatch(expected: FunctionType, found: FunctionType)
  /// Another thread runs in the store.
  case busy
  /// The execution has ended.
  case finished
  /// A function of another store was passed.
  case storeMismatch
  /// A value of another type than the table's or global's, or an immutable global was set.
  case typeMismatch
  /// Out of the table's or memory's bounds.
  case outOfBounds
  case noMemory
}

/// What can be exported and imported.
public enum Extern: Sendable {
  case function(FunctionReference)
  case memory(Memory)
  case table(Table)
  case global(Global)
  case tag(Tag)
}
