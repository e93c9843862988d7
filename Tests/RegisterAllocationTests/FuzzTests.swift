import Foundation
import Testing

@testable import RegisterAllocation

@Suite struct FuzzTests {
  /// HALITE_FUZZ_COUNT and HALITE_FUZZ_SEED widen or aim the search.
  static let count = Int(ProcessInfo.processInfo.environment["HALITE_FUZZ_COUNT"] ?? "") ?? 1500
  static let firstSeed = UInt64(ProcessInfo.processInfo.environment["HALITE_FUZZ_SEED"] ?? "") ?? 1

  @Test(arguments: [AllocationEffort.minimal, .full])
  func randomFunctionsAreAllocatedRight(effort: AllocationEffort) {
    for seed in Self.firstSeed..<Self.firstSeed + UInt64(Self.count) {
      var random = Generator(seed: seed &* 0x1234_5677)
      let shape = FunctionShape.random(&random)
      let input = FunctionMaker.make(seed: seed, shape: shape)
      let inputViolations = AllocationChecker.checkInput(input, environment: shape.environment)
      #expect(inputViolations.isEmpty, "seed \(seed): \(inputViolations.map(\.description))")
      if !inputViolations.isEmpty { return }
      let result = RegisterAllocator.allocate(input, environment: shape.environment, effort: effort)
      let violations = AllocationChecker.check(result, of: input, environment: shape.environment)
      if !violations.isEmpty, Self.count == 1 {
        print(AllocationPrinter.print(input, environment: shape.environment, result: result))
      }
      #expect(violations.isEmpty, "seed \(seed), \(effort): \(violations.map(\.description))")
      if !violations.isEmpty { return }
    }
  }
}
