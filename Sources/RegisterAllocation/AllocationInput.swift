import Entities

/// A block, numbered in layout order; block 0 is the entry.
@frozen
public struct BlockNumber: EntityID {
  public static var prefix: String { "b" }
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// An instruction, numbered in layout order through all blocks.
@frozen
public struct InstructionNumber: EntityID {
  public static var prefix: String { "i" }
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// What an operand accepts.
@frozen
public enum OperandConstraint: Hashable, Sendable {
  /// A register or a spill slot: the client has a form with a memory operand.
  case any
  /// Any allocatable register of the virtual register's class.
  case register
  /// This register, which need not be allocatable but is never a scratch register.
  case fixed(PhysicalRegister)
  /// A spill slot. Only for uses.
  case stack
  /// Only for late definitions: the same register as the early use at this position in the instruction's operand list,
  /// whose own constraint is `register`. The allocator copies the input first if it lives on: both operands name one
  /// register, which holds the input before the instruction and the result after it.
  case reuse(UInt8)
}

/// One mention of a virtual register by an instruction.
@frozen
public struct RegisterOperand: Hashable, Sendable {
  @frozen public enum Kind: UInt8, Sendable { case use, definition }
  /// Early: while inputs are read. Late: while results are written and temporaries are in use.
  @frozen public enum Position: UInt8, Sendable { case early, late }

  public var register: VirtualRegister
  public var kind: Kind
  public var position: Position
  public var constraint: OperandConstraint

  @inlinable
  public init(_ register: VirtualRegister, _ kind: Kind, _ position: Position, _ constraint: OperandConstraint) {
    self.register = register
    self.kind = kind
    self.position = position
    self.constraint = constraint
  }

  /// An input read before any result is written: it may share its register with a late definition.
  @inlinable
  public static func use(_ register: VirtualRegister, _ constraint: OperandConstraint = .register) -> RegisterOperand {
    RegisterOperand(register, .use, .early, constraint)
  }

  /// An input read after a result or a temporary may have been written: it shares its register with none of them.
  @inlinable
  public static func lateUse(
    _ register: VirtualRegister, _ constraint: OperandConstraint = .register
  ) -> RegisterOperand {
    RegisterOperand(register, .use, .late, constraint)
  }

  /// A result written after all early inputs have been read.
  @inlinable
  public static func definition(
    _ register: VirtualRegister, _ constraint: OperandConstraint = .register
  ) -> RegisterOperand {
    RegisterOperand(register, .definition, .late, constraint)
  }

  /// A result or temporary written while inputs are still read: it shares its register with no other operand. A
  /// temporary is an early definition of a virtual register that nobody uses.
  @inlinable
  public static func earlyDefinition(
    _ register: VirtualRegister, _ constraint: OperandConstraint = .register
  ) -> RegisterOperand {
    RegisterOperand(register, .definition, .early, constraint)
  }
}

/// What the allocator knows of a virtual register.
@frozen
public struct VirtualRegisterInfo: Hashable, Sendable {
  public var registerClass: RegisterClass
  public var width: SpillWidth
  /// Set for a value that is cheaper to make again than to load (a constant): the client's name for it, given back in
  /// `Edit.rematerialise`. Such a register is defined by an instruction with this one operand, constraint `register`,
  /// and no clobbers. It never gets a spill slot: its `any` uses are in registers, `stack` uses of it are not
  /// allowed. If its definition's location is `.none`, nobody needs it: leave the instruction out.
  public var rematerialisation: UInt32?

  @inlinable
  public init(_ registerClass: RegisterClass, width: SpillWidth = .bytes8, rematerialisation: UInt32? = nil) {
    self.registerClass = registerClass
    self.width = width
    self.rematerialisation = rematerialisation
  }
}

/// One instruction: its operands and what it destroys.
@frozen
public struct InstructionInfo: Hashable, Sendable {
  @frozen
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Copies its second operand (an early use) to its first (a late definition). The allocator tries to give both one
    /// place; the client then leaves the instruction out.
    @inlinable public static var move: Flags { Flags(rawValue: 1) }
    /// The last instruction of its block and only that. Its definitions are temporaries.
    @inlinable public static var terminator: Flags { Flags(rawValue: 2) }
    /// A call. Only a hint; what it destroys is in `clobbers`.
    @inlinable public static var call: Flags { Flags(rawValue: 4) }
  }

