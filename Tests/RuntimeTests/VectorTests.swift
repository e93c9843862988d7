import Halite
import Testing

/// Vectors across the borders of a sandbox: docs/ABI.md, C8. More of them than registers, both ways.
@Suite struct VectorTests {
  typealias Model = CompilerOptions.MemoryModelChoice
  typealias Vector = SIMD2<UInt64>

  /// Lanes of 32 bits.
  static func vector(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> Vector {
    Vector(UInt64(a) | UInt64(b) << 32, UInt64(c) | UInt64(d) << 32)
  }

  static func vectors(_ values: [Value]) -> [Vector?] {
    values.map { value in
      guard case .v128(let bits) = value else { return nil }
      return bits
    }
  }

  private static let mixType = FunctionType(
    parameters: [.v128, .i32, .f32, .v128], results: [.v128, .f64, .v128, .v128])

  private func instance(
    _ model: Model, _ instructionSet: CompilerOptions.InstructionSetChoice = .v3, engine: Engine = Engine(),
    store: Store? = nil, mix: @escaping HostFunction = { _ in }
  ) throws -> Instance {
    var options = CompilerOptions()
    options.choose(model)
    if instructionSet == .v2 { options.instructionSet = .x86_64_v2 }
    var linker = Linker(engine: engine)
    linker.define(module: "host", name: "mix", type: Self.mixType, function: mix)
    let module = try Module(wasm: Fixture.wasm("vectors"), engine: engine, options: options)
    if let store { return try linker.instantiate(module, store: store) }
    return try linker.instantiate(module)
  }

  @Test(arguments: Model.allCases, CompilerOptions.InstructionSetChoice.allCases)
  func moreThanTheRegistersHold(model: Model, instructionSet: CompilerOptions.InstructionSetChoice) throws {
    let instance = try instance(model, instructionSet)
    let arguments = (0..<10).map { Value.v128(Self.vector(UInt32($0), 10, 20, .max)) }
    let results = try instance.call("many", arguments + [.i32(5)])
    #expect(
      Self.vectors(results) == [9, 8, 1, 0].map { Self.vector($0 + 5, 15, 25, 4) })
  }

  @Test(arguments: Model.allCases)
  func toAHostFunctionAndBack(model: Model) throws {
    let instance = try instance(model) { call in
      #expect(call.i32(1) == 7)
      #expect(call.f32(2) == 1.5)
      call.setResult(0, call.vector(3))
      call.setResult(1, 0.25)
      call.setResult(2, call.vector(0) &+ Vector(1, 1))
      call.setResult(3, .v128(Vector(.max, 3)))
    }
    let results = try instance.call("throughHost", [.v128(Vector(1, 2)), .v128(Vector(3, 4))])
    #expect(Self.vectors(results) == [Vector(3, 4), nil, Vector(2, 3), Vector(.max, 3)])
    guard case .f64(let bits) = results[1] else { throw CallError.finished }
    #expect(Double(bitPattern: bits) == 0.25)
  }

  /// Entry 1 is another instance's function, reached through FOREIGN and its gate; entry 2 the host's.
  @Test(arguments: Model.allCases)
  func throughATableToElsewhere(model: Model) throws {
    let engine = Engine()
    let store = Store(engine: engine)
    let own = try instance(model, engine: engine, store: store)
    let other = try instance(.mask, .v2, engine: engine, store: store)
    guard case .table(let table)? = own.export("table") else { throw CallError.finished }
    try table.set(0, .funcref(own.function("many")))
    try table.set(1, .funcref(other.function("many")))
    let type = try own.function("many").type
    let host = FunctionReference(type: type) { call in
      for index in 0..<4 { call.setResult(index, call.vector(9 - index) &+ Vector(UInt64(call.u32(10)), 0)) }
    }
    try table.set(2, .funcref(host))
    let near = try Self.vectors(own.call("throughTable", [.i32(0)]))
    #expect(near == [9, 8, 1, 0].map { Self.vector($0 + 100, 109, 109, 109) })
    #expect(try Self.vectors(own.call("throughTable", [.i32(1)])) == near)
    #expect(
      try Self.vectors(own.call("throughTable", [.i32(2)])) == [9, 8, 7, 6].map { Self.vector($0 + 100, 9, 9, 9) })
  }

  @Test(arguments: Model.allCases)
  func globals(model: Model) throws {
    let instance = try instance(model)
    guard case .global(let kept)? = instance.export("kept") else { throw CallError.finished }
    #expect(Self.vectors([try kept.value]) == [Vector(1, 2)])
    #expect(try Self.vectors(instance.call("keep", [.v128(.zero)])) == [Vector(1, 2)])
    #expect(Self.vectors([try kept.value]) == [Self.vector(1, 2, 3, 4)])
    try kept.set(.v128(Vector(.max, 0)))
    #expect(try Self.vectors(instance.call("keep", [.v128(.zero)])) == [Vector(.max, 0)])
  }

  /// The host function stands between a value and its use: no register survives it.
  @Test(arguments: Model.allCases, CompilerOptions.InstructionSetChoice.allCases)
  func spilledAcrossACall(model: Model, instructionSet: CompilerOptions.InstructionSetChoice) throws {
    let instance = try instance(model, instructionSet)
    let results = try instance.call("spilled", [.v128(Self.vector(1, 2, 3, 1 << 31)), .i32(0)])
    // 2 + 3 + ... + 11.
    #expect(Self.vectors(results) == [Self.vector(65, 130, 195, 1 << 31)])
  }
}

extension CompilerOptions {
  enum InstructionSetChoice: CaseIterable, Sendable { case v2, v3 }
}
