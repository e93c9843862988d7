import Entities

/// Values that live across calls: in a callee-saved register, or in memory meanwhile.
///
/// A call leaves the callee-saved registers alone, and each of these costs a store and a load per call of the function
/// once anything is in it. So a piece that lives across calls is worth what memory would cost at these calls, not
/// what it would cost at its uses: between two calls any register will do.
extension Assignment {
  /// A save and a restore, at the entry's frequency.
  static var openingCost: Float { 2 }
  /// Ranges and calls looked at: keeps the cost of a piece constant.
  private static var callSearchLimit: Int { 64 }
  private static var useSearchLimit: Int { 8 }

  /// What it costs to be in memory at the calls in a range, in memory accesses per call of the function: a store, and
  /// a reload behind each call after which the value is used before the next. nil: there is no such call.
  /// At most; a piece with many calls is worth more than is counted.
  func costAtCalls(in range: PointRange, of bundle: Int32) -> Float? {
    let bundle = Int(bundle)
    let calls = reservations.calls[Int(bundles[bundle].registerClass.rawValue)]
    if calls.isEmpty { return nil }
    var index = bundles[bundle].firstRange(endingAfter: range.start)
    let last = min(bundles[bundle].ranges.count, index + Self.callSearchLimit)
    var behind: ProgramPoint?
    var leaving: Float = 0
    var reloads: Float = 0
    var seen = 0
    while index < last, bundles[bundle].ranges[index].points.start < range.end, seen < Self.callSearchLimit {
      let points = bundles[bundle].ranges[index].points
      let start = max(points.start, range.start)
      let end = min(points.end, range.end)
      var call = Reservations.firstIndex(in: calls, atOrAfter: start.instruction)
      while call < calls.count, seen < Self.callSearchLimit {
        let late = ProgramPoint(calls[call].index, .late)
        if late >= end { break }
        if late > start {
          if let behind { reloads += reloadCost(PointRange(behind, late), of: bundle) }
          leaving += frequency(at: late)
          behind = late.next
          seen += 1
        }
        call += 1
      }
      index += 1
    }
    guard let behind else { return nil }
    reloads += reloadCost(PointRange(behind, range.end), of: bundle)
    // To make a constant again is cheaper than a load.
    return bundles[bundle].isRematerialisable ? reloads / 2 : reloads + min(leaving, frequency(at: range.start))
  }

  /// What a load for the first use in a range costs; 0 if there is none, or if it is a definition.
  private func reloadCost(_ range: PointRange, of bundle: Int) -> Float {
    let first = bundles[bundle].firstUse(startingAt: range.start)
    for index in first..<min(first + Self.useSearchLimit, bundles[bundle].uses.count) {
      let use = bundles[bundle].uses[index]
      if use.start >= range.end { return 0 }
      switch use.kind {
      case .parameter, .fixedResult: return 0
      case .stack: continue
      case .argument where use.weight == 0: continue
      case .argument, .copied: return min(frequency(at: use.start), frequency(at: range.start))
      case .register, .any:
        if input.operands[.empty, Int(use.operand)].kind == .definition { return 0 }
        return min(frequency(at: use.start), frequency(at: range.start))
      }
    }
    return 0
  }

  /// Cuts a range of a bundle at some calls. What remains are pieces between calls, shortened to where they have uses.
  mutating func cut(
    _ hull: PointRange, of bundle: Int32, at calls: ContiguousArray<InstructionNumber>,
    loopCuts: UInt8 = Self.maximalLoopCuts
  ) {
    var start = hull.start
    var wasCut = false
    if !calls.isEmpty {
      var call = 0
      for index in bundles[Int(bundle)].firstRange(endingAfter: hull.start)..<bundles[Int(bundle)].ranges.count {
        let points = bundles[Int(bundle)].ranges[index].points
        if points.start >= hull.end { break }
        call = Reservations.firstIndex(
          in: calls, from: call, atOrAfter: max(points.start, hull.start).instruction)
        while call < calls.count {
          let late = ProgramPoint(calls[call].index, .late)
          if late >= min(points.end, hull.end) { break }
          // A result of the call itself starts here and is not lost.
          if late > max(points.start, hull.start) {
            if start < late {
              addTrimmed(
                PointRange(start, late), of: bundle, atStart: wasCut, atEnd: true, trim: .toBlocks, loopCuts: loopCuts)
            }
            start = late.next
            wasCut = true
          }
          call += 1
        }
      }
    }
    if start < hull.end {
      addTrimmed(
        PointRange(start, hull.end), of: bundle, atStart: wasCut, atEnd: false, trim: .toBlocks, loopCuts: loopCuts)
    }
  }
}
