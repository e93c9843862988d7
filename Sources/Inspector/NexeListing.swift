import Entities
import Nexe
import Wasm

/// What `naclc inspect` prints: the note, imports, exports, memories, functions and sizes, and the disassembly on request.
public struct NexeListing {
  let bytes: [UInt8]
  let contents: NexeReader.Contents
  /// The embedded module, if it decodes.
  let module: Module?
  private let names: [String]

  public init(_ bytes: [UInt8]) throws(NexeReadError) {
    self.bytes = bytes
    contents = try NexeReader.read(bytes)
    module = try? Module.decode(Array(bytes[contents.module]), codeSection: .absent)
    names = Self.names(contents, module)
  }

  /// A name for each record of the function table.
  private static func names(_ contents: NexeReader.Contents, _ module: Module?) -> [String] {
    var names = contents.functions.map { $0.kind == .entryArea ? "entry-area" : "" }
    for (function, record) in contents.functionRecords.enumerated() where Int(record) < names.count {
      let name = module.map { $0.functions.count > function ? $0.name(of: FunctionIndex(index: function)) : "" } ?? ""
      let isImport = function < Int(contents.importedFunctionCount)
      names[Int(record)] = (isImport ? "import:" : "") + (name.isEmpty ? "function[\(function)]" : name)
    }
    return names.enumerated().map { $0.element.isEmpty ? "record[\($0.offset)]" : $0.element }
  }

  /// What record `index` is called.
  func name(_ index: Int) -> String { names[index] }

  /// The byte range of record `index` in text.
  func range(_ index: Int) -> Range<Int> {
    let start = Int(contents.functions[index].start)
    let end = index + 1 < contents.functions.count ? Int(contents.functions[index + 1].start) : contents.text.count
    return min(start, contents.text.count)..<max(min(start, contents.text.count), min(end, contents.text.count))
  }

  // MARK: Summary

  public func summary() -> String {
    var lines: [String] = []
    let hash = contents.moduleHash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    lines.append("nexe format \(NexeFormat.version), \(bytes.count) bytes")
    lines.append("model \(contents.model), out of bounds: \(contents.policy), \(contents.instructionSet)")
    lines.append("wasm SHA-256 \(hash)")
    lines.append("context block \(ContextLayout(contents.shape).size) bytes, \(contents.shape.transferCells) transfer cells")
    for (index, memory) in contents.shape.memories.enumerated() {
      lines.append(
        "memory \(index): reach 2^\(memory.log2Reach)\(memory.isImported ? ", imported" : "")\(memory.hasIndex64 ? ", i64" : "")")
    }
    for (index, table) in contents.shape.tables.enumerated() {
      let place = table.isInContext ? "in the context block" : "through its base"
      lines.append("table \(index): \(table.minimum) elements, at most 2^\(table.log2Elements), \(place)")
    }
    let words = contents.shape.limitWords.map { "\($0.memory):\($0.reach)" }.joined(separator: " ")
    lines.append("limit words (memory:reach): \(words.isEmpty ? "none" : words)")
    if let module {
      for entry in module.imports { lines.append("import \(entry.module).\(entry.name)") }
      for export in module.exports { lines.append("export \(export.name): \(Self.text(export.item))") }
    } else {
      lines.append("the embedded module does not decode")
    }
    lines.append(
      "text \(contents.text.count), read-only data \(contents.readOnlyData.count), module \(contents.module.count), sites \(contents.sites.count)"
    )
    lines.append("\(contents.functions.count) functions (address, bytes, name):")
    for index in contents.functions.indices {
      let place = range(index)
      lines.append("  \(Self.hex(NexeFormat.textAddress + place.lowerBound)) \(place.count) \(names[index])")
    }
    return lines.joined(separator: "\n")
  }

  private static func text(_ item: Export.Item) -> String {
    switch item {
    case .function(let index): "function \(index.rawValue)"
    case .table(let index): "table \(index.rawValue)"
    case .memory(let index): "memory \(index.rawValue)"
    case .global(let index): "global \(index.rawValue)"
    case .tag(let index): "tag \(index.rawValue)"
    }
  }

  static func hex(_ value: Int) -> String { "0x" + String(value, radix: 16) }

  // MARK: Disassembly

  /// The whole text of a nexe; empty if it cannot be read.
  public static func disassembly(of nexe: [UInt8]) -> String {
    var lines: [String] = []
    if let listing = try? NexeListing(nexe) { _ = listing.disassembly(of: nil) { lines.append($0) } }
    return lines.joined(separator: "\n")
  }

  /// Every function, or those whose name is `function`; a rule is drawn at each bundle.
  public func disassembly(of function: String?, to print: (String) -> Void) -> Bool {
    guard let disassembler = Disassembler() else { return false }
    var found = false
    for index in contents.functions.indices where function == nil || function == names[index] {
      found = true
      let place = range(index)
      print("\n\(names[index]), \(place.count) bytes:")
      var offset = place.lowerBound
      while offset < place.upperBound {
        let address = NexeFormat.textAddress + offset
        let line = disassembler.line(at: offset, of: bytes[contents.text], address: NexeFormat.textAddress)
        let mark = address % 32 == 0 ? "-" : " "
        print("\(mark) \(Self.hex(address))  \(line.text)")
        offset += line.size
      }
    }
    return found
  }
}
