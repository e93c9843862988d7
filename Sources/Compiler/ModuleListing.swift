import Entities
import Wasm

/// `--emit wasm`: what the decoder understood, one line a declaration.
enum ModuleListing {
  static func text(of module: Module) -> String {
    var lines: [String] = ["module of \(module.bytes.count) bytes"]
    for id in module.types.ids {
      let type = module.types[id]
      var line = "type \(id.rawValue): "
      switch type.composite {
      case .function(let type): line += "(\(list(type.parameters))) -> (\(list(type.results)))"
      case .structure(let fields): line += "struct of \(fields.count) fields"
      case .array: line += "array"
      }
      if let supertype = type.supertype { line += ", below \(supertype.rawValue)" }
      lines.append(line)
    }
    for entry in module.imports { lines.append("import \(entry.module).\(entry.name): \(entry.kind)") }
    for id in module.functions.ids.dropFirst(module.importedFunctionCount) {
      let body = module.body(of: id).range
      lines.append(
        "function \(id.rawValue) \(module.name(of: id)): type \(module.functions[id].rawValue), "
          + "bytes 0x\(String(body.lowerBound, radix: 16))..<0x\(String(body.upperBound, radix: 16))")
    }
    for id in module.tables.ids { lines.append("table \(id.rawValue): \(module.tables[id])") }
    for id in module.memories.ids { lines.append("memory \(id.rawValue): \(module.memories[id])") }
    for id in module.globals.ids { lines.append("global \(id.rawValue): \(module.globals[id])") }
    for export in module.exports { lines.append("export \(export.name): \(export.item)") }
    if let start = module.start { lines.append("start \(start.rawValue)") }
    for id in module.elements.ids { lines.append("elements \(id.rawValue): \(module.elements[id].count) items") }
    for id in module.data.ids { lines.append("data \(id.rawValue): \(module.data[id].range.count) bytes") }
    for section in module.customSections { lines.append("custom \(section.name): \(section.range.count) bytes") }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func list(_ types: some Sequence<ValueType>) -> String {
    types.map(\.description).joined(separator: ", ")
  }
}
