import Entities

/// Where pieces are cut.
///
/// A cut costs a copy or a reload each time control passes it, so cuts are moved to where that is rarest: out of
/// loops, to block starts rather than into blocks. Legal points: `before`, `early` and `after`; what follows a cut at
/// `late` stays in memory.
extension Assignment {
  /// How much of a stretch without uses a piece gives up.
  enum Trim {
    /// Only what costs: a value that is in a register at the end of a block need not be loaded by the next. If the
    /// register is wanted elsewhere, the rest can still be given up.
    case toBlocks
    /// As much as possible.
    case toUses
  }

  /// Queues a piece for the part of a range in which its uses are. At an end where the value is in memory anyway the
  /// piece is shortened to the cheapest place for a reload, or for letting go.
  mutating func addTrimmed(
    _ range: PointRange, of bundle: Int32, atStart: Bool, atEnd: Bool, trim: Trim,
    loopCuts: UInt8 = Self.maximalLoopCuts
  ) {
    guard let uses = registerUses(in: range, of: bundle) else { return }
    var range = range
    if atStart {
      let start = latestStart(from: range.start, before: uses.first.start, trim)
      range.start = legalStart(max(range.start, start), of: bundle)
    }
    if atEnd { range.end = min(range.end, earliestEnd(from: uses.last.end, to: range.end, trim)) }
    if range.start < range.end && isWorthwhile(range, of: bundle, reloaded: atStart) {
      add(range, of: bundle, loopCuts: loopCuts)
    }
  }

  /// The first and last uses in a range that gain from a register.
  private func registerUses(in range: PointRange, of bundle: Int32) -> (first: Use, last: Use)? {
    let uses = bundles[Int(bundle)].uses
    var first = bundles[Int(bundle)].firstUse(startingAt: range.start)
    var last = bundles[Int(bundle)].firstUse(startingAt: range.end) - 1
    while first <= last && uses[first].kind == .stack { first += 1 }
    while last >= first && uses[last].kind == .stack { last -= 1 }
    return first <= last ? (uses[first], uses[last]) : nil
  }

  /// Whether the uses in a range gain more from a register than a reload at its start costs.
  private func isWorthwhile(_ range: PointRange, of bundle: Int32, reloaded: Bool) -> Bool {
    if !reloaded { return true }
    let first = bundles[Int(bundle)].firstUse(startingAt: range.start)
    let uses = first..<bundles[Int(bundle)].firstUse(startingAt: range.end)
    return bundles[Int(bundle)].needsRegister(in: uses)
      || bundles[Int(bundle)].weight(of: uses) > frequency(at: range.start)
  }

  // MARK: Pieces that found no register

  /// Replaces a piece that no register can take by smaller ones, or leaves it in memory. `conflict` is the register
  /// that is free for longest, and until when.
  mutating func split(_ index: Int32, conflict: (register: PhysicalRegister, point: ProgramPoint)?) {
    let piece = pieces[Int(index)]
    guard let uses = registerUses(in: piece.range, of: piece.bundle) else { return }
    if piece.livesAcrossCalls {
      // Not worth a save and a restore: nothing but the calls stands in the way of any other register.
      if piece.gain > Self.openingCost, piece.loopCuts > 0, splitByLoops(piece) { return }
      let calls = reservations.calls[Int(bundles[Int(piece.bundle)].registerClass.rawValue)]
      return cut(piece.range, of: piece.bundle, at: calls, loopCuts: piece.loopCuts)
    }
    if piece.loopCuts > 0 && splitByLoops(piece) { return }
    if let conflict {
      // A conflict where the piece has no uses costs only the stretch there.
      var range = piece.range
      if conflict.point < uses.first.start {
        let start = latestStart(from: range.start, before: uses.first.start, .toUses)
        range.start = max(range.start, legalStart(start, of: piece.bundle))
      } else if conflict.point >= uses.last.end {
        range.end = min(range.end, earliestEnd(from: uses.last.end, to: range.end, .toUses))
      }
      if range != piece.range {
        let reloaded = range.start > piece.range.start
        if !range.isEmpty && isWorthwhile(range, of: piece.bundle, reloaded: reloaded) {
          add(range, of: piece.bundle, loopCuts: 0)
        }
        return
      }
    }
    if uses.first == uses.last || !splitAtConflict(piece, conflict) { isolateFirst(piece) }
  }

