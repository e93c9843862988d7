import Foundation

/// The toolchain's own assembler, as an oracle for encodings.
enum SystemAssembler {
  /// Bytes between the starts of two instructions in the object file.
  static let slot = 16
  private static let filler: UInt8 = 0xCC

  struct Failure: Error { var message: String }

  /// The bytes of each line of Intel syntax, filled up to `slot` bytes. All lines in one run.
  static func assemble(_ lines: [String]) throws -> [[UInt8]] {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let source = directory.appendingPathComponent("lines.s")
    let object = directory.appendingPathComponent("lines.o")
    let text =
      ".intel_syntax noprefix\n.text\n"
      + lines.map { "\($0)\n.balign \(slot), \(filler)\n" }.joined()
    try text.write(to: source, atomically: true, encoding: .utf8)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["clang", "-c", "-target", "x86_64-linux-gnu", source.path, "-o", object.path]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let report = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(message: String(decoding: report.prefix(2000), as: UTF8.self))
    }
    let code = try textSection(of: [UInt8](Data(contentsOf: object)))
    guard code.count == slot * lines.count else { throw Failure(message: "an instruction of more than \(slot) bytes") }
    return (0..<lines.count).map { Array(code[$0 * slot..<($0 + 1) * slot]) }
  }

  static func fill(_ bytes: some Collection<UInt8>) -> [UInt8] {
    Array(bytes) + repeatElement(filler, count: max(0, slot - bytes.count))
  }

  /// The section named .text of a little-endian ELF64 object.
  private static func textSection(of file: [UInt8]) throws -> [UInt8] {
    func read(_ offset: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    let table = read(0x28, 8)
    let entrySize = read(0x3A, 2)
    let names = read(table + read(0x3E, 2) * entrySize + 0x18, 8)
    for index in 0..<read(0x3C, 2) {
      let header = table + index * entrySize
      let name = names + read(header, 4)
      if Array(file[name..<name + 6]) == Array(".text\0".utf8) {
        let start = read(header + 0x18, 8)
        return Array(file[start..<start + read(header + 0x20, 8)])
      }
    }
    throw Failure(message: "no .text in the object file")
  }
}
