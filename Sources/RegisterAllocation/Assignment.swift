import Entities

/// Gives registers to pieces of bundles: the heart of the allocator.
///
/// A priority queue holds the pieces without a register, longest first. A piece takes a register that is free
/// wherever it is live; or one whose holders all weigh less, which go back to the queue; or it is split (see
/// Assignment+Splitting) or left in memory. A piece that is one use of one instruction outweighs everything longer,
/// so that every use finds its register in the end. A callee-saved register that nothing is in yet only goes to a piece
/// that gains more than saving it costs (see Assignment+Calls).
///
/// Termination: a placed piece is only removed by a heavier one, a split piece becomes strictly smaller ones.
struct Assignment {
  let input: AllocationInput
  let flow: ControlFlow
  let environment: RegisterEnvironment
  let nesting: LayoutNesting
  var bundles: ContiguousArray<Bundle>

  var pieces: ContiguousArray<Piece> = []
  /// Pieces without a register.
  private var queue = PieceQueue()
  /// By physical register: pieces that hold it.
  private var holders: ContiguousArray<IntervalMap>
  /// Callee-saved registers that no piece has been in yet.
  private var unopened: RegisterSet
  /// By physical register: moments at which the instructions themselves occupy it.
  let reservations: Reservations
  /// Pieces that the register being tried would have to be taken from.
  private var victims: ContiguousArray<Int32> = []
  private let candidates: ContiguousArray<PhysicalRegister>
  private let vectorCandidatesStart: Int

  init(
    _ input: AllocationInput, _ flow: ControlFlow, _ environment: RegisterEnvironment, _ bundles: BundleSet
  ) {
    self.input = input
    self.flow = flow
    self.environment = environment
    nesting = LayoutNesting(input)
    self.bundles = bundles.bundles
    holders = ContiguousArray(repeating: IntervalMap(), count: 64)
    unopened = environment.calleeSaved
    reservations = Reservations(input, environment)
    candidates = ContiguousArray(environment.general + environment.vector)
    vectorCandidatesStart = environment.general.count
  }

  mutating func run(effort: AllocationEffort) {
    for index in bundles.indices where !bundles[index].ranges.isEmpty {
      switch effort {
      case .minimal: isolateUses(0..<Int32(bundles[index].uses.count), of: Int32(index))
      case .full:
        let calls = reservations.fullClobbers[Int(bundles[index].registerClass.rawValue)]
        cut(bundles[index].hull, of: Int32(index), at: calls)
      }
    }
    while let piece = queue.popLargest() { place(piece) }
  }

  // MARK: Making pieces

  static var maximalLoopCuts: UInt8 { 8 }

  /// Queues a piece for a register. Complexity: O(log n).
  mutating func add(
    _ range: PointRange, of bundle: Int32, rank: Piece.Rank = .ordinary, loopCuts: UInt8 = Self.maximalLoopCuts
  ) {
    let first = bundles[Int(bundle)].firstUse(startingAt: range.start)
    let end = bundles[Int(bundle)].firstUse(startingAt: range.end)
    let length = bundles[Int(bundle)].length(in: range)
    let atCalls = rank == .ordinary ? costAtCalls(in: range, of: bundle) : nil
    let gain = atCalls ?? bundles[Int(bundle)].weight(of: first..<end)
    // The constant keeps very short pieces from being invincible for being short.
    let weight = gain / (Float(length) + 40)
    let piece = Piece(
      bundle: bundle, rank: rank, register: nil, range: range, uses: Int32(first)..<Int32(end),
      loopCuts: loopCuts, livesAcrossCalls: atCalls != nil, gain: gain, weight: weight,
      length: UInt32(clamping: length))
    pieces.append(piece)
    queue.insert(Int32(pieces.count - 1), of: piece)
  }

  /// Gives every use that must be in a register a piece of its own, and leaves the rest in memory.
  mutating func isolateUses(_ uses: Range<Int32>, of bundle: Int32) {
    var pending: PointRange?
    for index in uses {
      let use = bundles[Int(bundle)].uses[Int(index)]
      guard use.kind == .register else { continue }
      if let range = pending {
        if use.start < range.end {
          pending = PointRange(range.start, max(range.end, use.end))
          continue
        }
        addMinimal(range, of: bundle)
      }
      pending = use.range
    }
    if let range = pending { addMinimal(range, of: bundle) }
  }

  private mutating func addMinimal(_ range: PointRange, of bundle: Int32) {
    add(range, of: bundle, rank: range.length == 1 ? .minimal : .minimalWide)
  }

  // MARK: Placing pieces

  /// How a piece fits a register.
  enum Fit {
    case free
    /// Holders of at most this rank and weight are in the way.
    case evictable(rank: Piece.Rank, weight: Float)
    /// Something that cannot be removed is in the way, first at this point.
    case blocked(ProgramPoint)
  }

