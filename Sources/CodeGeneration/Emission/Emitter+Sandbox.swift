import Entities
import IR
import Nexe
import X86

/// Masks, bases, polls, frames and traps.
extension Emitter {
  // MARK: Memory (M)

  /// Makes the facts that `native`'s address needs hold, right in front of it.
  mutating func prepare(_ native: inout Native, _ region: Region) {
    switch region.kind {
    case .none: return
    case .linear:
      bound(native, to: linearEnd(0), mask: linearMask(0))
    case .bounded:
      bound(native, to: linearEnd(0), mask: .immediate(UInt64(region.index)))
    case .contextTable:
      let table = Int(region.index)
      guard let start = module.layout.contextTable[table] else {
        preconditionFailure("the table lies in the context")
      }
      let elements = UInt64(1) << UInt64(module.shape.tables[table].log2Elements)
      bound(native, to: Int64(start) + Int64(8 * elements), mask: .immediate(elements - 1))
    case .memory:
      loadBase(&native, region, module.layout.memoryBase[Int(region.index)])
      bound(native, to: linearEnd(region.index), mask: linearMask(region.index))
    case .table:
      let table = Int(region.index)
      loadBase(&native, region, module.layout.tableBase[table])
      let elements = UInt64(1) << UInt64(module.shape.tables[table].log2Elements)
      bound(native, to: Int64(8 * elements), mask: .immediate(elements - 1))
    case .global:
      loadBase(&native, region, module.layout.global[Int(region.index)])
    }
  }

  private enum Mask {
    case immediate(UInt64)
    /// In the context.
    case word(Int32, UInt64)
  }

  private func linearEnd(_ memory: UInt32) -> Int64 {
    (1 << Int64(module.shape.memories[Int(memory)].log2Reach)) + 4160
  }

  private func linearMask(_ memory: UInt32) -> Mask {
    let bits = UInt64(1) << UInt64(module.shape.memories[Int(memory)].log2Reach) - 1
    return bits <= UInt64(UInt32.max) ? .immediate(bits) : .word(module.layout.memoryMask[Int(memory)], bits)
  }

  private mutating func loadBase(_ native: inout Native, _ region: Region, _ word: Int32) {
    if let register = facts.base(of: region) {
      native.address.base = register
      return
    }
    emit(.mov, .w64, .register(.scratch), context(word))
    facts.setBase(.scratch, region)
    native.address.base = .scratch
  }

  /// The index register's largest value keeps the access below `end` (rule M1), or the register is masked in place: a
  /// check has passed, or it is a copy made for this purpose, so its value stays what it was.
  private mutating func bound(_ native: Native, to end: Int64, mask: Mask) {
    guard let index = native.address.index else { return }
    let room = end - Int64(native.address.displacement) - Int64(native.memorySize)
    precondition(room >= 0, "the access fits its region")
    if facts.bound(index) <= UInt64(room) >> UInt64(native.address.scaleShift) { return }
    switch mask {
    case .immediate(let bits) where bits == UInt64(UInt32.max):
      emit(.mov, .w32, .register(index), .register(index))
    case .immediate(let bits):
      emit(.and, .w32, .register(index), .register(index), .immediate(Int64(bits)))
    case .word(let offset, let bits):
      emit(.and, .w64, .register(index), .register(index), context(offset))
      facts.setBound(index, bits)
    }
    precondition(
      facts.bound(index) <= UInt64(room) >> UInt64(native.address.scaleShift), "a mask makes its access safe")
  }

  // MARK: Frames and polls (F, P)

  mutating func emitPrologue(polls: Bool) {
    if frameSize > 4096 {
      let slow = assembler.makeLabel()
      assembler.bind(labels[0])
      assembler.beginGroup()
      emit(.lea, .w64, .register(.scratch), .address(.flat(.rsp, displacement: -frameSize)))
      emit(.cmp, .w64, .register(.scratch), context(ContextLayout.limit))
      emitBranch(.below, slow)
      emit(.sub, .w64, .register(.rsp), .register(.rsp), .immediate(Int64(frameSize)))
      assembler.endGroup()
      slowPolls.append(SlowPoll(label: slow, poll: labels[0], hasFrame: false, sourceOffset: 0))
      save(savedRegisters)
      return
    }
    if needsPoll || polls {
      let slow = assembler.makeLabel()
      assembler.bind(labels[0])
      emitPollGroup(slow)
      slowPolls.append(SlowPoll(label: slow, poll: labels[0], hasFrame: false, sourceOffset: 0))
    }
    if frameSize > 0 {
      emit(.sub, .w64, .register(.rsp), .register(.rsp), .immediate(Int64(frameSize)))
      save(savedRegisters)
    }
  }

