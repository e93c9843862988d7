/// What the first sweep leaves for the second: where instructions start, where jumps go, and each function's frame.
struct TextMap {
  /// Instruction starts, and those of them inside a group.
  var starts, insideGroups: AddressSet
  /// Starts of functions (kind 0), and of POLL and Large.
  var functionStarts, polls: AddressSet
  /// Targets of direct jumps and of jump tables; those reached by a backward edge that does not land on a POLL.
  var targets, polledTargets: AddressSet
  var functions: [FunctionRecord]
  /// Ascending by `first`.
  var slowPaths: [SlowPath] = []
  var tableJumps: [TableJump] = []
  var statistics = ValidationStatistics()

  /// NOPs from `first`, then `call [r15-INTERRUPT]` at `call`, then NOPs, then a jmp to `target` (rule F3's G).
  struct SlowPath {
    let first, call: UInt64
    let target: Int64
  }

  /// A table jump's group: the `jmp`'s address, the group's, the table's, and the index of its function.
  struct TableJump {
    let jump, group: UInt64
    let table: Int64
    let count: Int64
    let function: Int
  }

  init(_ text: LoadedSegment, _ functions: [FunctionRecord]) {
    let empty = AddressSet(text)
    starts = empty
    insideGroups = empty
    functionStarts = empty
    polls = empty
    targets = empty
    polledTargets = empty
    self.functions = functions
    for function in functions where function.kind == .function {
      functionStarts.insert(text.address + UInt64(function.start))
    }
  }

  /// Notes an edge from the jump at `source`. Every POLL at or below a jump is known when the first sweep reaches
  /// the jump.
  mutating func addEdge(from source: UInt64, to target: Int64) {
    guard let target = UInt64(exactly: target) else { return }
    targets.insert(target)
    if target <= source && !polls.contains(target) { polledTargets.insert(target) }
  }

  /// Whether `address` is an instruction start that a jump may name.
  func isJumpable(_ address: UInt64) -> Bool { starts.contains(address) && !insideGroups.contains(address) }

  /// Whether a POLL or Large at `poll` in the function at `start` may leave to `address` (rule F3). Complexity:
  /// O(log slow paths).
  func isSlowPath(_ address: Int64, of poll: UInt64, functionStart: UInt64) -> Bool {
    guard let address = UInt64(exactly: address), isJumpable(address) else { return false }
    var (low, high) = (0, slowPaths.count)
    while low < high {
      let middle = (low + high) / 2
      if slowPaths[middle].first <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address <= slowPaths[low - 1].call else { return false }
    let target = UInt64(exactly: slowPaths[low - 1].target)
    return target == poll || (target == functionStart && polls.contains(functionStart))
  }
}
