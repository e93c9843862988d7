import NaClValidator
import Testing

/// One small program and what becomes of it: accepted, or refused by `rule` at the label `bad`.
struct RuleCase: CustomTestStringConvertible, Sendable {
  let name: String
  /// Nil: accepted.
  let rule: Rule?
  /// The body of the function `f`, which begins with POLL and ends with ret unless the text says otherwise.
  let text: String

  var testDescription: String { name }

  static func legal(_ name: String, _ text: String) -> Self { RuleCase(name: name, rule: nil, text: text) }
  static func attack(_ rule: Rule, _ name: String, _ text: String) -> Self {
    RuleCase(name: "\(rule.id) \(name)", rule: rule, text: text)
  }

  /// `wrapped`: POLL before and `ret` behind the text.
  func check(_ builder: NexeBuilder, wrapped: Bool, options: ValidationOptions = ValidationOptions()) throws {
    let nexe = builder.function("f", wrapped ? "POLL p\n\(text)\nret\nSLOW p" : text)
    if let rule { try expectRejected(nexe, rule, options: options) } else { try expectAccepted(nexe, options: options) }
  }
}
