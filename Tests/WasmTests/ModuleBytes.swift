/// Writes modules byte by byte, right or wrong: tests say what stands in each section.
struct ModuleBytes {
  var bytes: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

  /// A section with an id and its contents.
  func section(_ id: UInt8, _ contents: [UInt8]) -> ModuleBytes {
    ModuleBytes(bytes: bytes + [id] + Self.unsigned(contents.count) + contents)
  }

  /// A section whose contents are a vector.
  func section(_ id: UInt8, items: [[UInt8]]) -> ModuleBytes {
    section(id, Self.unsigned(items.count) + items.joined())
  }

  func types(_ types: (parameters: [UInt8], results: [UInt8])...) -> ModuleBytes {
    section(1, items: types.map { [0x60] + Self.vector($0.parameters) + Self.vector($0.results) })
  }
  func functions(_ types: UInt8...) -> ModuleBytes { section(3, items: types.map { [$0] }) }
  /// Bodies with their locals and without their sizes.
  func code(_ bodies: [UInt8]...) -> ModuleBytes { section(10, items: bodies.map { Self.vector($0) }) }

  static func vector(_ bytes: [UInt8]) -> [UInt8] { unsigned(bytes.count) + bytes }
  static func name(_ name: String) -> [UInt8] { vector(Array(name.utf8)) }

  /// LEB128.
  static func unsigned(_ value: Int) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      rest >>= 7
    } while rest != 0
    return bytes
  }

  static let i32: UInt8 = 0x7f
  static let i64: UInt8 = 0x7e
  static let f32: UInt8 = 0x7d
  static let f64: UInt8 = 0x7c
  static let funcref: UInt8 = 0x70
  static let externref: UInt8 = 0x6f

  /// One function (type 0) with a body, in a module that has one of everything to refer to.
  static func body(
    _ code: [UInt8], parameters: [UInt8] = [], results: [UInt8] = [], locals: [UInt8] = []
  ) -> [UInt8] {
    let declarations = unsigned(locals.count) + locals.flatMap { [1, $0] }
    return ModuleBytes()
      .types((parameters, results), ([i32], [i32]), ([], [i32, i64]))
      .section(2, items: [name("m") + name("g") + [3, i32, 0]])
      .functions(0)
      .section(4, items: [[funcref, 0, 4], [externref, 0, 4]])
      .section(5, items: [[0, 1]])
      .section(6, items: [[i64, 1, 0x42, 5, 0x0b]])
      .section(7, items: [name("f") + [0, 0]])
      .section(9, items: [[0, 0x41, 0, 0x0b, 1, 0]])
      .section(12, [1])
      .code(declarations + code + [0x0b])
      .section(11, items: [[1, 2, 0xaa, 0xbb]])
      .bytes
  }

  /// A module with every section, every segment form and nested control flow.
  static let sample: [UInt8] = ModuleBytes()
    .section(0, name("first") + [1, 2, 3])
    .types(([], []), ([i32], [i32]), ([i32, i64], [f32, f64]))
    .section(
      2,
      items: [
        name("env") + name("f") + [0, 1],
        name("env") + name("t") + [1, funcref, 1, 1, 10],
        name("env") + name("g") + [3, i32, 0],
      ]
    )
    .functions(0, 1, 2)
    .section(4, items: [[externref, 0, 2]])
    .section(5, items: [[1, 1, 2]])
    .section(
      6, items: [[i32, 1, 0x23, 0, 0x0b], [funcref, 0, 0xd2, 1, 0x0b], [f64, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b]]
    )
    .section(
      7, items: [name("run") + [0, 1], name("memory") + [2, 0], name("table") + [1, 0], name("global") + [3, 1]]
    )
    .section(8, [1])
    .section(
      9,
      items: [
        [0, 0x41, 0, 0x0b, 2, 0, 1],
        [1, 0, 1, 2],
        [2, 0, 0x41, 1, 0x0b, 0, 1, 2],
        [3, 0, 1, 3],
        [4, 0x41, 2, 0x0b, 1, 0xd2, 0, 0x0b],
        [5, externref, 1, 0xd0, 0x6f, 0x0b],
        [6, 1, 0x41, 0, 0x0b, externref, 1, 0xd0, 0x6f, 0x0b],
        [7, funcref, 1, 0xd2, 3, 0x0b],
      ]
    )
    .section(12, [3])
    .code(
      [0, 0x41, 0, 0x10, 0, 0x1a, 0x0b],
      [
        1, 2, i64,  // two locals
        0x20, 0, 0x04, i32, 0x02, 0x40, 0x03, 0x40, 0x20, 0, 0x0d, 1, 0x0c, 0, 0x0b, 0x0b, 0x41, 1,
        0x05, 0x20, 0, 0x28, 2, 8, 0x0b, 0x20, 0, 0x11, 1, 0, 0x0b,
      ],
      [
        0, 0x43, 0, 0, 0x80, 0x3f, 0x42, 0x7f, 0xbf,  // f32.const 1, i64.const -1, f64.reinterpret
        0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 1, 0, 1, 0x0b, 0x0b,
        0x41, 0, 0x41, 0, 0x41, 1, 0xfc, 8, 0, 0, 0xfc, 9, 1, 0x0b,
      ]
    )
    .section(11, items: [[0, 0x41, 4, 0x0b, 2, 0x61, 0x62], [1, 1, 0x63], [2, 0, 0x23, 0, 0x0b, 0]])
    .section(0, name("name") + [0, 2, 1, 0x6d, 1, 7, 2, 0, 1, 0x66, 2, 1, 0x67])
    .bytes
}
