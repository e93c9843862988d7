import Testing

@testable import NaClValidator

/// An attack beside its nearest legal twin: the same module but for the lines that matter. The attack breaks `rule` at
/// its label `bad`, before any other rule, unless `anyFinding` says that others come first; the twin is accepted. A broken group breaks
/// more than one rule: one of the findings is `rule`, at the group's `start` or at `bad`.
///
/// The texts are bodies of the function `f`, in the assembly of `NexeBuilder`; "; " separates lines. They stand between
/// POLL and `ret` unless the setting is a `whole` one.
struct Twins: CustomTestStringConvertible, Sendable {
  let rule: Rule
  let name: String
  let legal: String
  let attack: String
  /// Where the finding is expected.
  let label: String
  /// The module around `f`; nil: the table's own.
  let setting: Setting?
  let anyFinding: Bool

  init(
    _ rule: Rule, _ name: String, legal: String, attack: String, at label: String = "bad", in setting: Setting? = nil,
    anyFinding: Bool = false
  ) {
    self.anyFinding = anyFinding
    self.rule = rule
    self.name = name
    self.legal = legal
    self.attack = attack
    self.label = label
    self.setting = setting
  }

  var testDescription: String { "\(rule.id) \(name)" }
}

/// The module around the function `f` of a row.
struct Setting: Sendable {
  var builder: NexeBuilder
  var isWhole: Bool

  /// The texts stand between POLL and `ret`.
  static func body(_ builder: NexeBuilder) -> Self { Setting(builder: builder, isWhole: false) }
  /// The texts are the whole function, and may define further labels.
  static func whole(_ builder: NexeBuilder) -> Self { Setting(builder: builder, isWhole: true) }

  func nexe(_ text: String) -> NexeBuilder {
    builder.function("f", isWhole ? text.asLines : "POLL p\n\(text.asLines)\nret\nSLOW p")
  }
}

extension String {
  /// The lines that "; " separates.
  var asLines: String { split(separator: ";").map { $0.drop { $0 == " " } }.joined(separator: "\n") }
}

/// The rows of one table, assembled in one run.
struct TwinTable: Sendable {
  let rows: [Twins]
  /// By index of row.
  private let nexes: Result<[(legal: Nexe, attack: Nexe)], BuildError>

  init(_ setting: Setting, _ rows: [Twins]) {
    self.rows = rows
    nexes = Result { () throws(BuildError) in
      do {
        let builders = rows.flatMap { row in
          let around = row.setting ?? setting
          return [around.nexe(row.legal), around.nexe(row.attack)]
        }
        let images = try Assembler.assemble(builders.map { try $0.assembly() })
        let nexes = try zip(builders, images).map { try Nexe($0, $1) }
        return rows.indices.map { (nexes[2 * $0], nexes[2 * $0 + 1]) }
      } catch {
        throw BuildError(message: "\(error)")
      }
    }
  }

  func check(_ index: Int, options: ValidationOptions = ValidationOptions()) throws {
    let row = rows[index]
    let (legal, attack) = try nexes.get()[index]
    if case .failure(let rejection) = Validator.validate(legal.bytes, options: options) {
      Issue.record("\(row.testDescription): the twin is refused: \(rejection.lines)")
    }
    guard case .failure(let rejection) = Validator.validate(attack.bytes, options: options) else {
      Issue.record("\(row.testDescription): accepted")
      return
    }
    // The assembler may pad between a label and its instruction.
    let places = try [row.label, "start"].compactMap { name -> [Location]? in
      guard let label = attack.labels[name] else { return nil }
      return [.address(label), .address(try attack.instructionAddress(name))]
    }.joined()
    let isGroup = attack.labels["start"] != nil
    let candidates = isGroup || row.anyFinding ? rejection.findings[...] : rejection.findings.prefix(1)
    let isThere = candidates.contains { $0.rule == row.rule && places.contains($0.location) }
    #expect(isThere, "\(row.testDescription) at \(Array(places)): \(rejection.lines)")
  }
}