  /// The piece up to the conflict and the rest.
  private mutating func splitAtConflict(
    _ piece: Piece, _ conflict: (register: PhysicalRegister, point: ProgramPoint)?
  ) -> Bool {
    guard let conflict else { return false }
    let bundle = Int(piece.bundle)
    // A use that the conflict falls into belongs to the rest, and so does its whole instruction.
    var limit = conflict.point
    var last = bundles[bundle].firstUse(startingAt: limit) - 1
    var index = last
    while index >= Int(piece.uses.lowerBound), bundles[bundle].uses[index].start.instruction == limit.instruction {
      if bundles[bundle].uses[index].end > conflict.point {
        limit = ProgramPoint(limit.instruction, .before)
        last = bundles[bundle].firstUse(startingAt: limit) - 1
      }
      index -= 1
    }
    guard last >= Int(piece.uses.lowerBound) else { return false }
    guard let cut = cheapestCut(from: bundles[bundle].uses[last].end, to: limit), cut > piece.range.start,
      cut < piece.range.end
    else { return false }
    bundles[bundle].favourite = conflict.register
    add(PointRange(piece.range.start, cut), of: piece.bundle, loopCuts: 0)
    add(PointRange(cut, piece.range.end), of: piece.bundle, loopCuts: 0)
    return true
  }

  /// The first use becomes a piece of its own, if it must be in a register at all; the rest tries again without it.
  private mutating func isolateFirst(_ piece: Piece) {
    let bundle = Int(piece.bundle)
    var next = piece.uses.lowerBound
    var end = bundles[bundle].uses[Int(next)].end
    while next < piece.uses.upperBound && bundles[bundle].uses[Int(next)].start < end {
      end = max(end, bundles[bundle].uses[Int(next)].end)
      next += 1
    }
    isolateUses(piece.uses.lowerBound..<next, of: piece.bundle)
    if end < piece.range.end {
      addTrimmed(
        PointRange(end, piece.range.end), of: piece.bundle, atStart: true, atEnd: true, trim: .toUses,
        loopCuts: 0)
    }
  }

  /// Cuts a piece that lives in and around loops at their borders, if it is used inside one. Loops without a use stay
  /// in memory.
  private mutating func splitByLoops(_ piece: Piece) -> Bool {
    let firstBlock = flow.blockOfInstruction[piece.range.start.instruction].index
    let lastBlock = flow.blockOfInstruction[piece.range.end.previous.instruction].index
    if firstBlock == lastBlock { return false }
    var shallowest = UInt16.max
    var deepest: UInt16 = 0
    for index in piece.uses {
      let depth = depth(at: bundles[Int(piece.bundle)].uses[Int(index)].start)
      deepest = max(deepest, depth)
    }
    for block in firstBlock...lastBlock {
      shallowest = min(shallowest, nesting.depth[block])
    }
    if deepest <= shallowest { return false }

    var start = piece.range.start
    var isInside = depth(at: start) > shallowest
    var isFirst = true
    for block in firstBlock + 1...lastBlock {
      guard (nesting.depth[block] > shallowest) != isInside else { continue }
      let border = self.start(of: block)
      addPart(PointRange(start, border), of: piece, isInside: isInside, reloaded: !isFirst)
      start = border
      isInside.toggle()
      isFirst = false
    }
    if isFirst { return false }
    addPart(PointRange(start, piece.range.end), of: piece, isInside: isInside, reloaded: true)
    return true
  }

  private mutating func addPart(_ range: PointRange, of piece: Piece, isInside: Bool, reloaded: Bool) {
    if range.isEmpty || registerUses(in: range, of: piece.bundle) == nil { return }
    if !isInside || isWorthwhile(range, of: piece.bundle, reloaded: reloaded) {
      add(range, of: piece.bundle, loopCuts: piece.loopCuts - 1)
    }
  }

