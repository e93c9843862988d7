import Testing

@testable import RegisterAllocation

/// Each rule of `AllocationInput`, broken once.
@Suite struct InputRulesTests {
  private static let head = """
    registers r0 r1 r2 | x0 | r15 x15
    v0 general
    v1 general
    v2 vector

    """

  static let broken: [(rule: String, text: String)] = [
    (
      "two definitions",
      """
      block b0 depth 0
        i0: def v0, def v0
        i1: ; terminator
      """
    ),
    (
      "never defined",
      """
      block b0 depth 0
        i0: use v0 ; terminator
      """
    ),
    (
      "does not dominate",
      """
      block b0 depth 0
        i0: ; terminator
        to b1
        to b2
      block b1 depth 0
        i1: def v0
        i2: ; terminator
        to b3
      block b2 depth 0
        i3: ; terminator
        to b3
      block b3 depth 0
        i4: use v0 ; terminator
      """
    ),
    (
      "critical edge",
      """
      block b0 depth 0
        i0: ; terminator
        to b1
        to b2
      block b1 depth 0
        i1: ; terminator
        to b2
      block b2 depth 0
        i2: ; terminator
      """
    ),
    (
      "a terminator with one edge has operands",
      """
      block b0 depth 0
        i0: def v0
        i1: use v0 ; terminator
        to b1
      block b1 depth 0
        i2: ; terminator
      """
    ),
    (
      "an edge leads to the entry",
      """
      block b0 depth 0
        i0: ; terminator
        to b0
      """
    ),
    (
      "the entry has parameters",
      """
      block b0(v0) depth 0
        i0: ; terminator
      """
    ),
    (
      "cannot be reached",
      """
      block b0 depth 0
        i0: ; terminator
      block b1 depth 0
        i1: ; terminator
      """
    ),
    (
      "0 arguments for 1 parameters",
      """
      block b0 depth 0
        i0: ; terminator
        to b1
      block b1(v0) depth 0
        i1: ; terminator
      """
    ),
    (
      "does not fit parameter",
      """
      block b0 depth 0
        i0: def v2
        i1: ; terminator
        to b1(v2)
      block b1(v0) depth 0
        i2: ; terminator
      """
    ),
    (
      "terminators are the last",
      """
      block b0 depth 0
        i0: ; terminator
        i1: ; terminator
      """
    ),
    (
      "terminator's result and used",
      """
      block b0 depth 0
        i0: early v0 ; terminator
        to b1
        to b2
      block b1 depth 0
        i1: use v0 ; terminator
      block b2 depth 0
        i2: ; terminator
      """
    ),
    (
      "scratch register",
      """
      block b0 depth 0
        i0: def v0 r15
        i1: ; terminator
      """
    ),
    (
      "register of the other class",
      """
      block b0 depth 0
        i0: def v0 x0
        i1: ; terminator
      """
    ),
    (
      "only a late definition can reuse",
      """
      block b0 depth 0
        i0: def v0
        i1: late v0, def v1 reuse 0
        i2: ; terminator
      """
    ),
    (
      "asked for and clobbered",
      """
      block b0 depth 0
        i0: def v0
        i1: late v0 r1 ; clobbers r1
        i2: ; terminator
      """
    ),
    (
      "definition on the stack",
      """
      block b0 depth 0
        i0: def v0 stack
        i1: ; terminator
      """
    ),
    (
      "a move has a definition and a use",
      """
      block b0 depth 0
        i0: def v0 ; move
        i1: ; terminator
      """
    ),
  ]

  @Test(arguments: broken.indices)
  func brokenRuleIsNamed(index: Int) throws {
    let (rule, text) = Self.broken[index]
    let problem = try AllocationText(parsing: Self.head + text)
    let violations = AllocationChecker.checkInput(problem.input, environment: problem.environment)
    #expect(violations.contains { $0.description.contains(rule) }, "\(rule): \(violations.map(\.description))")
  }

  @Test func aRightFunctionBreaksNone() throws {
    let text = """
      block b0 depth 0
        i0: def v0 r0
        i1: def v1 reuse 1, use v0
        i2: use v1 ; terminator
      """
    let problem = try AllocationText(parsing: Self.head + text)
    #expect(AllocationChecker.checkInput(problem.input, environment: problem.environment).isEmpty)
  }
}
