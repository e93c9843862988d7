import Entities

/// What a move reads.
enum MoveSource: Hashable, Sendable {
  case location(Location)
  /// The value with this tag, made again.
  case rematerialise(UInt32)
}

/// One of several moves that happen at the same moment.
struct ParallelMove: Hashable, Sendable {
  var source: MoveSource
  var destination: Location
  var registerClass: RegisterClass
  var width: SpillWidth
}

/// Turns moves that happen at once into edits that happen one after the other.
///
/// A move may run once nobody has yet to read its destination. When only cycles are left, one value of each is set
/// aside: in the class's scratch register, or, if the cycle also copies between two slots and so needs the scratch
/// register for that, in a slot kept for this purpose.
///
/// Requires: one place is written from one source only. Establishes: no edit copies memory to memory. Cost: linear.
struct ParallelMoves {
  private let environment: RegisterEnvironment
  /// How many unfinished moves read a place, by place.
  private var readerCounts: ContiguousArray<UInt32> = []
  /// One more than the unfinished move that writes a place, by place; 0 for none.
  private var writers: ContiguousArray<UInt32> = []
  private var ready: ContiguousArray<Int> = []
  private var emergencySlot: SpillSlot?

  init(environment: RegisterEnvironment) { self.environment = environment }

  /// Appends edits to `edits`; may append one slot to `slots`.
  mutating func resolve(
    _ moves: some RandomAccessCollection<ParallelMove>, before instruction: InstructionNumber,
    slots: inout EntityMap<SpillSlot, SpillWidth>, into edits: inout ContiguousArray<Edit>
  ) {
    if moves.isEmpty { return }
    let moves = ContiguousArray(moves)
    grow(to: Self.slotBase + slots.count)
    for (index, move) in moves.enumerated() {
      guard case .location(let source) = move.source, source != move.destination else { continue }
      let other = writers[Self.place(move.destination)]
      if other != 0 {
        precondition(moves[Int(other) - 1].source == move.source, "two parallel moves write one place")
        continue
      }
      writers[Self.place(move.destination)] = UInt32(index) + 1
      readerCounts[Self.place(source)] += 1
    }
    ready.removeAll(keepingCapacity: true)
    for (index, move) in moves.enumerated().reversed()
    where isPending(move) && readerCounts[Self.place(move.destination)] == 0
      && Int(writers[Self.place(move.destination)]) == index + 1
    {
      ready.append(index)
    }
    while let index = ready.popLast() { finish(moves[index], before: instruction, into: &edits) }
    for move in moves where isPending(move) {
      breakCycle(at: move, of: moves, before: instruction, slots: &slots, into: &edits)
    }
    for move in moves {
      if case .rematerialise(let tag) = move.source {
        rematerialise(tag, to: move.destination, like: move, before: instruction, into: &edits)
      }
    }
  }

  private func isPending(_ move: ParallelMove) -> Bool {
    guard case .location = move.source else { return false }
    return writers[Self.place(move.destination)] != 0
  }

  /// Emits a move whose destination nobody reads any more, and readies the one that this lets go.
  private mutating func finish(
    _ move: ParallelMove, before instruction: InstructionNumber, into edits: inout ContiguousArray<Edit>
  ) {
    guard case .location(let source) = move.source else { return }
    copy(from: source, to: move.destination, like: move, before: instruction, into: &edits)
    writers[Self.place(move.destination)] = 0
    let place = Self.place(source)
    readerCounts[place] -= 1
    if readerCounts[place] == 0 && writers[place] != 0 { ready.append(Int(writers[place]) - 1) }
  }

  /// Sets the old value of one destination aside, then follows the cycle backwards from there.
  private mutating func breakCycle(
    at first: ParallelMove, of moves: ContiguousArray<ParallelMove>, before instruction: InstructionNumber,
    slots: inout EntityMap<SpillSlot, SpillWidth>, into edits: inout ContiguousArray<Edit>
  ) {
    var cycle: [ParallelMove] = []
    var place = Self.place(first.destination)
    repeat {
      let move = moves[Int(writers[place]) - 1]
      cycle.append(move)
      guard case .location(let source) = move.source else { return }
      place = Self.place(source)
    } while place != Self.place(first.destination)

    let copiesMemory = cycle.contains { move in
      if case .location(.slot) = move.source { return move.destination.slot != nil }
      return false
    }
    let aside: Location =
      copiesMemory
      ? .slot(takeEmergencySlot(&slots)) : .register(environment.scratch(first.registerClass))
    var saved = first
    saved.width = cycle.last?.width ?? first.width
    copy(from: first.destination, to: aside, like: saved, before: instruction, into: &edits)
    for (index, move) in cycle.enumerated() {
      guard case .location(let source) = move.source else { continue }
      let isLast = index == cycle.count - 1
      copy(from: isLast ? aside : source, to: move.destination, like: move, before: instruction, into: &edits)
      writers[Self.place(move.destination)] = 0
      readerCounts[Self.place(source)] -= 1
    }
  }

  private mutating func takeEmergencySlot(_ slots: inout EntityMap<SpillSlot, SpillWidth>) -> SpillSlot {
    if let emergencySlot { return emergencySlot }
    let slot = slots.append(.bytes16)
    emergencySlot = slot
    grow(to: Self.slotBase + slots.count)
    return slot
  }

  private func copy(
    from source: Location, to destination: Location, like move: ParallelMove, before instruction: InstructionNumber,
    into edits: inout ContiguousArray<Edit>
  ) {
    let scratch = Location.register(environment.scratch(move.registerClass))
    let throughScratch = source.slot != nil && destination.slot != nil
    if throughScratch {
      edits.append(
        Edit(
          before: instruction, registerClass: move.registerClass,
          action: .move(from: source, to: scratch, width: move.width)))
    }
    edits.append(
      Edit(
        before: instruction, registerClass: move.registerClass,
        action: .move(from: throughScratch ? scratch : source, to: destination, width: move.width)))
  }

  private func rematerialise(
    _ tag: UInt32, to destination: Location, like move: ParallelMove, before instruction: InstructionNumber,
    into edits: inout ContiguousArray<Edit>
  ) {
    let register = destination.register ?? environment.scratch(move.registerClass)
    edits.append(
      Edit(
        before: instruction, registerClass: move.registerClass,
        action: .rematerialise(tag: tag, into: register)))
    if destination.slot != nil {
      copy(from: .register(register), to: destination, like: move, before: instruction, into: &edits)
    }
  }

  /// Places are numbered: registers first, then slots.
  private static let slotBase = 64

  private static func place(_ location: Location) -> Int {
    switch location {
    case .none: preconditionFailure("a move names no place")
    case .register(let register): register.index
    case .slot(let slot): slotBase + slot.index
    }
  }

  private mutating func grow(to count: Int) {
    if readerCounts.count < count {
      readerCounts.append(contentsOf: repeatElement(0, count: count - readerCounts.count))
      writers.append(contentsOf: repeatElement(0, count: count - writers.count))
    }
  }
}
