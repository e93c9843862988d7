/// The note: which rules the code claims to keep (rule E3).
struct Note: Hashable {
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
  private static let fixedSize: UInt64 = 48
  /// Where in the note's segment a limit word stands.
  static func offset(ofLimitWord index: Int) -> UInt64 { headerSize + fixedSize + 16 * UInt64(index) }

  /// Refuses another format version by name, if its note is where this one's is, however strange the rest of the file.
  static func checkVersion(of file: FileBytes) throws(Violation) {
    guard let start = file.read(UInt64.self, at: ELFImage.noteOffsetField), start <= file.count,
      file.slice(start + 12..<start + headerSize) == name,
      let version = file.read(UInt32.self, at: start + headerSize), version != Validator.formatVersion
    else { return }
    let what = "nexe format version \(version); this validator reads version \(Validator.formatVersion)"
    throw Violation(.e3_note, at: start + headerSize, what)
  }

  init(_ file: FileBytes, range: Range<UInt64>) throws(Violation) {
    let (start, descriptor) = (range.lowerBound, range.lowerBound + Self.headerSize)
    func require(_ condition: Bool, _ offset: UInt64, _ what: String) throws(Violation) {
      if !condition { throw Violation(.e3_note, at: start + offset, what) }
    }
    try require(UInt64(range.count) >= Self.headerSize + Self.fixedSize, 0, "the note is too short")
    var fields = FieldReader(file, .e3_note, at: start)
    let (nameSize, size, type) = (try fields.u32(), try fields.u32(), try fields.u32())
    try require(nameSize == 7 && type == 1, 0, "not a note of type 1 with a name of 7 bytes")
    try require(file.slice(start + 12..<descriptor) == Self.name, 12, "the note's name is not Halite")

    fields = FieldReader(file, .e3_note, at: descriptor)
    let version = try fields.u32()
    try fields.require(version == Validator.formatVersion, "unknown format version")
    let abi = try fields.u32()
    try fields.require(abi == Validator.abiVersion, "ABI version \(abi); this validator knows \(Validator.abiVersion)")
    model = try fields.choice("memory model")
    outOfBoundsPolicy = try fields.choice("out-of-bounds policy")
    instructionSet = try fields.choice("instruction set level")
    let padding = try fields.read(UInt8.self)
    try fields.require(padding == 0, "a reserved byte is not 0")

    let count = try fields.count()
    try fields.require(count <= Self.maximumLimitWords, "more than \(Self.maximumLimitWords) limit words")
    let end = Self.offset(ofLimitWord: count)
    try require(Self.headerSize + UInt64(size) == end, 4, "the descriptor's size does not fit its limit words")
    try require(UInt64(range.count) == end, 4, "the note's segment does not end with it")
    wasmDigest = file.slice(fields.next..<fields.next + 32)
    fields = FieldReader(file, .e3_note, at: start + Self.offset(ofLimitWord: 0))
    for index in 0..<count {
      let accessEnd = try fields.u64()
      try fields.require(accessEnd >= 1, "a limit word for an access of no bytes")
      let word = LimitWord(memory: try fields.count(), accessEnd: accessEnd)
      let reserved = try fields.u32()
      try fields.require(reserved == 0, "a reserved word is not 0")
      try require(!limitWords.contains(word), Self.offset(ofLimitWord: index), "a limit word twice")
      limitWords.append(word)
    }
  }
}
