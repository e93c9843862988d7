import Entities
import IR
import Wasm

/// A place where control flow joins: a loop header, or the end of a block that branches leave.
struct JoinID: EntityID {
  static let prefix = "join"
  let rawValue: UInt32
  init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// Turns wasm locals into SSA values, while the body is translated in order.
///
/// At a join, a local that some branch may have changed becomes *pending*: only when something reads it does the join
/// get a parameter for it (so no parameter is dead), and only at the end of the function, when every edge is known, do
/// the edges get their arguments. What an edge carries is a snapshot of the locals set since the block was entered;
/// those not in it are as they were at entry (`Join.base`).
///
/// Cost: a branch costs the number of locals set so far in the block it leaves, bounded by `budget` for the function.
struct LocalVariables {
  /// The contents of a local: a value, or a join to ask.
  struct State: Equatable {
    private let bits: UInt32
    private init(bits: UInt32) { self.bits = bits }
    static func value(_ value: Value) -> State { State(bits: value.rawValue) }
    static func pending(_ join: JoinID) -> State { State(bits: join.rawValue | 1 << 31) }
    var value: Value? { bits >> 31 == 0 ? Value(bits) : nil }
    var join: JoinID { JoinID(bits & ~(1 << 31)) }
  }

  struct Entry {
    var local: UInt32
    var state: State
  }

  /// One branch to a join.
  struct Edge {
    /// Position in `Function.branchTargets`.
    var target: Int
    /// Values for the join's first parameters, in `Function.valueLists`.
    var operands: PoolSlice
    /// In `entries`, ascending by local.
    var snapshot: Range<Int>
  }

  struct Join {
    let block: Block
    /// Its edges are not all known until the loop ends.
    let isLoop: Bool
    var edges: ContiguousArray<Edge> = []
    /// The locals that may differ between edges, as they were when the block was entered; ascending by local, in
    /// `entries`.
    var base: Range<Int> = 0..<0
    /// Locals that have become parameters, behind the parameters for operands.
    var locals: ContiguousArray<UInt32> = []
  }

  /// A local changed in an open block, and its state before the first change there.
  private struct Change {
    var local: UInt32
    var state: State
    /// Where the local stands in an outer block's part of `changes`; a hint, checked on use.
    var previous: Int32
  }

  let types: ContiguousArray<Type>
  private(set) var joins = EntityMap<JoinID, Join>()
  private(set) var entries: ContiguousArray<Entry> = []
  private var current: ContiguousArray<State>
  /// What the open blocks changed, the outermost's part first. No local twice in one block's part.
  private var changes: ContiguousArray<Change> = []
  /// Where each local stands last in `changes`; a hint, checked on use.
  private var lastChange: ContiguousArray<Int32>
  /// Where the innermost open block's part of `changes` begins.
  private var blockStart = 0
  /// The last walk over `changes` that came to each local.
  private var seen: ContiguousArray<UInt32>
  private var walk: UInt32 = 0
  private var scratch: ContiguousArray<Entry> = []

  struct Key: Hashable {
    var join: JoinID
    var local: UInt32
  }
  var resolved: [Key: Value] = [:]
  /// Parameters whose arguments are to be found, in order of creation.
  var unfilled: ContiguousArray<Key> = []
  /// Snapshot entries and arguments that the function may still make.
  private var budget: Int

  init(types: ContiguousArray<Type>, initial: ContiguousArray<Value>, budget: Int) {
    self.types = types
    self.budget = budget
    current = ContiguousArray(initial.map { .value($0) })
    lastChange = ContiguousArray(repeating: -1, count: types.count)
    seen = ContiguousArray(repeating: 0, count: types.count)
  }

  mutating func spend(_ amount: Int, at offset: Int) throws(WasmError) {
    budget -= amount
    if budget < 0 {
      throw WasmError(.implementationLimit, at: offset, "too many branches across too many locals in one function")
    }
  }

  // MARK: Reading and writing

  mutating func read(_ local: UInt32, _ function: inout Function) -> Value {
    let state = current[Int(local)]
    if let value = state.value { return value }
    let value = resolve(local, at: state.join, &function)
    current[Int(local)] = .value(value)
    return value
  }

  mutating func write(_ local: UInt32, _ value: Value) {
    if !isNoted(local, at: lastChange[Int(local)], from: blockStart) { note(local) }
    current[Int(local)] = .value(value)
  }

