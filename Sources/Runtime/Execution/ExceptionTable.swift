/// The exceptions that a sandbox holds references to. A word is 2^63 plus a number that is never used twice, so that
/// what has been collected is not mistaken for another.
struct ExceptionTable {
  struct Box {
    let exception: ExceptionBody
    /// The last gate that gave the word to the sandbox: it may not have arrived yet.
    var gate: UInt64
  }

  private var boxes: [UInt64: Box] = [:]
  private var words: [ObjectIdentifier: UInt64] = [:]
  private var next: UInt64 = 1 << 63
  /// At so many boxes the next collection is due.
  private var threshold = smallest

  private static let smallest = 4096

  static func isWord(_ word: UInt64) -> Bool { word >> 63 == 1 }

  subscript(word: UInt64) -> ExceptionBody? { boxes[word]?.exception }

  /// The word of an exception, one word an exception; nil if it needs a new one.
  mutating func known(_ exception: ExceptionBody, gate: UInt64) -> UInt64? {
    guard let word = words[ObjectIdentifier(exception)] else { return nil }
    boxes[word]?.gate = gate
    return word
  }

  mutating func add(_ exception: ExceptionBody, gate: UInt64) -> UInt64 {
    let word = next
    next += 1
    boxes[word] = Box(exception: exception, gate: gate)
    words[ObjectIdentifier(exception)] = word
    return word
  }

  var isDue: Bool { boxes.count >= threshold }
  var count: Int { boxes.count }

  /// Whether a word of the sandbox may be a reference.
  func contains(_ word: UInt64) -> Bool { Self.isWord(word) && boxes[word] != nil }

  /// Forgets all boxes but `live` and those of the present gate.
  mutating func keep(_ live: Set<UInt64>, gate: UInt64) {
    for (word, box) in boxes where box.gate != gate && !live.contains(word) {
      boxes[word] = nil
      words[ObjectIdentifier(box.exception)] = nil
    }
    threshold = max(Self.smallest, 2 * boxes.count)
  }
}
