import Halite

/// The sections of wasm modules, byte by byte.
enum WasmBytes {
  /// A module without code, as a nexe carries it. `imports`: module, name, type. `functions` and `exports` name types and functions.
  static func module(
    types: [FunctionType], imports: [(module: String, name: String, type: Int)], functions: [Int], pages: Int,
    exports: [(name: String, function: Int)]
  ) -> [UInt8] {
    let types = types.map { type in
      [0x60] + number(type.parameters.count) + type.parameters.map(byte) + number(type.results.count) + type.results.map(byte)
    }
    return [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + section(1, types)
      + section(2, imports.map { name($0.module) + name($0.name) + [0] + number($0.type) })
      + section(3, functions.map(number)) + section(5, [[1] + number(pages) + number(pages)])
      + section(7, exports.map { name($0.name) + [0] + number($0.function) } + [name("memory") + [2, 0]])
  }

  static func section(_ id: UInt8, _ items: [[UInt8]]) -> [UInt8] {
    let body = number(items.count) + items.joined()
    return [id] + number(body.count) + body
  }

  static func name(_ text: String) -> [UInt8] { number(text.utf8.count) + text.utf8 }

  /// Unsigned LEB128.
  static func number(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + number(value >> 7)
  }

  private static func byte(_ type: ValueType) -> UInt8 { type == .i32 ? 0x7f : 0x7e }
}
