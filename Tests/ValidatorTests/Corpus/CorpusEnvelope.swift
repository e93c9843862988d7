import Testing

@testable import NaClValidator

/// Rules E1 to E4, F1 and C7: every *must* of docs/NEXE.md. An attack is one patch of a legal nexe; its twin patches
/// the same bytes with a value that is legal there.
@Suite struct CorpusEnvelope {
  /// Memory 0 of k = 20, an exported table, two globals; limit words (4, 0) and (8, 0); functions f and g, g the start.
  private static let builder = NexeBuilder(model: .mask(k: 20)).limitWord(4).limitWord(8)
    .table(flags: 2, k: 4, minimum: 3, maximum: 9).global(2).global(0)
    .data("constants: .quad 1, 2")
    .function("f", "ret").function("g", "ret").with { $0.startFunction = 1 }

  enum Base: Sendable { case file, note, metadata, functionTable }

  struct Row: CustomTestStringConvertible, Sendable {
    let rule: Rule
    let name: String
    let base: Base
    let offset: Int
    let legal: [UInt8]?
    let attack: [UInt8]
    /// Where the finding is, relative to `base`.
    let found: Int

    /// `legal` nil: what stands there. `found` nil: `offset`.
    init(
      _ rule: Rule, _ name: String, _ base: Base, _ offset: Int, legal: [UInt8]? = nil, attack: [UInt8],
      found: Int? = nil
    ) {
      self.rule = rule
      self.name = name
      self.base = base
      self.offset = offset
      self.legal = legal
      self.attack = attack
      self.found = found ?? offset
    }

    var testDescription: String { "\(rule.id) \(name)" }
  }

