/// Depth, facts and weight through one function, in address order (rules S3, M, C1, C6, F2, F3, F5, P).
///
/// Forward edges leave what they carry at their target; backward edges are compared with what was found there. No
/// fixpoint is needed because a jump target starts without facts, with one depth for all edges, and on a POLL or with
/// a fixed weight if a backward edge leads to it.
extension FunctionChecker {
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

  static let maximumWeight: UInt32 = 1 << 16
  static let maximumWeightOnLeaving: UInt32 = 1 << 14
  static let maximumPolledLoop: UInt32 = 256
  static let callWeight: UInt32 = 1024

  mutating func sweepSecond() {
    checkEntry()
    var address = isSmall ? end : start
    if isSmall { walk() }
    while address < end && !findings.isFull {
      address = readBundle(at: address, isChecked: true)
      walk()
    }
    if state.isReachable { findings.add(.f5_terminator, last, "the function's end can be reached") }
  }

  /// Goes through what has been read.
  private mutating func walk() {
    counts.instructions += code.count
    var index = 0
    while index < code.count && !findings.isFull {
      let isNop = code[index].isNop
      if !isNop { last = code[index].address }
      arrive(at: index, isNop: isNop)
      let isGroup = index + 1 < code.count && marks[offset(index + 1)].contains(.insideGroup)
      if isGroup, let match = context.groups.match(code, at: index) {
        step(over: match, at: index)
        index += match.count
      } else {
        if !isNop { step(over: code[index]) } else if state.isReachable { weigh(UInt32(code[index].length), code[index]) }
        index += 1
      }
    }
  }

  /// Joins what falls through to the instruction at `index` with what earlier jumps left there.
  private mutating func arrive(at index: Int, isNop: Bool) {
    let offset = offset(index)
    let mark = marks[offset]
    let isTarget = mark.contains(.target)
    if !isTarget && (state.isReachable || isNop) { return }
    let isDepthKnown = !mark.isDisjoint(with: [.depthZero, .depthFrame])
    if !state.isReachable {
      state = State()
      state.isFramed = isDepthKnown ? mark.contains(.depthFrame) : function.frameSize > 0
    } else if isDepthKnown && mark.contains(.depthFrame) != state.isFramed {
      reject(.f2_depth, code[index], "two ways here differ in depth")
    }
    if !isTarget { return }
    state.facts.clear()
    state.weight = max(state.weight, weights[offset], mark.contains(.polledTarget) ? Self.maximumPolledLoop : 0)
    marks[offset].subtract([.depthZero, .depthFrame])
    marks[offset].insert(state.isFramed ? .depthFrame : .depthZero)
  }

  /// One edge to `target`, the weight and depth being those of `state`.
  mutating func edge(from source: Instruction, to target: Int64) {
    counts.edges += 1
    guard let offset = jumpableOffset(target) else {
      let what = isInside(target) ? "a jump into an instruction or a group" : "a jump out of the function"
      return reject(.c1_directTarget, source, what)
    }
    let (depth, other): (Mark, Mark) = state.isFramed ? (.depthFrame, .depthZero) : (.depthZero, .depthFrame)
    if marks[offset].contains(other) {
      reject(.f2_depth, source, "a jump to where the depth is another")
    } else {
      marks[offset].insert(depth)
    }
    guard target <= Int64(source.address) else {
      weights[offset] = max(weights[offset], state.weight)
      return
    }
    guard context.requiresPreemption, !marks[offset].contains(.poll) else { return }
    if !state.facts.isPolled {
      reject(.p1_backwardEdge, source, "a backward edge that neither lands on a POLL nor directly follows one")
    } else if state.weight > Self.maximumPolledLoop {
      reject(.p2_weight, source, "a backward edge of more than \(Self.maximumPolledLoop) bytes behind its POLL")
    }
  }

  /// Adds to the weight (rule P2).
  mutating func weigh(_ weight: UInt32, _ instruction: Instruction) {
    state.weight += weight
    guard state.weight > Self.maximumWeight else { return }
    state.weight = 0
    if context.requiresPreemption {
      reject(.p2_weight, instruction, "more than 2^16 bytes and calls without a POLL")
    }
  }

  /// Ends the function by ret, tail jump or tail group.
  mutating func leave(at instruction: Instruction) {
    if state.isFramed { reject(.f2_depth, instruction, "the frame is still taken") }
    if context.requiresPreemption && state.weight > Self.maximumWeightOnLeaving {
      reject(.p2_weight, instruction, "more than 2^14 bytes between a POLL and the way out")
    }
    state.isReachable = false
  }
}
