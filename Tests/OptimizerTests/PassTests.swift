import Foundation
import IR
import IRTesting
import Optimizer
import Testing

/// Random functions mean the same before and after every pass.
///
/// HALITE_OPTIMIZER_ROUNDS multiplies the number of functions.
struct PassTests {
  static let rounds = ProcessInfo.processInfo.environment["HALITE_OPTIMIZER_ROUNDS"].flatMap(UInt64.init) ?? 1

  static func inputs(_ function: Function, seed: UInt64) -> [[UInt64]] {
    var random = Random(seed: seed)
    return (0..<3).map { _ in
      function.signature.parameters.map { type in
        let bits = random.chance(50) ? random.next() & 0xffff : random.next()
        return type.size == 4 ? bits & 0xffff_ffff : bits
      }
    }
  }

  static func check(_ passes: [Pass], seeds: Range<UInt64>, size: Int) {
    let shape = RandomFunction.shape
    for seed in seeds {
      let original = RandomFunction.make(seed: seed, size: size)
      var function = original
      for pass in passes {
        pass.run(on: &function, in: shape)
        let findings = Verifier.verify(function, in: shape)
        if !findings.isEmpty {
          Issue.record(
            "seed \(seed), \(pass.name): \(findings)\n\(Printer.print(original))\n\(Printer.print(function))")
          return
        }
      }
      for (number, arguments) in Self.inputs(original, seed: seed).enumerated() {
        let expected = Interpreter.run(original, in: shape, arguments: arguments, extraPages: number % 2)
        if expected.ending == .outOfFuel { continue }
        let actual = Interpreter.run(function, in: shape, arguments: arguments, extraPages: number % 2, fuel: 100_000)
        if actual != expected {
          let difference = "\(expected.ending) became \(actual.ending)"
          Issue.record(
            "seed \(seed), \(passes): \(difference)\n\(Printer.print(original))\n\(Printer.print(function))")
          return
        }
      }
    }
  }

  /// Modules mean the same after inlining and all passes; the first function is run, the others are called.
  @Test func inliningKeepsTheMeaning() {
    for seed in UInt64(0)..<150 * Self.rounds {
      let module = RandomModule.make(seed: seed)
      var functions = module.functions
      for position in functions.indices { Pipeline.prepare(&functions[position], in: module.shape, level: .full) }
      let candidates = InlineCandidates(functions, in: module.shape)
      for position in functions.indices {
        if seed % 2 == 0 {
          Inliner.run(on: &functions[position], candidates)
        } else {
          Pipeline.finish(&functions[position], in: module.shape, level: .full, inlining: candidates)
        }
        let findings = Verifier.verify(functions[position], in: module.shape)
        if !findings.isEmpty {
          Issue.record("seed \(seed): \(findings)\n\(Printer.print(functions[position]))")
          return
        }
      }
      for (original, function) in zip(module.functions, functions) {
        for arguments in Self.inputs(original, seed: seed) {
          let expected = Interpreter.run(original, in: module.shape, bodies: module.functions, arguments: arguments)
          if expected.ending == .outOfFuel { continue }
          let actual = Interpreter.run(
            function, in: module.shape, bodies: functions, arguments: arguments, fuel: 100_000)
          if actual != expected {
            Issue.record("seed \(seed), \(original.index): \(expected.ending) became \(actual.ending)")
            return
          }
        }
      }
    }
  }

  @Test(arguments: Pass.allCases)
  func aPassAloneKeepsTheMeaning(pass: Pass) { Self.check([pass], seeds: 0..<200 * Self.rounds, size: 30) }

  @Test func twoRoundsKeepTheMeaning() {
    let passes = Pipeline.passes(for: .full)
    Self.check(passes + passes, seeds: 1000..<1000 + 200 * Self.rounds, size: 40)
  }

  /// Edges of a branch table may share a list of arguments, also edges to different blocks that drop different
  /// parameters.
  @Test(arguments: Pass.allCases, [2, 5])
  func sharedArgumentsStayRight(pass: Pass, edgeCount: Int) {
    let signature = Signature(parameters: [.i32, .i32, .i32], results: [.i32])
    var builder = Builder(index: FunctionIndex(0), signature: signature)
    let parameters = Array(builder.function.blocks[builder.block].parameters)
    let (join, other) = (builder.makeBlock([.i32, .i32, .i32]), builder.makeBlock([.i32, .i32, .i32]))
    let shared = builder.function.makeTarget(join, [parameters[0], parameters[1], parameters[2]])
    var elsewhere = shared
    elsewhere.block = other
    let targets = Array([shared, elsewhere, shared, shared, elsewhere].prefix(edgeCount))
    builder.insert(InstructionData(.branchTable, .i32), [parameters[0]], targets: targets)
    builder.start(other)
    builder.jump(join, [parameters[2], parameters[0], builder.function.blocks[other].parameters[1]])
    builder.start(join)
    let joined = builder.function.blocks[join].parameters
    let difference = builder.value(.subtract, .i32, [joined[1], joined[2]])
    builder.returnValues([difference])
    var function = builder.function
    #expect(Verifier.verify(function, in: RandomFunction.shape) == [])
    for pass in [pass, .deadCode] { pass.run(on: &function, in: RandomFunction.shape) }
    #expect(Verifier.verify(function, in: RandomFunction.shape) == [])
    for index in UInt64(0)..<6 {
      let expected = Interpreter.run(builder.function, in: RandomFunction.shape, arguments: [index, 10, 300])
      #expect(Interpreter.run(function, in: RandomFunction.shape, arguments: [index, 10, 300]) == expected)
    }
  }
}
