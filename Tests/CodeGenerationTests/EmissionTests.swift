import IR
import Nexe
import Testing

@testable import CodeGeneration

/// What emission adds and leaves out, seen in listings; independent of the registers chosen.
struct EmissionTests {
  static func listing(_ text: String) throws -> String {
    var options = CodeGenerationOptions()
    options.dumps = .assembly
    let (declarations, functions) = try Parser.parse(text)
    let module = try CodeGenerationFixture.module(declarations, options, functions: functions)
    return try CodeGenerator.compile(functions[0], in: module).dumps.assembly
  }

  /// Whether a difference is 0 is known from the subtraction.
  @Test func flagsOfAResultAreUsed() throws {
    let listing = try Self.listing(
      """
      module {
        sig0 (i64, i64) -> (i64)
        fn0 sig0
      }
      function fn0 (i64, i64) -> (i64) {
      block0(v0: i64, v1: i64):
        v2 = sub.i64 v0, v1
        v3 = iconst.i64 0
        v4 = icmp.i64 ne v2, v3
        br_if v4 block1, block2
      block1:
        return v2
      block2:
        return v0
      }
      """)
    #expect(listing.contains("sub "))
    #expect(!listing.contains("test "))
  }

  /// Two accesses through one register need one mask, until something else may have come by.
  @Test func factsSaveMasks() throws {
    let module = """
      module {
        sig0 (i32) -> (i64)
        fn0 sig0
        mem0 i32 1 to 16
      }

      """
    let straight = try Self.listing(
      module + """
        function fn0 (i32) -> (i64) {
        block0(v0: i32):
          memory_check.i32 mem0 v0 +16
          v1 = load.i64 mem0 v0
          v2 = load.i64 mem0 v0 +8
          v3 = add.i64 v1, v2
          return v3
        }
        """)
    #expect(straight.components(separatedBy: "and ").count == 2)
    let loop = try Self.listing(
      module + """
        function fn0 (i32) -> (i64) {
        block0(v0: i32):
          memory_check.i32 mem0 v0 +16
          v1 = load.i64 mem0 v0
          jump block1(v1)
        block1(v2: i64):
          v3 = load.i64 mem0 v0 +8
          v4 = mul.i64 v2, v3
          v5 = wrap.i32 v4
          br_if v5 block1(v4), block2
        block2:
          return v4
        }
        """)
    #expect(loop.components(separatedBy: "and ").count == 3)
  }
}
