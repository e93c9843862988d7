import Halite
import Testing

/// Values in registers that callees must keep, while calls return, throw and call last: at every level, model and instruction set.
@Suite struct RegisterPressureTests {
  static let levels: [OptimizationLevel] = [.none, .basic, .full]

  private func instance(
    _ model: CompilerOptions.MemoryModelChoice, _ level: OptimizationLevel, _ set: InstructionSet
  ) throws -> Instance {
    var options = CompilerOptions()
    options.choose(model)
    options.optimization = level
    options.instructionSet = set
    options.verifiesEachPass = true
    let engine = Engine()
    return try Linker(engine: engine).instantiate(Module(wasm: Fixture.wasm("pressure"), engine: engine, options: options))
  }

  @Test(arguments: CompilerOptions.MemoryModelChoice.allCases, levels)
  func valuesLiveAroundCalls(model: CompilerOptions.MemoryModelChoice, level: OptimizationLevel) throws {
    for set in [InstructionSet.x86_64_v2, .x86_64_v3] {
      let instance = try instance(model, level, set)
      // The last of the calls is by reference, through the table or direct, as n is modulo 3.
      for n: UInt64 in 0..<12 {
        let returned = n % 2 == 1 ? n + 1_000_000 : n
        for depth: UInt32 in 0..<4 {
          let around = try instance.call("around", [.i32(UInt32(n)), .i32(depth)])
          // Ten integers n+1...n+10, six floats n+1...n+6.
          #expect(i64(around) == [returned + 10 * n + 55 + 6 * n + 21], "\(n), \(depth), \(set)")
        }
        let through = try instance.call("through", [.i32(UInt32(n))])
        #expect(i64(through) == [n % 2 == 1 ? n + 12 * n : n + 3 * n + 12 * n], "\(n), \(set)")
      }
    }
  }

  private func i64(_ values: [Value]) -> [UInt64?] {
    values.map { value in
      guard case .i64(let bits) = value else { return nil }
      return bits
    }
  }
}
