import Entities
import IR
import Nexe
import Testing

@testable import Compiler

@Suite struct TargetChoiceTests {
  private func choose(
    pages minimum: UInt64, _ maximum: UInt64?, index: Type = .i32, _ change: (inout CompilerOptions) -> Void = { _ in }
  ) throws(CompileError) -> TargetChoice {
    var module = ModuleShape()
    module.memories.append(
      MemoryShape(
        indexType: index, minimumPages: minimum, maximumPages: maximum, isImported: false, isExported: false))
    var options = CompilerOptions()
    change(&options)
    return try TargetChoice(module, options)
  }

  @Test func autoTakesTheMaskUpToTwoGibibytes() throws {
    #expect(try choose(pages: 1, 4).model == .mask)
    #expect(try choose(pages: 1, 4).memories[0].log2Reach == 18)
    #expect(try choose(pages: 1, 1).memories[0].log2Reach == 16)
    #expect(try choose(pages: 0, 0).memories[0].log2Reach == 16)
    #expect(try choose(pages: 1, 32768).memories[0].log2Reach == 31)
    #expect(try choose(pages: 1, 32769).model == .seg32)
    #expect(try choose(pages: 1, nil).model == .seg32)
    #expect(try choose(pages: 1, nil).memories[0].log2Reach == 32)
  }

  @Test func maximumMemoryTightens() throws {
    let choice = try choose(pages: 1, nil) { $0.maximumMemory = 100 << 20 }
    #expect(choice.model == .mask && choice.memories[0].log2Reach == 27)
    #expect(throws: CompileError.self) { try choose(pages: 17, nil) { $0.maximumMemory = 1 << 20 } }
  }

  @Test func theMaskWithoutAMaximumReachesTwoToTheThirty() throws {
    #expect(try choose(pages: 1, nil) { $0.memoryModel = .mask }.memories[0].log2Reach == 30)
    #expect(try choose(pages: 32768, nil) { $0.memoryModel = .mask }.memories[0].log2Reach == 31)
    #expect(throws: CompileError.self) { try choose(pages: 32769, nil) { $0.memoryModel = .mask } }
  }

  @Test func segmentsTakeLongIndicesUpTo4GiB() throws {
    let choice = try choose(pages: 1, 1 << 20, index: .i64) { $0.memoryModel = .seg32 }
    #expect(choice.memories[0].log2Reach == 32)
    #expect(throws: CompileError.self) { try choose(pages: 1 << 17, nil, index: .i64) { $0.memoryModel = .seg32 } }
  }

  @Test func aModuleWithoutMemoryTakesEitherModel() throws {
    #expect(try TargetChoice(ModuleShape(), CompilerOptions()).model == .mask)
    var options = CompilerOptions()
    options.memoryModel = .seg32
    #expect(try TargetChoice(ModuleShape(), options).model == .seg32)
  }

  @Test func ceilingLog2() {
    for (value, expected) in [(0, 0), (1, 0), (2, 1), (3, 2), (65536, 16), (65537, 17)] as [(UInt64, UInt32)] {
      #expect(TargetChoice.ceilingLog2(value) == expected)
    }
    #expect(TargetChoice.ceilingLog2(.max) == 64)
  }
}
