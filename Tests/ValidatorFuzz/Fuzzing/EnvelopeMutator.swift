/// Structure-aware edits of everything in a nexe that is not code: the headers, note, metadata and function table of docs/NEXE.md,
/// field by field, and the file's own shape.
struct EnvelopeMutator {
  struct Field {
    let offset: Int
    let size: Int
  }

  private let nexe: [UInt8]
  private let fields: [Field]
  /// Where segments begin: bytes are inserted and removed there.
  private let borders: [Int]

  init(_ seed: Seed) {
    nexe = seed.nexe
    var fields: [Field] = []
    func add(_ offset: Int, _ sizes: [Int]) {
      var at = offset
      for size in sizes {
        fields.append(Field(offset: at, size: size))
        at += size
      }
    }
    add(0, Array(repeating: 1, count: 16) + [2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2])
    for index in 0..<5 { add(64 + 56 * index, [4, 4, 8, 8, 8, 8, 8, 8]) }
    let note = seed.programHeaderOffset(2)
    add(note, [4, 4, 4, 4, 4, 4, 4, 1, 1, 1, 1, 4])
    for index in seed.module.limitWords.indices { add(note + 20 + 48 + 16 * index, [8, 4, 4]) }
    let metadata = seed.programHeaderOffset(3)
    add(metadata, Array(repeating: 4, count: 12))
    for section in 0..<3 {
      let (offset, size) = (seed.word(metadata + 8 + 8 * section), seed.word(metadata + 12 + 8 * section))
      add(metadata + offset, Array(repeating: 4, count: size / 4))
    }
    let table = seed.word(metadata + seed.word(metadata + 8))
    add(table, Array(repeating: 4, count: 2 * seed.module.functions.count))
    self.fields = fields
    borders = (0..<5).map(seed.programHeaderOffset) + [344, seed.nexe.count]
  }

  func mutant(_ random: inout Random) -> [UInt8] {
    var bytes = nexe
    for _ in 0..<[1, 1, 2, 2, 3][random.below(5)] {
      switch random.below(16) {
      case 0: resize(&bytes, &random)
      case 1: copyField(&bytes, &random)
      case 2: bytes[random.below(bytes.count)] = random.byte()
      case 3: shiftSegments(&bytes, &random)
      default: edit(&bytes, random.pick(fields), &random)
      }
      if bytes.isEmpty { return bytes }
    }
    return bytes
  }

  private func read(_ bytes: [UInt8], _ field: Field) -> UInt64 {
    (0..<field.size).reversed().reduce(0) { $0 << 8 | UInt64(field.offset + $1 < bytes.count ? bytes[field.offset + $1] : 0) }
  }

  private func write(_ bytes: inout [UInt8], _ field: Field, _ value: UInt64) {
    for position in 0..<field.size where field.offset + position < bytes.count {
      bytes[field.offset + position] = UInt8(truncatingIfNeeded: value >> UInt64(8 * position))
    }
  }

  private func edit(_ bytes: inout [UInt8], _ field: Field, _ random: inout Random) {
    let value = read(bytes, field)
    let size = UInt64(bytes.count)
    let edges: [UInt64] = [
      0, 1, 2, 3, 4, 7, 8, 15, 16, 24, 31, 32, 33, 40, 41, 48, 56, 63, 64, 65, 255, 1000, 1001, 4095, 4096, 4097, 8192, 65_535, 65_536, 1 << 20,
      1 << 31 - 1, 1 << 31, 1 << 32 - 1, 1 << 32, 1 << 63, .max, .max - 7, .max - 4095, size, size &- 1, size &+ 1, 0 &- size,
    ]
    let new: UInt64 =
      switch random.below(6) {
      case 0: random.pick(edges)
      case 1: value &+ UInt64(1 + random.below(8))
      case 2: value &- UInt64(1 + random.below(8))
      case 3: value ^ 1 << UInt64(random.below(8 * field.size))
      case 4: value &+ random.pick([4, 8, 16, 24, 32, 4096, 0 &- 32, 0 &- 4096, value])
      default: random.next() >> UInt64(random.below(64))
      }
    write(&bytes, field, new)
  }

  private func copyField(_ bytes: inout [UInt8], _ random: inout Random) {
    write(&bytes, random.pick(fields), read(bytes, random.pick(fields)))
  }

  private func resize(_ bytes: inout [UInt8], _ random: inout Random) {
    switch random.below(4) {
    case 0: bytes.removeLast(1 + random.below(bytes.count))
    case 1: bytes += Array(repeating: random.isOne(in: 2) ? 0 : random.byte(), count: 1 + random.below(64))
    case 2:
      let at = random.pick(borders)
      if at <= bytes.count { bytes.insert(contentsOf: Array(repeating: 0, count: random.pick([1, 4, 8, 32, 4096])), at: at) }
    default:
      let at = random.pick(borders)
      let count = random.pick([1, 4, 8, 32])
      if at + count <= bytes.count { bytes.removeSubrange(at..<at + count) }
    }
  }

  /// Moves or grows a segment and everything behind it, with the program headers to match: what passes the first checks.
  private func shiftSegments(_ bytes: inout [UInt8], _ random: inout Random) {
    let first = 1 + random.below(4)
    let delta = random.pick([4, 8, 16, 4096, 8192])
    let offset = Int(truncatingIfNeeded: read(bytes, Field(offset: 64 + 56 * first + 8, size: 8)))
    guard offset >= 0, offset <= bytes.count else { return }
    bytes.insert(contentsOf: Array(repeating: 0, count: delta), at: offset)
    for index in first..<5 {
      for position in [8, 16, 24] {
        let field = Field(offset: 64 + 56 * index + position, size: 8)
        let value = read(bytes, field)
        if value != 0 || position == 8 { write(&bytes, field, value &+ UInt64(delta)) }
      }
    }
    guard random.isOne(in: 2) else { return }
    // The segment before takes the new bytes.
    for position in [32, 40] {
      let field = Field(offset: 64 + 56 * (first - 1) + position, size: 8)
      let value = read(bytes, field)
      if value != 0 || position == 32 { write(&bytes, field, value &+ UInt64(delta)) }
    }
  }
}
