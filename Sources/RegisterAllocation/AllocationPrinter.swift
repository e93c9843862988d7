import Entities

/// The text form of a problem and its solution, for golden tests and for people.
///
///     registers r0 r1 r2 | x0 | r15 x15 | r2
///     v0 general
///     v1 vector 16
///     v2 general tag 7
///     block b0 depth 0
///       i0: def v0 r0, use v1 any, late v2, early v3 ; clobbers r0 r1 ; call
///       i1: ; terminator
///       to b1(v0)
///     block b1(v4) depth 1 frequency 0.5
///
/// The first line names the allocatable registers of both classes, the scratch registers, and callee-saved ones if there
/// are any. With a solution each operand is followed by `= place`, and edits stand on lines of their own in front of their
/// instruction.
public enum AllocationPrinter {
  public static func print(
    _ input: AllocationInput, environment: RegisterEnvironment, result: AllocationResult? = nil
  ) -> String {
    var text = "registers "
    text += environment.general.map(\.description).joined(separator: " ") + " | "
    text += environment.vector.map(\.description).joined(separator: " ")
    text += " | \(environment.generalScratch) \(environment.vectorScratch)"
    let saved = environment.calleeSaved.members.map(\.description).joined(separator: " ")
    text += saved.isEmpty ? "\n" : " | \(saved)\n"
    for id in input.virtualRegisters.ids { text += line(id, input.virtualRegisters[id]) }
    var nextEdit = 0
    for id in input.blocks.ids {
      let block = input.blocks[id]
      text += "block \(id)\(list(input.registers[block.parameters])) depth \(block.loopDepth)"
      let isDefault =
        BlockInfo(firstInstruction: block.firstInstruction, instructionCount: 1, loopDepth: Int(block.loopDepth))
        .frequency == block.frequency
      text += isDefault ? "\n" : " frequency \(block.frequency)\n"
      for index in block.instructions {
        let instruction = InstructionNumber(index: index)
        if let result {
          while nextEdit < result.edits.count, result.edits[nextEdit].before == instruction {
            text += "    \(describe(result.edits[nextEdit]))\n"
            nextEdit += 1
          }
        }
        text += "  \(instruction):" + describe(instruction, input, result) + "\n"
      }
      for edge in input.edges[block.edges] { text += "  to \(edge.target)\(list(input.registers[edge.arguments]))\n" }
    }
    if let result {
      text += "slots" + result.slots.elements.map { " \($0.rawValue)" }.joined() + "\n"
    }
    return text
  }

  private static func line(_ id: VirtualRegister, _ info: VirtualRegisterInfo) -> String {
    var text = "\(id) \(info.registerClass)"
    if info.width == .bytes16 { text += " 16" }
    if let tag = info.rematerialisation { text += " tag \(tag)" }
    return text + "\n"
  }

  private static func list(_ registers: ArraySlice<VirtualRegister>) -> String {
    registers.isEmpty ? "" : "(" + registers.map(\.description).joined(separator: ", ") + ")"
  }

  private static func describe(
    _ instruction: InstructionNumber, _ input: AllocationInput, _ result: AllocationResult?
  ) -> String {
    let info = input.instructions[instruction]
    var words: [String] = []
    for position in 0..<Int(info.operands.count) {
      var word = describe(input.operands[info.operands, position])
      if let result { word += " = \(describe(result.locations[info.operands, position]))" }
      words.append(word)
    }
    var text = words.isEmpty ? "" : " " + words.joined(separator: ", ")
    if !info.clobbers.isEmpty {
      text += " ; clobbers " + info.clobbers.members.map(\.description).joined(separator: " ")
    }
    if info.flags.contains(.move) { text += " ; move" }
    if info.flags.contains(.call) { text += " ; call" }
    if info.flags.contains(.terminator) { text += " ; terminator" }
    return text
  }

  private static func describe(_ operand: RegisterOperand) -> String {
    let kind =
      switch (operand.kind, operand.position) {
      case (.use, .early): "use"
      case (.use, .late): "late"
      case (.definition, .late): "def"
      case (.definition, .early): "early"
      }
    let constraint =
      switch operand.constraint {
      case .register: ""
      case .any: " any"
      case .stack: " stack"
      case .fixed(let register): " \(register)"
      case .reuse(let position): " reuse \(position)"
      }
    return "\(kind) \(operand.register)\(constraint)"
  }

  static func describe(_ location: Location) -> String {
    switch location {
    case .none: "none"
    case .register(let register): register.description
    case .slot(let slot): slot.description
    }
  }

  static func describe(_ edit: Edit) -> String {
    switch edit.action {
    case .move(let source, let destination, let width):
      "\(describe(destination)) <- \(describe(source))" + (width == .bytes16 ? " 16" : "")
    case .rematerialise(let tag, let register): "\(register) <- tag \(tag)"
    }
  }
}
