import Entities
import IR
import RegisterAllocation
import X86

/// What a symbol in a function's code stands for.
enum CodeSymbol: Hashable, Sendable {
  case function(FunctionIndex)
  /// An index into `MachineFunction.constants`.
  case constant(UInt32)
  /// An index into `MachineFunction.jumpTables`.
  case jumpTable(UInt32)
  case entryArea
}

/// A constant in read-only data, aligned to its size.
struct ReadOnlyConstant: Hashable, Sendable {
  var bits: SIMD2<UInt64>
  /// 4, 8 or 16.
  var size: UInt8
}

/// A run of steps with one entry; numbered as the allocator's blocks.
struct MachineBlock: Sendable {
  /// The IR block it comes from; nil for the function's entry and for blocks that split an edge.
  var source: Block?
  /// The last one is a terminator's target in the order of the terminator's targets.
  var successors: ContiguousArray<BlockNumber> = []
  var isCold = false
  /// Some edge comes from here or behind: rule P1 wants a POLL.
  var isLoopHeader = false
  /// A jump table leads here: it must start a bundle.
  var isTableTarget = false
  var loopDepth = 0
  /// In `MachineFunction.instructions`.
  var instructions = 0..<0
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
  var symbols: ContiguousArray<CodeSymbol> = []
  var constants: ContiguousArray<ReadOnlyConstant> = []
  var jumpTables: ContiguousArray<ContiguousArray<BlockNumber>> = []
  /// Makes a call, gate call or tail call: must begin with a POLL (rule F4).
  var callsOut = false

  mutating func symbol(_ symbol: CodeSymbol) -> X86.Symbol {
    if let position = symbols.firstIndex(of: symbol) { return X86.Symbol(index: position) }
    symbols.append(symbol)
    return X86.Symbol(index: symbols.count - 1)
  }

  mutating func constant(_ constant: ReadOnlyConstant) -> X86.Symbol {
    if let position = constants.firstIndex(of: constant) { return symbol(.constant(UInt32(position))) }
    constants.append(constant)
    return symbol(.constant(UInt32(constants.count - 1)))
  }
}
