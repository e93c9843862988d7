/// The indivisible sequences of rule C1: contiguous, in the printed order, entered only at the first instruction.
enum Group {
  /// Rule F3. `slowPath` is where its `jb` goes.
  case poll(slowPath: Int64)
  case large(slowPath: Int64, frame: UInt32)
  /// Rule C2.
  case indirectCall, indirectTail
  /// Rule C4. `address` of the table J, `count` entries.
  case tableJump(address: Int64, count: Int64)
  /// Rule D1.
  case division
}

/// A sequence of `count` instructions with the shape of a group; unless it is legal, it breaks that group's rule.
struct GroupMatch {
  let group: Group
  let rule: Rule
  let count: Int
  let isLegal: Bool
}

/// Recognises groups among instructions that follow each other.
struct GroupMatcher: Sendable {
  typealias Code = Buffer<Instruction>

  let limit: Int64
  /// (n-1) << 5 and address of the entry area, if the module has one.
  let entryArea: (mask: Int64, address: Int64)?

  /// The group that starts at `first`, if one does. Two instructions tell nearly always that none does.
  @inline(__always) func match(_ code: borrowing Code, at first: Int) -> GroupMatch? {
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
  private func has<let n: Int>(_ code: borrowing Code, _ first: Int, _ shape: InlineArray<n, Semantic>) -> Bool {
    guard first + n <= code.count else { return false }
    for offset in 0..<n where code[first + offset].semantic != shape[offset] { return false }
    return code[first].address / CodeReader.bundleSize == code[first + n - 1].address / CodeReader.bundleSize
  }

  /// Where the `jb` of `cmp register,[r15-LIMIT]; jb` goes.
  private func limitCheck(_ code: borrowing Code, _ first: Int, _ register: UInt8) -> Int64? {
    let isCheck = code[first].isRegister(0, register, size: 8) && code[first].contextOffset(1) == limit
    return isCheck ? code[first + 1].target : nil
  }

  private func poll(_ code: borrowing Code, _ first: Int) -> GroupMatch? {
    guard has(code, first, [.cmp, .jb]), let target = limitCheck(code, first, Register.rsp) else { return nil }
    return GroupMatch(group: .poll(slowPath: target), rule: .f3_poll, count: 2, isLegal: true)
  }

  private func large(_ code: borrowing Code, _ first: Int) -> GroupMatch? {
    guard has(code, first, [.lea, .cmp, .jb, .sub]) else { return nil }
    let (load, take) = (code[first], code[first + 3])
    guard let target = limitCheck(code, first + 1, Register.r11), load.isRegister(0, Register.r11, size: 8),
      let below = load.memory, below.isPlain(Register.rsp), let frame = take.frameChange
    else { return nil }
    let isLegal = frame > 4096 && frame <= 1 << 30 && frame % 8 == 0 && below.displacement == -frame
    let group = Group.large(slowPath: target, frame: isLegal ? UInt32(frame) : 0)
    return GroupMatch(group: group, rule: .f3_poll, count: 4, isLegal: isLegal)
  }

  private func call(_ code: borrowing Code, _ first: Int) -> GroupMatch? {
    let isCall = has(code, first, [.and, .mov, .lea, .add, .call])
    guard isCall || has(code, first, [.and, .mov, .lea, .add, .jmp]), code[first + 4].isIndirect else { return nil }
    let (mask, type, load, sum, jump) = (code[first], code[first + 1], code[first + 2], code[first + 3], code[first + 4])
    let (t, b) = (mask.integerRegister(0), load.integerRegister(0))
    let isLegal =
      mask.takesImmediate(t, size: 4) && mask.immediate == entryArea?.mask
      && type.takesImmediate(Register.r10, size: 4) && load.isRegister(0, b, size: 8)
      && load.ripAddress == entryArea?.address && load.ripAddress != nil && sum.takes(t, b, size: 8)
      && jump.isRegister(0, t, size: 8) && t != b && isFree(t) && isFree(b) && t != Register.r10 && b != Register.r10
    let group = isCall ? Group.indirectCall : .indirectTail
    return GroupMatch(group: group, rule: .c2_callGroup, count: 5, isLegal: isLegal)
  }

  /// `setup`: 1 for `and`, 3 for `mov`, `cmp`, `cmova`.
  private func tableJump(_ code: borrowing Code, _ first: Int, setup: Int) -> GroupMatch? {
    guard
      setup == 1
        ? has(code, first, [.and, .lea, .movsxd, .add, .jmp])
        : has(code, first, [.mov, .cmp, .cmova, .lea, .movsxd, .add, .jmp]),
      code[first + setup + 3].isIndirect
    else { return nil }
    let (start, load, entry) = (code[first], code[first + setup], code[first + setup + 1])
    let (sum, jump) = (code[first + setup + 2], code[first + setup + 3])
    let limit = start.integerRegister(0)
    let index = setup == 1 ? limit : code[first + 1].integerRegister(0)
    let (b, r) = (load.integerRegister(0), entry.integerRegister(0))
    let isBounded =
      setup == 1
      || (code[first + 1].takes(index, limit, size: 4) && code[first + 2].takes(index, limit, size: 4)
        && limit != index && limit != b && isFree(limit))
    let isLegal =
      isBounded && start.takesImmediate(limit, size: 4) && load.isRegister(0, b, size: 8) && load.ripAddress != nil
      && entry.isRegister(0, r, size: 8) && entry.memory == MemoryOperand(base: b ?? Register.none, index: index ?? Register.none, scale: 4)
      && sum.takes(r, b, size: 8) && jump.isRegister(0, r, size: 8) && b != index && b != r && isFree(index)
      && isFree(b) && isFree(r)
    let count = Int64(UInt32(truncatingIfNeeded: start.immediate)) + 1
    let group = Group.tableJump(address: load.ripAddress ?? 0, count: count)
    return GroupMatch(group: group, rule: .c4_tableJump, count: setup + 4, isLegal: isLegal)
  }

  private func unsignedDivision(_ code: borrowing Code, _ first: Int) -> GroupMatch? {
    guard has(code, first, [.test, .je, .xor, .div]) else { return nil }
    let (divisor, size) = (code[first + 3].integerRegister(0), code[first + 3].template.operands[0].size)
    let isLegal =
      isDivisor(divisor) && code[first].takes(divisor, divisor, size: size)
      && code[first + 2].takes(Register.rdx, Register.rdx, size: 4)
    return GroupMatch(group: .division, rule: .d1_division, count: 4, isLegal: isLegal)
  }

  private func signedDivision(_ code: borrowing Code, _ first: Int) -> GroupMatch? {
    let isWide = has(code, first, [.lea, .cmp, .jbe, .cqo, .idiv])
    guard isWide || has(code, first, [.lea, .cmp, .jbe, .cdq, .idiv]) else { return nil }
    let (load, compare, divide) = (code[first], code[first + 1], code[first + 4])
    let (scratch, divisor) = (load.integerRegister(0), divide.integerRegister(0))
    let size: UInt8 = isWide ? 8 : 4
    let isLegal =
      isDivisor(divisor) && isDivisor(scratch) && scratch != divisor && load.isRegister(0, scratch, size: size)
      && load.memory == MemoryOperand(displacement: 1, base: divisor ?? Register.none)
      && compare.takesImmediate(scratch, size: size) && compare.immediate == 1
      && divide.isRegister(0, divisor, size: size)
    return GroupMatch(group: .division, rule: .d1_division, count: 5, isLegal: isLegal)
  }

  /// A register that a group may use.
  private func isFree(_ register: UInt8?) -> Bool { register != nil && !Register.isReserved(register) }

  private func isDivisor(_ register: UInt8?) -> Bool {
    isFree(register) && register != Register.rax && register != Register.rdx
  }
}
