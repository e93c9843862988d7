import Entities
import IR
import Nexe
import RegisterAllocation
import X86

/// What each kind of step is written as.
extension Emitter {
  mutating func emit(_ step: MachineInstruction, in block: BlockNumber) {
    var main = step.main
    switch step.kind {
    case .plain:
      prepare(&main, step.region)
      if main.opcode == .mov, case .immediate = main[operand: 1], case .register = main[operand: 0] {
        emitConstant(main)
      } else {
        emit(main)
      }
    case .move:
      if main[operand: 0] != main[operand: 1] { emit(main) }
    case .entry: break
    case .compareSet: emitCompareSet(step)
    case .compareSelect: emitCompareSelect(step)
    case .compareTrap:
      emitCompare(step)
      emitBranch(step.condition, trapLabel(step.trapCode, step.sourceOffset))
    case .compareBranch: emitCompareBranch(step, in: block)
    case .jump: emitJump(from: block)
    case .divideUnsigned, .divideSigned, .remainderSigned: emitDivision(step)
    case .call:
      emit(.call, .w64, .symbol(Reference.function(FunctionIndex(step.auxiliary)).symbol))
      finishCall(step)
    case .callIndirect:
      emitIndirect(step)
      finishCall(step)
    case .gate:
      save(gateSavedRegisters)
      emit(.callIndirect, .w64, context(module.layout.gate(step.gate)))
      finishCall(step)
      restore(gateSavedRegisters)
    case .tailCall:
      emitEpilogue()
      emit(.jmp, .w64, .symbol(Reference.function(FunctionIndex(step.auxiliary)).symbol))
      fallsThrough = false
    case .tailCallIndirect:
      emitIndirect(step)
      fallsThrough = false
    case .returnValues:
      emitEpilogue()
      emit(.ret, .w64)
      fallsThrough = false
    case .trap:
      emitTrap(step.trapCode, step.sourceOffset)
      fallsThrough = false
    case .branchTable: emitBranchTable(step, in: block)
    case .limit: emitLimit(step)
    case .floatMinimum, .floatMaximum: emitFloatMinimumOrMaximum(step)
    case .truncateChecked: emitTruncationChecked(step)
    case .truncateSaturating: emitTruncationSaturating(step)
    case .truncateUnsigned64Checked, .truncateUnsigned64Saturating: emitTruncationUnsigned64(step)
    case .convertSigned: emitConversion(step)
    case .convertUnsigned64: emitConversionUnsigned64(step)
    case .countZeros: emitCountZeros(step)
    }
  }

  // MARK: Compares

  /// Sets the flags that `step.condition` is about; not again, if they tell already whether a result just computed is
  /// 0.
  private mutating func emitCompare(_ step: MachineInstruction) {
    var main = step.main
    if main.opcode == .test, step.condition == .plain(.equal) || step.condition == .plain(.notEqual), let flagged,
      main.width == flagged.width, main[operand: 0] == .register(flagged.register), main[operand: 0] == main[operand: 1]
    {
      return
    }
    prepare(&main, step.region)
    emit(main)
  }

  private mutating func emitCompareSet(_ step: MachineInstruction) {
    emitCompare(step)
    let result = X86.Operand.register(step.result)
    switch step.condition {
    case .plain(let condition):
      emit(Native(.setcc, .w8, condition: condition, result))
    case .equalOrdered:
      emit(Native(.setcc, .w8, condition: .notParity, result))
      emit(Native(.setcc, .w8, condition: .equal, .register(.scratch)))
      emit(.and, .w32, result, result, .register(.scratch))
    case .notEqualOrUnordered:
      emit(Native(.setcc, .w8, condition: .parity, result))
      emit(Native(.setcc, .w8, condition: .notEqual, .register(.scratch)))
      emit(.or, .w32, result, result, .register(.scratch))
    }
    emit(.movzx8, .w32, result, result)
  }