  mutating func save(_ registers: ContiguousArray<SavedRegister>) {
    for saved in registers {
      emit(.mov, .w64, .address(.flat(.rsp, displacement: saved.offset)), .register(saved.register))
    }
  }

  mutating func restore(_ registers: ContiguousArray<SavedRegister>) {
    for saved in registers {
      emit(.mov, .w64, .register(saved.register), .address(.flat(.rsp, displacement: saved.offset)))
    }
  }

  private mutating func emitPollGroup(_ slow: Label) {
    assembler.beginGroup()
    emit(.cmp, .w64, .register(.rsp), context(ContextLayout.limit))
    emitBranch(.below, slow)
    assembler.endGroup()
  }

  mutating func emitPoll(sourceOffset: UInt32) {
    let poll = assembler.makeLabel()
    let slow = assembler.makeLabel()
    assembler.bind(poll)
    facts.forgetAll()
    emitPollGroup(slow)
    slowPolls.append(SlowPoll(label: slow, poll: poll, hasFrame: frameSize > 0, sourceOffset: sourceOffset))
    weight = 0
  }

  /// The caller's registers and the frame's end, directly in front of a return or tail jump.
  mutating func emitEpilogue() {
    restore(savedRegisters)
    if frameSize > 0 { emit(.add, .w64, .register(.rsp), .register(.rsp), .immediate(Int64(frameSize))) }
  }

  // MARK: Branches and traps

  /// Branches count as long: four bytes more than the assembler says so far.
  mutating func emitBranch(_ condition: Condition, _ label: Label) {
    emit(Native(.jcc, .w32, condition: condition, .label(label)))
    weight += 8
  }

  mutating func emitJump(_ label: Label) {
    emit(Native(.jmp, .w32, .label(label)))
    weight += 8
  }

  /// A branch to `taken` if the flags say so.
  mutating func emitBranch(_ condition: FlagCondition, _ taken: Label) {
    switch condition {
    case .plain(let condition): emitBranch(condition, taken)
    case .notEqualOrUnordered:
      emitBranch(.notEqual, taken)
      emitBranch(.parity, taken)
    case .equalOrdered:
      let otherwise = assembler.makeLabel()
      emitBranch(.parity, otherwise)
      emitBranch(.equal, taken)
      bindLocal(otherwise)
    }
  }

  /// A label inside a step.
  mutating func bindLocal(_ label: Label) {
    assembler.bind(label)
    facts.forgetAll()
    flagged = nil
  }

  /// Where to go to trap; one place for each reason and wasm instruction.
  mutating func trapLabel(_ code: TrapCode, _ sourceOffset: UInt32) -> Label {
    let site = TrapSite(code: code, sourceOffset: sourceOffset)
    if let label = trapLabels[site] { return label }
    let label = assembler.makeLabel()
    trapLabels[site] = label
    traps.append((site: site, label: label))
    return label
  }

  mutating func emitGate(_ gate: Gate) {
    emit(.callIndirect, .w64, context(module.layout.gate(gate)))
  }

  mutating func markSite(
    _ kind: CodeSite.Kind, _ sourceOffset: UInt32, trapCode: TrapCode = .unreachable, hasFrame: Bool? = nil
  ) {
    assembler.mark(
      CodeSite(
        address: 0, sourceOffset: sourceOffset, function: machine.index, kind: kind, trapCode: trapCode,
        hasFrame: hasFrame ?? (frameSize > 0)))
  }

  mutating func emitTrap(_ code: TrapCode, _ sourceOffset: UInt32) {
    emitGate(.trap)
    markSite(.trap, sourceOffset, trapCode: code)
  }

  /// All that stands behind the last block. Nothing here comes back but a poll, to itself.
  mutating func emitColdEnds() {
    for failed in failedConversions {
      assembler.bind(failed.label)
      emit(failed.compare, .w64, .register(failed.float), .register(failed.float))
      emitBranch(.parity, trapLabel(.invalidConversionToInteger, failed.sourceOffset))
      emitTrap(.integerOverflow, failed.sourceOffset)
    }
    for slow in slowPolls {
      assembler.bind(slow.label)
      emitGate(.interrupt)
      markSite(.poll, slow.sourceOffset, hasFrame: slow.hasFrame)
      emitJump(slow.poll)
    }
    for trap in traps {
      assembler.bind(trap.label)
      emitTrap(trap.site.code, trap.site.sourceOffset)
    }
  }
}

extension X86.Instruction {
  /// Bytes that the address operand's access covers.
  var memorySize: Int {
    let row = opcode.row
    for position in 0..<row.operandCount {
      guard case .address = self[operand: position] else { continue }
      return row.operands[position].memoryWidth(operation: width).bytes
    }
    return 0
  }
}
