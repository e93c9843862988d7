import Entities
import IR
import RegisterAllocation
import X86

/// A run of steps with one entry; numbered as the allocator's blocks.
struct MachineBlock: Sendable {
  /// The IR block it comes from; nil for the function's entry and for blocks that split an edge.
  var source: Block?
  /// In the order of the terminator's targets.
  var successors: ContiguousArray<Successor> = []
  var isCold = false
  /// Splits the way back to the header that follows. Without moves it is not needed, and the header polls instead.
  var isLatch = false
  /// Some edge comes from here or behind: rule P1 wants a POLL.
  var isLoopHeader = false
  /// A jump table leads here: it must start a bundle.
  var isTableTarget = false
  var loopDepth = 0
  /// How often it runs, the function's entry once.
  var frequency: Float = 1
  /// In `MachineFunction.instructions`.
  var instructions = 0..<0

  struct Successor: Sendable {
    var block: BlockNumber
    /// In the IR function's value lists.
    var arguments: PoolSlice
  }
}

/// A function as selected, in the order it will be written.
struct MachineFunction: Sendable {
  var index: FunctionIndex
  var instructions: ContiguousArray<MachineInstruction> = []
  var blocks: EntityMap<BlockNumber, MachineBlock> = EntityMap()
  var input = AllocationInput()
  /// For each of `input.operands`.
  var places: ContiguousArray<OperandPlace> = []
  /// By tag: the instruction that makes the value, but for its destination, operand 0.
  var rematerialisations: ContiguousArray<X86.Instruction> = []
  /// In the order in which the assembler will number them.
  var constants = ConstantPool()
  var jumpTables: ContiguousArray<ContiguousArray<BlockNumber>> = []
  /// Makes a call, gate call or tail call: must begin with a POLL (rule F4).
  var callsOut = false

  init(index: FunctionIndex) { self.index = index }

  /// A constant in read-only data.
  mutating func address(of constant: ConstantPool.Constant) -> X86.Address {
    .relative(to: .symbol(Reference.constant(constants.insert(constant)).symbol))
  }

  /// A scalar float in read-only data.
  mutating func scalarConstant(_ bits: UInt64, isDouble: Bool) -> X86.Address {
    address(of: isDouble ? ConstantPool.Constant(bits) : ConstantPool.Constant(UInt32(truncatingIfNeeded: bits)))
  }
}
