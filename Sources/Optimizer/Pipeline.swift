import IR

/// The optimiser as an ordered list of passes.
public enum Pipeline {
  /// Makes a function as small as it is, before it is asked whether it is small enough to be inlined; and again behind
  /// inlining, to join the pieces.
  public static let beforeInlining: [Pass] = [
    .parameterElimination, .constantFolding, .branchSimplification, .deadCode, .coldBlocks,
  ]

  /// What runs at a level, in this order.
  public static func passes(for level: OptimizationLevel) -> [Pass] {
    switch level {
    case .none: []
    case .basic:
      [
        .parameterElimination, .divisionByConstant, .constantFolding, .branchSimplification, .checkMerging, .deadCode,
        .coldBlocks,
      ]
    case .full: beforeInlining + afterInlining
    }
  }

  private static let afterInlining: [Pass] = [
    .divisionByConstant, .constantFolding, .multiplyHigh, .globalValueNumbering, .loadElimination, .knownConditions,
    .parameterElimination, .constantFolding, .ifConversion, .branchSimplification, .addressMasking, .loopInvariantChecks,
    .globalValueNumbering, .loopInvariantCode, .loopVersioning, .constantFolding, .branchSimplification,
    .globalValueNumbering, .checkMerging, .deadStores, .deadCode, .coldBlocks,
  ]

  /// Runs the passes of `level`, without inlining and those of `excluded`. `afterPass` sees the function after each one: for
  /// dumps, timings and the verifier.
  ///
  /// Requires: a function that the verifier accepts. Establishes: another one with the same meaning.
  public static func run(
    on function: inout Function, in shape: ModuleShape, level: OptimizationLevel, without excluded: Set<Pass> = [],
    afterPass: (Pass, Function) -> Void = { _, _ in }
  ) {
    run(passes(for: level), without: excluded, on: &function, in: shape, afterPass)
  }

  /// The first half of `run`, if `level` inlines: then each function of a module goes through it before `finish`.
  public static func prepare(
    _ function: inout Function, in shape: ModuleShape, level: OptimizationLevel, without excluded: Set<Pass> = [],
    afterPass: (Pass, Function) -> Void = { _, _ in }
  ) {
    if level == .full { run(beforeInlining, without: excluded, on: &function, in: shape, afterPass) }
  }

  /// The second half, with the module's small functions in the place of calls.
  public static func finish(
    _ function: inout Function, in shape: ModuleShape, level: OptimizationLevel, inlining candidates: InlineCandidates,
    without excluded: Set<Pass> = [], afterPass: (Pass, Function) -> Void = { _, _ in }
  ) {
    guard level == .full else {
      return run(passes(for: level), without: excluded, on: &function, in: shape, afterPass)
    }
    if Inliner.run(on: &function, candidates) {
      run(beforeInlining, without: excluded, on: &function, in: shape, afterPass)
    }
    run(afterInlining, without: excluded, on: &function, in: shape, afterPass)
  }

  private static func run(
    _ passes: [Pass], without excluded: Set<Pass>, on function: inout Function, in shape: ModuleShape,
    _ afterPass: (Pass, Function) -> Void
  ) {
    for pass in passes where !excluded.contains(pass) {
      pass.run(on: &function, in: shape)
      afterPass(pass, function)
    }
  }
}
