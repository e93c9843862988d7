import Foundation
import Halite
import Testing

@testable import Runtime

/// Exceptions within an instance, between instances, through a module that has none, and to and from the host.
@Suite struct ExceptionTests {
  typealias Model = CompilerOptions.MemoryModelChoice

  private struct Group {
    let store: Store
    let thrower: Instance
    let passer: Instance
    let catcher: Instance
    var known: Runtime.Tag {
      get throws {
        guard case .tag(let tag)? = thrower.export("known") else { throw CallError.noSuchExport("known") }
        return tag
      }
    }
  }

  private func group(_ model: Model) throws -> Group {
    let engine = Engine()
    let store = Store(engine: engine)
    var linker = Linker(engine: engine)
    linker.define(module: "host", name: "throw", type: FunctionType()) { call in
      guard let caller = call.caller, case .tag(let tag)? = caller.export("known") else { throw CallError.finished }
      throw try WasmException(tag: tag, [.i32(7), .f64(0.25)])
    }
    let thrower = try linker.instantiate(Fixture.module("thrower", engine, model), store: store)
    linker.define(module: "thrower", instance: thrower)
    let passer = try linker.instantiate(Fixture.module("passer", engine, model), store: store)
    linker.define(module: "passer", instance: passer)
    let catcher = try linker.instantiate(Fixture.module("catcher", engine, model), store: store)
    return Group(store: store, thrower: thrower, passer: passer, catcher: catcher)
  }

  private func expectException(
    _ tag: Runtime.Tag?, _ first: UInt64, _ body: () throws -> [Value], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: sourceLocation) {
      _ = try body()
    } throws: { error in
      guard let exception = error as? WasmException else { return false }
      return (tag == nil || exception.tag == tag) && exception.arguments.first?.bits[0] == first
    }
  }

  @Test(arguments: Model.allCases) func anUncaughtExceptionReachesTheHost(model: Model) throws {
    let group = try group(model)
    let tag = try group.known
    expectException(tag, 5) { try group.thrower.call("throw", [.i32(5), .f64(1.5)]) }
    expectException(tag, 6) { try group.passer.call("throw", [.i32(6), .f64(1.5)]) }
    // The instances stay usable.
    #expect(i32(try group.thrower.call("loop", [.i32(4)])) == [10])
  }

  @Test(arguments: Model.allCases) func anExceptionPassesAModuleThatHasNone(model: Model) throws {
    let group = try group(model)
    let results = try group.catcher.call("catch", [.i32(41), .f64(2.5)])
    guard case .i32(41) = results[0], case .f64(let bits) = results[1] else { throw CallError.typeMismatch }
    #expect(Double(bitPattern: bits) == 2.5)
  }

  @Test(arguments: Model.allCases) func anUnknownTagIsCaughtByAllAndThrownOn(model: Model) throws {
    let group = try group(model)
    #expect(i32(try group.catcher.call("swallow", [.i64(1)])) == [1])
    expectException(nil, 99) { try group.catcher.call("pass_on", [.i64(99)]) }
  }

  @Test(arguments: Model.allCases) func trapsAreNotCaught(model: Model) throws {
    let group = try group(model)
    expectTrap(.code(.unreachable)) { try group.catcher.call("trap") }
  }

  @Test(arguments: Model.allCases) func aHostFunctionThrowsAndCatches(model: Model) throws {
    let group = try group(model)
    expectException(try group.known, 7) { try group.thrower.call("throw_host") }
    #expect(throws: CallError.self) { try WasmException(tag: group.known, [.i32(7)]) }
  }

  @Test(arguments: Model.allCases) func referencesTravel(model: Model) throws {
    let group = try group(model)
    _ = try group.thrower.call("keep", [.i32(40)])
    let note = ExternReference("note")
    let results = try group.thrower.call("rethrow", [.i32(8), .externref(note)])
    guard case .externref(let back?) = results[0], case .i32(let value) = results[1] else { throw CallError.typeMismatch }
    #expect(back === note)
    // Round 40 stood where round 8 does now.
    #expect(value == 9)
    expectTrap(.code(.nullReference)) {
      let fresh = try self.group(model)
      return try fresh.thrower.call("rethrow", [.i32(8), .externref(note)])
    }
  }

  /// `HALITE_THROWS=100000000` for the long form.
  @Test(arguments: Model.allCases) func aLoopOfThrowsTakesNoMemory(model: Model) throws {
    let count = ProcessInfo.processInfo.environment["HALITE_THROWS"].flatMap(UInt32.init) ?? 200_000
    let group = try group(model)
    _ = try group.thrower.call("loop", [.i32(count)])
    #expect(group.thrower.body.exceptions.count == 0)
    _ = try group.thrower.call("keep", [.i32(min(count, 200_000))])
    #expect(group.thrower.body.exceptions.count <= 4096)
    guard case .table(let kept)? = group.thrower.export("kept"), case .exnref(let last?) = try kept.get(1) else {
      throw CallError.typeMismatch
    }
    #expect(last.tag == (try group.known))
  }

  /// Two instances call each other last, far more often than activations may nest.
  @Test(arguments: Model.allCases) func tailCallsBetweenInstancesTakeNoRoom(model: Model) throws {
    let engine = Engine()
    let store = Store(engine: engine)
    var linker = Linker(engine: engine)
    let table = try Table(TableType(element: .funcref, minimum: 2, maximum: 4), store: store)
    linker.define(module: "other", name: "table", .table(table))
    let module = try Fixture.module("bouncer", engine, model)
    let instances = try (0..<2).map { _ in try linker.instantiate(module, store: store) }
    for (index, instance) in instances.enumerated() { _ = try instance.call("enter", [.i32(UInt32(index))]) }
    let arguments: [Value] = [.i64(20_000)] + Array(repeating: .i64(0), count: 7)
    guard case .i64(20_000) = try instances[0].call("bounce", arguments)[0] else { throw CallError.typeMismatch }
  }
}
