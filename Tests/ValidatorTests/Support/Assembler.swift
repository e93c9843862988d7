import Foundation

struct BuildError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}

/// A program of the toolchain.
enum Tool {
  /// What it prints; throws what it complains of if it fails.
  static func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BuildError(message: said) }
    return said
  }
}

/// What the assembler made of one nexe's text: one section, and where its labels are in it.
struct AssembledImage {
  let section: [UInt8]
  let labels: [String: UInt64]
}

/// The toolchain's clang as an assembler. `silvermont` limits padding NOPs to the forms of at most 7 bytes; it
/// limits nothing else.
enum Assembler {
  static func assemble(_ text: String) throws -> AssembledImage {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("halite-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let source = directory.appendingPathComponent("nexe.s")
    let object = directory.appendingPathComponent("nexe.o")
    try text.write(to: source, atomically: false, encoding: .utf8)

    do {
      _ = try Tool.run([
        "clang", "-cc1as", "-triple", "x86_64-unknown-linux-gnu", "-filetype", "obj", "-target-cpu", "silvermont",
        source.path, "-o", object.path,
      ])
    } catch {
      throw BuildError(message: "\(error)\n\(text)")
    }
    return try parse([UInt8](Data(contentsOf: object)))
  }

  /// The .text section and the symbols of an ELF64 object.
  private static func parse(_ object: [UInt8]) throws -> AssembledImage {
    func read(_ offset: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 | Int(object[offset + $1]) << (8 * $1) }
    }
    func name(_ offset: Int) -> String { String(decoding: object[offset...].prefix { $0 != 0 }, as: UTF8.self) }
    let (headers, count, nameSection) = (read(40, 8), read(60, 2), read(62, 2))
    func header(_ index: Int) -> (name: Int, type: Int, offset: Int, size: Int, link: Int) {
      let at = headers + 64 * index
      return (read(at, 4), read(at + 4, 4), read(at + 24, 8), read(at + 32, 8), read(at + 40, 4))
    }
    let names = header(nameSection).offset
    guard let text = (0..<count).first(where: { name(names + header($0).name) == ".text" }) else {
      throw BuildError(message: "the assembler made no .text")
    }
    if let relocated = (0..<count).first(where: {
      header($0).type == 4 && name(names + header($0).name) == ".rela.text"
    }),
      header(relocated).size > 0
    {
      let symbol = read(header(relocated).offset + 12, 4)
      throw BuildError(message: "an undefined label (symbol \(symbol)) in the text")
    }
    var labels: [String: UInt64] = [:]
    for index in 0..<count where header(index).type == 2 {
      let (symbols, strings) = (header(index), header(header(index).link).offset)
      for at in stride(from: symbols.offset, to: symbols.offset + symbols.size, by: 24) where read(at + 6, 2) == text {
        labels[name(strings + read(at, 4))] = UInt64(read(at + 8, 8))
      }
    }
    let section = header(text)
    return AssembledImage(section: Array(object[section.offset..<section.offset + section.size]), labels: labels)
  }
}
