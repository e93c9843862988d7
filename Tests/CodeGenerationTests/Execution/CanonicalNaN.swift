import IR

/// Makes every NaN that arithmetic gives the same one: which of two operands' it is, wasm leaves open and processors
/// decide by the order of operands.
enum CanonicalNaN {
  static func applied(to function: Function) -> Function {
    var function = function
    for block in function.layout.blocks {
      var list = ContiguousArray<Instruction>()
      for instruction in function.layout.instructions[block] {
        let data = function.instructions[instruction]
        guard givesNaN(data.opcode) else {
          list.append(instruction)
          continue
        }
        let raw = function.clone(instruction) { $0 }
        let value = function.result(of: raw)
        let bits: UInt64 = data.type == .f64 ? 0x7ff8_0000_0000_0000 : 0x7fc0_0000
        let constant = function.makeInstruction(
          InstructionData(.floatConstant, data.type, immediate: bits), results: [data.type])
        var comparison = InstructionData(
          .compareFloat, data.type, auxiliary: UInt32(FloatCondition.equal.rawValue))
        comparison.operands = function.valueLists.append(contentsOf: [value, value])
        let compare = function.makeInstruction(comparison, results: [.i32])
        list.append(contentsOf: [raw, constant, compare, instruction])
        function.replace(
          instruction, with: InstructionData(.select, data.type),
          [function.result(of: compare), value, function.result(of: constant)])
      }
      function.layout.instructions[block] = list
    }
    return function
  }

  private static func givesNaN(_ opcode: Opcode) -> Bool {
    switch opcode {
    case .floatAdd, .floatSubtract, .floatMultiply, .floatDivide, .floatMinimum, .floatMaximum, .squareRoot, .ceiling,
      .floor, .truncate, .nearest, .demote, .promote:
      true
    default: false
    }
  }
}
