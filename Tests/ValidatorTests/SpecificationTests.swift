import Foundation
import Testing

@testable import NaClValidator

/// SPEC.md, the code and the attacks speak of the same rules.
@Suite struct SpecificationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The Swift files below `folder`, `excluded` ones left out, as one text.
  private static func sources(_ folder: String, but excluded: Set<String>) throws -> String {
    let files = try #require(FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path))
    var all = ""
    for case let path as String in files where path.hasSuffix(".swift") {
      if !excluded.contains(path) { all += try text(folder + "/" + path) }
    }
    return all
  }

  private static let headings = Result {
    try text("Validator/SPEC.md").split(separator: "\n").filter { $0.hasPrefix("### ") }.map { $0.dropFirst(4) }
  }

  @Test func everyRuleHasASectionAndEverySectionARule() throws {
    let ids = try Self.headings.get().compactMap { heading in
      heading.firstMatch(of: #/^([A-Z][0-9])\. ./#).map { String($0.output.1) }
    }
    #expect(Set(ids) == Set(Rule.allCases.map(\.id)) && ids.count == Rule.allCases.count)
  }

  /// What is no rule says so, and names the rules that need it.
  @Test func everyOtherSectionIsUsedByARule() throws {
    let text = try Self.text("Validator/SPEC.md")
    for heading in try Self.headings.get() where !heading.contains(#/^[A-Z][0-9]\. /#) {
      #expect(heading.contains("(definition)") || heading.contains("(lemma)"), "\(heading)")
      guard heading.contains("(definition)"), let id = heading.split(separator: " ").first else { continue }
      let section = try #require(text.split(separator: "### \(heading)").last?.split(separator: "\n#").first)
      let users = section.matches(of: #/([A-Z][0-9])[^.]* uses? it/#).map { String($0.output.1) }
      #expect(!users.isEmpty && users.allSatisfy { Rule(rawValue: $0) != nil }, "\(id)")
    }
  }

  @Test(arguments: Rule.allCases)
  func everyRuleIsCheckedAndAttacked(_ rule: Rule) throws {
    let name = try Regex("\\.\(rule)\\b")
    #expect(try Self.sources("Validator/Sources/NaClValidator", but: ["Rule.swift"]).contains(name), "no check")
    let attacks = try Self.sources("Tests/ValidatorTests", but: ["SpecificationTests.swift"])
    #expect(attacks.contains(name), "no attack")
  }

  /// The template lemma goes through the families that the tables' comments name.
  @Test func everyFamilyHasItsLine() throws {
    let spec = try Self.text("Validator/SPEC.md")
    let families = Set(spec.matches(of: #/\n\| ([A-Za-z0-9 -]+?)(?: \(vector\))? \|/#).map { String($0.output.1) })
    let folder = "Validator/Sources/NaClValidator/Decoder"
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent(folder).path)
    var count = 0
    for name in names where name.hasPrefix("Templates+") {
      for match in try Self.text(folder + "/" + name).matches(of: #/\n +# ([^;:\n(]+)/#) {
        count += 1
        #expect(families.contains(match.output.1.trimmingCharacters(in: .whitespaces)), "\(match.output.1) in \(name)")
      }
    }
    #expect(count > 20)
  }
}
