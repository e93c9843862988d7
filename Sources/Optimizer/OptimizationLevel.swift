/// How much time to spend for speed: `-O0`, `-O1`, `-O2`.
public enum OptimizationLevel: Int, Sendable, CaseIterable, Comparable {
  /// The code as translated.
  case none = 0
  /// One round of the cheap passes.
  case basic = 1
  /// Everything.
  case full = 2

  public static func < (a: OptimizationLevel, b: OptimizationLevel) -> Bool { a.rawValue < b.rawValue }
}
