import IR
import IRTesting
import RegisterAllocation
import Testing

@testable import CodeGeneration

/// Random functions in every configuration.
struct RandomFunctionTests {
  @Test func selectionAsksForWhatTheAllocatorAllows() throws {
    for seed in UInt64(0)..<60 {
      let function = RandomFunction.make(seed: seed, size: 60)
      let options = CodeGenerationFixture.configurations[Int(seed) % CodeGenerationFixture.configurations.count]
      let module = try CodeGenerationFixture.module(RandomFunction.shape, options, functions: [function])
      let machine = Lowering.lower(function, in: module)
      let violations = AllocationChecker.checkInput(machine.input, environment: .sandbox)
      #expect(violations.isEmpty, "seed \(seed): \(violations)")
    }
  }
}
