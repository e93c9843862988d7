import Foundation
import Testing

/// Imports point down the list of stages only (docs/ARCHITECTURE.md).
@Suite struct ImportTests {
  static let system: Set<String> = ["Glibc", "Dispatch", "Synchronization"]

  /// Own modules that each folder may import.
  static let allowed: [String: Set<String>] = [
    "Sources/Entities": [],
    "Sources/Wasm": ["Entities"],
    "Sources/IR": ["Entities"],
    "Sources/WasmToIR": ["Entities", "Wasm", "IR"],
    "Sources/Optimizer": ["Entities", "IR"],
    "Sources/X86": ["Entities"],
    "Sources/RegisterAllocation": ["Entities"],
    "Sources/Nexe": [],
    "Sources/CodeGeneration": ["Entities", "IR", "X86", "RegisterAllocation", "Nexe"],
    "Sources/Compiler": [
      "Entities", "Wasm", "IR", "WasmToIR", "Optimizer", "X86", "RegisterAllocation", "CodeGeneration", "Nexe",
      "Inspector", "CMessageDigest",
    ],
    "Sources/Inspector": ["Entities", "Nexe", "Wasm", "CCapstone"],
    "Sources/Runtime": ["Entities", "Wasm", "Nexe", "NaClValidator", "CSandbox"],
    "Sources/WASI": ["Runtime", "CHostSystem"],
    "Sources/Halite": ["Runtime", "WASI", "Compiler", "Nexe", "Optimizer", "CDigest", "CHostSystem"],
    "Sources/naclc": ["Compiler", "Inspector", "Nexe", "ArgumentParser"],
    "Sources/nacl-run": [
      "Halite", "Runtime", "WASI", "Compiler", "Nexe", "Inspector", "CDebuggerInterface", "ArgumentParser",
    ],
    "Validator/Sources/NaClValidator": ["CCapstone"],
    "Validator/Sources/naclv": ["NaClValidator", "ArgumentParser"],
  ]

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Module names that the Swift files below `folder` import.
  static func imports(below folder: String) throws -> [String: Set<String>] {
    let place = root.appendingPathComponent(folder)
    let enumerator = try #require(FileManager.default.enumerator(atPath: place.path))
    var found: [String: Set<String>] = [:]
    for case let path as String in enumerator where path.hasSuffix(".swift") {
      let text = try String(contentsOf: place.appendingPathComponent(path), encoding: .utf8)
      for line in text.split(separator: "\n") {
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first, first.hasPrefix("@") || ["public", "package", "internal"].contains(first) {
          words.removeFirst()
        }
        guard words.count >= 2, words[0] == "import" else { continue }
        let name = words.count >= 3 ? words[2] : words[1]
        found[String(name.split(separator: ".")[0]), default: []].insert(path)
      }
    }
    return found
  }

  @Test(arguments: allowed.keys.sorted())
  func folderImportsOnlyWhatStandsAboveIt(folder: String) throws {
    for (module, files) in try Self.imports(below: folder) {
      let isAllowed = Self.system.contains(module) || Self.allowed[folder]!.contains(module)
      #expect(isAllowed, "\(folder) imports \(module) in \(files.sorted())")
    }
  }

  /// A new folder has to be put on the map.
  @Test func everyFolderIsListed() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appendingPathComponent("Sources").path)
    for folder in folders where !folder.hasPrefix("C") || folder == "CodeGeneration" || folder == "Compiler" {
      #expect(Self.allowed["Sources/\(folder)"] != nil, "Sources/\(folder) is not on the map")
    }
  }
}
