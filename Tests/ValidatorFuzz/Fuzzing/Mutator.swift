import NaClValidator

/// Random edits of a nexe, close to what a faulty or malicious compiler would write.
struct Mutator {
  /// What an edit changes.
  enum Operator: Int, CaseIterable, Sendable {
    case bit, byte, interestingByte, opcode, modRM, sib, displacement, immediate, remove, exchange, splice, prefix
    case data, shape, note
  }

  let seed: Seed
  /// Places of 4 bytes in the metadata that rules depend on: shape, records of functions, entries.
  private let metadataWords: [Int]
  private let noteBytes: [Int]

  init(_ seed: Seed) {
    self.seed = seed
    let metadata = seed.programHeaderOffset(3)
    // Sections 0 to 2 of docs/NEXE.md; the rest nobody proves anything by.
    metadataWords = (0..<3).flatMap { section -> [Int] in
      let offset = metadata + seed.word(metadata + 8 + 8 * section)
      return Array(stride(from: offset, to: offset + seed.word(metadata + 12 + 8 * section), by: 4))
    }
    let note = seed.programHeaderOffset(2) + 20
    let limitWords = seed.module.limitWords.indices.flatMap { [note + 48 + 16 * $0, note + 56 + 16 * $0] }
    noteBytes = [note + 8, note + 9, note + 10, note + 12] + limitWords
  }

  /// Makes one to three edits in `bytes`, a copy of the seed. Returns what they were, and where in text the first was.
  func mutate(_ bytes: inout [UInt8], _ random: inout Random) -> (operators: [Operator], textOffset: Int?) {
    let count = [1, 1, 1, 2, 2, 3][random.below(6)]
    var (operators, place): ([Operator], Int?) = ([], nil)
    // Edits after the first stay near it: related faults are more likely to pass than strangers.
    var instruction = random.below(seed.instructions.count)
    for _ in 0..<count {
      let isText = !random.isOne(in: 12)
      let kind = isText ? Operator.allCases[random.below(12)] : random.pick([.data, .data, .shape, .shape, .note])
      if isText {
        if place != nil { instruction = min(instruction + random.below(5), seed.instructions.count - 1) }
        edit(&bytes, seed.instructions[instruction], kind, &random)
        place = place ?? seed.instructions[instruction].offset
      } else {
        editMetadata(&bytes, kind, &random)
      }
      operators.append(kind)
    }
    return (operators, place)
  }

  // MARK: Text

  private static let interesting: [UInt8] = [
    0, 1, 2, 4, 7, 8, 0x0F, 0x10, 0x20, 0x24, 0x3F, 0x40, 0x41, 0x44, 0x48, 0x49, 0x4C, 0x4D, 0x65, 0x66, 0x67, 0x7F,
    0x80, 0x81, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x90, 0xC3, 0xC4, 0xC5, 0xE8, 0xE9, 0xEB, 0xF0, 0xF2, 0xF3, 0xF7, 0xF8, 0xFF,
  ]

  private static let edges: [UInt32] = [
    0, 1, 2, 4, 7, 8, 15, 16, 31, 32, 63, 64, 0x7F, 0x80, 0xFF, 0x100, 0xFFF, 0x1000, 0x103F, 0x1040, 0x1041, 0x7FFF, 0x8000,
    0xFFF8, 0xFFFC, 0xFFFF, 0x1_0000, 0x1_0FFF, 0x1_1038, 0x1_1040, 0x3_FFFF, 0x4_0000, 0x7FFF_EFFF, 0x7FFF_FFF8, 0x7FFF_FFFF,
    0x8000_0000, 0x8000_1000, 0xFFFE_FFFF, 0xFFFF_7FFF, 0xFFFF_EFF8, 0xFFFF_F000, 0xFFFF_FFC0, 0xFFFF_FFE8, 0xFFFF_FFF0,
    0xFFFF_FFF8, 0xFFFF_FFFF,
  ]

  private func edit(_ bytes: inout [UInt8], _ place: InstructionPlace, _ kind: Operator, _ random: inout Random) {
    let start = Int(seed.module.text.address) + place.offset
    let anywhere = start + random.below(place.length)
    let modRM = start + place.modRM
    let hasModRM = place.modRM > 0
    switch kind {
    case .bit: bytes[anywhere] ^= 1 << UInt8(random.below(8))
    case .byte: bytes[anywhere] = random.byte()
    case .interestingByte: bytes[anywhere] = random.pick(Self.interesting)
    case .opcode:
      let at = hasModRM ? modRM - 1 : start
      bytes[at] = random.isOne(in: 2) ? bytes[at] ^ random.pick([1, 2, 3, 8]) : random.byte()
    case .modRM:
      guard hasModRM else { return }
      let field: (shift: UInt8, mask: UInt8) = random.pick([(0, 7), (3, 7), (3, 7), (6, 3)])
      bytes[modRM] = bytes[modRM] & ~(field.mask << field.shift) | (random.byte() & field.mask) << field.shift
    case .sib:
      // Behind a ModRM byte that has one; else the extension bits, where a prefix is.
      let hasSIB = hasModRM && bytes[modRM] & 0xC7 != 0xC4 && bytes[modRM] & 7 == 4 && place.modRM + 1 < place.length
      if hasSIB { bytes[modRM + 1] ^= 1 << UInt8(random.below(8)) } else { bytes[start] ^= 1 << UInt8(random.below(3)) }
    case .displacement: editNumber(&bytes, place, at: place.displacement, end: place.immediate, &random)
    case .immediate: editNumber(&bytes, place, at: place.immediate, end: 0, &random)
    case .remove: pad(&bytes, start, place.length)
    case .exchange: rotate(&bytes, start, place, &random)
    case .splice: splice(&bytes, start, place, &random)
    case .prefix: insertPrefix(&bytes, start, place, &random)
    case .data, .shape, .note: break
    }
  }

