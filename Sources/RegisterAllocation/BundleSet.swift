import Entities

/// All bundles, and which one each virtual register is in.
struct BundleSet {
  private(set) var bundles: ContiguousArray<Bundle> = []
  private(set) var bundleOf: ContiguousArray<Int32>

  /// One bundle for each virtual register. Cost: linear.
  init(_ input: AllocationInput, _ live: LiveRanges) {
    bundleOf = ContiguousArray(repeating: 0, count: input.virtualRegisters.count)
    for register in input.virtualRegisters.ids {
      let info = input.virtualRegisters[register]
      bundleOf[register.index] = Int32(bundles.count)
      bundles.append(
        Bundle(
          registerClass: info.registerClass, width: info.width, isRematerialisable: info.rematerialisation != nil,
          ranges: ContiguousArray(
            live.ranges[live.rangesOf[register.index]].map { Bundle.Range(points: $0, register: register) }),
          uses: ContiguousArray(live.uses[live.usesOf[register.index]])))
    }
  }
}
