/// Findings as they come, up to the host's maximum; sweeps stop when it is full.
struct FindingList {
  private(set) var findings: [Finding] = []
  /// How many there were, kept or not.
  private(set) var total = 0
  private let maximum: Int
  private let file: FileBytes
  private let text: LoadedSegment?

  var isFull: Bool { total > maximum }

  init(_ file: FileBytes, text: LoadedSegment?, maximum: Int) {
    self.file = file
    self.text = text
    self.maximum = max(1, maximum)
  }

  mutating func add(_ rule: Rule, _ address: UInt64, length: Int = 0, _ message: String) {
    add(rule, .address(address), length: length, message)
  }

  mutating func add(_ error: FormatError) { add(error.rule, error.location, length: 0, error.message) }

  /// Appends what another thread found.
  mutating func add(_ others: [Finding], total: Int) {
    self.total += total
    findings += others.prefix(maximum - findings.count)
  }

  private mutating func add(_ rule: Rule, _ location: Location, length: Int, _ message: String) {
    total += 1
    guard findings.count < maximum else { return }
    var bundle: [UInt8] = []
    var start: UInt64 = 0
    if case .address(let address) = location, let text, address >= text.address, address < text.end {
      start = address & ~(CodeReader.bundleSize - 1)
      bundle = file.slice(start..<min(start + CodeReader.bundleSize, text.end))
    }
    findings.append(
      Finding(
        rule: rule, location: location, message: message, bundle: bundle, bundleAddress: start,
        instructionLength: length))
  }
}
