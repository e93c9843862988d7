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
}

/// A sequence with the shape of a group. With a violation it is shaped like one but breaks that group's rule.
struct GroupMatch {
  let group: Group
  let count: Int
  var violation: MemoryRules.Violation?
}

/// Recognises groups in a bundle's instructions.
struct GroupMatcher {
  let limit: Int64
  /// (n-1) << 5 and address of the entry area, if the module has one.
  let entryArea: (mask: UInt32, address: Int64)?

  init(limit: Int, entryArea: EntryArea?, text: LoadedSegment) {
    self.limit = Int64(limit)
    self.entryArea = entryArea.map { (($0.count - 1) << 5, Int64(text.address) + Int64($0.start)) }
  }

  /// The group that starts at `first`, if one does.
  func match(_ code: [Instruction], at first: Int) -> GroupMatch? {
    switch code[first].semantic {
    case .cmp: poll(code, first)
    case .lea: large(code, first) ?? signedDivision(code, first)
    case .and: call(code, first) ?? tableJump(code, first, setup: 1)
    case .mov: tableJump(code, first, setup: 3)
    case .test: unsignedDivision(code, first)
    default: nil
    }
  }

  private func has(_ code: [Instruction], _ first: Int, _ shape: Semantic...) -> Bool {
    guard first + shape.count <= code.count else { return false }
    for (offset, semantic) in shape.enumerated() where code[first + offset].semantic != semantic { return false }
    return true
  }

  /// `cmp register,[r15-LIMIT]` and `jb`.
  private func comparesLimit(_ code: [Instruction], _ first: Int, _ register: UInt8) -> Bool {
    has(code, first, .cmp, .jb) && code[first].isRegister(0, register, size: 8)
      && code[first].contextOffset(1) == limit
  }

  private func poll(_ code: [Instruction], _ first: Int) -> GroupMatch? {
    guard comparesLimit(code, first, Register.rsp), let slowPath = code[first + 1].target else { return nil }
    return GroupMatch(group: .poll(slowPath: slowPath), count: 2)
  }

  private func large(_ code: [Instruction], _ first: Int) -> GroupMatch? {
    guard code[first].isRegister(0, Register.r11, size: 8), let memory = code[first].fields.memory,
      memory.base == Register.rsp, memory.index == nil, !code[first].fields.isSegmentForm,
      has(code, first, .lea, .cmp, .jb, .sub), comparesLimit(code, first + 1, Register.r11),
      code[first + 3].isRegister(0, Register.rsp, size: 8), code[first + 3].isImmediate(1),
      let slowPath = code[first + 2].target
    else { return nil }
    let frame = code[first + 3].immediate
    let isLegal = frame > 4096 && frame <= 1 << 30 && frame % 8 == 0 && memory.displacement == -frame
    return GroupMatch(
      group: .large(slowPath: slowPath, frame: isLegal ? UInt32(frame) : 0), count: 4,
      violation: isLegal ? nil : .init(.f3_poll, "the three frame sizes of Large differ or are out of range"))
  }

  private func call(_ code: [Instruction], _ first: Int) -> GroupMatch? {
    guard has(code, first, .and, .mov, .lea, .add), first + 4 < code.count, code[first + 4].isIndirect else {
      return nil
    }
    let isCall = code[first + 4].semantic == .call
    let (mask, type, load, sum, jump) = (
      code[first], code[first + 1], code[first + 2], code[first + 3], code[first + 4]
    )
    let target = mask.integerRegister(0)
    let base = load.integerRegister(0)
    let reserved = [nil, Register.rsp, Register.r10, Register.r15]
    let isLegal =
      mask.isRegister(0, target, size: 4) && mask.isImmediate(1)
      && entryArea.map { $0.mask == UInt32(truncatingIfNeeded: mask.immediate) && $0.address == load.ripAddress }
        ?? false
      && type.isRegister(0, Register.r10, size: 4) && type.isImmediate(1) && load.isRegister(0, base, size: 8)
      && !load.fields.isSegmentForm && sum.isRegister(0, target, size: 8) && sum.isRegister(1, base, size: 8)
      && jump.isRegister(0, target, size: 8) && target != base && !reserved.contains(target) && !reserved.contains(base)
    return GroupMatch(
      group: isCall ? .indirectCall : .indirectTail, count: 5,
      violation: isLegal ? nil : .init(.c2_callGroup, "not the call group of this module's entry area"))
  }

