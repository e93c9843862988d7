/// Proposals beyond the first version of WebAssembly, each named after its specification text.
public struct Features: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let multiValue = Features(rawValue: 1 << 0)
  public static let signExtension = Features(rawValue: 1 << 1)
  public static let saturation = Features(rawValue: 1 << 2)
  public static let bulkMemory = Features(rawValue: 1 << 3)
  public static let referenceTypes = Features(rawValue: 1 << 4)
  public static let extendedConstants = Features(rawValue: 1 << 5)
  public static let multiMemory = Features(rawValue: 1 << 6)
  public static let memory64 = Features(rawValue: 1 << 7)
  public static let tailCalls = Features(rawValue: 1 << 8)
  public static let simd = Features(rawValue: 1 << 9)
  public static let relaxedSIMD = Features(rawValue: 1 << 10)

  /// With recursion groups, subtypes and all heap types; without structures, arrays, i31 and casts.
  public static let functionReferences = Features(rawValue: 1 << 16)
  public static let exceptions = Features(rawValue: 1 << 17)
  /// Atomic accesses to memories that are not shared; none is.
  public static let threads = Features(rawValue: 1 << 18)

  /// What the compiler translates.
  public static let supported: Features = [
    .multiValue, .signExtension, .saturation, .bulkMemory, .referenceTypes, .extendedConstants, .multiMemory, .memory64,
    .tailCalls, .simd, .relaxedSIMD, .functionReferences, .exceptions, .threads,
  ]

  /// For messages; the first of several.
  public var name: String {
    if contains(.functionReferences) { return "typed function references" }
    if contains(.exceptions) { return "exception handling" }
    if contains(.threads) { return "threads" }
    let names = [
      "multi-value", "sign extension", "saturating conversion", "bulk memory", "reference types",
      "extended constant expressions", "multiple memories", "memory64", "tail calls", "SIMD",
      "relaxed SIMD",
    ]
    let bit = rawValue.trailingZeroBitCount
    return bit < names.count ? names[bit] : "none"
  }
}