  private func isNoted(_ local: UInt32, at position: Int32, from start: Int) -> Bool {
    Int(position) >= start && Int(position) < changes.count && changes[Int(position)].local == local
  }

  private mutating func note(_ local: UInt32) {
    changes.append(Change(local: local, state: current[Int(local)], previous: lastChange[Int(local)]))
    lastChange[Int(local)] = Int32(changes.count - 1)
  }

  // MARK: Blocks

  /// An open block's part of `changes`, and where that of the block around it begins.
  struct Scope {
    var start = 0
    var outerStart = 0
  }

  mutating func enterBlock() -> Scope {
    let scope = Scope(start: changes.count, outerStart: blockStart)
    blockStart = changes.count
    return scope
  }

  /// Enters a loop whose body sets `assigned` (which may repeat itself); they all wait for the loop's branches.
  mutating func enterLoop(
    _ join: JoinID, assigned: ArraySlice<UInt32>, at offset: Int
  ) throws(WasmError) -> Scope {
    try spend(assigned.count, at: offset)
    let scope = enterBlock()
    walk += 1
    for local in assigned where seen[Int(local)] != walk {
      seen[Int(local)] = walk
      note(local)
    }
    try makePending(join, scope, at: offset)
    return scope
  }

  /// Leaves the innermost block; what it changed counts as changed by the block around it.
  mutating func leaveBlock(_ scope: Scope) {
    blockStart = scope.outerStart
    var kept = scope.start
    for position in scope.start..<changes.count {
      let change = changes[position]
      if isNoted(change.local, at: change.previous, from: blockStart) {
        lastChange[Int(change.local)] = change.previous
      } else {
        changes[kept] = change
        lastChange[Int(change.local)] = Int32(kept)
        kept += 1
      }
    }
    changes.removeLast(changes.count - kept)
  }

  /// Puts all locals back to what they were when the block was entered.
  mutating func restoreEntry(_ scope: Scope) {
    for change in changes[scope.start...] { current[Int(change.local)] = change.state }
  }

  // MARK: Joins

  mutating func makeJoin(_ block: Block, isLoop: Bool) -> JoinID { joins.append(Join(block: block, isLoop: isLoop)) }

  /// For a join with one edge: it needs no arguments.
  mutating func removeEdges(of join: JoinID) { joins[join].edges.removeAll() }

  mutating func addEdge(_ edge: Edge, to join: JoinID) { joins[join].edges.append(edge) }

  /// The present state of all locals changed since the block was entered.
  mutating func snapshot(_ scope: Scope, at offset: Int) throws(WasmError) -> Range<Int> {
    scratch.removeAll(keepingCapacity: true)
    walk += 1
    for change in changes[scope.start...] where seen[Int(change.local)] != walk {
      seen[Int(change.local)] = walk
      scratch.append(Entry(local: change.local, state: current[Int(change.local)]))
    }
    return try storeScratch(at: offset)
  }

  /// Leaves a block whose end is a join, with two edges at least.
  mutating func leaveBlock(_ scope: Scope, joining join: JoinID, at offset: Int) throws(WasmError) {
    try makePending(join, scope, at: offset)
    leaveBlock(scope)
  }

  /// Leaves a block whose end is reached by one edge only: what holds there holds here.
  mutating func leaveBlock(_ scope: Scope, continuing edge: Edge) {
    restoreEntry(scope)
    for entry in entries[edge.snapshot] { current[Int(entry.local)] = entry.state }
    leaveBlock(scope)
  }

  /// From here on the scope's changed locals are what the join says.
  private mutating func makePending(_ join: JoinID, _ scope: Scope, at offset: Int) throws(WasmError) {
    scratch.removeAll(keepingCapacity: true)
    for change in changes[scope.start...] {
      scratch.append(Entry(local: change.local, state: change.state))
      current[Int(change.local)] = .pending(join)
    }
    joins[join].base = try storeScratch(at: offset)
  }

  private mutating func storeScratch(at offset: Int) throws(WasmError) -> Range<Int> {
    try spend(scratch.count, at: offset)
    if scratch.count > 1 { scratch.sort { $0.local < $1.local } }
    let start = entries.count
    entries.append(contentsOf: scratch)
    return start..<entries.count
  }

  // For the half of this type that makes parameters.
  mutating func addParameter(_ local: UInt32, to join: JoinID) { joins[join].locals.append(local) }
}
