import Foundation
import NaClValidator
import Testing

/// The tool itself: exit codes, one line a finding, JSON.
@Suite struct CommandTests {
  private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("naclv")

  private func run(_ arguments: [String]) throws -> (code: Int32, output: String, complaint: String) {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    let (output, complaint) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = complaint
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complained = complaint.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: said, as: UTF8.self), String(decoding: complained, as: UTF8.self)
    )
  }

  private func withFile(_ builder: NexeBuilder, _ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("halite-\(UUID().uuidString).nexe")
    try Data(builder.build().bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try body(file.path)
  }

  private static let legal = NexeBuilder().function("f", "ret")
  private static let attack = NexeBuilder().function("f", "mov eax, 1\nmov ecx, dword ptr [r15 + rdx]\nret")

  @Test func aLegalNexeIsValid() throws {
    try withFile(Self.legal) { path in
      let result = try run(["verify", path])
      #expect(result.code == 0 && result.output == "\(path): valid\n")
      let statistics = try run(["verify", "--stats", path]).output
      for line in ["functions: 1", "instructions: ", "facts: 0", "distinct forms: ", "reach: 65536 bytes"] {
        #expect(statistics.contains(line), "\(line)")
      }
      try #expect(run(["verify", "--json", path]).output.hasPrefix("{\"valid\":true,"))
    }
  }

  @Test func aFindingNamesAddressRuleInstructionAndBundle() throws {
    try withFile(Self.attack) { path in
      let result = try run(["verify", path])
      let lines = result.output.split(separator: "\n")
      let start = "0x1005  M1  `mov ecx, dword ptr [r15 + rdx]`  b8 01 00 00 00 [41 8b 0c 17] c3 "
      #expect(result.code == 1)
      #expect(
        lines.dropFirst().map { $0.replacing(try! Regex("  +"), with: " ") }.prefix(3) == [
          " 0x1000 b8 01 00 00 00 mov eax, 1", " > 0x1005 41 8b 0c 17 mov ecx, dword ptr [r15 + rdx]", " 0x1009 c3 ret ",
        ], "\(result.output)")
      #expect(lines.first?.hasPrefix(start) == true, "\(result.output)")
      let json = try run(["verify", "--json", path])
      #expect(json.code == 1)
      #expect(json.output.contains("\"rule\":\"M1\",\"address\":4101,"), "\(json.output)")
    }
  }

  @Test func anotherFormatVersionIsRefusedByName() throws {
    try withFile(Self.legal.with { $0.formatVersion = 2 }) { path in
      let result = try run(["verify", path])
      #expect(result.code == 1 && result.output.contains("nexe format version 2; this validator reads version 1"))
    }
  }

  @Test func wrongUsageAndMissingFilesAreTwo() throws {
    try #expect(run(["verify", "/nonexistent.nexe"]).code == 2)
    try #expect(run(["verify", "/"]).code == 2)
    try #expect(run(["verify"]).code == 2)
    try #expect(run(["verify", "--level", "9", "x"]).code == 2)
    try #expect(run(["--explain", "Z9"]).code == 2)
    try #expect(run(["bogus"]).code == 2)
  }

  @Test func helpVersionAndExplanations() throws {
    try #expect(run(["--help"]).output.contains("verify"))
    try #expect(run(["--version"]).output.hasPrefix("naclv "))
    try #expect(run(["--explain", "m1"]).output.hasPrefix("M1. Regions\n"))
    try #expect(run(["explain", "P2"]).output.contains("2^16"))
    let all = try run(["explain", "all"]).output.split(separator: "\n")
    #expect(all.map { $0.prefix { $0 != " " } } == Rule.allCases.map { $0.id[...] })
    #expect(all.allSatisfy { $0.count > 6 })
  }

  @Test func theResultIsTheSameForAnyNumberOfJobs() throws {
    for builder in [Self.legal, Self.attack] {
      try withFile(builder) { path in
        let one = try run(["verify", "--stats", path])
        for jobs in ["-j2", "-j3", "-j16"] {
          let many = try run(["verify", "--stats", jobs, path])
          #expect(one.code == many.code && one.output == many.output)
        }
      }
    }
    try #expect(run(["verify", "-j0", "x"]).code == 2)
  }

  @Test func preemptionIsTheHostsChoice() throws {
    try withFile(NexeBuilder().function("f", "t: dec eax\njne t\nret")) { path in
      try #expect(run(["verify", path]).code == 1)
      try #expect(run(["verify", "--no-preemption", path]).code == 0)
    }
  }
}
