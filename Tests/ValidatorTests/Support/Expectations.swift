import NaClValidator
import Testing

func expectAccepted(
  _ builder: NexeBuilder, options: ValidationOptions = ValidationOptions(),
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  expectAccepted(try builder.build(), options: options, sourceLocation: sourceLocation)
}

func expectAccepted(
  _ nexe: Nexe, options: ValidationOptions = ValidationOptions(), sourceLocation: SourceLocation = #_sourceLocation
) {
  if case .failure(let rejection) = Validator.validate(nexe.bytes, options: options) {
    Issue.record("refused: \(rejection.lines)", sourceLocation: sourceLocation)
  }
}

/// The nexe breaks `rule` at `label`, and no other rule before it.
func expectRejected(
  _ builder: NexeBuilder, _ rule: Rule, at label: String? = "bad", options: ValidationOptions = ValidationOptions(),
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  try expectRejected(try builder.build(), rule, at: label, options: options, sourceLocation: sourceLocation)
}

func expectRejected(
  _ nexe: Nexe, _ rule: Rule, at label: String? = nil, options: ValidationOptions = ValidationOptions(),
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard case .failure(let rejection) = Validator.validate(nexe.bytes, options: options) else {
    Issue.record("accepted; should break \(rule.id)", sourceLocation: sourceLocation)
    return
  }
  #expect(rejection.findings.first?.rule == rule, "\(rejection.lines)", sourceLocation: sourceLocation)
  guard let label else { return }
  // The assembler may pad between a label and its instruction.
  let first = nexe.labels[label] ?? 0
  let last = try nexe.instructionAddress(label)
  let isThere = rejection.findings.contains {
    $0.rule == rule && ($0.location == .address(first) || $0.location == .address(last))
  }
  #expect(isThere, "\(label) is at \(last): \(rejection.lines)", sourceLocation: sourceLocation)
}

extension Rejection {
  var lines: [String] { findings.map { "\($0.rule.id) \($0.location) \($0.message)" } }
}
