/// The sixteen conditions of jcc, setcc and cmovcc; the raw value is the opcode's low nibble (SDM volume 2, B.1.4.7).
public enum Condition: UInt8, Sendable, CaseIterable {
  case overflow, notOverflow
  /// Unsigned `<` and `>=`.
  case below, aboveOrEqual
  case equal, notEqual
  /// Unsigned `<=` and `>`.
  case belowOrEqual, above
  case sign, notSign
  /// After ucomiss: unordered, and ordered.
  case parity, notParity
  /// Signed.
  case less, greaterOrEqual, lessOrEqual, greater

  public var inverted: Condition {
    guard let inverted = Condition(rawValue: rawValue ^ 1) else { preconditionFailure("conditions come in pairs") }
    return inverted
  }

  /// The condition that holds of (b, a) when this one holds of (a, b) after a compare.
  public var swapped: Condition {
    switch self {
    case .below: .above
    case .above: .below
    case .aboveOrEqual: .belowOrEqual
    case .belowOrEqual: .aboveOrEqual
    case .less: .greater
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .lessOrEqual: .greaterOrEqual
    case .equal, .notEqual: self
    case .overflow, .notOverflow, .sign, .notSign, .parity, .notParity: self
    }
  }

  /// The mnemonic's ending.
  public var suffix: String { Condition.suffixes[Int(rawValue)] }

  private static let suffixes = [
    "o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g",
  ]
}
