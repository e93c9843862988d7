/// A moment in a function: four to an instruction, ordered by layout.
///
/// - `before`: the instruction's operands have not been gathered yet;
/// - `early`: inputs are read;
/// - `late`: results and temporaries are written, clobbers have happened;
/// - `after`: results are in place.
///
/// Values may change places between `late` and `after` of one instruction (fixed results leave their register),
/// between `after` and the next `before` (splits, block edges), and between `before` and `early` (fixed and tied
/// inputs are copied).
struct ProgramPoint: Hashable, Comparable, Sendable {
  enum Phase: UInt32 { case before, early, late, after }

  let rawValue: UInt32

  init(rawValue: UInt32) { self.rawValue = rawValue }
  init(_ instruction: Int, _ phase: Phase) { rawValue = UInt32(instruction) << 2 | phase.rawValue }

  var instruction: Int { Int(rawValue >> 2) }
  var phase: Phase {
    switch rawValue & 3 {
    case 0: .before
    case 1: .early
    case 2: .late
    default: .after
    }
  }
  var next: ProgramPoint { ProgramPoint(rawValue: rawValue + 1) }
  var previous: ProgramPoint { ProgramPoint(rawValue: rawValue - 1) }

  static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The points from `start` up to, not including, `end`.
struct PointRange: Hashable, Sendable {
  var start: ProgramPoint
  var end: ProgramPoint

  init(_ start: ProgramPoint, _ end: ProgramPoint) {
    self.start = start
    self.end = end
  }

  var isEmpty: Bool { end <= start }
  var length: Int { Int(end.rawValue) - Int(start.rawValue) }
  func overlaps(_ other: PointRange) -> Bool { start < other.end && other.start < end }
  func contains(_ point: ProgramPoint) -> Bool { start <= point && point < end }
}
