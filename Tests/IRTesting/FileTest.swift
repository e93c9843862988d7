import Foundation
import IR
import Testing

/// A file with a header line `; test: NAME`, an input, a line `; expect`, and what the test should print.
///
/// With `HALITE_UPDATE_FILE_TESTS=1` in the environment every expectation is rewritten instead of compared.
/// Continuous integration sets `CI`, under which that is an error.
public struct FileTest {
  public let url: URL
  /// What the header line names.
  public let name: String
  public let input: String
  let expected: String

  static let separator = "; expect\n"

  /// The files of `Tests/FileTests/<folder>`, by name.
  public static func all(in folder: String, filePath: String = #filePath) throws -> [FileTest] {
    let tests = URL(fileURLWithPath: filePath).deletingLastPathComponent().deletingLastPathComponent()
    let folder = tests.appendingPathComponent("FileTests").appendingPathComponent(folder)
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "ir" }.sorted { $0.path < $1.path }.map(FileTest.init)
  }

  private init(_ url: URL) throws {
    self.url = url
    let text = try String(contentsOf: url, encoding: .utf8)
    let header = text.prefix { $0 != "\n" }
    name = header.hasPrefix("; test: ") ? String(header.dropFirst(8)) : ""
    let parts = text.components(separatedBy: Self.separator)
    input = parts[0]
    expected = parts.dropFirst().joined(separator: Self.separator)
  }

  /// Compares with the expectation, or rewrites it.
  public func check(_ actual: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let environment = ProcessInfo.processInfo.environment
    guard environment["HALITE_UPDATE_FILE_TESTS"] == "1" else {
      #expect(actual == expected, "\(url.lastPathComponent)", sourceLocation: sourceLocation)
      return
    }
    try #require(environment["CI"] == nil, "expectations are not rewritten in continuous integration")
    try (input + Self.separator + actual).write(to: url, atomically: true, encoding: .utf8)
  }
}
