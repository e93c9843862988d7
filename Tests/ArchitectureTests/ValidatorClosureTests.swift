import Foundation
import Testing

/// The trusted core stands alone: Capstone and Swift's own library, nothing else, by the manifest and by its imports.
@Suite struct ValidatorClosureTests {
  private struct Package: Decodable {
    struct Target: Decodable {
      let name: String
      let type: String
      let dependencies: [[String: [Dependency?]]]
    }

    /// A name, or a condition that is null.
    enum Dependency: Decodable {
      case name(String)
      case other

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = (try? container.decode(String.self)).map(Dependency.name) ?? .other
      }
    }

    let targets: [Target]
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  @Test func theManifestGivesItOnlyCapstone() throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("halite-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "swift", "package", "--package-path", Self.root.path, "--scratch-path", scratch.path, "dump-package",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let json = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let targets = try JSONDecoder().decode(Package.self, from: json).targets
    func dependencies(_ name: String) throws -> [String] {
      let target = try #require(targets.first { $0.name == name })
      return target.dependencies.flatMap(\.values).compactMap { list in
        if case .name(let name)?? = list.first { return name }
        return nil
      }
    }
    #expect(try dependencies("NaClValidator") == ["CCapstone"])
    #expect(try dependencies("CCapstone") == [])
    #expect(targets.first { $0.name == "CCapstone" }?.type == "system")
    #expect(try dependencies("naclv").sorted() == ["ArgumentParser", "NaClValidator"])
  }

  @Test func itsSourcesImportOnlyCapstone() throws {
    #expect(Set(try ImportTests.imports(below: "Validator/Sources/NaClValidator").keys) == ["CCapstone", "Synchronization"])
    #expect(
      Set(try ImportTests.imports(below: "Validator/Sources/naclv").keys) == [
        "NaClValidator", "ArgumentParser", "Dispatch", "Glibc",
      ])
  }

  /// A reader gets through it in an afternoon: `make validator-size`.
  @Test func itsLogicStaysBelow2000Lines() throws {
    let process = Process()
    process.executableURL = Self.root.appendingPathComponent("Validator/size")
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("/Validator.swift"))
  }
}
