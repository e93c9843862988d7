extension SecondSweep {
  /// One instruction outside every group.
  mutating func step(over instruction: Instruction, _ findings: inout FindingList) {
    if instruction.isNop {
      if state.isReachable { weigh(UInt32(instruction.length), at: instruction, &findings) }
      return
    }
    weigh(UInt32(instruction.length), at: instruction, &findings)
    checkLeaving(instruction, &findings)
    func reject(_ rule: Rule, _ message: String) {
      findings.add(rule, instruction.address, length: instruction.length, message)
    }
    if let size = FirstSweep.frameChange(instruction) { return changeFrame(instruction, size, &findings) }
    switch instruction.semantic {
    case .ret: leave(at: instruction, &findings)
    case .call: call(instruction, &findings)
    case .jmp: jump(instruction, &findings)
    case .je, .jne, .jb, .jbe, .jcc:
      if let target = instruction.target { edge(from: instruction, to: target, &findings) }
    case .div, .idiv: reject(.d1_division, "a division outside its group")
    default:
      let frame = state.isFramed ? function.frameSize : 0
      if let violation = rules.violation(instruction, state.facts, frame: frame) {
        reject(violation.rule, violation.message)
      }
      state.facts.apply(instruction, regions)
    }
  }

  /// Rule F2: what may follow once the frame is given back.
  private mutating func checkLeaving(_ instruction: Instruction, _ findings: inout FindingList) {
    guard state.isLeaving else { return }
    state.isLeaving = false
    let isWayOut =
      instruction.semantic == .ret
      || (instruction.semantic == .jmp && instruction.target.map(isFunctionStart) ?? false)
    if !isWayOut {
      findings.add(
        .f2_depth, instruction.address, length: instruction.length, "code between the frame's end and the way out")
    }
  }

  private func isFunctionStart(_ target: Int64) -> Bool {
    UInt64(exactly: target).map { map.functionStarts.contains($0) } ?? false
  }

  /// Rules F2 and F3: `sub`, `add` or `lea` of rsp.
  private mutating func changeFrame(_ instruction: Instruction, _ size: Int64, _ findings: inout FindingList) {
    func reject(_ rule: Rule, _ message: String) {
      findings.add(rule, instruction.address, length: instruction.length, message)
    }
    let takes = instruction.semantic == .sub
    if size <= 0 || size % 8 != 0 || size != Int64(function.frameSize) {
      reject(.f2_depth, "not the function's one frame size, or no multiple of 8")
    } else if takes && size > 4096 {
      reject(.f3_poll, "a frame of more than 4,096 bytes outside Large")
    } else if takes == state.isFramed {
      reject(.f2_depth, takes ? "the frame is taken already" : "no frame is taken")
    }
    state.isFramed = takes && function.frameSize > 0
    state.isLeaving = !takes
  }

  private mutating func call(_ instruction: Instruction, _ findings: inout FindingList) {
    func reject(_ rule: Rule, _ message: String) {
      findings.add(rule, instruction.address, length: instruction.length, message)
    }
    if let target = instruction.target {
      if !isFunctionStart(target) { reject(.c1_directTarget, "a call to no function's start") }
    } else if instruction.isIndirect {
      reject(.c2_callGroup, "an indirect call outside its group")
    } else if let gate = instruction.contextOffset(0).flatMap({ regions.gate(at: $0) }) {
      if gate == .trap {
        state.isReachable = false
        return
      }
    } else {
      reject(.c6_gate, "a call through memory that is no gate")
    }
    weigh(Self.callWeight, at: instruction, &findings)
    state.facts.clear()
  }

  private mutating func jump(_ instruction: Instruction, _ findings: inout FindingList) {
    guard let target = instruction.target else {
      findings.add(.c2_callGroup, instruction.address, length: instruction.length, "an indirect jump outside its group")
      state.isReachable = false
      return
    }
    let isInside = target >= Int64(start) && target < Int64(end)
    if isInside || !isFunctionStart(target) || instruction.template.immediateSize != 4 {
      edge(from: instruction, to: target, &findings)
      state.isReachable = false
    } else {
      leave(at: instruction, &findings)
    }
  }

  /// One whole group; the first sweep has found it well-formed.
  mutating func step(over group: Group, _ members: ArraySlice<Instruction>, _ findings: inout FindingList) {
    let first = members[members.startIndex]
    let last = members[members.endIndex - 1]
    if state.isLeaving {
      state.isLeaving = false
      if case .indirectTail = group {
      } else {
        findings.add(.f2_depth, first.address, length: first.length, "code between the frame's end and the way out")
      }
    }
    for member in members {
      weigh(UInt32(member.length), at: member, &findings)
      if member.semantic.isConditionalJump, let target = member.target { edge(from: member, to: target, &findings) }
      state.facts.apply(member, regions)
    }
    switch group {
    case .poll(let slowPath): finishPoll(first, slowPath, &findings)
    case .large(let slowPath, let frame):
      if Int64(frame) != Int64(function.frameSize) || state.isFramed {
        findings.add(
          .f2_depth, first.address, length: first.length,
          "Large with another frame size, or with the frame taken already")
      }
      finishPoll(first, slowPath, &findings)
      state.isFramed = true
    case .indirectCall:
      weigh(Self.callWeight, at: last, &findings)
      state.facts.clear()
    case .indirectTail: leave(at: last, &findings)
    case .tableJump:
      followTable(last, &findings)
      state.isReachable = false
    case .division: break
    }
  }

  /// Rule F3: where the slow path goes; behind it the fact "polled" and no weight.
  private mutating func finishPoll(_ first: Instruction, _ slowPath: Int64, _ findings: inout FindingList) {
    if !map.isSlowPath(slowPath, of: first.address, functionStart: start) {
      findings.add(
        .f3_poll, first.address, length: first.length,
        "the slow path is not call [r15-INTERRUPT] and a jmp back to this POLL")
    }
    state.facts.isPolled = true
    state.weight = 0
  }

  /// The first sweep lists table jumps in the order in which this one meets them.
  private mutating func followTable(_ jump: Instruction, _ findings: inout FindingList) {
    guard nextTableJump < map.tableJumps.count, map.tableJumps[nextTableJump].jump == jump.address else {
      findings.add(.c4_tableJump, jump.address, length: jump.length, "a table jump that the first sweep did not see")
      return
    }
    let table = map.tableJumps[nextTableJump]
    nextTableJump += 1
    let before = findings.findings.count
    for index in 0..<table.count {
      guard let target = JumpTables.entry(index, of: table, file) else { return }
      edge(from: jump, to: target, &findings)
      if findings.findings.count > before { return }
    }
  }
}
