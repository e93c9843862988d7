extension FunctionChecker {
  /// One instruction outside every group, no NOP.
  mutating func step(over instruction: Instruction) {
    weigh(UInt32(instruction.length), instruction)
    if state.isLeaving { checkLeaving(instruction) }
    switch instruction.semantic {
    case .ret: leave(at: instruction)
    case .call: call(instruction)
    case .jmp: jump(instruction)
    case .je, .jne, .jb, .jbe, .jcc:
      if let target = instruction.target { edge(from: instruction, to: target) }
    case .div, .idiv: reject(.d1_division, instruction, "a division outside its group")
    default:
      if let size = instruction.frameChange { return changeFrame(instruction, size) }
      checkOperands(instruction)
      counts.facts += state.facts.apply(instruction, context.regions)
    }
  }

  /// Rule F2: what may follow once the frame is given back.
  private mutating func checkLeaving(_ instruction: Instruction) {
    state.isLeaving = false
    let isTailJump = instruction.semantic == .jmp && instruction.target.map(context.isFunctionStart) ?? false
    if instruction.semantic != .ret && !isTailJump {
      reject(.f2_depth, instruction, "code between the frame's end and the way out")
    }
  }

  /// Rules F2 and F3: `sub`, `add` or `lea` of rsp.
  private mutating func changeFrame(_ instruction: Instruction, _ size: Int64) {
    let takes = instruction.semantic == .sub
    if size <= 0 || size % 8 != 0 || size != Int64(function.frameSize) {
      reject(.f2_depth, instruction, "not the function's one frame size, or no multiple of 8")
    } else if takes && size > 4096 {
      reject(.f3_poll, instruction, "a frame of more than 4,096 bytes outside Large")
    } else if takes == state.isFramed {
      reject(.f2_depth, instruction, takes ? "the frame is taken already" : "no frame is taken")
    }
    state.isFramed = takes && function.frameSize > 0
    state.isLeaving = !takes
  }

  private mutating func call(_ instruction: Instruction) {
    let gate = context.gate(instruction)
    state.isReachable = gate != .trap
    guard state.isReachable else { return }
    if let target = instruction.target {
      if !context.isFunctionStart(target) { reject(.c1_directTarget, instruction, "a call to no function's start") }
    } else if instruction.isIndirect {
      reject(.c2_callGroup, instruction, "an indirect call outside its group")
    } else if gate == nil {
      reject(.c6_gate, instruction, "a call through memory that is no gate")
    }
    weigh(Self.callWeight, instruction)
    state.facts.clear()
  }

  private mutating func jump(_ instruction: Instruction) {
    if let target = instruction.target {
      let isTail = !isInside(target) && context.isFunctionStart(target) && instruction.template.immediateSize == 4
      if isTail { leave(at: instruction) } else { edge(from: instruction, to: target) }
    } else {
      reject(.c2_callGroup, instruction, "an indirect jump outside its group")
    }
    state.isReachable = false
  }

  /// One whole group; the first sweep has found it well-formed.
  mutating func step(over match: GroupMatch, at index: Int) {
    let (first, last) = (code[index], code[index + match.count - 1])
    if state.isLeaving {
      if case .indirectTail = match.group { state.isLeaving = false } else { checkLeaving(first) }
    }
    for position in index..<index + match.count {
      let member = code[position]
      weigh(UInt32(member.length), member)
      if member.semantic.isConditionalJump, let target = member.target { edge(from: member, to: target) }
      _ = state.facts.apply(member, context.regions)
    }
    switch match.group {
    case .poll(let slowPath): finishPoll(first, slowPath)
    case .large(let slowPath, let frame):
      if frame != function.frameSize || state.isFramed {
        reject(.f2_depth, first, "Large with another frame size, or with the frame taken already")
      }
      finishPoll(first, slowPath)
      state.isFramed = true
    case .indirectCall:
      weigh(Self.callWeight, last)
      state.facts.clear()
    case .indirectTail: leave(at: last)
    case .tableJump(let table, let count):
      takeTable(last, table, count)
      state.isReachable = false
    case .division: break
    }
  }

  /// Rule F3: where the slow path goes; behind it the fact "polled" and no weight.
  private mutating func finishPoll(_ first: Instruction, _ slowPath: Int64) {
    if !isSlowPath(slowPath, of: Int64(first.address)) {
      reject(.f3_poll, first, "the slow path is not call [r15-INTERRUPT] and a jmp back to this POLL")
    }
    counts.polls += 1
    state.facts.isPolled = true
    state.weight = 0
  }

  /// Whether a POLL or Large at `poll` may leave to `address` (rule F3). Complexity: O(log slow paths).
  private func isSlowPath(_ address: Int64, of poll: Int64) -> Bool {
    guard jumpableOffset(address) != nil else { return false }
    var (low, high) = (0, slowPaths.count)
    while low < high {
      let middle = (low + high) / 2
      if Int64(slowPaths[middle].first) <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0, address <= Int64(slowPaths[low - 1].call) else { return false }
    let target = slowPaths[low - 1].target
    return target == poll || (target == Int64(start) && marks[0].contains(.poll))
  }

  /// The first sweep has found the table and its entries to be what rule C4 demands.
  private mutating func takeTable(_ jump: Instruction, _ table: Int64, _ count: Int64) {
    counts.jumpTables += 1
    counts.jumpTableEntries += Int(count)
    let before = findings.total
    for index in 0..<count where findings.total == before {
      if let target = entry(index, of: table) { edge(from: jump, to: target) }
    }
  }
}
