import Entities
import Synchronization
import Wasm

/// The defined types of all modules of an engine, so that types of different modules can be compared.
///
/// A recursion group is kept while some module that has it lives. Numbers are never used again: a stale one matches
/// nothing.
final class TypeRegistry: Sendable {
  struct Entry: Sendable {
    let supertype: DefinedTypeID?
    /// The abstract type right above it.
    let kind: HeapType
    /// Of a function type alone in its group, final and without a supertype: the only kind that functions of the host
    /// have.
    let plainFunction: FunctionType?
  }

  private struct Group {
    let ids: [DefinedTypeID]
    var users = 0
  }

  private struct State {
    var groups: [TypeGroupKey: Group] = [:]
    var entries: [Int: Entry] = [:]
    var next = 0
  }

  private let state = Mutex(State())

  /// Adds a module's types. Cost: linear in them.
  func register(_ wasm: Wasm.Module) -> TypeRegistration {
    state.withLock { state in
      var ids: [DefinedTypeID] = []
      var keys: [TypeGroupKey] = []
      ids.reserveCapacity(wasm.types.count)
      for group in wasm.recursionGroups {
        let key = TypeGroupKey(wasm, group, ids)
        if let known = state.groups[key] {
          ids += known.ids
        } else {
          Self.add(key, wasm, group, &ids, to: &state)
        }
        state.groups[key]?.users += 1
        keys.append(key)
      }
      return TypeRegistration(ids: ids, keys: keys, registry: self)
    }
  }

  private static func add(
    _ key: TypeGroupKey, _ wasm: Wasm.Module, _ group: Range<Int>, _ ids: inout [DefinedTypeID], to state: inout State
  ) {
    for index in group {
      ids.append(DefinedTypeID(number: state.next, isFunction: wasm.types[TypeIndex(index: index)].function != nil))
      state.next += 1
    }
    for index in group {
      let type = wasm.types[TypeIndex(index: index)]
      let kind: HeapType =
        switch type.composite {
        case .function: .function
        case .structure: .structure
        case .array: .array
        }
      let isPlain = group.count == 1 && type.isFinal && type.supertype == nil
      state.entries[ids[index].number] = Entry(
        supertype: type.supertype.map { [ids] in ids[$0.index] }, kind: kind,
        plainFunction: isPlain ? type.function.map { [ids] in FunctionType($0, ids) } : nil)
    }
    state.groups[key] = Group(ids: Array(ids[group]))
  }

  fileprivate func release(_ keys: [TypeGroupKey]) {
    state.withLock { state in
      for key in keys {
        state.groups[key]?.users -= 1
        guard let group = state.groups[key], group.users == 0 else { continue }
        for id in group.ids { state.entries[id.number] = nil }
        state.groups[key] = nil
      }
    }
  }

  // MARK: Matching (WebAssembly specification, 3.3)

  func entry(_ id: DefinedTypeID) -> Entry? { state.withLock { $0.entries[id.number] } }

  /// Whether `id` is `other` or declared below it.
  func matches(_ id: DefinedTypeID, _ other: DefinedTypeID) -> Bool {
    if id == other { return true }
    return state.withLock { state in
      var current = state.entries[id.number]?.supertype
      while let type = current {
        if type == other { return true }
        current = state.entries[type.number]?.supertype
      }
      return false
    }
  }

  func matches(_ found: ValueType, _ expected: ValueType) -> Bool {
    if found == expected { return true }
    guard case .reference(let found) = found, case .reference(let expected) = expected else { return false }
    return (expected.isNullable || !found.isNullable) && matches(found.heapType, expected.heapType)
  }

  func matches(_ found: HeapType, _ expected: HeapType) -> Bool {
    if found == expected { return true }
    switch (found, expected) {
    case (.defined(let id), .defined(let other)): return matches(id, other)
    case (.defined(let id), _): return entry(id).map { matches($0.kind, expected) } ?? false
    case (.noFunction, _): return expected.hierarchy == .function
    case (.none, _): return expected.hierarchy == .any
    case (.noExternal, .external), (.noException, .exception): return true
    case (.i31, .eq), (.structure, .eq), (.array, .eq): return true
    case (.i31, .any), (.structure, .any), (.array, .any), (.eq, .any): return true
    default: return false
    }
  }
}

/// A module's types in the registry; ends with the module.
final class TypeRegistration: Sendable {
  /// By type index.
  let ids: [DefinedTypeID]
  private let keys: [TypeGroupKey]
  private let registry: TypeRegistry

  fileprivate init(ids: [DefinedTypeID], keys: [TypeGroupKey], registry: TypeRegistry) {
    self.ids = ids
    self.keys = keys
    self.registry = registry
  }

  deinit { registry.release(keys) }
}

/// A recursion group with references into itself written relative to it, all others as numbers of the registry.
struct TypeGroupKey: Hashable, Sendable {
  private let words: ContiguousArray<UInt64>

  init(_ wasm: Wasm.Module, _ group: Range<Int>, _ ids: [DefinedTypeID]) {
    words = wasm.structuralKey(ofTypes: group) { UInt64(ids[$0.index].number) }
  }
}
