import Foundation
import Halite
import Testing

/// Modules under Tests/RuntimeFixtures: `wat2wasm NAME.wat` makes NAME.wasm.
enum Fixture {
  static func wasm(_ name: String) throws -> [UInt8] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("RuntimeFixtures/\(name).wasm")
    return [UInt8](try Data(contentsOf: file))
  }

  static func module(_ name: String, _ engine: Engine, _ model: CompilerOptions.MemoryModelChoice) throws -> Module {
    var options = CompilerOptions()
    options.choose(model)
    return try Module(wasm: wasm(name), engine: engine, options: options)
  }
}

extension CompilerOptions {
  /// The two models by names of this test's own: several modules have a type `MemoryModel`.
  enum MemoryModelChoice: String, CaseIterable, Sendable { case mask, seg32 }

  mutating func choose(_ model: MemoryModelChoice) {
    switch model {
    case .mask: memoryModel = .mask
    case .seg32: memoryModel = .seg32
    }
  }
}

/// An instance of calls.wat with its host functions.
func callsInstance(
  _ model: CompilerOptions.MemoryModelChoice = .mask, configuration: Configuration = Configuration(),
  double: @escaping HostFunction = { call in call.setResult(0, call.i32(0) &* 2) },
  nothing: @escaping HostFunction = { _ in }
) throws -> Instance {
  let engine = Engine(configuration: configuration)
  var linker = Linker(engine: engine)
  linker.define(
    module: "host", name: "double", type: FunctionType(parameters: [.i32], results: [.i32]), function: double)
  linker.define(module: "host", name: "nothing", type: FunctionType(), function: nothing)
  return try linker.instantiate(Fixture.module("calls", engine, model))
}

func i32(_ values: [Value]) -> [Int32?] {
  values.map { value in
    guard case .i32(let bits) = value else { return nil }
    return Int32(bitPattern: bits)
  }
}

/// Expects a trap with this reason.
func expectTrap(
  _ reason: Trap.Reason, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
  #expect(sourceLocation: sourceLocation) {
    _ = try body()
  } throws: { error in
    (error as? Trap)?.reason == reason
  }
}

func expectTrap(
  _ code: TrapCode, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
  expectTrap(.code(code), sourceLocation: sourceLocation, body)
}
