import Foundation
import IR
import IRTesting
import Nexe
import Runtime
import Synchronization
import Testing

@testable import CodeGeneration

/// Random modules compiled, validated, run, and compared with the interpreter: results, traps, calls of the host, memories
/// (one of 32 bits; with every other seed also one of 64), globals and tables, in both models and policies. HALITE_EXECUTION_COUNT asks for more modules than usual, HALITE_EXECUTION_SEED for others.
struct ExecutionTests {
  /// Code that wraps keeps the functions' own checks, behind which its masks change nothing.
  static let configurations = CodeGenerationFixture.configurations

  static func setting(_ name: String, _ usual: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
  }

  @Test(arguments: configurations.indices)
  func agreesWithTheInterpreter(_ configuration: Int) throws {
    let first = Self.setting("HALITE_EXECUTION_SEED", 1)
    let count = Self.setting("HALITE_EXECUTION_COUNT", 40)
    var compared = 0
    for seed in first..<first + count {
      let program = ExecutionCase(seed: seed, options: Self.configurations[configuration])
      compared += try program.differences { Issue.record("seed \(seed): \($0)") }
    }
    // Most runs end and say something.
    #expect(compared > Int(count))
  }
}

/// One random module and its runs.
struct ExecutionCase {
  let seed: UInt64
  let options: CodeGenerationOptions
  let shape: ModuleShape
  let functions: [Function]
  /// Returns all globals and the first elements of the tables.
  let probe: FunctionIndex

  /// A memory of 64 bits reaches 16 GiB alone.
  private static let engine: Engine = {
    var configuration = Configuration()
    configuration.maximumReach = 1 << 36
    return Engine(configuration: configuration)
  }()

  /// Given functions; `seed` decides on the arguments.
  init(shape: ModuleShape, functions: [Function], options: CodeGenerationOptions, seed: UInt64) {
    var shape = shape
    probe = Self.addProbe(to: &shape)
    self.seed = seed
    self.options = options
    self.shape = shape
    self.functions = functions + [Self.probe(probe, shape)]
  }

  /// Up to six functions that call each other and the host.
  init(seed: UInt64, options: CodeGenerationOptions) {
    var random = Random(seed: seed)
    var shape = RandomFunction.executableShape(memories: seed % 2 == 0 ? 1 : 2)
    let first = shape.functions.count
    let count = seed % 3 == 0 ? 1 : 2 + random.below(5)
    for _ in 0..<count {
      let signature = RandomFunction.signature(&random)
      let known = shape.signatures.ids.first { shape.signatures[$0] == signature }
      shape.functions.append(known ?? shape.signatures.append(signature))
    }
    var functions: [Function] = []
    for position in 0..<count {
      let index = FunctionIndex(index: first + position)
      let size = seed % 3 == 0 ? 20 + random.below(80) : 1 + random.below(25)
      functions.append(RandomFunction.make(index, shape.signature(of: index), in: shape, size: size, &random))
    }
    probe = Self.addProbe(to: &shape)
    functions.append(Self.probe(probe, shape))
    self.seed = seed
    self.options = options
    self.shape = shape
    self.functions = functions.map { CanonicalNaN.applied(to: $0) }
  }

  private static func addProbe(to shape: inout ModuleShape) -> FunctionIndex {
    var results = shape.globals.elements.map(\.type)
    for table in shape.tables.elements {
      results.append(.i32)
      results += Array(repeating: .i64, count: min(4, Int(table.minimum)))
    }
    return shape.functions.append(shape.signatures.append(Signature(parameters: [], results: results)))
  }

  private static func probe(_ index: FunctionIndex, _ shape: ModuleShape) -> Function {
    var builder = Builder(index: index, signature: shape.signature(of: index))
    var results: [IR.Value] = []
    for (position, global) in shape.globals.elements.enumerated() {
      results.append(builder.value(.globalGet, global.type, [], auxiliary: UInt32(position)))
    }
    for (position, table) in shape.tables.elements.enumerated() {
      let size = builder.insert(InstructionData(.tableSize, .i32, memory: UInt32(position)), [], results: [.i32])
      results.append(builder.function.result(of: size))
      for element in 0..<min(4, table.minimum) {
        let place = builder.integer(.i32, element)
        let get = builder.insert(InstructionData(.tableGet, .i64, memory: UInt32(position)), [place], results: [.i64])
        results.append(builder.function.result(of: get))
      }
    }
    builder.returnValues(results)
    return builder.function
  }

  /// Runs each function once; reports what differs. Returns how many runs could be compared.
  func differences(_ report: (String) -> Void) throws -> Int {
    let executable = ExecutableModule(shape: shape, functions: functions, options: options)
    let module = try Runtime.Module(nexe: try executable.nexe(), engine: Self.engine)
    var random = Random(seed: seed ^ 0xa5)
    var compared = 0
    for function in functions.dropLast() {
      let arguments = function.signature.parameters.map { Self.argument($0, &random) }
      let expected = Interpreter.run(function, in: shape, bodies: functions, arguments: arguments)
      if expected.ending == .outOfFuel { continue }
      compared += 1
      let actual = try run(module, function, arguments)
      if let difference = actual.difference(from: expected, shape) {
        report("\(options.memoryModel) \(options.instructionSet) fn\(function.index.rawValue)\(arguments): \(difference)")
      }
    }
    return compared
  }

