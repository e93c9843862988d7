/// The bytes of small modules, section by section (numbers below 64 only, so that every LEB128 is one byte).
struct WasmModule {
  struct Function {
    /// Value types: 0x7f i32, 0x7e i64.
    var parameters: [UInt8] = []
    var results: [UInt8] = []
    /// Without locals and `end`.
    var code: [UInt8]
    var export: String?
  }

  /// Of `wasi_snapshot_preview1`, with one i32 parameter and `results`.
  var imports: [(module: String, name: String, results: [UInt8])] = []
  var functions: [Function]

  var bytes: [UInt8] {
    let types =
      imports.map { Self.type([0x7f], $0.results) } + functions.map { Self.type($0.parameters, $0.results) }
    let exports = functions.enumerated().compactMap { index, function in
      function.export.map { Self.name($0) + [0, UInt8(imports.count + index)] }
    }
    return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
      + Self.section(1, types)
      + Self.section(
        2, imports.enumerated().map { Self.name($1.module) + Self.name($1.name) + [0, UInt8($0)] })
      + Self.section(3, functions.indices.map { [UInt8(imports.count + $0)] })
      + Self.section(5, [[0, 1]])
      + Self.section(7, exports + [Self.name("memory") + [2, 0]])
      + Self.section(10, functions.map { [UInt8($0.code.count + 2), 0] + $0.code + [0x0b] })
  }

  private static func type(_ parameters: [UInt8], _ results: [UInt8]) -> [UInt8] {
    [0x60, UInt8(parameters.count)] + parameters + [UInt8(results.count)] + results
  }

  private static func name(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }

  private static func section(_ id: UInt8, _ items: [[UInt8]]) -> [UInt8] {
    let body = [UInt8(items.count)] + items.joined()
    // The size in two bytes: sections may be longer than 127.
    return items.isEmpty ? [] : [id, UInt8(body.count & 0x7f) | 0x80, UInt8(body.count >> 7)] + body
  }
}
