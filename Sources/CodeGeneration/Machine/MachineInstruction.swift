import Entities
import IR
import RegisterAllocation
import X86

/// The part of the sandbox that an instruction's address operand lies in, and so what must hold of its registers
/// (docs/ABI.md, M). Emission establishes it right in front of the instruction.
struct Region: Hashable, Sendable {
  enum Kind: UInt8, Sendable {
    /// No address, or one that needs nothing: the context at a constant offset, read-only data, `gs:`.
    case none
    /// Memory 0 behind r15: the index register is masked.
    case linear
    /// Memory 0 behind r15, at a scaled index that the program itself keeps to the bits of `Region.index`.
    case bounded
    /// A table in the context: the index register is masked.
    case contextTable
    /// Through BASE(i): the base register is r11, loaded in front; the index register is masked.
    case memory, table
    /// Through BASE(global), without an index.
    case global
  }
  var kind: Kind
  /// Memory, table or global; of `.bounded`, the mask.
  var index: UInt32

  static let none = Region(kind: .none, index: 0)
  static let linear = Region(kind: .linear, index: 0)
}

/// What flags must say; floats need two conditions for (in)equality because of NaN.
enum FlagCondition: Hashable, Sendable {
  case plain(Condition)
  /// Equal and ordered.
  case equalOrdered
  /// Not equal or unordered.
  case notEqualOrUnordered

  var inverted: FlagCondition {
    switch self {
    case .plain(let condition): .plain(condition.inverted)
    case .equalOrdered: .notEqualOrUnordered
    case .notEqualOrUnordered: .equalOrdered
    }
  }
}

/// One step of selected code: a machine instruction, or several that belong together. Register allocation puts moves
/// between steps and never inside one, so flags live inside a step only.
struct MachineInstruction: Sendable {
  enum Kind: UInt8, Sendable {
    /// `main`.
    case plain
    /// `main` copies a register; left out when both ends are the same.
    case move
    /// Defines the function's parameters; writes nothing.
    case entry
    /// `main` compares; `result` becomes 0 or 1 by `condition`.
    case compareSet
    /// `main` compares; `result`, which holds the value for false, becomes `first` if `condition`.
    case compareSelect
    /// `main` compares; traps with `trapCode` if `condition`.
    case compareTrap
    /// `main` compares; to `targets[0]` if `condition`, else `targets[1]`.
    case compareBranch
    case jump
    /// `main` is `div` or `idiv` by its operand; the indivisible group of rule D1 with `first` as its scratch register.
    /// `.divideSigned` traps on overflow, `.remainderSigned` gives 0 for -1.
    case divideUnsigned, divideSigned, remainderSigned
    /// `auxiliary`: the function.
    case call
    /// Funcref in rax; `auxiliary`: the signature.
    case callIndirect
    /// `auxiliary`: the gate.
    case gate
    case tailCall, tailCallIndirect
    case returnValues
    case trap
    /// `first`: the index; `second`, `third`: scratch.
    case branchTable
    /// `result` = max(0, M - immediate) for memory `auxiliary`.
    case limit
    /// `main` is minsd or its like; NaN and zeros by the wasm rules.
    case floatMinimum, floatMaximum
    /// `main` is cvttsd2si or its like into `result`; `first` is the float.
    case truncateChecked, truncateSaturating
    /// To an unsigned 64-bit integer; `second` is a float scratch register.
    case truncateUnsigned64Checked, truncateUnsigned64Saturating
    /// `main` is cvtsi2sd or its like.
    case convertSigned
    /// From an unsigned 64-bit integer; `second` is an integer scratch register.
    case convertUnsigned64
    /// `bsr` or `bsf` with the wasm result for 0.
    case countZeros
  }

  var kind: Kind
  var main: X86.Instruction
  var region = Region.none
  var condition = FlagCondition.plain(.overflow)
  var trapCode = TrapCode.unreachable
  /// Registers beside those of `main`.
  var result = Register.rax
  var first = Register.rax
  var second = Register.rax
  var auxiliary: UInt32 = 0
  var immediate: UInt64 = 0
  /// In the allocation input's operands.
  var operands = PoolSlice.empty
  var clobbers = RegisterAllocation.RegisterSet()
  var sourceOffset: UInt32 = 0

  init(_ kind: Kind, _ main: X86.Instruction, sourceOffset: UInt32) {
    self.kind = kind
    self.main = main
    self.sourceOffset = sourceOffset
  }
}

/// The place in a `MachineInstruction` that an allocation operand fills.
enum OperandPlace: UInt8, Sendable {
  case operand0, operand1, operand2, operand3, base, index
  case result, first, second
  /// Implied by the kind of step: fixed registers.
  case implicit
}
