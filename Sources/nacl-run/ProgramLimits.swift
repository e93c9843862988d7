import Halite
import Runtime
import WASI

/// The bounds on a program; nil is the library's own default.
struct ProgramLimits {
  var timeout: Duration?
  var processorTime: Duration?
  var reach: UInt64?
  var tableElements: UInt64?
  var stackSize: Int?
  var openFiles: Int?
  var outputBytes: UInt64?

  /// Larger stacks are refused: each is reserved whole.
  private static let largestStack: UInt64 = 1 << 30

  init() {}

  init(_ options: LimitOptions) throws(OptionError) {
    if let text = options.timeout { timeout = try OptionSyntax.duration(text) }
    if let text = options.cpuTime { processorTime = try OptionSyntax.duration(text, of: "--cpu-time") }
    if let text = options.maxReach { reach = try OptionSyntax.size(text, of: "--max-reach") }
    tableElements = options.maxTable
    if let text = options.maxStack {
      let size = try OptionSyntax.size(text, of: "--max-stack")
      guard size <= Self.largestStack else { throw OptionError(description: "--max-stack \(text): expected at most 1G") }
      // Whole pages, and no fewer than two.
      stackSize = max(8192, Int(size + 4095) & ~4095)
    }
    if let count = options.maxFiles {
      guard (3...1 << 20).contains(count) else {
        throw OptionError(description: "--max-files \(count): expected 3 (the standard streams) to 1048576")
      }
      openFiles = count
    }
    if let text = options.maxOutput { outputBytes = try OptionSyntax.size(text, of: "--max-output") }
  }

  func apply(to configuration: inout Configuration) {
    if let reach { configuration.maximumReach = reach }
    if let tableElements { configuration.maximumTableElements = tableElements }
    if let stackSize { configuration.stackSize = stackSize }
  }

  func apply(to wasi: inout WASI) {
    if let openFiles { wasi.maximumOpenFiles = openFiles }
    wasi.maximumOutput = outputBytes
  }
}

/// What ended a program that used more than it may: the message and the exit code.
struct LimitReached {
  var message: String
  var code: Int32

  init?(_ kind: TimeLimit.Kind, _ limits: ProgramLimits) {
    switch kind {
    case .none: return nil
    case .wall:
      message = "timed out after \(limits.timeout.map { "\($0)" } ?? "its time")"
      code = ExitStatus.timeout
    case .processor:
      message = "stopped after \(limits.processorTime.map { "\($0)" } ?? "its share") of processor time"
      code = ExitStatus.processorTime
    }
  }

  init(_ limit: OutputLimitReached) {
    message = "stopped after writing \(limit.maximum) bytes"
    code = ExitStatus.output
  }
}
