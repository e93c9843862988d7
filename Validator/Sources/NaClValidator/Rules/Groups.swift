/// The indivisible sequences of rule C1: contiguous, in the printed order, entered only at the first instruction.
enum Group {
  /// Rule F3. `slowPath` is where its `jb` goes.
  case poll(slowPath: Int64)
  case large(slowPath: Int64, frame: UInt32)
  /// Rule C2.
  case indirectCall
  case indirectTail
  /// Rule C4. `address` of the table J, `count` entries.
  case tableJump(address: Int64, count: Int64)
  /// Rule D1.
  case division

  var isIndirectTail: Bool { if case .indirectTail = self { true } else { false } }
}

/// A rule that a group breaks, and how.
struct Violation {
  let rule: Rule
  let message: String
}

/// A sequence with the shape of a group. With a violation it is shaped like one but breaks that group's rule.
struct GroupMatch {
  let group: Group
  let count: Int
  let violation: Violation?

  init(_ group: Group, _ count: Int, _ isLegal: Bool, _ rule: Rule, _ message: String) {
    self.group = group
    self.count = count
    violation = isLegal ? nil : Violation(rule: rule, message: message)
  }
}

/// Recognises groups among instructions that follow each other.
struct GroupMatcher: Sendable {
  let limit: Int64
  /// (n-1) << 5 and address of the entry area, if the module has one.
  let entryArea: (mask: UInt32, address: Int64)?

  init(limit: Int, entryArea: EntryArea?, text: LoadedSegment) {
    self.limit = Int64(limit)
    self.entryArea = entryArea.map { (($0.count - 1) << 5, Int64(text.address) + Int64($0.start)) }
  }

  /// The group that starts at `first`, if one does. Two instructions tell nearly always that none does.
  @inline(__always) func match(_ code: borrowing Buffer<Instruction>, at first: Int) -> GroupMatch? {
    guard first + 1 < code.count else { return nil }
    switch (code[first].semantic, code[first + 1].semantic) {
    case (.cmp, .jb): return poll(code, first)
    case (.lea, .cmp): return large(code, first) ?? signedDivision(code, first)
    case (.and, .mov): return call(code, first)
    case (.and, .lea): return tableJump(code, first, setup: 1)
    case (.mov, .cmp): return tableJump(code, first, setup: 3)
    case (.test, .je): return unsignedDivision(code, first)
    default: return nil
    }
  }

  /// Whether these instructions start at `first`, all in one bundle (rule C1). None of them crosses its bundle's end.
  @inline(__always) private func has<let n: Int>(
    _ code: borrowing Buffer<Instruction>, _ first: Int, _ shape: InlineArray<n, Semantic>
  ) -> Bool {
    guard first + n <= code.count else { return false }
    for offset in 0..<n where code[first + offset].semantic != shape[offset] { return false }
    return code[first].address / CodeReader.bundleSize == code[first + n - 1].address / CodeReader.bundleSize
  }

  /// `cmp register,[r15-LIMIT]` and `jb`.
  private func comparesLimit(_ code: borrowing Buffer<Instruction>, _ first: Int, _ register: UInt8) -> Bool {
    has(code, first, [.cmp, .jb]) && code[first].isRegister(0, register, size: 8)
      && code[first].contextOffset(1) == limit
  }

  private func poll(_ code: borrowing Buffer<Instruction>, _ first: Int) -> GroupMatch? {
    guard comparesLimit(code, first, Register.rsp), let slowPath = code[first + 1].target else { return nil }
    return GroupMatch(.poll(slowPath: slowPath), 2, true, .f3_poll, "")
  }

  private func large(_ code: borrowing Buffer<Instruction>, _ first: Int) -> GroupMatch? {
    guard has(code, first, [.lea, .cmp, .jb, .sub]), comparesLimit(code, first + 1, Register.r11) else { return nil }
    let (load, take) = (code[first], code[first + 3])
    guard load.isRegister(0, Register.r11, size: 8), !load.fields.isSegmentForm, let memory = load.fields.memory,
      memory.base == Register.rsp, memory.index == nil, take.isRegister(0, Register.rsp, size: 8), take.isImmediate(1),
      let slowPath = code[first + 2].target
    else { return nil }
    let frame = take.immediate
    let isLegal = frame > 4096 && frame <= 1 << 30 && frame % 8 == 0 && memory.displacement == -frame
    return GroupMatch(
      .large(slowPath: slowPath, frame: isLegal ? UInt32(frame) : 0), 4, isLegal, .f3_poll,
      "the three frame sizes of Large differ or are out of range")
  }

