import IR

/// The passes by name, for the pipeline, dumps and file tests.
public enum Pass: String, Sendable, CaseIterable {
  case constantFolding = "constant-folding"
  case branchSimplification = "branch-simplification"
  case parameterElimination = "parameter-elimination"
  case divisionByConstant = "division-by-constant"
  case multiplyHigh = "multiply-high"
  case knownConditions = "known-conditions"
  case ifConversion = "if-conversion"
  case globalValueNumbering = "global-value-numbering"
  case addressMasking = "address-masking"
  case loadElimination = "load-elimination"
  case loopInvariantChecks = "loop-invariant-checks"
  case loopInvariantCode = "loop-invariant-code"
  case loopVersioning = "loop-versioning"
  case checkMerging = "check-merging"
  case deadStores = "dead-stores"
  case deadCode = "dead-code"
  case coldBlocks = "cold-blocks"

  public var name: String { rawValue }

  public func run(on function: inout Function, in shape: ModuleShape) {
    switch self {
    case .constantFolding: ConstantFolding.run(on: &function, in: shape)
    case .branchSimplification: BranchSimplification.run(on: &function, in: shape)
    case .parameterElimination: ParameterElimination.run(on: &function, in: shape)
    case .divisionByConstant: DivisionByConstant.run(on: &function, in: shape)
    case .multiplyHigh: MultiplyHigh.run(on: &function, in: shape)
    case .knownConditions: KnownConditions.run(on: &function, in: shape)
    case .ifConversion: IfConversion.run(on: &function, in: shape)
    case .globalValueNumbering: GlobalValueNumbering.run(on: &function, in: shape)
    case .loopInvariantChecks: LoopInvariantChecks.run(on: &function, in: shape)
    case .addressMasking: AddressMasking.run(on: &function, in: shape)
    case .loadElimination: LoadElimination.run(on: &function, in: shape)
    case .deadStores: DeadStores.run(on: &function, in: shape)
    case .loopInvariantCode: LoopInvariantCode.run(on: &function, in: shape)
    case .loopVersioning: LoopVersioning.run(on: &function, in: shape)
    case .checkMerging: CheckMerging.run(on: &function, in: shape)
    case .deadCode: DeadCode.run(on: &function, in: shape)
    case .coldBlocks: ColdBlocks.run(on: &function, in: shape)
    }
  }
}