  private static func program(_ index: Int) -> Int { 64 + 56 * index }
  private static func u32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  private static func u64(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

  private static let header: [Row] = [
    Row(.e1_elfHeader, "magic", .file, 3, attack: [0x45], found: 0),
    Row(.e1_elfHeader, "class 32", .file, 4, attack: [1]),
    Row(.e1_elfHeader, "big-endian", .file, 5, attack: [2]),
    Row(.e1_elfHeader, "identification version", .file, 6, attack: [2]),
    Row(.e1_elfHeader, "OSABI Linux", .file, 7, attack: [3]),
    Row(.e1_elfHeader, "ABI version", .file, 8, attack: [1]),
    Row(.e1_elfHeader, "padding", .file, 9, attack: [1], found: 8),
    Row(.e1_elfHeader, "ET_EXEC", .file, 16, attack: [2]),
    Row(.e1_elfHeader, "machine i386", .file, 18, attack: [3]),
    Row(.e1_elfHeader, "version", .file, 20, attack: [2]),
    Row(.e1_elfHeader, "an entry point", .file, 24, attack: [0, 0x10]),
    Row(.e1_elfHeader, "program headers elsewhere", .file, 32, attack: [72]),
    Row(.e1_elfHeader, "program headers far away", .file, 32, attack: u64(.max - 7)),
    Row(.e1_elfHeader, "flags", .file, 48, attack: [1]),
    Row(.e1_elfHeader, "e_ehsize", .file, 52, attack: [0]),
    Row(.e1_elfHeader, "e_phentsize", .file, 54, attack: [32]),
    Row(.e1_elfHeader, "four program headers", .file, 56, attack: [4]),
    Row(.e1_elfHeader, "six program headers", .file, 56, attack: [6]),
    Row(.e1_elfHeader, "65,535 program headers", .file, 56, attack: [0xFF, 0xFF]),
    Row(.e1_elfHeader, "e_shentsize", .file, 58, legal: [0, 0], attack: [63, 0]),
  ]

  private static let segments: [Row] = [
    Row(.e2_segments, "text is no PT_LOAD", .file, program(0), attack: [6]),
    Row(.e2_segments, "text is PT_INTERP", .file, program(0), attack: [3]),
    Row(.e2_segments, "text writable and executable", .file, program(0) + 4, attack: [7]),
    Row(.e2_segments, "text only readable", .file, program(0) + 4, attack: [4]),
    Row(.e2_segments, "an unknown flag", .file, program(0) + 6, attack: [0x10], found: program(0) + 4),
    Row(.e2_segments, "text at 0", .file, program(0) + 8, attack: u64(0), found: program(0) + 16),
    Row(.e2_segments, "text's vaddr", .file, program(0) + 16, attack: [0, 0x20]),
    Row(.e2_segments, "text's paddr", .file, program(0) + 24, attack: [0, 0x20]),
    Row(.e2_segments, "text empty", .file, program(0) + 32, attack: u64(0) + u64(0)),
    Row(.e2_segments, "text no multiple of 32", .file, program(0) + 32, attack: u64(33) + u64(33)),
    Row(.e2_segments, "text's memsz larger", .file, program(0) + 40, attack: [96]),
    Row(
      .e2_segments, "text over the data", .file, program(0) + 32, attack: u64(8192) + u64(8192), found: program(0) + 8),
    Row(
      .e2_segments, "text past the file", .file, program(0) + 32, attack: u64(1 << 20) + u64(1 << 20),
      found: program(0) + 8),
    Row(
      .e2_segments, "text's size negative", .file, program(0) + 32,
      attack: u64(0xFFFF_FFFF_FFFF_FFE0) + u64(0xFFFF_FFFF_FFFF_FFE0), found: program(0) + 8),
    Row(.e2_segments, "text's alignment", .file, program(0) + 48, attack: [0, 0x20]),
    Row(.e2_segments, "data executable", .file, program(1) + 4, attack: [5]),
    Row(.e2_segments, "data writable", .file, program(1) + 4, attack: [6]),
    Row(.e2_segments, "data without flags", .file, program(1) + 4, attack: [0]),
    Row(.e2_segments, "data on text", .file, program(1) + 8, attack: u64(4096) + u64(4096) + u64(4096)),
    Row(.e2_segments, "data misaligned", .file, program(1) + 8, attack: u64(8200) + u64(8200) + u64(8200)),
    Row(.e2_segments, "data's vaddr", .file, program(1) + 16, attack: [0, 0x30]),
    Row(.e2_segments, "data's paddr", .file, program(1) + 24, attack: [0, 0x30]),
    Row(.e2_segments, "data empty", .file, program(1) + 32, attack: u64(0) + u64(0)),
    Row(.e2_segments, "data's memsz larger: a bss", .file, program(1) + 40, attack: [0xFF, 0x10]),
    Row(.e2_segments, "data's memsz smaller", .file, program(1) + 40, attack: [8]),
    Row(
      .e2_segments, "data's offset wraps", .file, program(1) + 8,
      attack: u64(0xFFFF_FFFF_FFFF_F000) + u64(0xFFFF_FFFF_FFFF_F000) + u64(0xFFFF_FFFF_FFFF_F000)),
    Row(
      .e2_segments, "data's end wraps", .file, program(1) + 32, attack: u64(.max - 4096) + u64(.max - 4096),
      found: program(1) + 8),
    Row(.e2_segments, "the note is PT_LOAD", .file, program(2), attack: [1]),
    Row(.e2_segments, "the note writable", .file, program(2) + 4, attack: [6]),
    Row(.e2_segments, "the note mapped", .file, program(2) + 16, attack: [0, 0x40]),
    Row(.e2_segments, "the note's paddr", .file, program(2) + 24, attack: [1]),
    Row(.e2_segments, "the note's memsz", .file, program(2) + 40, attack: [16]),
    Row(.e2_segments, "the note's alignment", .file, program(2) + 48, attack: [8]),
    Row(.e2_segments, "the metadata's type", .file, program(3), attack: [2]),
    Row(.e2_segments, "the metadata executable", .file, program(3) + 4, attack: [5]),
    Row(.e2_segments, "the metadata's memsz", .file, program(3) + 40, attack: [1]),
    Row(
      .e2_segments, "the metadata past the file", .file, program(3) + 32, attack: u64(1 << 32), found: program(3) + 8),
    Row(.e2_segments, "the people's segment of another type", .file, program(4), attack: [1, 0, 0, 0]),
    Row(.e2_segments, "the people's segment mapped", .file, program(4) + 40, attack: [1]),
    Row(.e2_segments, "the people's segment past the file", .file, program(4) + 32, attack: [1], found: program(4) + 8),
    Row(.e2_segments, "a byte behind the headers", .file, 64 + 5 * 56, attack: [1]),
    Row(.e2_segments, "a byte behind the note", .note, 100, attack: [1]),
    Row(.e2_segments, "the note over the metadata", .file, program(2) + 32, attack: u64(112), found: program(3) + 8),
    Row(.e3_note, "the note longer than its descriptor", .file, program(2) + 32, attack: u64(104), found: 8192 + 36),
    Row(.e2_segments, "a byte before text", .file, 4095, attack: [1]),
    Row(.e2_segments, "a byte behind text", .file, 4096 + 64, attack: [0xC3]),
    Row(.e2_segments, "a byte before the data", .file, 8191, attack: [0xC3]),
  ]

  private static let note: [Row] = [
    Row(.e3_note, "namesz", .note, 0, attack: [8]),
    Row(.e3_note, "descsz too small", .note, 4, attack: [64]),
    Row(.e3_note, "descsz too large", .note, 4, attack: [96]),
    Row(.e3_note, "descsz huge", .note, 4, attack: u32(.max)),
    Row(.e3_note, "type", .note, 8, attack: [2], found: 0),
    Row(.e3_note, "name", .note, 12, attack: [0x68]),
    Row(.e3_note, "the name's padding", .note, 19, attack: [1], found: 12),
    Row(.e3_note, "format version 0", .note, 20, attack: [0]),
    Row(.e3_note, "format version 2", .note, 20, attack: [2]),
    Row(.e3_note, "ABI version 2", .note, 24, attack: [2]),
    Row(.e3_note, "model", .note, 28, attack: [2]),
    Row(.e3_note, "policy", .note, 29, legal: [1], attack: [2]),
    Row(.e3_note, "level 1", .note, 30, legal: [2], attack: [1]),
    Row(.e3_note, "level 4", .note, 30, legal: [2], attack: [4]),
    Row(.e3_note, "the flags byte", .note, 31, attack: [1]),
    Row(.e3_note, "one limit word too few", .note, 32, attack: [1], found: 4),
    Row(.e3_note, "one limit word too many", .note, 32, attack: [3], found: 4),
    Row(.e3_note, "65 limit words", .note, 32, attack: [65]),
    Row(.e3_note, "2^28 limit words: the size wraps", .note, 32, attack: u32(0x1000_0002)),
    Row(.e3_note, "c = 0", .note, 68, legal: [1], attack: [0]),
    Row(.e3_note, "a limit word of no memory", .note, 76, attack: [1], found: 68),
    Row(.e3_note, "a limit word of memory 2^32 - 1", .note, 76, attack: u32(.max), found: 68),
    Row(.e3_note, "a limit word's reserved half", .note, 80, attack: [1]),
    Row(.e3_note, "a pair twice", .note, 84, legal: [5], attack: [4]),
    Row(.e4_metadata, "mask's k in seg32", .note, 28, legal: [0], attack: [1], found: 204),
  ]

  /// Offsets from the metadata segment's start: header 48; shape's fixed part 48, memory at 96, table at 104, globals
  /// at 128; then functions, entries.
  private static let metadata: [Row] = [
    Row(.e4_metadata, "magic", .metadata, 0, attack: [0]),
    Row(.e4_metadata, "six sections", .metadata, 4, attack: [6]),
    Row(.e4_metadata, "a section in the header", .metadata, 8, attack: [40]),
    Row(.e4_metadata, "a section misaligned", .metadata, 8, attack: [52]),
    Row(.e4_metadata, "a section outside", .metadata, 8, attack: u32(0xFFFF_FFF8)),
    Row(.e4_metadata, "a section's size wraps", .metadata, 12, attack: u32(0xFFFF_FFFF), found: 8),
    Row(.e4_metadata, "the shape one word longer", .metadata, 12, attack: [92], found: 16),
    Row(.e4_metadata, "the shape one word shorter", .metadata, 12, attack: [84], found: 48),
    Row(.e4_metadata, "functions on the shape", .metadata, 16, attack: [48]),
    Row(.e4_metadata, "functions longer", .metadata, 20, attack: [12], found: 24),
    Row(.e4_metadata, "entries on functions", .metadata, 24, attack: [136]),
    Row(.e4_metadata, "entries shorter", .metadata, 28, attack: [4], found: 144),
    Row(.e4_metadata, "module outside", .metadata, 44, attack: u32(1 << 20), found: 40),
    Row(.f1_functionTable, "a misaligned function table", .metadata, 48, attack: [2]),
    Row(.f1_functionTable, "a function table in text", .metadata, 48, attack: [0, 0x10, 0, 0]),
    Row(.f1_functionTable, "a function table past the data", .metadata, 48, attack: u32(0x7FFF_FFF0)),
    Row(.f1_functionTable, "2^29 records: the size wraps", .metadata, 52, attack: u32(0x2000_0002)),
    Row(.e4_metadata, "a record too few", .metadata, 52, attack: [1], found: 140),
    Row(.f1_functionTable, "a record too many", .metadata, 52, attack: [3]),
    Row(.e4_metadata, "no record", .metadata, 52, attack: [0]),
    Row(.e4_metadata, "another memory", .metadata, 56, attack: [2], found: 48),
    Row(.e4_metadata, "2^29 memories: the size wraps", .metadata, 56, attack: u32(0x2000_0001), found: 48),
    Row(.e4_metadata, "another table", .metadata, 60, attack: [2], found: 48),
    Row(.e4_metadata, "no table", .metadata, 60, attack: [0], found: 48),
    Row(.e4_metadata, "2^30 globals: the size wraps", .metadata, 64, attack: u32(0x4000_0002), found: 48),
    Row(.e4_metadata, "1,001 transfer cells", .metadata, 68, legal: [0xE8, 3], attack: [0xE9, 3]),
    Row(.e4_metadata, "more imports than functions", .metadata, 72, legal: [2], attack: [3]),
    Row(.e4_metadata, "another wasm function", .metadata, 76, attack: [3], found: 136),
    Row(.e4_metadata, "2^30 wasm functions: the size wraps", .metadata, 76, attack: u32(0x4000_0002), found: 136),
    Row(.e4_metadata, "a start that does not exist", .metadata, 80, legal: [0], attack: [2]),
    Row(.e4_metadata, "a start of 2^32 - 2", .metadata, 80, legal: u32(.max), attack: u32(.max - 1)),
    Row(.e4_metadata, "the shape's module flags", .metadata, 92, attack: [2]),
    Row(.e4_metadata, "memory flags", .metadata, 96, legal: [1], attack: [4]),
    Row(.e4_metadata, "k = 15", .metadata, 100, legal: [16], attack: [15]),
    Row(.e4_metadata, "k = 32 in the mask model", .metadata, 100, legal: [31], attack: [32]),
    Row(.e4_metadata, "k = 64", .metadata, 100, legal: [31], attack: [64]),
    Row(.e4_metadata, "k = 2^31 + 16", .metadata, 100, legal: [16], attack: u32(0x8000_0010)),
    Row(.e4_metadata, "k = 41 for i64", .metadata, 96, legal: u32(2) + u32(40), attack: u32(2) + u32(41), found: 100),
    Row(.e4_metadata, "table flags", .metadata, 104, legal: [15], attack: [16]),
    Row(.e4_metadata, "table k", .metadata, 108, legal: [24], attack: [25]),
    Row(.e4_metadata, "a table's minimum above 2^k", .metadata, 112, attack: [17]),
    Row(.e4_metadata, "global flags", .metadata, 128, legal: [15], attack: [16]),
    Row(.e4_metadata, "a byte between sections", .metadata, 48 + 93, attack: [1], found: 140),
    Row(.e4_metadata, "a record that does not exist", .metadata, 136, legal: [1], attack: [2]),
    Row(.e4_metadata, "record 2^32 - 1", .metadata, 136, attack: u32(.max)),
    Row(.e4_metadata, "an entry without an area", .metadata, 144, attack: [2]),
  ]

  private static let functions: [Row] = [
    Row(.f1_functionTable, "does not start at 0", .functionTable, 0, attack: [32]),
    Row(.f1_functionTable, "unsorted", .functionTable, 0, attack: u32(32) + u32(0) + u32(0)),
    Row(.f1_functionTable, "one start twice", .functionTable, 8, attack: [0], found: 0),
    Row(.f1_functionTable, "a function of no bytes", .functionTable, 8, attack: [64]),
    Row(.f1_functionTable, "past text", .functionTable, 8, attack: [96], found: 0),
    Row(.f1_functionTable, "far past text", .functionTable, 8, attack: u32(0xFFFF_FFE0), found: 0),
    Row(.f1_functionTable, "kind 2", .functionTable, 4, attack: [2]),
    Row(.f1_functionTable, "kind 2^31", .functionTable, 4, attack: u32(0x8000_0000)),
    Row(.c3_entryArea, "two areas", .functionTable, 4, attack: u32(1) + u32(32) + u32(1), found: 0),
    Row(.c3_entryArea, "a function called an area", .functionTable, 4, attack: [1], found: 0),
  ]

  private static let rows = header + segments + note + metadata + functions
  private static let nexe = Result { try builder.build() }

  @Test(arguments: rows.indices)
  func refusesField(_ index: Int) throws {
    let row = Self.rows[index]
    let nexe = try Self.nexe.get()
    let base =
      switch row.base {
      case .file: 0
      case .note: nexe.noteOffset
      case .metadata: nexe.metadataOffset
      case .functionTable: Int(nexe.labels["FUNCTIONS"] ?? 0)
      }
    let at = base + row.offset
    expectAccepted(row.legal.map { nexe.patched(at: at, $0) } ?? nexe)
    let attack = nexe.patched(at: at, row.attack)
    try #require(attack.bytes != nexe.bytes, "\(row.testDescription) changes nothing")
    guard case .failure(let rejection) = Validator.validate(attack.bytes) else {
      Issue.record("\(row.testDescription): accepted")
      return
    }
    #expect(rejection.findings.first?.rule == row.rule, "\(row.testDescription) at [\(at)]: \(rejection.lines)")
    // A function table in the wrong place is reported where it would be.
    let first = try #require(rejection.findings.first)
    let isElsewhere = row.rule == .f1_functionTable && row.base == .metadata
    let found = UInt64(base + row.found)
    #expect(
      isElsewhere || first.location == .fileOffset(found) || first.location == .address(found),
      "\(row.testDescription) at [\(found)]: \(rejection.lines)")
  }

  @Test func trailingBytesAreRefused() throws {
    var nexe = try Self.nexe.get()
    for byte: UInt8 in [0, 0xC3] {
      nexe.bytes.append(byte)
      try expectRejected(nexe, .e2_segments)
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try Self.nexe.get().bytes
    for length in Array(0..<400) + Array(bytes.count - 300..<bytes.count) {
      if case .success = Validator.validate(Array(bytes[..<length])) {
        Issue.record("accepted: \(length) of \(bytes.count) bytes")
      }
    }
  }
}
