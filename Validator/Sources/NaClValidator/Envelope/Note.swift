/// The note: which rules the code claims to keep (rule E3).
struct Note {
  let model: MemoryModel
  let outOfBoundsPolicy: OutOfBoundsPolicy
  let instructionSet: InstructionSetLevel
  let wasmDigest: [UInt8]
  /// The pairs' memory indices are not yet checked against the shape.
  private(set) var limitWords: [LimitWord] = []

  static let maximumLimitWords = 64

  private static let name: [UInt8] = Array("Halite\0\0".utf8)
  /// Before the descriptor, and its part before the limit words.
  private static let headerSize: UInt64 = 12 + 8
  static let fixedSize: UInt64 = 48

  /// Refuses another format version by name, in a file that has a Halite note at all, however strange the rest of it is.
  static func checkVersion(of file: FileBytes) throws(FormatError) {
    guard file.read(UInt32.self, at: 0) == 0x464C_457F, let headers = file.read(UInt64.self, at: 32),
      let count = file.read(UInt16.self, at: 56), headers <= file.count
    else { return }
    for index in UInt64(0)..<UInt64(min(count, 64)) {
      let at = headers + 56 * index
      guard file.read(UInt32.self, at: at) == 4, let offset = file.read(UInt64.self, at: at + 8), offset <= file.count,
        file.slice(offset + 12..<offset + 20) == name,
        let version = file.read(UInt32.self, at: offset + headerSize), version != Validator.formatVersion
      else { continue }
      throw FormatError(
        .e3_note, at: offset + headerSize,
        "nexe format version \(version); this validator reads version \(Validator.formatVersion)")
    }
  }

  init(_ file: FileBytes, range: Range<UInt64>) throws(FormatError) {
    let start = range.lowerBound
    func require(_ condition: Bool, _ offset: UInt64, _ what: String) throws(FormatError) {
      if !condition { throw FormatError(.e3_note, at: start + offset, what) }
    }
    try require(UInt64(range.count) >= Self.headerSize + Self.fixedSize, 0, "the note is too short")
    var fields = FieldReader(file, .e3_note, at: start)
    let (nameSize, size, type) = (try fields.u32(), try fields.u32(), try fields.u32())
    try require(nameSize == 7 && type == 1, 0, "not a note of type 1 with a name of 7 bytes")
    try require(file.slice(start + 12..<start + 20) == Self.name, 12, "the note's name is not Halite")

    fields = FieldReader(file, .e3_note, at: start + Self.headerSize)
    let version = try fields.u32()
    try fields.require(version == Validator.formatVersion, "unknown format version")
    let abi = try fields.u32()
    try fields.require(abi == Validator.abiVersion, "ABI version \(abi); this validator knows \(Validator.abiVersion)")
    let (model, policy) = (MemoryModel(rawValue: try fields.read()), OutOfBoundsPolicy(rawValue: try fields.read()))
    let level = InstructionSetLevel(rawValue: try fields.read())
    let padding = try fields.read(UInt8.self)
    guard let model else { throw FormatError(.e3_note, at: start + 28, "unknown memory model") }
    guard let policy else { throw FormatError(.e3_note, at: start + 29, "unknown out-of-bounds policy") }
    guard let level else { throw FormatError(.e3_note, at: start + 30, "unknown instruction set level") }
    try fields.require(padding == 0, "a reserved byte is not 0")
    (self.model, outOfBoundsPolicy, instructionSet) = (model, policy, level)

    let count = try fields.u32()
    try fields.require(count <= Self.maximumLimitWords, "more than \(Self.maximumLimitWords) limit words")
    let expected = Self.fixedSize + 16 * UInt64(count)
    try require(UInt64(size) == expected, 4, "the descriptor's size does not fit its limit words")
    try require(UInt64(range.count) == Self.headerSize + expected, 4, "the note's segment does not end with it")
    wasmDigest = file.slice(fields.next..<fields.next + 32)
    fields = FieldReader(file, .e3_note, at: fields.next + 32)
    for _ in 0..<count {
      let at = fields.next - start
      let (accessEnd, memory, reserved) = (try fields.u64(), Int(try fields.u32()), try fields.u32())
      let word = LimitWord(memory: memory, accessEnd: accessEnd)
      try require(accessEnd >= 1, at, "a limit word for an access of no bytes")
      try require(reserved == 0, at + 12, "a reserved word is not 0")
      try require(!limitWords.contains(word), at, "a limit word twice")
      limitWords.append(word)
    }
  }
}
