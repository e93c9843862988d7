/// Intel syntax, for dumps and for assemblers.
public enum AsmPrinter {
  /// The text of `instruction` as encoded at an instruction set level: `vaddsd xmm1, xmm2, xmm3` where VEX is used.
  /// Requires physical registers.
  public static func text(_ instruction: Instruction, isa: ISALevel, branch: Encoder.BranchSize = .long) -> String {
    let row = instruction.opcode.row
    let encoding = Encoder(isa: isa).encoding(of: instruction, branch: branch)
    let width = encoding.sizing == .zeroExtending ? .w32 : instruction.width
    var operands: [String] = []
    for position in 0..<row.operandCount {
      let operand = text(instruction[operand: position], row.operands[position], operation: width)
      switch encoding.fields[position] {
      case .tied: break
      case .regAndRM: operands += [operand, operand]
      case .regAndVVVVAndRM: operands += [operand, operand, operand]
      default: operands.append(operand)
      }
    }
    let isRenamed = encoding.isVEX && row.minimumISA < .v3
    return line((isRenamed ? "v" : "") + mnemonic(instruction), operands)
  }

  /// The text of any instruction: virtual registers, and tied operands where they are not yet the destination's
  /// register.
  public static func dump(_ instruction: Instruction) -> String {
    let row = instruction.opcode.row
    var operands: [String] = []
    for position in 0..<row.operandCount {
      if position > 0 && row.operands[position].isTied(isa: .v2)
        && instruction[operand: position] == instruction[operand: 0]
      {
        continue
      }
      operands.append(text(instruction[operand: position], row.operands[position], operation: instruction.width))
    }
    return line(mnemonic(instruction), operands)
  }

  private static func line(_ mnemonic: String, _ operands: [String]) -> String {
    operands.isEmpty ? mnemonic : "\(mnemonic) \(operands.joined(separator: ", "))"
  }

  private static func mnemonic(_ instruction: Instruction) -> String {
    let row = instruction.opcode.row
    if instruction.width == .w64, let name = row.name64 { return "\(name)" }
    let hasCondition = Encoding.table[row.encodings.lowerBound].hasCondition
    return hasCondition ? "\(row.name)\(instruction.condition.suffix)" : "\(row.name)"
  }

  private static func text(
    _ operand: Operand, _ specification: OperandSpecification, operation: Width
  ) -> String {
    let width = specification.width(operation: operation)
    switch operand {
    case .none: return "?"
    case .register(let register):
      return register.name(width)
    case .address(let address):
      return specification.role == .compute
        ? text(address) : "\(sizeName(specification.memoryWidth(operation: operation))) ptr \(text(address))"
    case .immediate(let value): return "\(width.normalize(value))"
    case .target(let target): return text(target)
    }
  }

  private static func sizeName(_ width: Width) -> String {
    switch width {
    case .w8: "byte"
    case .w16: "word"
    case .w32: "dword"
    case .w64: "qword"
    case .w128: "xmmword"
    }
  }

  private static func text(_ target: Target) -> String {
    switch target {
    case .label(let label): "\(label)"
    case .symbol(let symbol): "\(symbol)"
    }
  }

  static func text(_ address: Address) -> String {
    var terms: [String] = []
    if let target = address.target { terms += ["rip", text(target)] }
    let width: Width = address.form == .segment32 ? .w32 : .w64
    if let base = address.base { terms.append(base.name(width)) }
    if let index = address.index { terms.append("\(index.name(width))*\(address.scale)") }
    var sum = terms.joined(separator: " + ")
    let displacement = Int64(address.displacement)
    if terms.isEmpty {
      sum = "\(displacement)"
    } else if displacement != 0 {
      sum += displacement < 0 ? " - \(-displacement)" : " + \(displacement)"
    }
    return address.form == .segment32 ? "gs:[\(sum)]" : "[\(sum)]"
  }
}
