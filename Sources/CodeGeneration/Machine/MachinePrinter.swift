import Entities
import RegisterAllocation
import X86

/// The text of selected code, before or after allocation: a line a step, `main` and the registers beside it.
enum MachinePrinter {
  static func selection(_ machine: MachineFunction, isa: ISALevel) -> String {
    text(machine, isa: isa) { step, _ in step }
  }

  /// With allocated registers and the edits between the steps.
  static func allocation(_ machine: MachineFunction, _ allocation: AllocationResult, isa: ISALevel) -> String {
    var next = 0
    return text(machine, isa: isa) { step, index in
      var edits = ""
      while next < allocation.edits.count, allocation.edits[next].before.index == index {
        edits += "    " + self.text(allocation.edits[next]) + "\n"
        next += 1
      }
      let locations = step.operands.range.map { text(allocation.locations[$0]) }
      return (step, edits, " @ " + locations.joined(separator: " "))
    }
  }

  private static func text(
    _ machine: MachineFunction, isa: ISALevel, _ transform: (MachineInstruction, Int) -> MachineInstruction
  ) -> String {
    text(machine, isa: isa) { step, index in (transform(step, index), "", "") }
  }

  private static func text(
    _ machine: MachineFunction, isa: ISALevel,
    _ transform: (MachineInstruction, Int) -> (step: MachineInstruction, before: String, behind: String)
  ) -> String {
    var output = ""
    for number in machine.blocks.ids {
      let block = machine.blocks[number]
      output += "\(number):"
      if block.isLoopHeader { output += " loop" }
      if block.isCold { output += " cold" }
      if !block.successors.isEmpty {
        output += " -> " + block.successors.map { "\($0.block)" }.joined(separator: ", ")
      }
      output += "\n"
      for index in block.instructions {
        let (step, before, behind) = transform(machine.instructions[index], index)
        output += before + "    " + text(step, isa: isa) + behind + "\n"
      }
    }
    return output
  }

  private static func text(_ step: MachineInstruction, isa: ISALevel) -> String {
    // Some kinds of step use no more of `main` than its opcode and width.
    var main: String { AsmPrinter.text(step.main, isa: isa) }
    let region = step.region.kind == .none ? "" : " ; \(step.region.kind) \(step.region.index)"
    switch step.kind {
    case .plain, .move: return main + region
    case .entry: return "entry"
    case .compareSet: return "\(step.result.name(.w64)) = set \(text(step.condition)), \(main)" + region
    case .compareSelect:
      return "\(step.result.name(.w64)) = select \(text(step.condition)), \(step.first.name(.w64)), "
        + "\(step.second.name(.w64)), \(main)" + region
    case .compareTrap: return "trap \(step.trapCode) if \(text(step.condition)), \(main)" + region
    case .compareBranch: return "branch \(text(step.condition)), \(main)" + region
    case .jump: return "jump"
    case .divideUnsigned, .divideSigned, .remainderSigned: return "\(step.kind) \(main)"
    case .call: return "call fn\(step.auxiliary)"
    case .callIndirect: return "call_indirect sig\(step.auxiliary)"
    case .gate: return "gate \(step.gate)"
    case .tailCall: return "tail_call fn\(step.auxiliary)"
    case .tailCallIndirect: return "tail_call_indirect sig\(step.auxiliary)"
    case .returnValues: return "return"
    case .trap: return "trap \(step.trapCode)"
    case .branchTable: return "branch_table \(step.first.name(.w64)), \(step.immediate) entries"
    case .limit: return "\(step.result.name(.w64)) = limit memory \(step.auxiliary), \(step.immediate)"
    case .floatMinimum, .floatMaximum, .truncateChecked, .truncateSaturating, .truncateUnsigned64Checked,
      .truncateUnsigned64Saturating, .convertSigned, .convertUnsigned64, .countZeros:
      return "\(step.result.name(.w64)) = \(step.kind) \(step.main.opcode) \(step.first.name(.w64))"
    }
  }

  private static func text(_ condition: FlagCondition) -> String {
    switch condition {
    case .plain(let condition): condition.suffix
    case .equalOrdered: "e and np"
    case .notEqualOrUnordered: "ne or p"
    }
  }

  private static func text(_ location: Location) -> String {
    switch location {
    case .none: "-"
    case .register(let register): X86.Register(register).name(.w64)
    case .slot(let slot): "\(slot)"
    }
  }

  private static func text(_ edit: Edit) -> String {
    switch edit.action {
    case .move(let from, let to, _): "move \(text(to)), \(text(from))"
    case .rematerialise(let tag, let register): "remake \(X86.Register(register).name(.w64)), constant \(tag)"
    }
  }
}
