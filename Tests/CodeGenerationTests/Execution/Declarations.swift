import Entities
import IR

/// A WebAssembly module without code for a shape: what the runtime wants to know beside the nexe's text. Imports are
/// `host.f0`, `host.f1` ...; every function is exported by the same kind of name, memories as `m0`, globals as `g0`.
enum Declarations {
  /// Segments: the shape's passive ones first, then an active one for each table.
  static func bytes(of shape: ModuleShape, data: [[UInt8]], elements: [[FunctionIndex?]], tables: [[FunctionIndex?]])
    -> [UInt8]
  {
    var module: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
    func section(_ id: UInt8, _ items: [[UInt8]]) {
      if items.isEmpty { return }
      let body = vector(items)
      module += [id] + leb(UInt64(body.count)) + body
    }
    let imported = shape.importedFunctionCount
    section(1, shape.signatures.elements.map { [0x60] + types($0.parameters) + types($0.results) })
    section(2, (0..<imported).map { name("host") + name("f\($0)") + [0x00] + index(shape.functions[FunctionIndex(index: $0)]) })
    section(3, shape.functions.ids.dropFirst(imported).map { index(shape.functions[$0]) })
    section(4, shape.tables.elements.map { [0x70] + limits($0.minimum, $0.maximum, $0.indexType) })
    section(5, shape.memories.elements.map { limits($0.minimumPages, $0.maximumPages, $0.indexType) })
    section(
      6,
      shape.globals.elements.enumerated().map { position, global in
        [type(global.type), global.isMutable ? 1 : 0] + constant(global.type, UInt64(position) * 3) + [0x0b]
      })
    var exports = (0..<shape.functions.count).map { name("f\($0)") + [0x00] + leb(UInt64($0)) }
    for (position, memory) in shape.memories.elements.enumerated() where memory.isExported {
      exports.append(name("m\(position)") + [0x02] + leb(UInt64(position)))
    }
    for (position, global) in shape.globals.elements.enumerated() where global.isExported {
      exports.append(name("g\(position)") + [0x03] + leb(UInt64(position)))
    }
    section(7, exports)
    section(
      9,
      elements.map { [0x05, 0x70] + vector($0.map(reference)) }
        + tables.enumerated().map { position, table in
          [0x06] + leb(UInt64(position)) + [0x41, 0x00, 0x0b, 0x70] + vector(table.map(reference))
        })
    if !data.isEmpty { module += [12] + leb(UInt64(leb(UInt64(data.count)).count)) + leb(UInt64(data.count)) }
    section(11, data.map { [0x01] + leb(UInt64($0.count)) + $0 })
    return module
  }

  private static func reference(_ function: FunctionIndex?) -> [UInt8] {
    function.map { [0xd2] + leb(UInt64($0.rawValue)) + [0x0b] } ?? [0xd0, 0x70, 0x0b]
  }

  private static func limits(_ minimum: UInt64, _ maximum: UInt64?, _ type: Type) -> [UInt8] {
    let flags: UInt8 = (maximum == nil ? 0 : 1) | (type == .i64 ? 4 : 0)
    return [flags] + leb(minimum) + (maximum.map(leb) ?? [])
  }

  private static func constant(_ type: Type, _ bits: UInt64) -> [UInt8] {
    switch type {
    case .i32: [0x41] + leb(bits)
    case .i64: [0x42] + leb(bits)
    case .f32: [0x43] + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    case .f64: [0x44] + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    case .v128: [0xfd, 0x0c] + (0..<16).map { $0 < 8 ? UInt8(truncatingIfNeeded: bits >> (8 * $0)) : 0 }
    }
  }

  private static func type(_ type: Type) -> UInt8 {
    switch type {
    case .i32: 0x7f
    case .i64: 0x7e
    case .f32: 0x7d
    case .f64: 0x7c
    case .v128: 0x7b
    }
  }

  private static func types(_ types: [Type]) -> [UInt8] { leb(UInt64(types.count)) + types.map(type) }
  private static func index(_ signature: SignatureIndex) -> [UInt8] { leb(UInt64(signature.rawValue)) }
  private static func name(_ text: String) -> [UInt8] { leb(UInt64(text.utf8.count)) + Array(text.utf8) }
  private static func vector(_ items: [[UInt8]]) -> [UInt8] { leb(UInt64(items.count)) + items.joined() }

  /// Unsigned; of the constants here (below 64) the signed form is the same.
  private static func leb(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      let byte = UInt8(rest & 0x7f)
      rest >>= 7
      bytes.append(rest == 0 ? byte : byte | 0x80)
    } while rest != 0
    return bytes
  }
}
