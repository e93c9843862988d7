/// Decodes everything once: instruction starts, groups, jump targets, frames (rules V2, C1's bundles, F2's N, F4).
struct FirstSweep {
  let matcher: GroupMatcher
  let gates: RegionMap
  private(set) var map: TextMap
  private var instructions: [Instruction] = []
  /// False once a finding leaves the text without a reading; the second sweep would only repeat it.
  private(set) var isReadable = true

  // Of the function being read.
  private var extent: Range<Int64> = 0..<0
  private var frame: UInt32?
  private var needsPoll = false
  private var pendingSlowPath: (first: UInt64, call: UInt64?)?

  init(_ matcher: GroupMatcher, _ gates: RegionMap, _ map: TextMap) {
    self.matcher = matcher
    self.gates = gates
    self.map = map
  }

  mutating func run(_ reader: inout CodeReader, _ findings: inout FindingList) {
    for index in map.functions.indices where map.functions[index].kind == .function && !findings.isFull {
      read(index, &reader, &findings)
    }
  }

  private mutating func read(_ index: Int, _ reader: inout CodeReader, _ findings: inout FindingList) {
    let function = map.functions[index]
    let start = reader.text.address + UInt64(function.start)
    let end = reader.text.address + UInt64(function.end)
    extent = Int64(start)..<Int64(end)
    frame = nil
    needsPoll = false
    pendingSlowPath = nil
    var address = start
    while address < end && !findings.isFull {
      let next = min(end, (address & ~(CodeReader.bundleSize - 1)) + CodeReader.bundleSize)
      do throws(LocatedFailure) {
        try reader.read(from: address, to: next, into: &instructions)
      } catch {
        isReadable = false
        findings.add(error.failure.rule, error.address, length: error.failure.length, error.failure.message)
      }
      readBundle(index, &findings)
      address = next
    }
    map.functions[index].frameSize = frame ?? 0
    map.functions[index].beginsWithPoll = map.polls.contains(start)
    checkEntry(map.functions[index], at: start, &findings)
  }

  private mutating func readBundle(_ function: Int, _ findings: inout FindingList) {
    map.statistics.instructions += instructions.count
    var index = 0
    while index < instructions.count {
      let match = matcher.match(instructions, at: index)
      let count = match?.count ?? 1
      for member in index..<index + count {
        map.starts.insert(instructions[member].address)
        if member > index { map.insideGroups.insert(instructions[member].address) }
      }
      if let match {
        readGroup(match, instructions[index...].prefix(count), function, &findings)
      } else {
        readPlain(instructions[index], &findings)
      }
      index += count
    }
  }

  private mutating func readGroup(
    _ match: GroupMatch, _ members: ArraySlice<Instruction>, _ function: Int, _ findings: inout FindingList
  ) {
    pendingSlowPath = nil
    let first = members[members.startIndex]
    let last = members[members.endIndex - 1]
    if let violation = match.violation {
      findings.add(violation.rule, first.address, length: first.length, violation.message)
      isReadable = false
    }
    switch match.group {
    case .poll: map.polls.insert(first.address)
    case .large(_, let size):
      map.polls.insert(first.address)
      if frame == nil { frame = size }
    case .indirectCall, .indirectTail: needsPoll = true
    case .tableJump(let table, let count):
      map.tableJumps.append(
        TextMap.TableJump(jump: last.address, group: first.address, table: table, count: count, function: function))
    case .division: break
    }
    if case .poll = match.group { map.statistics.polls += 1 }
    for member in members {
      guard member.semantic.isConditionalJump, let target = member.target, extent.contains(target) else { continue }
      map.addEdge(from: member.address, to: target)
    }
  }

  private mutating func readPlain(_ instruction: Instruction, _ findings: inout FindingList) {
    trackSlowPath(instruction)
    switch instruction.semantic {
    case .call:
      guard let offset = instruction.contextOffset(0), let gate = gates.gate(at: offset) else {
        needsPoll = true
        return
      }
      if gate != .trap && gate != .interrupt { needsPoll = true }
    case .jmp, .je, .jne, .jb, .jbe, .jcc:
      guard let target = instruction.target else { return }
      guard extent.contains(target) else {
        needsPoll = true
        return
      }
      map.addEdge(from: instruction.address, to: target)
    case .sub, .add, .lea:
      if frame == nil, let size = Self.frameChange(instruction) { frame = UInt32(clamping: size) }
    default: break
    }
  }

  /// N of `sub rsp,N`, `add rsp,N` or `lea rsp,[rsp+N]`, whatever it is worth.
  static func frameChange(_ instruction: Instruction) -> Int64? {
    guard instruction.isRegister(0, Register.rsp, size: 8), !instruction.fields.isSegmentForm else { return nil }
    switch instruction.semantic {
    case .sub, .add: return instruction.isImmediate(1) ? instruction.immediate : nil
    case .lea:
      guard let memory = instruction.fields.memory, memory.base == Register.rsp, memory.index == nil else { return nil }
      return memory.displacement
    default: return nil
    }
  }

  /// Follows NOPs, `call [r15-INTERRUPT]`, NOPs, jmp.
  private mutating func trackSlowPath(_ instruction: Instruction) {
    let isInterrupt =
      instruction.semantic == .call && instruction.contextOffset(0).map { gates.gate(at: $0) == .interrupt } ?? false
    if isInterrupt {
      let first = pendingSlowPath.flatMap { $0.call == nil ? $0.first : nil } ?? instruction.address
      pendingSlowPath = (first, instruction.address)
    } else if instruction.isNop {
      if pendingSlowPath == nil { pendingSlowPath = (instruction.address, nil) }
    } else {
      if let pending = pendingSlowPath, let call = pending.call, instruction.semantic == .jmp,
        let target = instruction.target
      {
        map.slowPaths.append(TextMap.SlowPath(first: pending.first, call: call, target: target))
      }
      pendingSlowPath = nil
    }
  }

  /// Rule F4.
  private func checkEntry(_ function: FunctionRecord, at start: UInt64, _ findings: inout FindingList) {
    guard !function.beginsWithPoll else { return }
    if needsPoll || function.frameSize > 4096 {
      findings.add(.f4_entryPoll, start, "a function that calls or has a large frame does not begin with a POLL")
    } else if function.size > 1024 {
      findings.add(.f4_entryPoll, start, "a function of more than 1,024 bytes does not begin with a POLL")
    }
  }
}
