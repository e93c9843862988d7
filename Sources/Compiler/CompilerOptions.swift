import Nexe
import Optimizer

/// What a user may ask of a build. Everything has a default.
public struct CompilerOptions: Sendable {
  /// How linear memory is confined; nil: chosen by `TargetChoice`.
  public var memoryModel: MemoryModel?
  /// Upper bound on memory 0 in bytes, tightening the module's own maximum; nil: the module's.
  public var maximumMemory: UInt64?
  public var policy = OutOfBoundsPolicy.trap
  /// Arithmetic that gives a NaN gives the canonical one, so that results do not depend on the processor.
  public var canonicalizesNaNs = false
  public var instructionSet = InstructionSet.x86_64_v3
  public var optimization = OptimizationLevel.full
  /// Passes to leave out, and whether to inline: to measure what each of them brings.
  public var excludedPasses: Set<Pass> = []
  public var inlines = true
  /// Threads; the output does not depend on it.
  public var jobs = 1
  /// Check the IR after each pass and every register allocation.
  public var verifiesEachPass = false
  /// Keep the text form of these stages.
  public var emittedStages: Set<Stage> = []

  public init() {}

  /// Leaves out a pass of the optimiser, or `inlining`. False if there is none of that name.
  public mutating func leaveOut(_ pass: String) -> Bool {
    if pass == "inlining" {
      inlines = false
      return true
    }
    guard let pass = Pass(rawValue: pass) else { return false }
    excludedPasses.insert(pass)
    return true
  }

  /// The stages whose text form `--emit` shows.
  public enum Stage: String, Sendable, CaseIterable {
    case wasm, ir, opt, isel, regalloc, asm, bundles
  }
}
