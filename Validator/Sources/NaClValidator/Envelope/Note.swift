/// The note: which rules the code claims to keep (rule E3).
struct Note {
  let model: MemoryModel
  let outOfBoundsPolicy: OutOfBoundsPolicy
  let instructionSet: InstructionSetLevel
  let wasmDigest: [UInt8]
  /// The pairs' memory indices are not yet checked against the shape.
  let limitWords: [LimitWord]

  static let maximumLimitWords = 64

  private static let name: [UInt8] = Array("Halite\0\0".utf8)
  private static let headerSize: UInt64 = 12 + 8
  private static let fixedSize: UInt64 = 48

  /// The format version of a file that has a Halite note at all, however strange the rest of it is.
  static func formatVersion(of file: FileBytes) -> UInt32? {
    guard file.read(UInt32.self, at: 0) == 0x464C_457F, let headers = file.read(UInt64.self, at: 32),
      let count = file.read(UInt16.self, at: 56), headers <= file.count
    else { return nil }
    for index in UInt64(0)..<UInt64(min(count, 64)) {
      let at = headers + 56 * index
      guard file.read(UInt32.self, at: at) == 4, let offset = file.read(UInt64.self, at: at + 8), offset <= file.count,
        file.slice(offset + 12..<offset + 20) == name
      else { continue }
      return file.read(UInt32.self, at: offset + headerSize)
    }
    return nil
  }

  init(_ file: FileBytes, range: Range<UInt64>) throws(FormatError) {
    let start = range.lowerBound
    func require(_ condition: Bool, _ offset: UInt64, _ what: String) throws(FormatError) {
      if !condition { throw FormatError(.e3_note, at: start + offset, what) }
    }
    try require(range.upperBound - start >= Self.headerSize + Self.fixedSize, 0, "the note is too short")
    let descriptionSize = try file.u32(start + 4, .e3_note)
    let nameSize = try file.u32(start, .e3_note)
    let type = try file.u32(start + 8, .e3_note)
    try require(nameSize == 7 && type == 1, 0, "not a note of type 1 with a name of 7 bytes")
    try require(file.slice(start + 12..<start + 20) == Self.name, 12, "the note's name is not Halite")

    let body = start + Self.headerSize
    let version = try file.u32(body, .e3_note)
    try require(version == Validator.formatVersion, 20, Self.refusal(of: version))
    let abi = try file.u32(body + 4, .e3_note)
    try require(abi == Validator.abiVersion, 24, "ABI version \(abi); this validator knows \(Validator.abiVersion)")
    guard let model = MemoryModel(rawValue: try file.u8(body + 8, .e3_note)) else {
      throw FormatError(.e3_note, at: body + 8, "unknown memory model")
    }
    guard let policy = OutOfBoundsPolicy(rawValue: try file.u8(body + 9, .e3_note)) else {
      throw FormatError(.e3_note, at: body + 9, "unknown out-of-bounds policy")
    }
    guard let level = InstructionSetLevel(rawValue: try file.u8(body + 10, .e3_note)) else {
      throw FormatError(.e3_note, at: body + 10, "unknown instruction set level")
    }
    let padding = try file.u8(body + 11, .e3_note)
    try require(padding == 0, 31, "a reserved byte is not 0")

    let count = try file.u32(body + 12, .e3_note)
    try require(count <= Self.maximumLimitWords, 32, "more than \(Self.maximumLimitWords) limit words")
    let size = Self.fixedSize + 16 * UInt64(count)
    try require(UInt64(descriptionSize) == size, 4, "the descriptor's size does not fit its limit words")
    try require(range.upperBound == body + size, 4, "the note's segment does not end with the descriptor")
    var words: [LimitWord] = []
    for index in 0..<UInt64(count) {
      let at = body + Self.fixedSize + 16 * index
      let word = LimitWord(memory: Int(try file.u32(at + 8, .e3_note)), accessEnd: try file.u64(at, .e3_note))
      let reserved = try file.u32(at + 12, .e3_note)
      try require(word.accessEnd >= 1, at - start, "a limit word for an access of no bytes")
      try require(reserved == 0, at + 12 - start, "a reserved word is not 0")
      try require(!words.contains(word), at - start, "a limit word twice")
      words.append(word)
    }
    self.model = model
    outOfBoundsPolicy = policy
    instructionSet = level
    wasmDigest = file.slice(body + 16..<body + 48)
    limitWords = words
  }

  static func refusal(of version: UInt32) -> String {
    "nexe format version \(version); this validator reads version \(Validator.formatVersion)"
  }
}