  private static func argument(_ type: Type, _ random: inout Random) -> UInt64 {
    let bits = random.chance(50) ? UInt64(random.below(300)) : random.next()
    switch type {
    case .i32: return bits & 0xffff_ffff
    case .f32: return UInt64(Float(Int32(truncatingIfNeeded: bits)).bitPattern)
    case .f64: return Double(Int32(truncatingIfNeeded: bits)).bitPattern
    case .i64, .v128: return bits
    }
  }

  // MARK: A run

  /// What the host was asked.
  private final class Host: Sendable {
    let calls = Mutex<[[SIMD2<UInt64>]]>([])
  }

  private func run(_ module: Runtime.Module, _ function: Function, _ arguments: [UInt64]) throws -> ExecutionOutcome {
    let host = Host()
    var linker = Linker(engine: Self.engine)
    for index in 0..<shape.importedFunctionCount {
      let signature = shape.signature(of: FunctionIndex(index: index))
      linker.define(
        module: "host", name: "f\(index)",
        type: FunctionType(
          parameters: signature.parameters.map(ValueType.init), results: signature.results.map(ValueType.init))
      ) { call in try Self.answer(&call, UInt64(index), signature, host) }
    }
    let instance = try linker.instantiate(module)
    let memories = shape.memories.ids.map { index -> GuestMemory in
      guard case .memory(let memory)? = instance.export("m\(index.rawValue)") else { preconditionFailure("memories are exported") }
      return memory.guest
    }
    for memory in memories { try memory.write((0..<Int(memory.size)).map(SparseMemory.initialByte), at: 0) }
    let values = zip(function.signature.parameters, arguments).map { Runtime.Value(bits: $1, $0) }
    var ending: ExecutionOutcome.Ending
    do {
      ending = .returned(try instance.call("f\(function.index.rawValue)", values).map(\.low))
    } catch let trap as Trap {
      ending = .trapped(trap.reason)
    }
    return ExecutionOutcome(
      ending: ending, calls: host.calls.withLock { $0 }, memories: try memories.map { try $0.read(at: 0, count: $0.size) },
      probed: try instance.call("f\(probe.rawValue)").map(\.low))
  }

  /// As the interpreter's host does.
  private static func answer(
    _ call: inout HostCall, _ callee: UInt64, _ signature: Signature, _ host: Host
  ) throws {
    let arguments = (0..<call.argumentCount).map { SIMD2(call.raw($0), 0) }
    let count = host.calls.withLock { calls in
      calls.append([SIMD2(callee, 0)] + arguments)
      return calls.count
    }
    var hash = callee &+ UInt64(count)
    for argument in arguments { hash = (hash ^ argument[0]) &* 0x0000_0100_0000_01b3 }
    guard let caller = call.caller, let memory = caller.memory, case .memory(let shared)? = caller.export("m0"),
      case .global(let global)? = caller.export("g0"), case .i32(let old) = try global.value
    else { preconditionFailure("memory and global are exported") }
    let byte = try memory.read(at: hash & 0xff, count: 1)
    try memory.write([byte[0] &+ 1], at: hash & 0xff)
    if hash % 8 == 0 { _ = try shared.grow(by: 1) }
    try global.set(.i32(old &+ 1))
    for (position, type) in signature.results.enumerated() {
      call.setResult(position, raw: (hash &+ UInt64(position)) & (type.size == 4 ? 0xffff_ffff : .max))
    }
  }
}

/// What a run of compiled code did.
struct ExecutionOutcome {
  enum Ending {
    case returned([UInt64])
    case trapped(Trap.Reason)
  }
  var ending: Ending
  var calls: [[SIMD2<UInt64>]]
  var memories: [[UInt8]]
  var probed: [UInt64]

  /// The first difference, or nil.
  func difference(from expected: Outcome, _ shape: ModuleShape) -> String? {
    switch (ending, expected.ending) {
    case (.returned(let actual), .returned(let wanted)):
      if actual != wanted.map({ $0[0] }) { return "returned \(actual), not \(wanted.map { $0[0] })" }
    case (.trapped(let reason), .trapped(let code)):
      // A reference that no compiler makes traps in one of several ways.
      let isIndirect = code == .indirectCallToNull || code == .indirectCallTypeMismatch
      guard case .code(let actual) = reason, actual.rawValue == code.rawValue || isIndirect else {
        return isIndirect ? nil : "trapped with \(reason), not \(code)"
      }
    default: return "ended with \(ending), not \(expected.ending)"
    }
    if calls != expected.calls { return "called \(calls), not \(expected.calls)" }
    for (number, (memory, wanted)) in zip(memories, expected.state.memories.map(\.bytes)).enumerated() {
      if memory.count != wanted.count { return "memory \(number) has \(memory.count) bytes, not \(wanted.count)" }
      if let place = memory.indices.first(where: { memory[$0] != wanted[$0] }) {
        return "byte \(place) of memory \(number) is \(memory[place]), not \(wanted[place])"
      }
    }
    var words = expected.state.globals.map { $0[0] }
    for (table, declared) in zip(expected.state.tables, shape.tables.elements) {
      words.append(UInt64(table.count))
      words += table.prefix(Int(min(4, declared.minimum)))
    }
    return probed == words ? nil : "globals and tables are \(probed), not \(words)"
  }
}