  private func call(_ code: borrowing Buffer<Instruction>, _ first: Int) -> GroupMatch? {
    guard
      has(code, first, [.and, .mov, .lea, .add, .call]) || has(code, first, [.and, .mov, .lea, .add, .jmp]),
      code[first + 4].isIndirect
    else { return nil }
    let (mask, type, load, sum, jump) = (
      code[first], code[first + 1], code[first + 2], code[first + 3], code[first + 4]
    )
    let target = mask.integerRegister(0)
    let base = load.integerRegister(0)
    let isArea = entryArea.map { $0.mask == UInt32(truncatingIfNeeded: mask.immediate) && $0.address == load.ripAddress }
    let isLegal =
      isArea == true && mask.isRegister(0, target, size: 4) && mask.isImmediate(1)
      && type.isRegister(0, Register.r10, size: 4) && type.isImmediate(1) && load.isRegister(0, base, size: 8)
      && !load.fields.isSegmentForm && sum.isRegister(0, target, size: 8) && sum.isRegister(1, base, size: 8)
      && jump.isRegister(0, target, size: 8) && target != base && isFree(target, but: Register.r10)
      && isFree(base, but: Register.r10)
    return GroupMatch(
      jump.semantic == .call ? .indirectCall : .indirectTail, 5, isLegal, .c2_callGroup,
      "not the call group of this module's entry area")
  }

  /// `setup`: 1 for `and`, 3 for `mov`, `cmp`, `cmova`.
  private func tableJump(_ code: borrowing Buffer<Instruction>, _ first: Int, setup: Int) -> GroupMatch? {
    guard
      setup == 1
        ? has(code, first, [.and, .lea, .movsxd, .add, .jmp])
        : has(code, first, [.mov, .cmp, .cmova, .lea, .movsxd, .add, .jmp]),
      code[first + setup + 3].isIndirect
    else { return nil }
    let (start, load, entry) = (code[first], code[first + setup], code[first + setup + 1])
    let (sum, jump) = (code[first + setup + 2], code[first + setup + 3])
    let index = setup == 1 ? start.integerRegister(0) : code[first + 1].integerRegister(0)
    let base = load.integerRegister(0)
    let result = entry.integerRegister(0)
    var isLegal =
      start.isRegister(0, start.integerRegister(0), size: 4) && start.isImmediate(1)
      && load.isRegister(0, base, size: 8) && load.ripAddress != nil && !load.fields.isSegmentForm
      && entry.isRegister(0, result, size: 8) && !entry.fields.isSegmentForm
      && entry.fields.memory == index.map { MemoryOperand(base: base, index: $0, scale: 4) }
      && sum.isRegister(0, result, size: 8) && sum.isRegister(1, base, size: 8)
      && jump.isRegister(0, result, size: 8) && base != index && base != result && isFree(index) && isFree(base)
      && isFree(result)
    if setup == 3 {
      let limit = start.integerRegister(0)
      isLegal =
        isLegal && code[first + 1].isRegister(0, index, size: 4) && code[first + 1].isRegister(1, limit, size: 4)
        && code[first + 2].isRegister(0, index, size: 4) && code[first + 2].isRegister(1, limit, size: 4)
        && limit != index && limit != base && isFree(limit)
    }
    let count = Int64(UInt32(truncatingIfNeeded: start.immediate)) + 1
    return GroupMatch(
      .tableJump(address: load.ripAddress ?? 0, count: count), setup + 4, isLegal, .c4_tableJump,
      "not the table jump group")
  }

  private func unsignedDivision(_ code: borrowing Buffer<Instruction>, _ first: Int) -> GroupMatch? {
    guard has(code, first, [.test, .je, .xor, .div]) else { return nil }
    let (test, clear, divide) = (code[first], code[first + 2], code[first + 3])
    let divisor = divide.integerRegister(0)
    let width = divide.size(0)
    let isLegal =
      isDivisor(divisor) && test.isRegister(0, divisor, size: width) && test.isRegister(1, divisor, size: width)
      && clear.isRegister(0, Register.rdx, size: 4) && clear.isRegister(1, Register.rdx, size: 4)
    return GroupMatch(.division, 4, isLegal, .d1_division, "not the unsigned division group")
  }

  private func signedDivision(_ code: borrowing Buffer<Instruction>, _ first: Int) -> GroupMatch? {
    guard has(code, first, [.lea, .cmp, .jbe, .cdq, .idiv]) || has(code, first, [.lea, .cmp, .jbe, .cqo, .idiv]) else {
      return nil
    }
    let (load, compare, extend, divide) = (code[first], code[first + 1], code[first + 3], code[first + 4])
    let divisor = divide.integerRegister(0)
    let scratch = load.integerRegister(0)
    let width = divide.size(0)
    let isLegal =
      isDivisor(divisor) && isDivisor(scratch) && scratch != divisor && load.isRegister(0, scratch, size: width)
      && !load.fields.isSegmentForm && load.fields.memory == MemoryOperand(base: divisor, displacement: 1)
      && compare.isRegister(0, scratch, size: width) && compare.isImmediate(1) && compare.immediate == 1
      && (extend.semantic == .cqo) == (width == 8)
    return GroupMatch(.division, 5, isLegal, .d1_division, "not the signed division group")
  }

  /// A register that a group may use.
  private func isFree(_ register: UInt8?, but other: UInt8? = nil) -> Bool {
    register != nil && !Register.isReserved(register) && register != other
  }

  private func isDivisor(_ register: UInt8?) -> Bool {
    isFree(register) && register != Register.rax && register != Register.rdx
  }
}
