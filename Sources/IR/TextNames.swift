/// The words of the text form that name an enumeration's cases; printer and parser share them.
protocol TextNamed: RawRepresentable<UInt8>, CaseIterable {
  var textName: String { get }
}

extension TextNamed {
  init?(textName: String) {
    guard let match = Self.allCases.first(where: { $0.textName == textName }) else { return nil }
    self = match
  }
}

extension Type: TextNamed {
  var textName: String { name }
}

extension LaneShape: TextNamed {
  var textName: String { "\(self)" }
}

extension MemoryAccess: TextNamed {
  var textName: String { "\(self)" }
}

extension TrapCode: TextNamed {
  var textName: String { "\(self)" }
}

extension IntegerCondition: TextNamed {
  var textName: String {
    switch self {
    case .equal: "eq"
    case .notEqual: "ne"
    case .lessSigned: "lt_s"
    case .lessUnsigned: "lt_u"
    case .greaterSigned: "gt_s"
    case .greaterUnsigned: "gt_u"
    case .lessOrEqualSigned: "le_s"
    case .lessOrEqualUnsigned: "le_u"
    case .greaterOrEqualSigned: "ge_s"
    case .greaterOrEqualUnsigned: "ge_u"
    }
  }
}

extension FloatCondition: TextNamed {
  var textName: String {
    switch self {
    case .equal: "eq"
    case .notEqual: "ne"
    case .less: "lt"
    case .greater: "gt"
    case .lessOrEqual: "le"
    case .greaterOrEqual: "ge"
    }
  }
}
