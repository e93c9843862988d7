import Testing

@testable import NaClValidator

/// Rules F1 and C3 where everything else is as it should be: function tables that would be fine elsewhere, and entry areas of the right
/// content at the wrong place. Nothing but the one check stands in their way.
@Suite struct CorpusFunctionTable {
  private static func u32(_ values: UInt32...) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  /// The nexe with another address of its function table.
  private static func moved(_ nexe: Nexe, to label: String, offset: UInt64 = 0) throws -> (nexe: Nexe, address: UInt64) {
    guard let address = nexe.labels[label] else { throw BuildError(message: "no label \(label)") }
    return (nexe.patched(at: nexe.metadataOffset + 48, u32(UInt32(address + offset))), address + offset)
  }

  private static func expectRefused(_ nexe: Nexe, _ rule: Rule, at address: UInt64) {
    guard case .failure(let rejection) = Validator.validate(nexe.bytes) else {
      Issue.record("accepted")
      return
    }
    #expect(rejection.findings.first?.rule == rule && rejection.findings.first?.location == .address(address), "\(rejection.lines)")
  }

  @Test func aMisalignedCopy() throws {
    let nexe = try NexeBuilder().function("f", "ret").function("g", "ret")
      .data(".balign 4\ncopy: .long f - TEXT, 0, g - TEXT, 0\n.byte 0, 0\nodd: .long f - TEXT, 0, g - TEXT, 0").build()
    expectAccepted(try Self.moved(nexe, to: "copy").nexe)
    let (attack, address) = try Self.moved(nexe, to: "odd")
    try #require(address % 4 == 2)
    Self.expectRefused(attack, .f1_functionTable, at: address)
  }

  /// A record (0, 0) as an immediate of code.
  @Test func aTableInText() throws {
    let nexe = try NexeBuilder().function("f", "nop; nop; .byte 0x48, 0xb8; table: .quad 0; ret".asLines).build()
    expectAccepted(nexe)
    let (attack, address) = try Self.moved(nexe, to: "table")
    try #require(address % 4 == 0)
    Self.expectRefused(attack, .f1_functionTable, at: address)
  }

  /// One record too few in front leaves text to nobody: a system call there.
  @Test(arguments: [16, 1, 8] as [UInt32])
  func textBeforeTheFirstRecord(_ start: UInt32) throws {
    let nops = "nop\n"
    let builder = NexeBuilder().function("f", String(repeating: nops, count: Int(start)) + "ret")
    expectAccepted(try builder.build())
    let nexe = try builder.build().patched("TEXT", start == 1 ? [0xF4] : [0x0F, 0x05]).patched("FUNCTIONS", Self.u32(start))
    Self.expectRefused(nexe, .f1_functionTable, at: try #require(nexe.labels["FUNCTIONS"]))
  }

  /// Text of three records: a function, an area of two bundles and what else is said, a function; where the area begins and ends, in bytes.
  private static func area(from start: Int, to end: Int) throws -> Nexe {
    func filled(_ text: [UInt8], _ size: Int) -> [UInt8] { text + Array(repeating: 0x90, count: size - text.count) }
    let trap: [UInt8] = [0x41, 0xFF, 0x57, 0xE8]
    let jump = [0xE9] + u32(UInt32(bitPattern: Int32(-(start + 32 + 5))))
    let text = filled([0xC3], start) + filled(trap, 32) + filled(jump, end - start - 32) + filled([0xC3], 160 - end)
    let builder = NexeBuilder().function("f", bytes: text).function("g", "ret").function("h", "ret").with { $0.wasmFunctions = [] }
    return try builder.build().patched("FUNCTIONS", u32(0, 0, UInt32(start), 1, UInt32(end), 0))
  }

  @Test func anAreaOffItsBundles() throws {
    expectAccepted(try Self.area(from: 32, to: 96))
    for (start, end) in [(48, 112), (33, 97), (40, 104), (32, 97), (32, 112), (32, 95 + 32)] {
      let nexe = try Self.area(from: start, to: end)
      Self.expectRefused(nexe, .c3_entryArea, at: try #require(nexe.labels["FUNCTIONS"]) + 8)
    }
  }

  /// Another version is refused by name even if the rest of the file is strange, but only in what has a Halite note.
  @Test func anotherVersionComesFirst() throws {
    let nexe = try NexeBuilder().function("f", "ret").with { $0.formatVersion = 7 }.build()
    let version = Location.fileOffset(UInt64(nexe.noteOffset + 20))
    let note = 64 + 2 * 56
    let cases: [(at: Int, bytes: [UInt8], rule: Rule, location: Location)] = [
      (56, [6], .e3_note, version), (16, [2], .e3_note, version), (64, [6], .e3_note, version), (4100, [0x0F, 0x05], .e3_note, version),
      (note + 8, [0, 0, 0, 0, 0, 0, 0, 0x70], .e2_segments, .fileOffset(UInt64(note) + 8)),
      (note + 8, Array(repeating: 0xFF, count: 8), .e2_segments, .fileOffset(UInt64(note) + 8)),
      (nexe.noteOffset + 12, [0x68], .e3_note, .fileOffset(UInt64(nexe.noteOffset) + 12)),
    ]
    for (at, bytes, rule, location) in cases {
      guard case .failure(let rejection) = Validator.validate(nexe.patched(at: at, bytes).bytes) else {
        Issue.record("accepted: \(at)")
        continue
      }
      #expect(rejection.findings.first?.rule == rule && rejection.findings.first?.location == location, "\(at): \(rejection.lines)")
    }
  }
}
