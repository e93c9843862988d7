import Compiler
import Foundation
import Nexe
import Testing

@testable import Inspector

/// What tools that know nothing of nexes make of one: names of functions in objdump and in what perf and gdb are given.
@Suite struct SymbolTests {
  private static let wasm = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Samples/journey/journey.wasm")

  private static func nexe() throws -> [UInt8] { try Compiler.compile([UInt8](Data(contentsOf: wasm))).nexe }

  private func run(_ tool: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/\(tool)")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: text, as: UTF8.self)
  }

  private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("halite-\(UUID().uuidString).elf")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try body(file.path)
  }

  @Test func objdumpShowsEveryFunctionByName() throws {
    let nexe = try Self.nexe()
    let listing = try NexeListing(nexe)
    try withFile(nexe) { path in
      let symbols = try run("objdump", ["--syms", path]).split(separator: "\n").filter { $0.contains(" F .text") }
      #expect(symbols.count == listing.contents.functions.count)
      for (index, symbol) in symbols.enumerated() {
        let words = symbol.split(whereSeparator: \.isWhitespace)
        let place = listing.range(index)
        #expect(UInt64(words[0], radix: 16) == UInt64(NexeFormat.textAddress + place.lowerBound))
        #expect(UInt64(words[4], radix: 16) == UInt64(place.count))
      }
      let code = try run("objdump", ["--disassemble", path])
      for name in ["_start", "main", "qsort"] { #expect(code.contains("<\(name)>:"), "\(name)") }
    }
  }

  @Test func theDebuggersImageHasTheSameNamesWhereTheCodeIs() throws {
    let nexe = try Self.nexe()
    let base: UInt64 = 0x7f00_1234_5000
    let image = try DebugImage(nexe, textAddress: base)
    let listing = try NexeListing(nexe)
    try withFile(image.elf) { path in
      let symbols = try run("readelf", ["--wide", "--symbols", path]).split(separator: "\n").filter { $0.contains(" FUNC ") }
      #expect(symbols.count == listing.contents.functions.count)
      for (index, symbol) in symbols.enumerated() {
        let words = symbol.split(separator: " ")
        #expect(UInt64(words[1], radix: 16) == base + UInt64(listing.range(index).lowerBound))
      }
      let frames = try run("readelf", ["--debug-dump=frames", path])
      #expect(frames.components(separatedBy: " FDE ").count - 1 == listing.contents.functions.count)
    }
  }

  @Test func aPerfMapHasOneLineForEachFunction() throws {
    let nexe = try Self.nexe()
    let listing = try NexeListing(nexe)
    let lines = try DebugImage(nexe, textAddress: 0x10000).perfMap.split(separator: "\n")
    #expect(lines.count == listing.contents.functions.count)
    for (index, line) in lines.enumerated() {
      let words = line.split(separator: " ")
      #expect(words.count == 3)
      #expect(Int(words[0], radix: 16) == 0x10000 + listing.range(index).lowerBound)
      #expect(Int(words[1], radix: 16) == listing.range(index).count)
    }
    #expect(lines.contains { $0.hasSuffix(" main") })
  }

  @Test func whatIsNoNexe() {
    #expect(throws: NexeReadError.self) { try DebugImage([1, 2, 3], textAddress: 0) }
  }
}