  // MARK: Good places to cut

  /// The next point at which a value can arrive in a register: not within an instruction, nor behind a terminator.
  /// A value that is defined there does not arrive.
  private func legalStart(_ point: ProgramPoint, of bundle: Int32) -> ProgramPoint {
    let range = bundles[Int(bundle)].firstRange(endingAfter: point)
    if range < bundles[Int(bundle)].ranges.count, bundles[Int(bundle)].ranges[range].points.start >= point {
      return point
    }
    let isTerminator = input.instructions[InstructionNumber(index: point.instruction)].flags.contains(.terminator)
    switch point.phase {
    case .before, .early: return point
    case .late: return isTerminator ? point.next.next : point.next
    case .after: return isTerminator ? point.next : point
    }
  }

  private func depth(at point: ProgramPoint) -> UInt16 {
    nesting.depth[flow.blockOfInstruction[point.instruction].index]
  }

  func frequency(at point: ProgramPoint) -> Float {
    let block = flow.blockOfInstruction[point.instruction]
    return point == start(of: block.index) ? borderFrequency(block.index) : nesting.frequency[block.index]
  }

  private func start(of block: Int) -> ProgramPoint {
    ProgramPoint(input.blocks[BlockNumber(index: block)].firstInstruction.index, .before)
  }

  /// How often control passes a cut at the start of a block: copies go to the rarer side.
  private func borderFrequency(_ block: Int) -> Float {
    let here = nesting.frequency[block]
    return block == 0 ? here : min(here, nesting.frequency[block - 1])
  }

  /// Where to reload a value that is in memory at `low` and needed at `use`: the cheapest place; of these the latest,
  /// or the earliest block.
  private func latestStart(from low: ProgramPoint, before use: ProgramPoint, _ trim: Trim) -> ProgramPoint {
    let useBlock = flow.blockOfInstruction[use.instruction].index
    let inFront = ProgramPoint(use.instruction, .before)
    var best = max(inFront, low)
    var bestCost = nesting.frequency[useBlock]
    var block = useBlock
    while start(of: block) > low {
      let cost = borderFrequency(block)
      if cost < bestCost || (cost == bestCost && (block == useBlock || trim == .toBlocks)) {
        best = start(of: block)
        bestCost = cost
      }
      if useBlock - block == Self.searchLimit { break }
      block -= 1
    }
    return best
  }

  /// Where to let go of a value after its last use: right there, at the end of the loops around it, or at the last
  /// block before `high`.
  private func earliestEnd(from use: ProgramPoint, to high: ProgramPoint, _ trim: Trim) -> ProgramPoint {
    if use >= high { return high }
    let useBlock = flow.blockOfInstruction[use.previous.instruction].index
    var best = use
    var bestCost = nesting.frequency[useBlock]
    var block = useBlock + 1
    while block < input.blocks.count && start(of: block) < high && block - useBlock <= Self.searchLimit {
      let cost = borderFrequency(block)
      if cost < bestCost || (cost == bestCost && trim == .toBlocks) {
        best = start(of: block)
        bestCost = cost
      }
      block += 1
    }
    return best
  }

  /// The cheapest legal cut in `low...high`, the latest of these.
  private func cheapestCut(from low: ProgramPoint, to high: ProgramPoint) -> ProgramPoint? {
    let highBlock = flow.blockOfInstruction[high.instruction].index
    var best: ProgramPoint?
    var bestCost = nesting.frequency[highBlock]
    let latest = high.phase == .late ? high.previous : high
    if latest >= low { best = latest.phase == .early ? max(latest.previous, low) : latest }
    var block = highBlock
    while start(of: block) >= low && highBlock - block <= Self.searchLimit {
      let cost = borderFrequency(block)
      if best == nil || cost < bestCost {
        best = start(of: block)
        bestCost = cost
      }
      if block == 0 { break }
      block -= 1
    }
    return best?.phase == .late ? nil : best
  }

  /// Blocks looked at for a better place: keeps the cost of a cut constant.
  private static var searchLimit: Int { 64 }
}
