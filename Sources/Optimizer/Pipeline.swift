import IR

/// The optimiser as an ordered list of passes.
public enum Pipeline {
  /// What runs at a level, in this order.
  public static func passes(for level: OptimizationLevel) -> [Pass] {
    switch level {
    case .none: []
    case .basic:
      [
        .parameterElimination, .divisionByConstant, .constantFolding, .branchSimplification, .checkMerging, .deadCode,
        .coldBlocks,
      ]
    case .full:
      [
        .parameterElimination, .constantFolding, .branchSimplification, .divisionByConstant, .constantFolding,
        .globalValueNumbering, .parameterElimination, .constantFolding, .branchSimplification, .loopInvariantChecks,
        .globalValueNumbering, .checkMerging, .deadCode, .coldBlocks,
      ]
    }
  }

  /// Runs the passes of `level`. `afterPass` sees the function after each one: for dumps, timings and the verifier.
  ///
  /// Requires: a function that the verifier accepts. Establishes: another one with the same meaning.
  public static func run(
    on function: inout Function, in shape: ModuleShape, level: OptimizationLevel,
    afterPass: (Pass, Function) -> Void = { _, _ in }
  ) {
    for pass in passes(for: level) {
      pass.run(on: &function, in: shape)
      afterPass(pass, function)
    }
  }
}
