/// How a nexe addresses its linear memory (rule M1 or M3).
public enum MemoryModel: UInt8, CaseIterable, Sendable {
  case mask = 0
  case seg32 = 1
}

/// What an access past the end of memory does. A matter of semantics, not of safety: the validator only reports it.
public enum OutOfBoundsPolicy: UInt8, Sendable {
  case trap = 0
  case wrap = 1
}

/// The x86-64 microarchitecture level whose extensions the code may use.
public enum InstructionSetLevel: UInt8, Comparable, BitwiseCopyable, Sendable {
  case v2 = 2
  case v3 = 3

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What the host allows. Nothing in here can be changed by the file.
public struct ValidationOptions: Sendable {
  public var allowedModels: Set<MemoryModel>
  /// Upper bound in bytes on `VerifiedModule.reach`.
  public var maximumReach: UInt64
  /// What this processor has; a file that declares more is refused.
  public var instructionSet: InstructionSetLevel
  /// Whether rules P1 and P2 are enforced.
  public var requiresPreemption: Bool
  public var maximumFindings: Int

  public init(
    allowedModels: Set<MemoryModel> = [.mask, .seg32],
    maximumReach: UInt64 = .max,
    instructionSet: InstructionSetLevel = .v3,
    requiresPreemption: Bool = true,
    maximumFindings: Int = 100
  ) {
    self.allowedModels = allowedModels
    self.maximumReach = maximumReach
    self.instructionSet = instructionSet
    self.requiresPreemption = requiresPreemption
    self.maximumFindings = maximumFindings
  }
}
