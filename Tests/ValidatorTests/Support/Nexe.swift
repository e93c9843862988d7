@testable import NaClValidator

/// A nexe's bytes, and where things are in it. Addresses in text and read-only data are file offsets too.
struct Nexe {
  var bytes: [UInt8]
  private(set) var labels: [String: UInt64] = [:]
  /// File offsets.
  private(set) var noteOffset = 0
  private(set) var metadataOffset = 0

  static let textAddress: UInt64 = 4096

  init(_ builder: NexeBuilder, _ image: AssembledImage) throws {
    labels = image.labels.mapValues { $0 + Self.textAddress }
    guard let textEnd = labels["TEXT_END"], let data = labels["DATA"], let dataEnd = labels["DATA_END"],
      let functions = labels["FUNCTIONS"]
    else { throw BuildError(message: "a layout label is missing") }
    let note = Self.note(builder)
    let metadata = Self.metadata(builder, functionTable: UInt32(functions))
    noteOffset = (Int(dataEnd) + 7) & ~7
    metadataOffset = (noteOffset + note.count + 7) & ~7
    let end = metadataOffset + metadata.count

    var header = Bytes()
    header.raw([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    header.u16(3, 62)
    header.u32(1)
    header.u64(0, 64, 0)
    header.u32(0)
    header.u16(64, 56, 5, 64, 0, 0)
    func segment(_ type: UInt32, _ flags: UInt32, _ offset: Int, _ size: Int, _ alignment: UInt64, loaded: Bool) {
      let address = loaded ? UInt64(offset) : 0
      header.u32(type, flags)
      header.u64(UInt64(offset), address, address, UInt64(size), loaded ? UInt64(size) : 0, alignment)
    }
    segment(1, 5, 4096, Int(textEnd - Self.textAddress), 4096, loaded: true)
    segment(1, 4, Int(data), Int(dataEnd - data), 4096, loaded: true)
    segment(4, 4, noteOffset, note.count, 4, loaded: false)
    segment(0x6841_4C01, 4, metadataOffset, metadata.count, 8, loaded: false)
    segment(0x6841_4C02, 4, end, 0, 8, loaded: false)

    bytes = header.bytes
    bytes += Array(repeating: 0, count: 4096 - bytes.count)
    bytes += image.section
    bytes += Array(repeating: 0, count: noteOffset - bytes.count)
    bytes += note
    bytes += Array(repeating: 0, count: metadataOffset - bytes.count)
    bytes += metadata
  }

  /// Replaces the bytes at a label plus `offset`.
  func patched(_ label: String, offset: Int = 0, _ replacement: [UInt8]) throws -> Nexe {
    guard let address = labels[label] else { throw BuildError(message: "no label \(label)") }
    return patched(at: Int(address) + offset, replacement)
  }

  func patched(at offset: Int, _ replacement: [UInt8]) -> Nexe {
    var copy = self
    copy.bytes.replaceSubrange(offset..<offset + replacement.count, with: replacement)
    return copy
  }

  /// The address of the first instruction at or behind a label that is no padding.
  func instructionAddress(_ label: String) throws -> UInt64 {
    guard var address = labels[label] else { throw BuildError(message: "no label \(label)") }
    let paddings: [[UInt8]] = [
      [0x90], [0x66, 0x90], [0x0F, 0x1F, 0x00], [0x0F, 0x1F, 0x40, 0], [0x0F, 0x1F, 0x44, 0, 0],
      [0x66, 0x0F, 0x1F, 0x44, 0, 0], [0x0F, 0x1F, 0x80, 0, 0, 0, 0],
    ]
    while let padding = paddings.first(where: { bytes[Int(address)...].starts(with: $0) }) {
      address += UInt64(padding.count)
    }
    return address
  }

  private static func note(_ builder: NexeBuilder) -> [UInt8] {
    var note = Bytes()
    note.u32(7, 48 + 16 * UInt32(builder.limitWords.count), 1)
    note.raw(Array("Halite\0\0".utf8))
    note.u32(builder.formatVersion, 1)
    note.raw([builder.isSegmented ? 1 : 0, builder.policy, builder.instructionSet, 0])
    note.u32(UInt32(builder.limitWords.count))
    note.raw(Array(repeating: 0xAB, count: 32))
    for word in builder.limitWords {
      note.u64(word.c)
      note.u32(word.memory, 0)
    }
    return note.bytes
  }

  private static func metadata(_ builder: NexeBuilder, functionTable: UInt32) -> [UInt8] {
    let names = builder.wasmFunctions ?? builder.records.filter { $0.kind == 0 }.map(\.name)
    var shape = Bytes()
    shape.u32(functionTable, UInt32(builder.records.count))
    shape.u32(UInt32(builder.memories.count), UInt32(builder.tables.count), UInt32(builder.globals.count))
    shape.u32(builder.transferCells, builder.importedFunctionCount, UInt32(names.count), builder.startFunction, 0, 0, 0)
    for memory in builder.memories { shape.u32(memory.flags, memory.k) }
    for table in builder.tables {
      shape.u32(table.flags, table.k)
      shape.u64(table.minimum, table.maximum)
    }
    for flags in builder.globals { shape.u32(flags) }
    var functions = Bytes()
    var entries = Bytes()
    for name in names {
      functions.u32(UInt32(builder.records.firstIndex { $0.name == name } ?? 0))
      entries.u32(builder.entries[name] ?? 0)
    }
    var result = Bytes()
    result.u32(0x4D54_4C48, 5)
    var offset = 48
    let sections = [shape.bytes, functions.bytes, entries.bytes, [], builder.module]
    for section in sections {
      result.u32(UInt32(offset), UInt32(section.count))
      offset = (offset + section.count + 7) & ~7
    }
    for section in sections {
      result.raw(section)
      result.raw(Array(repeating: 0, count: -result.bytes.count & 7))
    }
    return result.bytes
  }
}

/// Little-endian bytes.
struct Bytes {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ values: [UInt8]) { bytes += values }
  mutating func u16(_ values: UInt16...) { for value in values { append(value) } }
  mutating func u32(_ values: UInt32...) { for value in values { append(value) } }
  mutating func u64(_ values: UInt64...) { for value in values { append(value) } }

  private mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
