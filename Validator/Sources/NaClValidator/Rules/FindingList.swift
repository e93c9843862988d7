/// One broken rule: thrown where reading cannot go on, collected where it can.
struct Violation: Error {
  let rule: Rule
  let message: String
  var location: Location
  /// In bytes, of the instruction there, if it is known.
  let length: Int

  init(_ rule: Rule, at offset: UInt64, _ message: String) {
    (self.rule, self.message, location, length) = (rule, message, .fileOffset(offset), 0)
  }

  init(_ rule: Rule, address: UInt64, length: Int = 0, _ message: String) {
    (self.rule, self.message, location, self.length) = (rule, message, .address(address), length)
  }
}

/// Violations as they come, up to the host's maximum; sweeps stop when it is full.
struct FindingList {
  private(set) var findings: [Finding] = []
  /// How many there were, kept or not.
  private(set) var total = 0
  private let maximum: Int
  private let file: FileBytes
  private let text: LoadedSegment?

  var isFull: Bool { total > maximum }

  init(_ file: FileBytes, text: LoadedSegment?, maximum: Int) {
    (self.file, self.text, self.maximum) = (file, text, max(1, maximum))
  }

  mutating func add(_ rule: Rule, _ address: UInt64, length: Int = 0, _ message: String) {
    add(Violation(rule, address: address, length: length, message))
  }

  /// Appends what another thread found.
  mutating func add(_ others: FindingList) {
    total += others.total
    findings += others.findings.prefix(maximum - findings.count)
  }

  mutating func add(_ violation: Violation) {
    total += 1
    guard findings.count < maximum else { return }
    var (bundle, start): ([UInt8], UInt64) = ([], 0)
    if case .address(let address) = violation.location, let text, address >= text.address, address < text.end {
      start = address & ~(CodeReader.bundleSize - 1)
      bundle = file.slice(start..<min(start + CodeReader.bundleSize, text.end))
    }
    findings.append(
      Finding(
        rule: violation.rule, location: violation.location, message: violation.message, bundle: bundle,
        bundleAddress: start, instructionLength: violation.length))
  }
}