  private mutating func place(_ piece: Int32) {
    let wanted = pieces[Int(piece)]
    let hint = favourite(of: wanted)
    var best: (register: PhysicalRegister, rank: Piece.Rank, weight: Float)?
    var furthest: (register: PhysicalRegister, point: ProgramPoint)?
    if let hint, consider(hint, for: piece, &best, &furthest) { return }
    let isGeneral = bundles[Int(wanted.bundle)].registerClass == .general
    let choices = isGeneral ? 0..<vectorCandidatesStart : vectorCandidatesStart..<candidates.count
    for choice in choices where candidates[choice] != hint {
      if consider(candidates[choice], for: piece, &best, &furthest) { return }
    }
    if let best {
      if case .evictable = fit(piece, in: best.register) {
        for victim in victims { evict(victim) }
      }
      assign(best.register, to: piece)
    } else {
      precondition(
        wanted.rank == .ordinary, "an instruction asks for more registers than there are, near \(wanted.range.start)")
      split(piece, conflict: furthest)
    }
  }

  /// Takes the register if it is free and returns true; else notes how good it would be.
  private mutating func consider(
    _ register: PhysicalRegister, for piece: Int32,
    _ best: inout (register: PhysicalRegister, rank: Piece.Rank, weight: Float)?,
    _ furthest: inout (register: PhysicalRegister, point: ProgramPoint)?
  ) -> Bool {
    switch fit(piece, in: register) {
    case .free:
      assign(register, to: piece)
      return true
    case .evictable(let rank, let weight):
      if best.map({ (rank, weight) < ($0.rank, $0.weight) }) ?? true { best = (register, rank, weight) }
    case .blocked(let point):
      if furthest.map({ $0.point < point }) ?? true { furthest = (register, point) }
    }
    return false
  }

  /// The register that costs the fewest copies: that of the bundle's other pieces, or of the heaviest fixed operand.
  private func favourite(of piece: Piece) -> PhysicalRegister? {
    var best: PhysicalRegister?
    var bestWeight: Float = 0
    for index in piece.uses.prefix(Self.favouriteLimit) {
      let use = bundles[Int(piece.bundle)].uses[Int(index)]
      if let fixed = use.fixed, use.weight > bestWeight, candidates.contains(fixed) {
        best = fixed
        bestWeight = use.weight
      }
    }
    return best ?? bundles[Int(piece.bundle)].favourite
  }

  /// Uses looked at for a favourite: keeps the cost of a try independent of their number.
  private static var favouriteLimit: Int { 64 }

  /// Leaves the removable holders in `victims`.
  private mutating func fit(_ piece: Int32, in register: PhysicalRegister) -> Fit {
    victims.removeAll(keepingCapacity: true)
    let wanted = pieces[Int(piece)]
    let bundle = Int(wanted.bundle)
    if wanted.rank == .ordinary, wanted.gain <= Self.openingCost, unopened.contains(register) {
      return .blocked(wanted.range.start)
    }
    var worst: (rank: Piece.Rank, weight: Float) = (.ordinary, -1)
    var cursor = holders[register.index].firstEntry(endingAfter: wanted.range.start)
    var index = bundles[bundle].firstRange(endingAfter: wanted.range.start)
    while index < bundles[bundle].ranges.count {
      let points = bundles[bundle].ranges[index].points
      if points.start >= wanted.range.end { break }
      let range = PointRange(max(points.start, wanted.range.start), min(points.end, wanted.range.end))
      if let point = reservations.firstConflict(
        of: range, in: register, with: bundles[bundle].ranges[index].register)
      {
        return .blocked(point)
      }
      holders[register.index].advance(&cursor, toEndingAfter: range.start)
      while let entry = holders[register.index].entry(at: cursor), entry.range.start < range.end {
        let holder = pieces[Int(entry.piece)]
        let isRemovable =
          wanted.rank == .ordinary
          ? holder.rank == .ordinary && holder.weight < wanted.weight : holder.rank < wanted.rank
        if !isRemovable { return .blocked(max(entry.range.start, range.start)) }
        if victims.last != entry.piece { victims.append(entry.piece) }
        if worst < (holder.rank, holder.weight) { worst = (holder.rank, holder.weight) }
        if entry.range.end > range.end { break }
        holders[register.index].step(&cursor)
      }
      index += 1
    }
    return victims.isEmpty ? .free : .evictable(rank: worst.rank, weight: worst.weight)
  }

  private mutating func assign(_ register: PhysicalRegister, to piece: Int32) {
    pieces[Int(piece)].register = register
    unopened.remove(register)
    bundles[Int(pieces[Int(piece)].bundle)].favourite = register
    forEachRange(of: pieces[Int(piece)]) { state, range in state.holders[register.index].insert(range, piece: piece) }
  }

  private mutating func evict(_ piece: Int32) {
    guard let register = pieces[Int(piece)].register else { return }
    pieces[Int(piece)].register = nil
    forEachRange(of: pieces[Int(piece)]) { state, range in state.holders[register.index].remove(range) }
    queue.insert(piece, of: pieces[Int(piece)])
  }

  private mutating func forEachRange(of piece: Piece, _ body: (inout Assignment, PointRange) -> Void) {
    let bundle = Int(piece.bundle)
    var index = bundles[bundle].firstRange(endingAfter: piece.range.start)
    while index < bundles[bundle].ranges.count && bundles[bundle].ranges[index].points.start < piece.range.end {
      let points = bundles[bundle].ranges[index].points
      body(
        &self, PointRange(max(points.start, piece.range.start), min(points.end, piece.range.end)))
      index += 1
    }
  }
}
