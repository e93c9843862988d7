import Foundation
import Testing

@testable import NaClValidator

/// What the decoder accepts, as LLVM's disassembler calls it, is exactly allow-list.txt: an instruction that comes or goes shows there.
/// HALITE_UPDATE=1 rewrites the file.
@Suite struct AllowListTests {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("allow-list.txt")

  /// One encoding of each template, in the order of `Encodings`.
  private static func encodings() -> [ByteWindow] {
    var seen = Set<UnsafePointer<Template>>()
    return Encodings.all().filter { bytes in
      guard let instruction = try? Instruction(bytes, .shared) else { return false }
      return seen.insert(instruction.row).inserted
    }
  }

  @Test func theListIsTheFiles() throws {
    let texts = try OracleTests.disassemble(Self.encodings()).sorted()
    let list = texts.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["HALITE_UPDATE"] != nil { try list.write(to: Self.file, atomically: true, encoding: .utf8) }
    let expected = try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n").map(String.init)
    let difference = texts.difference(from: expected)
    #expect(difference.isEmpty, "\(difference.prefix(20))")
    #expect(texts.count > 1_500)
  }
}
