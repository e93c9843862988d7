import Entities
import IR

/// A bound on how many rounds a loop runs behind its first one, from a test that every round passes.
///
/// The test compares x, which changes by a constant each round, with a fixed n. A round behind the k-th is entered only
/// if x_k passed, so with x_K the first that does not, no round behind K is entered (counting from 0).
struct RoundCount {
  /// Passes in the loop, as long as this holds of (x, n).
  private let condition: IntegerCondition
  private let variable: Value
  private let limit: Value
  /// Of x each round, as a signed number.
  private let step: Int64

  /// nil if `branch`, which leaves the loop with one of its edges, is no such test.
  init?(
    _ branch: InstructionData, staysIfTrue: Bool, _ variables: InductionVariables, _ function: Function
  ) {
    guard branch.opcode == .branchIf, branch.operands.count == 1 else { return nil }
    let test = function.operand(0, of: branch)
    var condition = IntegerCondition.notEqual
    var (left, right): (Value, Value?) = (test, nil)
    if let data = function.definition(of: test), data.opcode == .compareInteger, data.type == .i32,
      let known = IntegerCondition(rawValue: UInt8(truncatingIfNeeded: data.auxiliary))
    {
      (condition, left, right) = (known, function.operand(0, of: data), function.operand(1, of: data))
    }
    if !staysIfTrue { condition = condition.inverted }
    if let other = right, variables.isFixed(left, function) {
      (left, right) = (other, left)
      condition = condition.swapped
    }
    guard let grown = variables.step(of: left, function), grown != 0 else { return nil }
    if let right {
      guard variables.isFixed(right, function) else { return nil }
      limit = right
    } else {
      limit = left
      hasZeroLimit = true
    }
    self.condition = condition
    variable = left
    step = Int64(Int32(bitPattern: grown))
    guard (-Self.largestStep...Self.largestStep).contains(step) else { return nil }
    switch condition {
    case .notEqual: break
    case .lessUnsigned, .lessSigned, .lessOrEqualUnsigned, .lessOrEqualSigned: if step < 0 { return nil }
    case .greaterUnsigned, .greaterSigned, .greaterOrEqualUnsigned, .greaterOrEqualSigned: if step > 0 { return nil }
    case .equal: return nil
    }
  }

  /// The test is of x itself: n is 0.
  private var hasZeroLimit = false

  /// Keeps products of 33-bit numbers within 64 bits.
  static let largestStep: Int64 = 1 << 24

  private var magnitude: UInt64 { step.magnitude }
  private var isSigned: Bool {
    switch condition {
    case .lessSigned, .greaterSigned, .lessOrEqualSigned, .greaterOrEqualSigned: true
    default: false
    }
  }
  private var isInclusive: Bool {
    switch condition {
    case .lessOrEqualSigned, .greaterOrEqualSigned, .lessOrEqualUnsigned, .greaterOrEqualUnsigned: true
    default: false
    }
  }

  /// Whether `Bound.reach` knows how far so large a step leads.
  func canReach(stride: UInt64) -> Bool {
    stride <= UInt64(Self.largestStep) && (stride % magnitude == 0 || Simplifier.isPowerOfTwo(magnitude))
  }

  /// Loops of fewer rounds go the slow way: testing their ranges would cost more than it saves.
  static let fewRounds: UInt64 = 4

  /// Computes `Bound` in the preheader; leaves it where there may be more rounds than that says, or few.
  func emit(_ code: inout PreheaderCode, _ variables: InductionVariables, _ function: inout Function) -> Bound {
    let first = code.initial(variable, variables, &function)
    let last = hasZeroLimit ? code.constant(.i32, 0, &function) : code.initial(limit, variables, &function)
    if condition == .notEqual { return notEqual(from: first, to: last, &code, &function) }

    let extend: Opcode = isSigned ? .extendSigned : .extendUnsigned
    let wideFirst = code.emit(extend, .i64, first, function: &function)
    let wideLast = code.emit(extend, .i64, last, function: &function)
    var way =
      step > 0
      ? code.emit(.subtract, .i64, wideLast, wideFirst, function: &function)
      : code.emit(.subtract, .i64, wideFirst, wideLast, function: &function)
    let short = code.constant(.i64, Self.fewRounds * magnitude, &function)
    code.leave(if: code.compare(.lessSigned, .i64, way, short, &function), &function)
    // The x that does not pass lies up to a step behind the limit.
    let slack = magnitude - 1 + (isInclusive ? 1 : 0)
    if slack > 0 {
      way = code.emit(.add, .i64, way, code.constant(.i64, slack, &function), function: &function)
      // It must not wrap round, or it would pass again.
      let end = code.emit(step > 0 ? .add : .subtract, .i64, wideFirst, way, function: &function)
      let bound: UInt64 =
        switch (isSigned, step > 0) {
        case (false, true): 0xffff_ffff
        case (false, false): 0
        case (true, true): 0x7fff_ffff
        case (true, false): 0xffff_ffff_8000_0000
        }
      let wraps = code.compare(
        step > 0 ? .greaterSigned : .lessSigned, .i64, end, code.constant(.i64, bound, &function), &function)
      code.leave(if: wraps, &function)
    }
    return Bound(distance: way, magnitude: magnitude)
  }

  /// The way modulo 2^32, which the step must divide: or x steps over the limit.
  private func notEqual(
    from first: Value, to last: Value, _ code: inout PreheaderCode, _ function: inout Function
  ) -> Bound {
    let way =
      step > 0
      ? code.emit(.subtract, .i32, last, first, function: &function)
      : code.emit(.subtract, .i32, first, last, function: &function)
    let short = code.constant(.i32, Self.fewRounds * magnitude, &function)
    code.leave(if: code.compare(.lessUnsigned, .i32, way, short, &function), &function)
    if magnitude > 1 {
      let rest =
        Simplifier.isPowerOfTwo(magnitude)
        ? code.emit(.and, .i32, way, code.constant(.i32, magnitude - 1, &function), function: &function)
        : code.emit(.remainderUnsigned, .i32, way, code.constant(.i32, magnitude, &function), function: &function)
      code.leave(if: rest, &function)
    }
    return Bound(distance: code.emit(.extendUnsigned, .i64, way, function: &function), magnitude: magnitude)
  }

  /// What is known behind that, in 64 bits.
  struct Bound {
    /// At least K * |step|, and less than that and a step.
    fileprivate let distance: Value
    fileprivate let magnitude: UInt64
  }
}

extension RoundCount.Bound {
  /// At least K * `stride`, in 64 bits. Requires: `canReach`, or the result would take a division.
  func reach(stride: UInt64, _ code: PreheaderCode, _ function: inout Function) -> Value {
    if stride % magnitude == 0 {
      let factor = stride / magnitude
      if factor == 1 { return distance }
      return code.emit(.multiply, .i64, distance, code.constant(.i64, factor, &function), function: &function)
    }
    let shift = code.constant(.i64, UInt64(magnitude.trailingZeroBitCount), &function)
    let rounds = code.emit(.shiftRightUnsigned, .i64, distance, shift, function: &function)
    return code.emit(.multiply, .i64, rounds, code.constant(.i64, stride, &function), function: &function)
  }
}
