import Glibc
import Testing

@testable import NaClValidator

/// Rules E1 to E5, F1, S1 and C7: everything around the code. Each attack patches one field of a legal nexe.
@Suite struct EnvelopeTests {
  private static let builder = NexeBuilder().limitWord(4).limitWord(8).table(k: 4, minimum: 3).global(2)
    .function("f", "ret").function("g", "ret").with { $0.startFunction = 1 }

  /// A field: where it is, relative to what, and what is written there.
  struct Patch: CustomTestStringConvertible, Sendable {
    enum Base { case file, note, metadata, functionTable }

    let rule: Rule
    let name: String
    let base: Base
    let offset: Int
    let bytes: [UInt8]

    init(_ rule: Rule, _ name: String, _ base: Base, _ offset: Int, _ bytes: [UInt8]) {
      self.rule = rule
      self.name = name
      self.base = base
      self.offset = offset
      self.bytes = bytes
    }

    var testDescription: String { "\(rule.id) \(name)" }
  }

  private static let text = 64
  private static let data = 64 + 56
  private static let note = 64 + 2 * 56
  private static let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]

  @Test(arguments: [
    Patch(.e1_elfHeader, "magic", .file, 0, [0]), Patch(.e1_elfHeader, "class", .file, 4, [1]),
    Patch(.e1_elfHeader, "OSABI", .file, 7, [3]), Patch(.e1_elfHeader, "padding", .file, 15, [1]),
    Patch(.e1_elfHeader, "type", .file, 16, [2]), Patch(.e1_elfHeader, "machine", .file, 18, [3]),
    Patch(.e1_elfHeader, "entry", .file, 24, [1]), Patch(.e1_elfHeader, "flags", .file, 48, [1]),
    Patch(.e1_elfHeader, "five headers", .file, 56, [6]), Patch(.e1_elfHeader, "e_shentsize", .file, 58, [32]),
    Patch(.e2_segments, "text writable", .file, text + 4, [7]),
    Patch(.e2_segments, "data executable", .file, data + 4, [5]),
    Patch(.e2_segments, "data writable", .file, data + 4, [6]), Patch(.e2_segments, "type", .file, text, [2]),
    Patch(.e2_segments, "text elsewhere", .file, text + 16, [0, 0x20]),
    Patch(.e2_segments, "offset wraps", .file, data + 8, huge),
    Patch(.e2_segments, "size wraps", .file, data + 32, huge),
    Patch(.e2_segments, "memsz", .file, text + 40, [0xFF]), Patch(.e2_segments, "odd text", .file, text + 32, [33]),
    Patch(.e2_segments, "overlap", .file, data + 8, [0, 0x10]), Patch(.e2_segments, "alignment", .file, data + 48, [1]),
    Patch(.e2_segments, "a mapped note", .file, note + 40, [1]), Patch(.e2_segments, "a stray byte", .file, 4000, [1]),
    Patch(.e2_segments, "a stray byte behind text", .file, 4096 + 200, [0xC3]),
    Patch(.e3_note, "name", .note, 12, [0x68]), Patch(.e3_note, "format version", .note, 20, [2]),
    Patch(.e3_note, "ABI version", .note, 24, [2]), Patch(.e3_note, "model", .note, 28, [2]),
    Patch(.e3_note, "policy", .note, 29, [2]), Patch(.e3_note, "level", .note, 30, [4]),
    Patch(.e3_note, "reserved byte", .note, 31, [1]), Patch(.e3_note, "limit word count", .note, 32, [1]),
    Patch(.e3_note, "too many limit words", .note, 32, [65]), Patch(.e3_note, "c = 0", .note, 68, [0]),
    Patch(.e3_note, "no such memory", .note, 76, [1]), Patch(.e3_note, "a pair twice", .note, 84, [4]),
    Patch(.e3_note, "descriptor size", .note, 4, [48]),
    Patch(.e4_metadata, "magic", .metadata, 0, [0]), Patch(.e4_metadata, "section count", .metadata, 4, [4]),
    Patch(.e4_metadata, "section unaligned", .metadata, 8, [49]),
    Patch(.e4_metadata, "section outside", .metadata, 12, [0xFF, 0xFF, 0xFF, 0xFF]),
    Patch(.e4_metadata, "no function", .metadata, 52, [0]),
    Patch(.f1_functionTable, "table outside data", .metadata, 48, [0, 0, 0, 0x7F]),
    Patch(.f1_functionTable, "table unaligned", .metadata, 48, [1]),
    Patch(.f1_functionTable, "too many records", .metadata, 52, [0xFF, 0xFF, 0xFF, 0xFF]),
    Patch(.e4_metadata, "memory count", .metadata, 56, [2]),
    Patch(.e4_metadata, "memory count wraps", .metadata, 56, [0xFF, 0xFF, 0xFF, 0xFF]),
    Patch(.e4_metadata, "transfer cells", .metadata, 68, [0xE9, 3]),
    Patch(.e4_metadata, "imports", .metadata, 72, [3]), Patch(.e4_metadata, "start", .metadata, 80, [2]),
    Patch(.e4_metadata, "module flags", .metadata, 92, [2]), Patch(.e4_metadata, "memory flags", .metadata, 96, [4]),
    Patch(.e4_metadata, "k = 32 in mask", .metadata, 100, [32]), Patch(.e4_metadata, "k = 15", .metadata, 100, [15]),
    Patch(.e4_metadata, "table flags", .metadata, 104, [16]), Patch(.e4_metadata, "table k", .metadata, 108, [25]),
    Patch(.e4_metadata, "table minimum", .metadata, 112, [17]),
    Patch(.e4_metadata, "global flags", .metadata, 128, [16]),
    Patch(.e4_metadata, "no such record", .metadata, 136, [2]),
    Patch(.e4_metadata, "an entry without area", .metadata, 144, [2]),
    Patch(.f1_functionTable, "start not 0", .functionTable, 0, [32]),
    Patch(.f1_functionTable, "unsorted", .functionTable, 8, [0]),
    Patch(.f1_functionTable, "past text", .functionTable, 8, [0, 1]),
    Patch(.f1_functionTable, "kind", .functionTable, 4, [2]),
    Patch(.c3_entryArea, "a one-bundle area", .functionTable, 4, [1]),
  ])
  func refusals(_ patch: Patch) throws {
    let nexe = try Self.builder.build()
    let base =
      switch patch.base {
      case .file: 0
      case .note: nexe.noteOffset
      case .metadata: nexe.metadataOffset
      case .functionTable: Int(nexe.labels["FUNCTIONS"] ?? 0)
      }
    try expectRejected(nexe.patched(at: base + patch.offset, patch.bytes), patch.rule)
  }

  @Test func theUnpatchedNexeIsAccepted() throws { try expectAccepted(Self.builder) }

  @Test func anotherFormatVersionIsNamed() throws {
    guard
      case .failure(let rejection) = Validator.validate(try Self.builder.with { $0.formatVersion = 7 }.build().bytes)
    else { return #expect(Bool(false), "accepted") }
    #expect(rejection.findings.map(\.message) == ["nexe format version 7; this validator reads version 1"])
  }

  @Test func everyTruncationIsRefused() throws {
    let bytes = try Self.builder.build().bytes
    for length in stride(from: 0, to: bytes.count, by: 61) {
      let result = Validator.validate(Array(bytes[..<length]))
      if case .success = result { Issue.record("accepted \(length) of \(bytes.count) bytes") }
    }
  }

  @Test func bytesBehindTheLastSegmentAreRefused() throws {
    var nexe = try Self.builder.build()
    nexe.bytes.append(0)
    try expectRejected(nexe, .e2_segments)
  }

  /// Rule C7 is about sizes that no test can fill: the file is a reservation, of which only the headers are there.
  @Test func textAndDataEndBelow2GiB() throws {
    let size = 1 << 31
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    let file = UnsafeMutableRawBufferPointer(start: memory, count: size)
    defer { munmap(memory, size) }
    try #require(memory != MAP_FAILED)
    file.copyBytes(from: try Self.builder.build().bytes[..<344])
    func put(_ header: Int, _ fields: [Int], _ value: UInt64) {
      for field in fields { file.storeBytes(of: value, toByteOffset: 64 + 56 * header + field, as: UInt64.self) }
    }
    let data: UInt64 = 8192
    put(0, [32, 40], 4096)
    put(1, [8, 16, 24], data)
    // Without a note the next complaint is about that.
    for (sum, rule) in [((1 << 31) - 1, Rule.e3_note), (1 << 31, .c7_size)] as [(UInt64, Rule)] {
      let end = sum - 8192
      put(1, [32, 40], end - data)
      for header in 2..<5 {
        put(header, [8], end)
        put(header, [32], 0)
      }
      let result = Validator.validate(UnsafeRawBufferPointer(rebasing: file[..<Int(end)]))
      guard case .failure(let rejection) = result else { return #expect(Bool(false), "accepted") }
      #expect(rejection.findings.map(\.rule) == [rule], "\(rejection.lines)")
    }
  }

  @Test func aContextAbove1MiBIsRefused() throws {
    let globals = Array(repeating: UInt32(2), count: 70_000)
    try expectRejected(Self.builder.with { $0.globals = globals }, .s1_contextSize, at: nil)
  }

  @Test func hostLimits() throws {
    let nexe = try Self.builder.build()
    // 2^16 of memory and a table of 2^4 elements that lives outside the context.
    expectAccepted(nexe, options: ValidationOptions(maximumReach: 65536 + 128))
    try expectRejected(nexe, .e5_hostLimits, options: ValidationOptions(maximumReach: 65536 + 127))
    try expectRejected(nexe, .e5_hostLimits, options: ValidationOptions(allowedModels: [.seg32]))
    try expectRejected(nexe, .e5_hostLimits, options: ValidationOptions(instructionSet: .v2))
  }

  @Test func theLevelBindsTheCode() throws {
    let old = NexeBuilder().with { $0.instructionSet = 2 }
    try expectAccepted(old.function("f", "addps xmm0, xmm1\npopcnt eax, ecx\nret"))
    for text in [
      "vaddps xmm0, xmm1, xmm2", "lzcnt eax, ecx", "tzcnt eax, ecx", "shlx eax, ecx, edx", "movbe eax, dword ptr [r15]",
    ] {
      try expectRejected(old.function("f", "bad: \(text)\nret"), .v2_instruction)
      try expectAccepted(NexeBuilder().function("f", "\(text)\nret"))
    }
  }

  @Test func theResultSaysWhatTheFileSays() throws {
    let builder = Self.builder.function("h", "LARGE p, 8192\nadd rsp, 8192\nret\nSLOW p").table(
      flags: 2, k: 3, minimum: 2)
    guard case .success(let module) = Validator.validate(try builder.build().bytes) else {
      return #expect(Bool(false), "refused")
    }
    #expect(module.model == .mask && module.outOfBoundsPolicy == .trap && module.instructionSet == .v3)
    #expect(module.limitWords == [LimitWord(memory: 0, accessEnd: 4), LimitWord(memory: 0, accessEnd: 8)])
    #expect(module.memories.map(\.k) == [16] && module.slotK == 16)
    #expect(module.functions.map(\.frameSize) == [0, 0, 8192])
    #expect(module.functions.map(\.beginsWithPoll) == [false, false, true])
    #expect(module.recordOfWasmFunction == [0, 1, 2] && module.startFunction == 1)
    #expect(module.reach == 65536 + 16 * 8 + 8 * 8)
    #expect(module.tables.map(\.isWritable) == [true, false])
    #expect(module.sites.isEmpty && module.moduleSection.count == 8)
  }
}
