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
    try parse(object(of: text), sections: [".text"])[0]
  }

  /// Assembles many texts in one run, each in a section of its own; a run costs far more than a text. They may define
  /// the same labels.
  static func assemble(_ texts: [String]) throws -> [AssembledImage] {
    var lines = [".intel_syntax noprefix", ".bundle_align_mode 5"]
    for (index, text) in texts.enumerated() {
      lines.append(".section .text\(index), \"ax\"")
      lines += isolated(text, suffix: labelSuffix(index))
    }
    let object = try object(of: lines.joined(separator: "\n") + "\n")
    let images = try parse(object, sections: texts.indices.map { ".text\($0)" })
    return images.enumerated().map { index, image in
      let suffix = labelSuffix(index)
      let labels = image.labels.map {
        ($0.key.hasSuffix(suffix) ? String($0.key.dropLast(suffix.count)) : $0.key, $0.value)
      }
      return AssembledImage(section: image.section, labels: Dictionary(labels) { first, _ in first })
    }
  }

  private static func labelSuffix(_ index: Int) -> String { "__\(index)" }

  /// The text's lines without those that name section and syntax, and with a suffix on every label that they define.
  private static func isolated(_ text: String, suffix: String) -> [String] {
    let lines = text.split(separator: "\n").filter { line in
      ![".intel_syntax", ".bundle_align_mode", ".text"].contains { line.hasPrefix($0) }
    }
    func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
    var labels: Set<Substring> = []
    for line in lines {
      let word = line.drop { $0 == " " }.prefix(while: isWord)
      if !word.isEmpty, line[word.endIndex...].hasPrefix(":") { labels.insert(word) }
    }
    return lines.map { line in
      var (result, rest) = ("", line)
      while let next = rest.first {
        let piece = isWord(next) ? rest.prefix(while: isWord) : rest.prefix(1)
        result += piece
        if labels.contains(piece) { result += suffix }
        rest = rest[piece.endIndex...]
      }
      return result
    }
  }

  private static func object(of text: String) throws -> [UInt8] {
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
    return try [UInt8](Data(contentsOf: object))
  }

  /// Sections of an ELF64 object, and the symbols in them.
  private static func parse(_ object: [UInt8], sections wanted: [String]) throws -> [AssembledImage] {
    func read(_ offset: Int, _ size: Int) -> Int {
      var value = 0
      for index in (0..<size).reversed() { value = value << 8 | Int(object[offset + index]) }
      return value
    }
    func name(_ offset: Int) -> String { String(decoding: object[offset...].prefix { $0 != 0 }, as: UTF8.self) }
    let (headers, count, nameSection) = (read(40, 8), read(60, 2), read(62, 2))
    func header(_ index: Int) -> (name: Int, type: Int, offset: Int, size: Int, link: Int) {
      let at = headers + 64 * index
      return (read(at, 4), read(at + 4, 4), read(at + 24, 8), read(at + 32, 8), read(at + 40, 4))
    }
    let names = header(nameSection).offset
    let sections = Dictionary((0..<count).map { (name(names + header($0).name), $0) }) { first, _ in first }
    var labels = Array(repeating: [String: UInt64](), count: count)
    for index in 0..<count where header(index).type == 2 {
      let (symbols, strings) = (header(index), header(header(index).link).offset)
      for at in stride(from: symbols.offset, to: symbols.offset + symbols.size, by: 24) where read(at + 6, 2) < count {
        labels[read(at + 6, 2)][name(strings + read(at, 4))] = UInt64(read(at + 8, 8))
      }
    }
    return try wanted.map { wanted in
      guard let index = sections[wanted] else { throw BuildError(message: "the assembler made no \(wanted)") }
      if let relocations = sections[".rela" + wanted], header(relocations).size > 0 {
        let symbol = read(header(relocations).offset + 12, 4)
        throw BuildError(message: "an undefined label (symbol \(symbol)) in \(wanted)")
      }
      let section = header(index)
      return AssembledImage(
        section: Array(object[section.offset..<section.offset + section.size]), labels: labels[index])
    }
  }
}
