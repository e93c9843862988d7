import Testing

@testable import Wasm

/// `metadata.code.branch_hint`: faults are found, and none of them makes the module invalid.
@Suite struct BranchHintTests {
  /// (module (func (if (i32.const 0) (then)))), with the section's content before its code.
  private func fault(_ content: [UInt8]) throws -> WasmError? {
    let name = Array("metadata.code.branch_hint".utf8)
    let custom = [UInt8(name.count)] + name + content
    let types: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]
    // The condition stands at 1 of the body, the if at 3.
    let code: [UInt8] = [10, 9, 1, 7, 0, 0x41, 0, 0x04, 0x40, 0x0b, 0x0b]
    return BranchHints.fault(in: try Module.decode(types + [0, UInt8(custom.count)] + custom + code))
  }

  @Test(arguments: [[0], [1, 0, 1, 3, 1, 0], [1, 0, 1, 3, 1, 1], [1, 0, 0]] as [[UInt8]])
  func soundHintsHaveNoFault(content: [UInt8]) throws {
    #expect(try fault(content) == nil)
  }

  @Test(arguments: [
    // At the condition; inside of the if; behind the body; of no function; of one function twice; at one place twice.
    [1, 0, 1, 1, 1, 0], [1, 0, 1, 4, 1, 0], [1, 0, 1, 99, 1, 0], [1, 1, 1, 3, 1, 0], [2, 0, 0, 0, 0], [1, 0, 2, 3, 1, 0, 3, 1, 0],
    // Neither 0 nor 1; two bytes.
    [1, 0, 1, 3, 1, 2], [1, 0, 1, 3, 2, 0, 0],
  ] as [[UInt8]])
  func misplacedHintsAreFaults(content: [UInt8]) throws {
    #expect(try fault(content)?.reason == .invalidBranchHint)
  }

  @Test(arguments: [[], [1], [1, 0, 1, 3, 1], [0xff, 0xff, 0xff, 0xff, 0x0f], [0, 0]] as [[UInt8]])
  func malformedSectionsAreFaults(content: [UInt8]) throws {
    #expect(try fault(content) != nil)
  }
}
