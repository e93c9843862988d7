import Entities
import IR

/// Constant folding and algebraic simplification, one walk in layout order: operands are simple before their users
/// are looked at.
///
/// Requires: nothing beyond a correct function. Establishes: no pure instruction with only constant operands (but
/// for NaNs); constants on the right of commutative instructions; no check of an address that is always inside the
/// declared minimum. Cost: linear.
public enum ConstantFolding {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    var forwarding = ValueForwarding(function)
    var order = ContiguousArray<Instruction>()
    for block in function.layout.blocks {
      order.removeAll(keepingCapacity: true)
      var changed = false
      for position in function.layout.instructions[block].indices {
        let instruction = function.layout.instructions[block][position]
        function.rewriteUses(in: instruction) { forwarding.resolve($0) }
        let keeps = rewrite(instruction, &function, shape, &forwarding, &order)
        if keeps { order.append(instruction) }
        changed = changed || !keeps || order.count != position + 1
      }
      if changed { function.layout.instructions[block] = ContiguousArray(order) }
    }
    // Uses that stand before their definition's rewriting: arguments of back edges.
    forwarding.apply(to: &function)
  }

  /// Applies rules to one instruction until none fits. New constants go to `order`. Returns whether the instruction
  /// stays.
  private static func rewrite(
    _ instruction: Instruction, _ function: inout Function, _ shape: ModuleShape,
    _ forwarding: inout ValueForwarding, _ order: inout ContiguousArray<Instruction>
  ) -> Bool {
    // Every rule makes the expression smaller; the bound is against a pair of rules that undo each other.
    for _ in 0..<16 {
      let data = function.instructions[instruction]
      switch Simplifier.simplify(data, function, shape) {
      case .keep: return true
      case .remove: return false
      case .value(let value):
        forwarding.forward(data.firstResult, to: value)
        return false
      case .constant(let bits):
        let type = function.type(of: data.firstResult)
        let opcode: Opcode = type.isFloat ? .floatConstant : .integerConstant
        function.replace(instruction, with: InstructionData(opcode, type, immediate: bits), EmptyCollection())
        return true
      case .binary(let opcode, let value, let right):
        let constant = makeConstant(data.type, right, at: data.sourceOffset, &function, &order)
        function.replace(
          instruction, with: InstructionData(opcode, data.type), [value, constant])
      case .compare(let condition, let type, let value, let right):
        let constant = makeConstant(type, right, at: data.sourceOffset, &function, &order)
        let data = InstructionData(.compareInteger, type, auxiliary: UInt32(condition.rawValue))
        function.replace(instruction, with: data, [value, constant])
      case .instruction(let data, let operands): function.replace(instruction, with: data, operands)
      }
    }
    return true
  }

  private static func makeConstant(
    _ type: Type, _ bits: UInt64, at sourceOffset: UInt32, _ function: inout Function,
    _ order: inout ContiguousArray<Instruction>
  ) -> Value {
    let opcode: Opcode = type.isFloat ? .floatConstant : .integerConstant
    let data = InstructionData(opcode, type, immediate: bits, sourceOffset: sourceOffset)
    let instruction = function.makeInstruction(data, results: [type])
    order.append(instruction)
    return function.result(of: instruction)
  }
}
