import Dispatch
import Glibc
import Optimizer

extension CompilerOptions {
  /// The level that `-O0`, `-O1` or `-O2` names.
  public static func level(named name: String) -> OptimizationLevel? {
    switch name {
    case "0": OptimizationLevel.none
    case "1": .basic
    case "2": .full
    default: nil
    }
  }

  /// Processors that this process may run on.
  public static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}

/// Sizes as users write them.
public enum ByteSize {
  /// Bytes from `65536`, `64K`, `16M` or `4G` (binary multiples, upper or lower case, an optional `iB` behind the letter).
  public static func parse(_ text: String) -> UInt64? {
    var digits = Substring(text)
    var shift: UInt64 = 0
    if digits.hasSuffix("iB") { digits = digits.dropLast(2) }
    if let unit = digits.last, let power = ["K": 10, "M": 20, "G": 30][unit.uppercased()] {
      shift = UInt64(power)
      digits = digits.dropLast()
    }
    guard !digits.isEmpty, digits.allSatisfy(\.isASCII), let number = UInt64(digits) else { return nil }
    let result = number.multipliedReportingOverflow(by: 1 << shift)
    return result.overflow ? nil : result.partialValue
  }
}