  /// In `AllocationInput.operands`.
  public var operands: PoolSlice
  /// Registers destroyed between early and late: early uses may be in them, late uses and values that live on may not.
  /// Late fixed definitions may name them: the result wins.
  public var clobbers: RegisterSet
  public var flags: Flags

  @inlinable
  public init(operands: PoolSlice, clobbers: RegisterSet = [], flags: Flags = []) {
    self.operands = operands
    self.clobbers = clobbers
    self.flags = flags
  }
}

/// A way from a block to a successor, and the values of the successor's parameters on that way.
@frozen
public struct EdgeInfo: Hashable, Sendable {
  public var target: BlockNumber
  /// In `AllocationInput.registers`; as many as the target has parameters, of the same classes and widths.
  public var arguments: PoolSlice

  @inlinable
  public init(to target: BlockNumber, arguments: PoolSlice = .empty) {
    self.target = target
    self.arguments = arguments
  }
}

/// One block: a run of instructions that ends with a terminator.
@frozen
public struct BlockInfo: Hashable, Sendable {
  public var firstInstruction: InstructionNumber
  /// At least 1.
  public var instructionCount: UInt32
  /// In `AllocationInput.registers`. The entry has none: function arguments are fixed definitions of its first
  /// instruction.
  public var parameters: PoolSlice
  /// In `AllocationInput.edges`.
  public var edges: PoolSlice
  /// How many loops the block is in. The blocks of a loop should be neighbours in layout order.
  public var loopDepth: UInt16
  /// How often the block runs, relative to the entry's 1. Cold code should say so here.
  public var frequency: Float

  /// Without a frequency: 10 to the power of the loop depth (at most 10^6).
  @inlinable
  public init(
    firstInstruction: InstructionNumber, instructionCount: Int, parameters: PoolSlice = .empty,
    edges: PoolSlice = .empty, loopDepth: Int = 0, frequency: Float? = nil
  ) {
    self.firstInstruction = firstInstruction
    self.instructionCount = UInt32(instructionCount)
    self.parameters = parameters
    self.edges = edges
    self.loopDepth = UInt16(clamping: loopDepth)
    if let frequency {
      self.frequency = frequency
    } else {
      var estimate: Float = 1
      for _ in 0..<min(max(loopDepth, 0), 6) { estimate *= 10 }
      self.frequency = estimate
    }
  }

  @inlinable
  public var instructions: Range<Int> {
    firstInstruction.index..<firstInstruction.index + Int(instructionCount)
  }
  @inlinable public var lastInstruction: InstructionNumber {
    InstructionNumber(index: firstInstruction.index + Int(instructionCount) - 1)
  }
}

/// A function as the allocator sees it: tables and pools, filled by the client. Predecessors are not given: the
/// allocator derives them from the edges.
///
/// Rules (`AllocationChecker.checkInput` verifies them):
/// - Blocks hold all instructions, in order, without gaps. Every block can be reached from block 0; no edge leads to
///   block 0.
/// - Single assignment: a virtual register has one definition or is one block's parameter, and that dominates all uses.
/// - No critical edges: a block with several edges goes only to blocks with one incoming edge.
/// - The terminator of a block with one edge has neither operands nor clobbers. Other terminators define only
///   temporaries.
/// - Instructions can be satisfied: at any moment each asks for no more registers of a class than are allocatable, and
///   for no register twice.
/// - Instructions that must stay together are one instruction here: edits come between any two. Edits leave the
///   machine's flags alone, as long as the client's moves and rematerialisations do.
public struct AllocationInput: Sendable {
  public var virtualRegisters = EntityMap<VirtualRegister, VirtualRegisterInfo>()
  public var blocks = EntityMap<BlockNumber, BlockInfo>()
  public var instructions = EntityMap<InstructionNumber, InstructionInfo>()
  public var operands = ListPool<RegisterOperand>()
  public var edges = ListPool<EdgeInfo>()
  /// Block parameters and edge arguments.
  public var registers = ListPool<VirtualRegister>()

  public init() {}
}
