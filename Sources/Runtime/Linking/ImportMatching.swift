/// Import matching (WebAssembly specification, 3.4, "Import matching"): limits of what is there against limits asked
/// for.
extension Extern {
  /// Whether this may be imported for `entry`.
  func matches(_ entry: ModuleMetadata.Import, _ types: TypeRegistry) -> Bool {
    switch (self, entry.type, entry.id) {
    case (.function(let function), .function, let id?): function.target.matches(id, types)
    case (.tag(let tag), .tag(let expected), let id): tag.storage.id.map { $0 == id } ?? (tag.storage.type == expected)
    default: type.matches(entry.type, types)
    }
  }
}

extension ExternType {
  fileprivate func matches(_ expected: ExternType, _ types: TypeRegistry) -> Bool {
    switch (self, expected) {
    case (.global(let found), .global(let expected)):
      found == expected
        || !found.isMutable && !expected.isMutable && types.matches(found.value, expected.value)
    case (.memory(let found), .memory(let expected)):
      found.hasIndex64 == expected.hasIndex64
        && limitsMatch((found.minimum, found.maximum), (expected.minimum, expected.maximum))
    case (.table(let found), .table(let expected)):
      found.element == expected.element && found.hasIndex64 == expected.hasIndex64
        && limitsMatch((found.minimum, found.maximum), (expected.minimum, expected.maximum))
    default: false
    }
  }
}

private func limitsMatch(_ found: (UInt64, UInt64?), _ expected: (UInt64, UInt64?)) -> Bool {
  guard found.0 >= expected.0 else { return false }
  guard let maximum = expected.1 else { return true }
  return found.1.map { $0 <= maximum } ?? false
}
