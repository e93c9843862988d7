import Entities
import IR

/// Checks of one block that may be merged, in place or with a clone. Positions are places in the block.
struct CheckRun {
  /// Longer runs are cut, to bound clones.
  static let maximumLength = 256
  /// More branches in front of a run are not worth it.
  static let maximumCloneGroups = 4
  /// Bounds the search for a check's group.
  static let maximumGroups = 16

  /// Checks of one address in one memory, and of others above it, whose ends (offset + size) count from `address`.
  struct Group {
    let memory: UInt32
    let address: Value
    /// `address` is `root` + `distance`.
    let root: Value
    let distance: UInt64
    /// The largest end, and the number of checks, up to `inPlaceEnd`.
    var endInPlace: UInt64 = 0
    var countInPlace = 0
    /// The largest end up to `cloneEnd`.
    var endInClone: UInt64 = 0
  }

  /// The first check.
  let start: Int
  var checks = ContiguousArray<Int>()
  /// For each of `checks`.
  var groupOfCheck = ContiguousArray<Int>()
  var groups = ContiguousArray<Group>()
  /// The last check before the first effect.
  var inPlaceEnd: Int
  var savedInPlace = 0
  /// The last check that a clone would cover.
  var cloneEnd: Int
  var savedByClone = 0
  /// How many of `groups` have checks up to `cloneEnd`.
  var cloneGroups = 0
  /// Where to look for another run if this one is merged in place or not at all.
  var next: Int

  init(start: Int) {
    self.start = start
    inPlaceEnd = start
    cloneEnd = start
    next = start + 1
  }
}

/// Finds runs. Kept for a whole function, for its tables.
struct CheckRunScanner {
  /// The number of the run in which a value was defined.
  private var runOfDefinition: SideTable<Value, UInt32>
  private var runNumber: UInt32 = 0

  init(_ function: Function) { runOfDefinition = SideTable(count: function.values.count, initial: 0) }

  /// The next run that starts at `position` or behind, whether or not it is worth merging.
  mutating func nextRun(in block: Block, from position: Int, _ function: Function, _ shape: ModuleShape) -> CheckRun? {
    let list = function.layout.instructions[block]
    guard position < list.count,
      let start = list[position...].firstIndex(where: { function.instructions[$0].opcode == .memoryCheck })
    else { return nil }
    runNumber += 1
    var run = CheckRun(start: start)
    var firstEffect: Int?
    /// The check that a clone cannot cover.
    var cloneLimit: Int?
    for place in start..<min(list.count, start + CheckRun.maximumLength) {
      let data = function.instructions[list[place]]
      if data.opcode == .memoryCheck {
        guard let (group, end) = find(CheckedAddress(data, function, shape), &run) else { break }
        if runOfDefinition[run.groups[group].address] == runNumber || group >= CheckRun.maximumCloneGroups {
          cloneLimit = cloneLimit ?? place
        }
        add(place, group, end: end, inPlace: firstEffect == nil, inClone: cloneLimit == nil, to: &run)
      } else if data.opcode == .store || data.opcode == .globalSet {
        firstEffect = firstEffect ?? place
      } else {
        let info = data.opcode.info
        if info.isTerminator || info.canTrap || info.hasSideEffects { break }
        for result in function.results(of: list[place]) { runOfDefinition[result] = runNumber }
      }
      if firstEffect != nil && cloneLimit != nil { break }
    }
    run.next = max(run.inPlaceEnd, min(firstEffect ?? Int.max, run.checks[run.checks.count - 1])) + 1
    return run
  }

  /// The group of a check, and the check's end in it.
  private func find(_ address: CheckedAddress, _ run: inout CheckRun) -> (group: Int, end: UInt64)? {
    for (position, group) in run.groups.enumerated() where group.memory == address.memory && group.root == address.root {
      if let end = address.end(from: group.distance) { return (position, end) }
    }
    if run.groups.count == CheckRun.maximumGroups { return nil }
    run.groups.append(
      CheckRun.Group(
        memory: address.memory, address: address.base, root: address.root, distance: address.baseDistance))
    return (run.groups.count - 1, address.end)
  }

  private func add(
    _ place: Int, _ group: Int, end: UInt64, inPlace: Bool, inClone: Bool, to run: inout CheckRun
  ) {
    run.checks.append(place)
    run.groupOfCheck.append(group)
    if inPlace {
      if run.groups[group].countInPlace > 0 { run.savedInPlace += 1 }
      run.groups[group].countInPlace += 1
      run.groups[group].endInPlace = max(run.groups[group].endInPlace, end)
      run.inPlaceEnd = place
    }
    if inClone {
      if run.groups[group].endInClone > 0 { run.savedByClone += 1 }
      run.groups[group].endInClone = max(run.groups[group].endInClone, end)
      run.cloneEnd = place
      run.cloneGroups = run.groups.count
    }
  }
}
