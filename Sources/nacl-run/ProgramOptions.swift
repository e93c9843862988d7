import Compiler
import Nexe
import WASI

/// What to run, and how.
struct ProgramOptions {
  var path: String
  /// The program's arguments but for its name; with `invoke`, the function's.
  var arguments: [String]
  /// What the program sees as its own name.
  var name: String
  var preopens: [WASI.Preopen] = []
  var environment: [(name: String, value: String)] = []
  var invoke: String?
  var debugging = DebuggingAids()
  var limits = ProgramLimits()
  var listeners: [Listeners.Source] = []
  /// For wasm modules; `maximumMemory` holds for nexes too.
  var compiler = CompilerOptions()
  /// For wasm modules; nil: compiled anew, and not kept.
  var cache: CacheChoice?

  init(path: String, arguments: [String]) {
    self.path = path
    self.arguments = arguments
    name = path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// An option's value that means nothing.
struct OptionError: Error, CustomStringConvertible {
  var description: String
}

/// How options' values are written.
enum OptionSyntax {
  /// `HOST`, or `HOST::GUEST`.
  static func preopen(_ text: String) throws(OptionError) -> WASI.Preopen {
    let separator = "::"
    var host = Substring(text)
    var guest = Substring(text)
    if let range = firstRange(of: separator, in: text) {
      host = text[..<range.lowerBound]
      guest = text[range.upperBound...]
    }
    guard !host.isEmpty, !guest.isEmpty else {
      throw OptionError(description: "--dir \(text): expected HOST or HOST::GUEST")
    }
    return WASI.Preopen(hostPath: String(host), guestPath: String(guest))
  }

  private static func firstRange(of separator: String, in text: String) -> Range<String.Index>? {
    var start = text.startIndex
    while start < text.endIndex {
      if text[start...].hasPrefix(separator) { return start..<text.index(start, offsetBy: separator.count) }
      start = text.index(after: start)
    }
    return nil
  }

  /// `K=V`, or `K` for the host's own value; nil if the host has none.
  static func environmentVariable(_ text: String) throws(OptionError) -> (name: String, value: String)? {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty else {
      throw OptionError(description: "--env \(text): expected K or K=V")
    }
    if parts.count == 2 { return (String(name), String(parts[1])) }
    return HostEnvironment.value(of: String(name)).map { (String(name), $0) }
  }

  /// `10`, `1.5`, `500ms`, `10s`, `2m`, `1h`. `option`: whose value it is.
  static func duration(_ text: String, of option: String = "--timeout") throws(OptionError) -> Duration {
    let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
    let unit = units.first { text.hasSuffix($0.suffix) }
    let digits = text.dropLast(unit?.suffix.count ?? 0)
    // No more than a century, so that later sums cannot overflow.
    guard let number = Double(digits), digits.allSatisfy({ $0.isNumber || $0 == "." }), number > 0,
      number * (unit?.seconds ?? 1) < 3.2e9
    else {
      throw OptionError(
        description: "\(option) \(text): expected a positive number of seconds, or one with ms, s, m or h")
    }
    return .seconds(number * (unit?.seconds ?? 1))
  }

  /// `65536`, `64K`, `16M`, `4G`; not 0.
  static func size(_ text: String, of option: String) throws(OptionError) -> UInt64 {
    guard let size = ByteSize.parse(text), size > 0 else {
      throw OptionError(description: "\(option) \(text): expected bytes, or a number with K, M or G")
    }
    return size
  }

  static func compilerOptions(
    memoryModel: String, maxMemory: String?, oob: String, cpu: String, level: String
  ) throws(OptionError) -> CompilerOptions {
    var options = CompilerOptions()
    switch memoryModel {
    case "auto": options.memoryModel = nil
    case "mask": options.memoryModel = .mask
    case "seg32": options.memoryModel = .seg32
    default: throw OptionError(description: "--memory-model \(memoryModel): expected auto, seg32 or mask")
    }
    if let maxMemory { options.maximumMemory = try size(maxMemory, of: "--max-memory") }
    switch oob {
    case "trap": options.policy = .trap
    case "wrap": options.policy = .wrap
    default: throw OptionError(description: "--oob \(oob): expected trap or wrap")
    }
    switch cpu {
    case "x86-64-v2": options.instructionSet = .x86_64_v2
    case "x86-64-v3": options.instructionSet = .x86_64_v3
    default: throw OptionError(description: "--cpu \(cpu): expected x86-64-v2 or x86-64-v3")
    }
    guard let optimization = CompilerOptions.level(named: level) else {
      throw OptionError(description: "-O\(level): expected -O0, -O1 or -O2")
    }
    options.optimization = optimization
    options.jobs = CompilerOptions.processorCount
    return options
  }
}
