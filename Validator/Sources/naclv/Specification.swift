import NaClValidator

/// SPEC.md, which is compiled in: rule M1's section stands under the heading `### M1. Title`.
enum Specification {
  private static let lines = String(decoding: PackageResources.SPEC_md, as: UTF8.self)
    .split(separator: "\n", omittingEmptySubsequences: false)

  static func title(of rule: Rule) -> String? {
    lines.first { $0.hasPrefix("### \(rule.id). ") }.map { String($0.dropFirst(6 + rule.id.count)) }
  }

  /// Heading and section.
  static func text(of rule: Rule) -> String? {
    guard let first = lines.firstIndex(where: { $0.hasPrefix("### \(rule.id). ") }) else { return nil }
    let section = lines[(first + 1)...].prefix { !$0.hasPrefix("#") }
    return ([lines[first].dropFirst(4)] + section).joined(separator: "\n")
  }
}
