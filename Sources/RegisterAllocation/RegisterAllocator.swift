/// How much work to put into an allocation.
public enum AllocationEffort: Sendable {
  /// Every value lives in a spill slot and visits registers for one instruction at a time. Linear, simple, slow code.
  case minimal
  /// Whole lives in registers, with splitting, eviction and coalescing.
  case full
}

/// The entry to this module.
public enum RegisterAllocator {
  /// Requires: the rules of `AllocationInput`. The result is a function of the arguments alone.
  /// Cost: near-linear in the instructions and in the total number of blocks that values live through.
  public static func allocate(
    _ input: AllocationInput, environment: RegisterEnvironment, effort: AllocationEffort = .full
  ) -> AllocationResult {
    let flow = ControlFlow(input)
    let live = LiveRanges(input, flow)
    let bundles = BundleSet(input, live, isMerging: effort == .full)
    var assignment = Assignment(input, flow, environment, bundles)
    assignment.run(effort: effort)
    let placement = Placement(assignment, live.definitions, bundles.bundleOf)
    var insertion = MoveInsertion(input, flow, assignment.bundles, bundles.bundleOf, live.definitions, placement)
    return insertion.run(environment: environment)
  }
}
