import IR
import IRTesting
import Runtime
import Testing

@testable import CodeGeneration

/// Values in callee-saved registers survive calls of functions that use the same registers, gates inside such functions, and
/// calls of the host.
struct SavedRegisterTests {
  /// Each function keeps six values over three calls, and uses them between: more than there are callee-saved registers, so all
  /// of these are taken. `fn1` calls `fn2`, which goes through a gate without using any itself in `fn3`.
  private static let module = """
    module {
      sig0 (i64) -> (i64)
      sig1 (i32, i64) -> (i64)
      fn0 sig0 imported
      fn1 sig0
      fn2 sig0
      fn3 sig0
      mem0 i32 1 to 1 exported
      global0 i32 mutable exported
    }
    \(keeper(1, calls: 2))
    \(keeper(2, calls: 3))
    function fn3 (i64) -> (i64) {
    block0(v0: i64):
      v1 = iconst.i32 1
      v2 = memory_grow.i32 mem0 v1
      v3 = extend_u.i64 v2
      v4 = add.i64 v3, v0
      v5: i64 = call fn0 v4
      return v5
    }
    """

  private static func keeper(_ index: Int, calls callee: Int) -> String {
    var lines = ["function fn\(index) (i64) -> (i64) {", "block0(v0: i64):"]
    var next = 1
    func define(_ text: String) -> Int {
      lines.append("  v\(next) = \(text)")
      next += 1
      return next - 1
    }
    let kept = (0..<6).map { number in define("mul.i64 v0, v\(define("iconst.i64 \(1_000_003 * (number + index))"))") }
    var sum = 0
    for _ in 0..<3 {
      lines.append("  v\(next): i64 = call fn\(callee) v\(sum)")
      sum = next
      next += 1
      for value in kept {
        let mixed = define("xor.i64 v\(sum), v\(value)")
        sum = define("rotl.i64 v\(mixed), v\(define("iconst.i64 7"))")
      }
    }
    return (lines + ["  return v\(sum)", "}"]).joined(separator: "\n")
  }

  @Test(arguments: CodeGenerationFixture.configurations.indices)
  func valuesSurvive(_ configuration: Int) throws {
    let (shape, functions) = try Parser.parse(Self.module)
    for function in functions { #expect(Verifier.verify(function, in: shape).isEmpty) }
    let options = CodeGenerationFixture.configurations[configuration]
    for seed in UInt64(1)...4 {
      let program = ExecutionCase(shape: shape, functions: functions, options: options, seed: seed)
      let compared = try program.differences { Issue.record("\($0)") }
      #expect(compared == functions.count)
    }
  }
}
