/// Follows depth, facts and weight through each function once, in address order (rules S3, M, C1, C6, F2, F3, F5, P).
///
/// Forward edges leave what they carry at their target; backward edges are compared with what was found there. No
/// fixpoint is needed because a
/// jump target starts without facts, with one depth for all edges, and on a POLL or with a fixed weight if a
/// backward edge leads to it.
struct SecondSweep {
  /// What is true before an instruction.
  struct State {
    var isReachable = true
    /// Whether the depth is N rather than 0; false throughout if N is 0.
    var isFramed = false
    /// The frame was given back; only NOPs and the way out may follow.
    var isLeaving = false
    var facts = Facts()
    var weight: UInt32 = 0
  }

  static let maximumWeight: UInt32 = 1 << 22
  static let maximumWeightOnLeaving: UInt32 = 1 << 14
  static let maximumPolledLoop: UInt32 = 256
  static let callWeight: UInt32 = 1024

  let map: TextMap
  let regions: RegionMap
  let matcher: GroupMatcher
  let rules: MemoryRules
  let file: FileBytes
  let requiresPreemption: Bool

  var function: FunctionRecord
  /// The function's start and end as addresses.
  var start: UInt64 = 0
  var end: UInt64 = 0
  var state = State()
  /// By offset in the function, for jump targets only: 0 unknown, 1 depth 0, 2 depth N; and the greatest weight of
  /// forward edges.
  var depths: [UInt8] = []
  var weights: [UInt32] = []
  var nextTableJump = 0

  init(
    _ map: TextMap, _ regions: RegionMap, _ matcher: GroupMatcher, _ rules: MemoryRules, _ file: FileBytes,
    requiresPreemption: Bool
  ) {
    self.map = map
    self.regions = regions
    self.matcher = matcher
    self.rules = rules
    self.file = file
    self.requiresPreemption = requiresPreemption
    function = map.functions[0]
    let longest = map.functions.lazy.map(\.size).max() ?? 0
    depths = Array(repeating: 0, count: Int(longest))
    weights = Array(repeating: 0, count: Int(longest))
  }

  mutating func run(_ reader: inout CodeReader, _ findings: inout FindingList) {
    var code: [Instruction] = []
    for record in map.functions where record.kind == .function && !findings.isFull {
      enter(record, reader.text)
      var last = start
      var address = start
      while address < end && !findings.isFull {
        let next = min(end, (address & ~(CodeReader.bundleSize - 1)) + CodeReader.bundleSize)
        // The first sweep read these very bytes without failure.
        guard (try? reader.read(from: address, to: next, into: &code)) != nil else { return }
        var index = 0
        while index < code.count {
          arrive(at: code[index], &findings)
          let match = matcher.match(code, at: index)
          let count = match?.count ?? 1
          if let match {
            step(over: match.group, code[index..<index + count], &findings)
          } else {
            step(over: code[index], &findings)
          }
          if !code[index].isNop { last = code[index].address }
          index += count
        }
        address = next
      }
      if state.isReachable { findings.add(.f5_terminator, last, "the function's end can be reached") }
    }
  }

  private mutating func enter(_ record: FunctionRecord, _ text: LoadedSegment) {
    function = record
    start = text.address + UInt64(record.start)
    end = text.address + UInt64(record.end)
    for offset in 0..<Int(record.size) {
      depths[offset] = 0
      weights[offset] = 0
    }
    state = State()
  }

  /// Joins what falls through to `instruction` with what earlier jumps left there.
  private mutating func arrive(at instruction: Instruction, _ findings: inout FindingList) {
    let address = instruction.address
    let offset = Int(address - start)
    let hasFrame = function.frameSize > 0
    guard map.targets.contains(address) else {
      if !state.isReachable && !instruction.isNop {
        state = State()
        state.isFramed = hasFrame
      }
      return
    }
    if state.isReachable {
      if depths[offset] != 0 && (depths[offset] == 2) != state.isFramed {
        findings.add(.f2_depth, address, length: instruction.length, "two ways here differ in depth")
      }
      state.weight = max(state.weight, weights[offset])
    } else {
      state = State()
      // The function's start is entered from outside, at depth 0.
      state.isFramed = depths[offset] == 0 ? hasFrame : depths[offset] == 2
      state.weight = weights[offset]
    }
    state.facts.clear()
    if map.polledTargets.contains(address) { state.weight = max(state.weight, Self.maximumPolledLoop) }
    depths[offset] = state.isFramed ? 2 : 1
  }

  /// One edge to `target`, the weight and depth being those of `state`.
  mutating func edge(from source: Instruction, to target: Int64, _ findings: inout FindingList) {
    func reject(_ rule: Rule, _ message: String) { findings.add(rule, source.address, length: source.length, message) }
    guard let target = UInt64(exactly: target), target >= start, target < end else {
      return reject(.c1_directTarget, "a jump out of the function")
    }
    guard map.isJumpable(target) else {
      return reject(.c1_directTarget, "a jump into an instruction or a group")
    }
    let offset = Int(target - start)
    let depth: UInt8 = state.isFramed ? 2 : 1
    if depths[offset] == 0 { depths[offset] = depth }
    if depths[offset] != depth { reject(.f2_depth, "a jump to where the depth is another") }
    guard target <= source.address else {
      weights[offset] = max(weights[offset], state.weight)
      return
    }
    guard requiresPreemption, !map.polls.contains(target) else { return }
    if !state.facts.isPolled {
      reject(.p1_backwardEdge, "a backward edge that neither lands on a POLL nor directly follows one")
    } else if state.weight > Self.maximumPolledLoop {
      reject(.p2_weight, "a backward edge of more than \(Self.maximumPolledLoop) bytes behind its POLL")
    }
  }

  /// Adds to the weight (rule P2).
  mutating func weigh(_ weight: UInt32, at instruction: Instruction, _ findings: inout FindingList) {
    state.weight += weight
    guard state.weight > Self.maximumWeight else { return }
    state.weight = 0
    if requiresPreemption {
      findings.add(
        .p2_weight, instruction.address, length: instruction.length, "more than 2^22 bytes and calls without a POLL")
    }
  }

  /// Ends the function by ret, tail jump or tail group.
  mutating func leave(at instruction: Instruction, _ findings: inout FindingList) {
    if state.isFramed {
      findings.add(.f2_depth, instruction.address, length: instruction.length, "the frame is still taken")
    }
    if requiresPreemption && state.weight > Self.maximumWeightOnLeaving {
      findings.add(
        .p2_weight, instruction.address, length: instruction.length,
        "more than 2^14 bytes between a POLL and the way out")
    }
    state.isReachable = false
  }
}
