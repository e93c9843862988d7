import Entities
import IR

/// In memories whose accesses wrap round (`MemoryShape.wrapBits`), makes the mask of an address an instruction of its
/// own. Value numbering then finds one mask for all accesses near an address, where the code generator would make one for
/// each.
///
/// Requires: nothing beyond a correct function; run before value numbering. Establishes: the address of every access
/// with a small offset is a constant or an `and` of a mask. Cost: linear.
public enum AddressMasking {
  /// The code generator adds larger offsets before it masks.
  static let largestOffset: UInt64 = 4096

  public static func run(on function: inout Function, in shape: ModuleShape) {
    guard shape.memories.elements.contains(where: { $0.wrapBits != nil }) else { return }
    for block in function.layout.blocks {
      var order = ContiguousArray<Instruction>()
      order.reserveCapacity(function.layout.instructions[block].count)
      for instruction in function.layout.instructions[block] {
        let data = function.instructions[instruction]
        if data.opcode == .load || data.opcode == .store, data.immediate < largestOffset,
          let bits = shape.memories[MemoryIndex(data.memory)].wrapBits
        {
          mask(instruction, to: (1 << UInt64(bits)) - 1, &function, &order)
        }
        order.append(instruction)
      }
      function.layout.instructions[block] = order
    }
  }

  private static func mask(
    _ access: Instruction, to mask: UInt64, _ function: inout Function, _ order: inout ContiguousArray<Instruction>
  ) {
    let address = function.operand(0, of: access)
    if function.constant(address) != nil { return }
    if let (_, known) = function.operandAndConstant(of: address, .and), known <= mask { return }
    let type = function.type(of: address)
    let sourceOffset = function.instructions[access].sourceOffset
    let constant = function.makeInstruction(
      InstructionData(.integerConstant, type, immediate: mask, sourceOffset: sourceOffset), results: [type])
    let operands = function.valueLists.append(contentsOf: [address, function.result(of: constant)])
    let and = function.makeInstruction(
      InstructionData(.and, type, operands: operands, sourceOffset: sourceOffset), results: [type])
    order.append(constant)
    order.append(and)
    function.valueLists[function.instructions[access].operands, 0] = function.result(of: and)
  }
}
