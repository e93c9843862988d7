/// Import matching (WebAssembly specification, 3.4, "Import matching"): limits of what is there against limits asked
/// for.
extension ExternType {
  /// Whether something of this type may be imported as `expected`.
  func matches(_ expected: ExternType) -> Bool {
    switch (self, expected) {
    case (.function(let found), .function(let expected)): found == expected
    case (.global(let found), .global(let expected)): found == expected
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
