import IR

/// What memory and globals hold at a place of the program, as far as the code before it tells.
struct KnownContents {
  /// More are not remembered; the oldest goes first.
  static let limit = 24

  struct Cell {
    let location: MemoryLocation
    let type: Type
    let access: MemoryAccess
    /// What was stored there; or what a load of this type and access gave.
    let value: Value
    let isStored: Bool
  }

  private(set) var cells: ContiguousArray<Cell> = []
  private(set) var globals: [(global: UInt32, value: Value)] = []

  /// The latest ones that begin there and hold all of its bytes.
  func cells(at location: MemoryLocation) -> some Sequence<Cell> {
    cells.lazy.reversed().filter {
      $0.location.memory == location.memory && $0.location.root == location.root
        && $0.location.distance == location.distance && $0.location.size >= location.size
    }
  }

  mutating func remember(_ cell: Cell) {
    if cells.count == Self.limit { cells.removeFirst() }
    cells.append(cell)
  }

  /// After a store: forgets what it may have changed.
  mutating func overwrite(_ location: MemoryLocation) { cells.removeAll { !$0.location.isDisjoint(from: location) } }

  mutating func forget(memory: UInt32) { cells.removeAll { $0.location.memory == memory } }

  func value(of global: UInt32) -> Value? { globals.last { $0.global == global }?.value }

  mutating func set(_ global: UInt32, to value: Value) {
    globals.removeAll { $0.global == global }
    if globals.count == Self.limit { globals.removeFirst() }
    globals.append((global, value))
  }

  /// After a call: only what nobody can write.
  mutating func forgetAll(in shape: ModuleShape) {
    cells = []
    globals.removeAll { shape.globals[GlobalIndex($0.global)].isMutable }
  }
}
