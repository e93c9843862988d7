import Foundation
import Testing

@testable import RegisterAllocation

@Suite struct FuzzTests {
  /// HALITE_FUZZ_COUNT and HALITE_FUZZ_SEED widen or aim the search; a single function is printed when it fails.
  static let count = Int(ProcessInfo.processInfo.environment["HALITE_FUZZ_COUNT"] ?? "") ?? 150
  static let firstSeed = UInt64(ProcessInfo.processInfo.environment["HALITE_FUZZ_SEED"] ?? "") ?? 1

  @Test(arguments: [AllocationEffort.minimal, .full])
  func randomFunctionsAreAllocatedRight(effort: AllocationEffort) {
    for seed in Self.firstSeed..<Self.firstSeed + UInt64(Self.count) {
      let (input, environment) = FunctionMaker.make(seed: seed)
      let inputViolations = AllocationChecker.checkInput(input, environment: environment)
      #expect(inputViolations.isEmpty, "seed \(seed): \(inputViolations.map(\.description))")
      if !inputViolations.isEmpty { return }
      let result = RegisterAllocator.allocate(input, environment: environment, effort: effort)
      let violations = AllocationChecker.check(result, of: input, environment: environment)
      if !violations.isEmpty, Self.count == 1 {
        print(AllocationPrinter.print(input, environment: environment, result: result))
      }
      #expect(violations.isEmpty, "seed \(seed), \(effort): \(violations.map(\.description))")
      if !violations.isEmpty { return }
    }
  }

  /// Long lives through hundreds of blocks.
  @Test func largeFunctionIsAllocatedRight() {
    var shape = FunctionShape()
    shape.blocks = 250
    shape.instructionsPerBlock = 12
    shape.generalRegisters = 13
    let input = FunctionMaker.make(seed: 3, shape: shape)
    let result = RegisterAllocator.allocate(input, environment: shape.environment)
    #expect(AllocationChecker.check(result, of: input, environment: shape.environment).isEmpty)
  }

  @Test func sameInputGivesSameResult() {
    let (input, environment) = FunctionMaker.make(seed: 11)
    let first = RegisterAllocator.allocate(input, environment: environment)
    let second = RegisterAllocator.allocate(input, environment: environment)
    #expect(first.edits == second.edits)
    #expect(
      AllocationPrinter.print(input, environment: environment, result: first)
        == AllocationPrinter.print(input, environment: environment, result: second))
  }
}