  /// The number at `at` becomes an edge value or moves a little. `end`: where it ends, 0: with the instruction.
  private func editNumber(
    _ bytes: inout [UInt8], _ place: InstructionPlace, at: Int, end: Int, _ random: inout Random
  ) {
    let size = (end > at ? end : place.length) - at
    guard at > 0, size > 0 else { return }
    let start = Int(seed.module.text.address) + place.offset + at
    var value: UInt32 = 0
    for position in (0..<min(size, 4)).reversed() { value = value << 8 | UInt32(bytes[start + position]) }
    switch random.below(4) {
    case 0: value = random.pick(Self.edges)
    case 1: value = value &+ UInt32(truncatingIfNeeded: random.below(17) - 8)
    case 2: value = value &+ UInt32(truncatingIfNeeded: 32 * (random.below(9) - 4))
    default: value ^= 1 << UInt32(random.below(8 * min(size, 4)))
    }
    for position in 0..<min(size, 4) { bytes[start + position] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(position))) }
  }

  private static let paddings: [[UInt8]] = [
    [], [0x90], [0x66, 0x90], [0x0F, 0x1F, 0x00], [0x0F, 0x1F, 0x40, 0], [0x0F, 0x1F, 0x44, 0, 0],
    [0x66, 0x0F, 0x1F, 0x44, 0, 0], [0x0F, 0x1F, 0x80, 0, 0, 0, 0],
  ]

  private func pad(_ bytes: inout [UInt8], _ start: Int, _ length: Int) {
    var at = start
    while at < start + length {
      let padding = Self.paddings[min(start + length - at, 7)]
      bytes.replaceSubrange(at..<at + padding.count, with: padding)
      at += padding.count
    }
  }

  /// Exchanges the instruction and the next one, if they share a bundle.
  private func rotate(_ bytes: inout [UInt8], _ start: Int, _ place: InstructionPlace, _ random: inout Random) {
    let next = seed.instructions.first { $0.offset == place.offset + place.length }
    guard let next, next.offset / Sweep.bundleSize == place.offset / Sweep.bundleSize else { return }
    let both = Array(bytes[start..<start + place.length + next.length])
    bytes.replaceSubrange(start..<start + both.count, with: both[place.length...] + both[..<place.length])
  }

  /// Another instruction of the seed, or a whole bundle of it, at this place; the rest is padded.
  private func splice(_ bytes: inout [UInt8], _ start: Int, _ place: InstructionPlace, _ random: inout Random) {
    let text = Int(seed.module.text.address)
    let other = random.pick(seed.instructions)
    if random.isOne(in: 4) {
      let (from, to) = (text + other.offset & ~31, text + place.offset & ~31)
      bytes.replaceSubrange(to..<to + Sweep.bundleSize, with: seed.nexe[from..<from + Sweep.bundleSize])
      return
    }
    // Room up to the end of the bundle: what stood there is overwritten.
    let room = Sweep.bundleSize - place.offset % Sweep.bundleSize
    guard other.length <= room else { return }
    let from = text + other.offset
    bytes.replaceSubrange(start..<start + other.length, with: seed.nexe[from..<from + other.length])
    var covered = 0
    var offset = place.offset
    while covered < other.length, let next = seed.instructions.first(where: { $0.offset == offset }) {
      covered += next.length
      offset += next.length
    }
    if covered > other.length && covered <= room { pad(&bytes, start + other.length, covered - other.length) }
  }

  /// One more prefix before the instruction, taken from padding behind it, if there is some in the bundle.
  private func insertPrefix(_ bytes: inout [UInt8], _ start: Int, _ place: InstructionPlace, _ random: inout Random) {
    let next = seed.instructions.first { $0.offset == place.offset + place.length }
    let isPadded = next.map { bytes[start + place.length] == 0x90 && $0.length == 1 } ?? false
    let prefix: UInt8 = random.pick([0x66, 0x67, 0x65, 0x64, 0xF2, 0xF3, 0xF0, 0x2E, 0x40, 0x41, 0x44, 0x48, 0x49, 0x4F])
    if isPadded {
      let instruction = Array(bytes[start..<start + place.length])
      bytes.replaceSubrange(start...start + place.length, with: [prefix] + instruction)
    } else {
      bytes[start] = prefix
    }
  }

  // MARK: Data and metadata

  private func editMetadata(_ bytes: inout [UInt8], _ kind: Operator, _ random: inout Random) {
    let at: Int
    switch kind {
    case .shape: at = random.pick(metadataWords)
    case .note: at = random.pick(noteBytes)
    default:
      // Jump tables, constants and the function table.
      at = Int(seed.module.readOnlyData.address) + random.below(Int(seed.module.readOnlyData.size)) & ~3
    }
    switch random.below(4) {
    case 0: bytes[at] = random.pick(Self.interesting)
    case 1: bytes[at] ^= 1 << UInt8(random.below(8))
    case 2: bytes[at] &+= UInt8(truncatingIfNeeded: 1 + 30 * random.below(2))
    default: bytes[at + random.below(4)] = random.byte()
    }
  }
}

extension Seed {
  func word(_ offset: Int) -> Int {
    (0..<4).reversed().reduce(0) { $0 << 8 | Int(nexe[offset + $1]) }
  }

  /// File offset of a program header's segment.
  func programHeaderOffset(_ index: Int) -> Int { word(64 + 56 * index + 8) }
}
