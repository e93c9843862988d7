#if MUTANTS
  import Glibc
#endif

/// Deliberate bugs of the compiler, to find out whether the tests notice them (`make mutants`). They exist only in code
/// compiled with `-D MUTANTS`, which no product is, and there the environment's HALITE_MUTANT names the one that is on.
///
/// A case's comment says what goes wrong; the place asks `Mutant.name.isOn`.
public enum Mutant: String, CaseIterable, Sendable {
  // MARK: Register allocation

  /// Calls destroy nothing but what whole classes lose.
  case allocationIgnoresCalls
  /// rcx survives instructions that destroy it.
  case allocationIgnoresClobbers
  /// Values do not change places on the way into a block with several predecessors.
  case allocationForgetsEdges
  /// Values that leave their register within a block are not stored.
  case allocationForgetsStores
  /// A spill slot is free for the next value a little too early.
  case allocationSharesSlots
  /// A cycle of moves is written out as if it had none.
  case allocationBreaksCycles
  /// A two-address result takes its input's register although the input lives on.
  case allocationIgnoresTies

  // MARK: Calls

  /// The last callee-saved register is neither saved nor restored.
  case callsForgetSave
  /// A gate inside a function destroys its caller's registers.
  case callsForgetGateSaves
  /// An import's thunk destroys its caller's registers.
  case callsForgetThunkSaves
  /// Arguments beyond the registers change places.
  case callsSwapCells
  /// Indirect calls ask for the wrong type.
  case callsMistakeType

  // MARK: Selection

  /// A loop's compare with the stepped counter keeps the old bound.
  case selectionKeepsBound
  /// A compare whose sides are exchanged keeps its condition.
  case selectionKeepsCondition
  /// A load moves behind a store.
  case selectionMovesLoads
  /// A signed byte is compared as if it were unsigned.
  case selectionMistakesBytes
  /// Any mask of a shift's count is left out.
  case selectionDropsCountMask
  /// A byte swap is found in what only resembles one.
  case selectionSeesByteSwaps
  /// `a & (a + n)` clears the lowest bit for every n.
  case selectionClearsBits
  /// Scaled addresses lose their scale.
  case selectionDropsScale
  /// A select on float equality takes the wrong value for NaN.
  case selectionIgnoresNaN
  /// 32-bit values are not extended where wasm wraps.
  case selectionForgetsWrap
  /// A store of a narrow constant is one byte narrower.
  case selectionNarrowsStores

  // MARK: Emission

  /// Addresses are not masked.
  case emissionForgetsMasks
  /// Loop headers do not poll.
  case emissionForgetsPolls
  /// A zero flag is believed behind a label.
  case emissionTrustsFlags
  /// Longer displacements lose their sign.
  case emissionDropsSign
  /// Conversions to unsigned 64 bits forget their upper half.
  case emissionHalvesConversions
  /// min and max do not tell zeros apart.
  case emissionMixesZeros
  /// A remainder by -1 is not 0.
  case emissionForgetsRemainder
}

extension Mutant {
  #if MUTANTS
    private static let chosen = getenv("HALITE_MUTANT").flatMap { Mutant(rawValue: String(cString: $0)) }
    public var isOn: Bool { self == Mutant.chosen }
  #else
    @inlinable @inline(__always) public var isOn: Bool { false }
  #endif
}
