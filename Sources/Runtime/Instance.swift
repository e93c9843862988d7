/// A module with its memory, tables and globals: one sandbox.
public final class Instance: @unchecked Sendable {
  public let store: Store
  var memories: [MemoryStorage] = []
  init(store: Store) { self.store = store }

  /// The export `name`, or nil.
  public func export(_ name: String) -> Extern? { nil }

  /// Calls the exported function `name`.
  ///
  /// Throws `Trap`, `ProcessExit`, `CallError`, or what a host function threw.
  public func call(_ name: String, _ arguments: [Value] = []) throws -> [Value] { throw CallError.noSuchExport(name) }

  /// Memory 0, or nil.
  public var memory: GuestMemory? { memories.first.map(GuestMemory.init) }
}

/// Why a call did not begin.
public enum CallError: Error, Hashable, Sendable {
  case noSuchExport(String)
  case notAFunction(String)
  case argumentMismatch(expected: [ValueType], given: [ValueType])
  /// Another thread runs in the store, or an activation is suspended in an instance.
  case busy
}

/// What can be exported and imported.
public enum Extern: Sendable {
  case function(FunctionReference)
  case memory(Memory)
  case table(Table)
  case global(Global)
}
