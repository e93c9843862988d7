/// Instruction starts, groups, jump targets, the frame, slow paths and tables; F4, and what is wrong with a group.
extension FunctionChecker {
  /// `isChecked`: it has swept this function before.
  mutating func sweepFirst(isChecked: Bool) {
    var address = start
    while address < end && !findings.isFull {
      address = readBundle(at: address, isChecked: isChecked)
      if !isSmall { scan() }
    }
    if isSmall { scan() }
    function.beginsWithPoll = marks[0].contains(.poll)
  }

  /// Goes through what has been read.
  private mutating func scan() {
    var index = 0
    while index < code.count {
      marks[offset(index)].insert(.start)
      guard let match = context.groups.match(code, at: index) else {
        note(code[index])
        index += 1
        continue
      }
      for member in index + 1..<index + match.count { marks[offset(member)].insert([.start, .insideGroup]) }
      note(match, at: index)
      index += match.count
    }
  }

  /// Rule F4.
  mutating func checkEntry() {
    let mustPoll = needsPoll || function.frameSize > 4096 || function.size > 1024
    if mustPoll && !function.beginsWithPoll {
      findings.add(.f4_entryPoll, start, "a function that calls, or with a large frame or text, begins without a POLL")
    }
  }

  private mutating func note(_ match: GroupMatch, at index: Int) {
    pendingSlowPath = nil
    let first = code[index]
    if !match.isLegal { reject(match.rule, first, "shaped like a group of this rule, but not one") }
    switch match.group {
    case .poll: marks[offset(index)].insert(.poll)
    case .large(_, let size):
      marks[offset(index)].insert(.poll)
      if function.frameSize == 0 { function.frameSize = size }
    case .indirectCall, .indirectTail: needsPoll = true
    case .tableJump(let table, let count):
      let jump = code[index + match.count - 1].address
      tables.append(TableJump(jump: jump, group: first.address, table: table, count: count))
    case .division: break
    }
    for member in index..<index + match.count where code[member].semantic.isConditionalJump {
      if let target = code[member].target { addEdge(from: code[member].address, to: target) }
    }
  }

  private mutating func note(_ instruction: Instruction) {
    if pendingSlowPath != nil || instruction.semantic == .nop || instruction.semantic == .call {
      trackSlowPath(instruction)
    }
    switch instruction.semantic {
    case .call:
      let gate = context.gate(instruction)
      if gate != .trap && gate != .interrupt { needsPoll = true }
    case .jmp, .je, .jne, .jb, .jbe, .jcc:
      guard let target = instruction.target else { return }
      if isInside(target) { addEdge(from: instruction.address, to: target) } else { needsPoll = true }
    default:
      if function.frameSize == 0, let size = instruction.frameChange { function.frameSize = UInt32(clamping: size) }
    }
  }

  /// Notes an edge, if it stays in the function. Every POLL at or below a jump is known when the first sweep reaches
  /// the jump.
  mutating func addEdge(from source: UInt64, to target: Int64) {
    counts.edges += 1
    guard isInside(target) else { return }
    let offset = Int(target - Int64(start))
    marks[offset].insert(.target)
    if target <= Int64(source) && !marks[offset].contains(.poll) { marks[offset].insert(.polledTarget) }
  }

  /// Follows NOPs, `call [r15-INTERRUPT]`, NOPs, jmp.
  private mutating func trackSlowPath(_ instruction: Instruction) {
    let pending = pendingSlowPath
    if instruction.isNop {
      pendingSlowPath = pending ?? (instruction.address, nil)
    } else if context.gate(instruction) == .interrupt {
      let nops = pending.flatMap { $0.call == nil ? $0.first : nil }
      pendingSlowPath = (nops ?? instruction.address, instruction.address)
    } else {
      if let pending, let call = pending.call, instruction.semantic == .jmp, let target = instruction.target {
        slowPaths.append(SlowPath(first: pending.first, call: call, target: target))
      }
      pendingSlowPath = nil
    }
  }
}
