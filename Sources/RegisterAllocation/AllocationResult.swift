import Entities

/// A place for a value.
@frozen
public enum Location: Hashable, Sendable {
  /// Only for definitions that nobody needs: see `VirtualRegisterInfo.rematerialisation`.
  case none
  case register(PhysicalRegister)
  case slot(SpillSlot)

  @inlinable public var register: PhysicalRegister? {
    if case .register(let register) = self { return register }
    return nil
  }
  @inlinable public var slot: SpillSlot? {
    if case .slot(let slot) = self { return slot }
    return nil
  }
}

/// An instruction that the allocator adds.
@frozen
public struct Edit: Hashable, Sendable {
  @frozen
  public enum Action: Hashable, Sendable {
    /// Copies; at least one side is a register. Between two registers the whole register, else `width` bytes.
    case move(from: Location, to: Location, width: SpillWidth)
    /// Makes the value with the client's tag, in a register; must not touch the machine's flags.
    case rematerialise(tag: UInt32, into: PhysicalRegister)
  }

  /// The edit goes directly in front of this instruction.
  public var before: InstructionNumber
  public var registerClass: RegisterClass
  public var action: Action

  @inlinable
  public init(before: InstructionNumber, registerClass: RegisterClass, action: Action) {
    self.before = before
    self.registerClass = registerClass
    self.action = action
  }
}

/// Where everything is.
public struct AllocationResult: Sendable {
  /// One place for each operand, with the indices of `AllocationInput.operands`: those of an instruction are at its own
  /// operand slice.
  public var locations: ListPool<Location>
  /// Sorted by instruction; edits in front of one instruction are executed in this order, one after the other.
  public var edits: ContiguousArray<Edit>
  /// Spill slots and their sizes; a 16-byte slot wants 16-byte alignment.
  public var slots: EntityMap<SpillSlot, SpillWidth>
  /// Every register that an operand or an edit names, scratch registers included.
  public var usedRegisters: RegisterSet

  /// The callee-saved registers that the prologue must save.
  public func usedCalleeSaved(in environment: RegisterEnvironment) -> RegisterSet {
    usedRegisters.intersection(environment.calleeSaved)
  }
}
