import Foundation
import Testing

/// The lists of deliberate bugs (Tests/Mutants) follow the code: each text to exchange stands exactly once in its file.
struct MutantListTests {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test(arguments: ["optimizer", "register-allocation", "code-generation"])
  func textsStandOnce(list: String) throws {
    let text = try String(contentsOf: Self.root.appending(path: "Tests/Mutants/\(list).txt"), encoding: .utf8)
    let mutants = text.split(separator: "\n@ ").dropFirst()
    #expect(mutants.count > 5)
    for mutant in mutants {
      let lines = mutant.split(separator: "\n")
      let words = lines[0].split(separator: " ")
      let wanted = lines.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2) }.joined(separator: "\n")
        .filter { $0 != "«" && $0 != "»" }
      let source = try String(contentsOf: Self.root.appending(path: String(words[1])), encoding: .utf8)
      #expect(source.components(separatedBy: wanted).count == 2, "\(words[0])")
    }
  }
}
