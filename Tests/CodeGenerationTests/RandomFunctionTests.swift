import IR
import IRTesting
import RegisterAllocation
import Testing

@testable import CodeGeneration

/// Random functions in every configuration.
struct RandomFunctionTests {
  @Test func selectionAsksForWhatTheAllocatorAllows() throws {
    for seed in UInt64(0)..<24 {
      let function = RandomFunction.make(seed: seed, size: 60)
      let options = CodeGenerationFixture.configurations[Int(seed) % CodeGenerationFixture.configurations.count]
      let module = try CodeGenerationFixture.module(RandomFunction.shape, options, functions: [function])
      let machine = Lowering.lower(function, in: module)
      let violations = AllocationChecker.checkInput(machine.input, environment: .sandbox)
      #expect(violations.isEmpty, "seed \(seed): \(violations)")
    }
  }

  /// The allocation checker runs on each; the assembler's and the mask's own preconditions hold.
  @Test(arguments: CodeGenerationFixture.configurations.indices)
  func compiles(_ configuration: Int) throws {
    for seed in UInt64(0)..<12 {
      let function = RandomFunction.make(seed: seed, size: 10 + 8 * Int(seed))
      let options = CodeGenerationFixture.configurations[configuration]
      let module = try CodeGenerationFixture.module(RandomFunction.shape, options, functions: [function])
      let compiled = try CodeGenerator.compile(function, in: module)
      #expect(!compiled.code.bytes.isEmpty)
      #expect(compiled.frameSize % 8 == 0)
      let again = try CodeGenerator.compile(function, in: module)
      #expect(again.code.bytes == compiled.code.bytes)
    }
  }
}