  /// `setup`: 1 for `and`, 3 for `mov`, `cmp`, `cmova`.
  private func tableJump(_ code: [Instruction], _ first: Int, setup: Int) -> GroupMatch? {
    let tail = first + setup
    guard has(code, tail, .lea, .movsxd, .add, .jmp), code[tail + 3].isIndirect,
      setup == 1 || has(code, first, .mov, .cmp, .cmova)
    else { return nil }
    let (start, load, entry, sum, jump) = (code[first], code[tail], code[tail + 1], code[tail + 2], code[tail + 3])
    let index = setup == 1 ? start.integerRegister(0) : code[first + 1].integerRegister(0)
    let base = load.integerRegister(0)
    let result = entry.integerRegister(0)
    let bound = UInt32(truncatingIfNeeded: start.immediate)
    var isLegal =
      start.isRegister(0, start.integerRegister(0), size: 4) && start.isImmediate(1)
      && load.isRegister(0, base, size: 8) && load.ripAddress != nil && !load.fields.isSegmentForm
      && entry.isRegister(0, result, size: 8) && !entry.fields.isSegmentForm
      && entry.fields.memory == index.map { MemoryOperand(base: base, index: $0, scale: 4) }
      && sum.isRegister(0, result, size: 8) && sum.isRegister(1, base, size: 8)
      && jump.isRegister(0, result, size: 8) && base != index && base != result
    var registers = [index, base, result]
    if setup == 3 {
      let limit = start.integerRegister(0)
      isLegal =
        isLegal && code[first + 1].isRegister(0, index, size: 4) && code[first + 1].isRegister(1, limit, size: 4)
        && code[first + 2].isRegister(0, index, size: 4) && code[first + 2].isRegister(1, limit, size: 4)
        && limit != index && limit != base
      registers.append(limit)
    }
    for register in registers where register == nil || Register.isReserved(register) { isLegal = false }
    return GroupMatch(
      group: .tableJump(address: load.ripAddress ?? 0, count: Int64(bound) + 1), count: setup + 4,
      violation: isLegal ? nil : .init(.c4_tableJump, "not the table jump group"))
  }

  private func unsignedDivision(_ code: [Instruction], _ first: Int) -> GroupMatch? {
    guard has(code, first, .test, .je, .xor, .div) else { return nil }
    let (test, clear, divide) = (code[first], code[first + 2], code[first + 3])
    let divisor = divide.integerRegister(0)
    let width = divide.size(0)
    let isLegal =
      isDivisor(divisor) && test.isRegister(0, divisor, size: width) && test.isRegister(1, divisor, size: width)
      && clear.isRegister(0, Register.rdx, size: 4) && clear.isRegister(1, Register.rdx, size: 4)
    return divisionMatch(4, isLegal)
  }

  private func signedDivision(_ code: [Instruction], _ first: Int) -> GroupMatch? {
    guard has(code, first, .lea, .cmp, .jbe, .cdq, .idiv) || has(code, first, .lea, .cmp, .jbe, .cqo, .idiv) else {
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
    return divisionMatch(5, isLegal)
  }

  private func isDivisor(_ register: UInt8?) -> Bool {
    register != nil && ![Register.rax, Register.rdx, Register.rsp, Register.r15].contains(register)
  }

  private func divisionMatch(_ count: Int, _ isLegal: Bool) -> GroupMatch {
    GroupMatch(
      group: .division, count: count,
      violation: isLegal ? nil : .init(.d1_division, "not one of the two division groups"))
  }
}