  private mutating func emitCompareSelect(_ step: MachineInstruction) {
    emitCompare(step)
    let result = X86.Operand.register(step.result)
    let other = X86.Operand.register(step.first)
    guard step.result.physicalClass == .general else {
      let done = assembler.makeLabel()
      emitBranch(step.condition.inverted, done)
      emit(.movaps, .w128, result, other)
      bindLocal(done)
      return
    }
    let width: Width = step.immediate == 32 ? .w32 : .w64
    switch step.condition {
    case .plain(let condition):
      emit(Native(.cmov, width, condition: condition, result, result, other))
    case .notEqualOrUnordered:
      emit(Native(.cmov, width, condition: .notEqual, result, result, other))
      emit(Native(.cmov, width, condition: .parity, result, result, other))
    case .equalOrdered: preconditionFailure("selection turns this condition around")
    }
  }

  // MARK: Jumps

  /// Goes to a block: by falling through if it is next.
  private mutating func go(to target: BlockNumber, from block: BlockNumber) {
    if following(block) == target {
      fallsThrough = true
      return
    }
    emitJump(labels[target.index])
    arrive(target)
    fallsThrough = false
  }

  /// A jump to a block carries the weight there.
  private mutating func arrive(_ target: BlockNumber) {
    weights[target.index] = max(weights[target.index], weight)
  }

  private mutating func emitJump(from block: BlockNumber) {
    go(to: destination(machine.blocks[block].successors[0]), from: block)
  }

  private mutating func emitCompareBranch(_ step: MachineInstruction, in block: BlockNumber) {
    emitCompare(step)
    let successors = machine.blocks[block].successors
    let taken = destination(successors[0])
    let otherwise = destination(successors[1])
    weight += 64
    if following(block) == taken {
      emitBranch(step.condition.inverted, labels[otherwise.index])
      arrive(otherwise)
      fallsThrough = true
    } else {
      emitBranch(step.condition, labels[taken.index])
      arrive(taken)
      go(to: otherwise, from: block)
    }
  }

  /// So many entries are compared one by one: less code than the group and its table, and better predicted.
  private static let longestChain = 4

  private mutating func emitBranchTable(_ step: MachineInstruction, in block: BlockNumber) {
    let entries = machine.jumpTables[Int(step.auxiliary)].map { destinations[$0.index] }
    weight += 128
    if entries.count <= Self.longestChain {
      for (index, entry) in entries.dropLast().enumerated() {
        emit(.cmp, .w32, .register(step.first), .immediate(Int64(index)))
        emitBranch(.equal, labels[entry.index])
        arrive(entry)
      }
      go(to: entries[entries.count - 1], from: block)
    } else {
      emitTableJump(step, entries)
    }
  }

  /// Rule C4. The index goes to the scratch register, which becomes the target.
  private mutating func emitTableJump(_ step: MachineInstruction, _ entries: [BlockNumber]) {
    let index = X86.Operand.register(.scratch)
    let bound = X86.Operand.register(step.result)
    let base = X86.Operand.register(step.second)
    emit(.mov, .w32, index, .register(step.first))
    let table = assembler.jumpTable(entries.map { labels[$0.index] })
    assembler.beginGroup()
    emit(.mov, .w32, bound, .immediate(Int64(step.immediate) - 1))
    emit(.cmp, .w32, index, bound)
    emit(Native(.cmov, .w32, condition: .above, index, index, bound))
    emit(.lea, .w64, base, .address(.relative(to: table)))
    emit(.movsxd, .w64, index, .address(.flat(step.second, index: .scratch, scale: 4)))
    emit(.add, .w64, index, index, base)
    emit(.jmpIndirect, .w64, index)
    assembler.endGroup()
    for entry in entries { arrive(entry) }
    fallsThrough = false
  }

  // MARK: Calls

  private mutating func finishCall(_ step: MachineInstruction) {
    markSite(.call, step.sourceOffset)
    facts.forgetAll()
    weight += 1024
  }

  /// Rule C2. No argument is in r11 or rbx, and neither is callee-saved.
  private mutating func emitIndirect(_ step: MachineInstruction) {
    guard let entryCountLog2 = module.entryCountLog2 else {
      preconditionFailure("a module with indirect calls has an entry area")
    }
    let target = X86.Operand.register(.scratch)
    let base = X86.Operand.register(.rbx)
    emit(.mov, .w32, target, .register(.rax))
    let isTail = step.kind == .tailCallIndirect
    if isTail { emitEpilogue() }
    assembler.beginGroup()
    emit(.and, .w32, target, target, .immediate((Int64(1) << Int64(entryCountLog2) - 1) << 5))
    emit(.mov, .w32, .register(.r10), .immediate(Int64(step.auxiliary)))
    emit(.lea, .w64, base, .address(.relative(to: .symbol(Reference.entryArea.symbol))))
    emit(.add, .w64, target, target, base)
    emit(isTail ? .jmpIndirect : .callIndirect, .w64, target)
    assembler.endGroup()
  }

  // MARK: Integers

  /// Rule D1. The test for 0 and -1 is part of the group; what -1 means follows behind, jumped over.
  private mutating func emitDivision(_ step: MachineInstruction) {
    let width = step.main.width
    let divisor = step.main[operand: 0]
    let trap = trapLabel(.integerDivideByZero, step.sourceOffset)
    if step.kind == .divideUnsigned {
      assembler.beginGroup()
      emit(.test, width, divisor, divisor)
      emitBranch(.equal, trap)
      emit(.zero, .w32, .register(.rdx))
      emit(step.main)
      assembler.endGroup()
      return
    }
    // A constant divisor is neither: the branch is never taken.
    let isConstant = step.immediate == 1
    let special = isConstant ? trap : assembler.makeLabel()
    assembler.beginGroup()
    emit(.lea, width, .register(.scratch), .address(.flat(step.main[.operand0], displacement: 1)))
    emit(.cmp, width, .register(.scratch), .immediate(1))
    emitBranch(.belowOrEqual, special)
    emit(.cdq, width)
    emit(step.main)
    assembler.endGroup()
    if isConstant { return }
    let done = assembler.makeLabel()
    emitJump(done)
    bindLocal(special)
    emit(.test, width, divisor, divisor)
    emitBranch(.equal, trap)
    if step.kind == .divideSigned {
      emit(.neg, width, .register(.rax), .register(.rax))
      emitBranch(.overflow, trapLabel(.integerOverflow, step.sourceOffset))
    } else {
      emit(.zero, .w32, .register(.rdx))
    }
    bindLocal(done)
  }

  /// max(0, M - n), in one register and the scratch register.
  private mutating func emitLimit(_ step: MachineInstruction) {
    let size = context(module.layout.memorySize[Int(step.auxiliary)])
    let result = X86.Operand.register(step.result)
    let scratch = X86.Operand.register(.scratch)
    let amount = Int64(bitPattern: step.immediate)
    if amount == 0 {
      emit(.mov, .w64, result, size)
      return
    }
    let minimum = module.declarations.memories[MemoryIndex(step.auxiliary)].minimumPages
    if Int32(exactly: amount) != nil, minimum <= 1 << 47, UInt64(amount) <= minimum << 16 {
      emit(.mov, .w64, result, size)
      emit(.sub, .w64, result, result, .immediate(amount))
      return
    }
    emit(.mov, .w64, scratch, size)
    if Int64(Int32(truncatingIfNeeded: amount)) == amount {
      emit(.zero, .w32, result)
      emit(.sub, .w64, scratch, scratch, .immediate(amount))
    } else {
      emit(.mov, .w64, result, .immediate(amount))
      emit(.sub, .w64, scratch, scratch, result)
      emit(.mov, .w32, result, .immediate(0))
    }
    emit(Native(.cmov, .w64, condition: .aboveOrEqual, result, result, scratch))
  }

  /// bsr and bsf leave the result alone for 0; the wasm result for 0 is put in behind.
  private mutating func emitCountZeros(_ step: MachineInstruction) {
    let width = step.main.width
    let result = X86.Operand.register(step.result)
    let scratch = X86.Operand.register(.scratch)
    let bits = Int64(width.bits)
    let isLeading = step.main.opcode == .bsr
    emit(step.main.opcode, width, result, .register(step.first))
    emit(.mov, .w32, scratch, .immediate(isLeading ? 2 * bits - 1 : bits))
    emit(Native(.cmov, width, condition: .equal, result, result, scratch))
    if isLeading { emit(.xor, width, result, result, .immediate(bits - 1)) }
  }
}

extension MachineInstruction {
  var gate: Gate {
    guard let gate = Gate(rawValue: UInt8(truncatingIfNeeded: auxiliary)) else {
      preconditionFailure("a gate call names its gate")
    }
    return gate
  }
}
