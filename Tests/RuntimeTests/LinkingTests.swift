import Halite
import Testing

/// Two instances that share a table, a memory, globals and functions (docs/ABI.md, C5 and R5).
@Suite struct LinkingTests {
  typealias Model = CompilerOptions.MemoryModelChoice

  private func pair(_ exporter: Model, _ importer: Model) throws -> (Instance, Instance) {
    let engine = Engine()
    var linker = Linker(engine: engine)
    let tables = try linker.instantiate(Fixture.module("tables", engine, exporter))
    linker.define(module: "tables", instance: tables)
    return (tables, try linker.instantiate(Fixture.module("importer", engine, importer)))
  }

  /// The importer reaches 4 GiB in seg32: a mask exporter's memory is reserved for that.
  @Test(arguments: Model.allCases, Model.allCases)
  func functionsTablesAndMemoriesAreShared(exporter: Model, importer: Model) throws {
    let (tables, user) = try pair(exporter, importer)
    #expect(user.store === tables.store)
    #expect(try i32(user.call("twice", [.i32(5)])) == [7])
    #expect(try i32(user.call("apply", [.i32(0), .i32(5)])) == [6])

    _ = try user.call("install", [.i32(2)])
    #expect(try i32(tables.call("apply", [.i32(2), .i32(5)])) == [15])
    #expect(try i32(user.call("apply", [.i32(2), .i32(6)])) == [18])
    expectTrap(.indirectCallToNull) { try tables.call("apply", [.i32(1), .i32(5)]) }
    expectTrap(.tableOutOfBounds) { try tables.call("apply", [.i32(4), .i32(5)]) }

    _ = try user.call("poke", [.i32(8), .i32(0x55)])
    #expect(try tables.memory?.load(UInt32.self, at: 8) == 0x55)
  }

  @Test func growingASharedTableShowsEverywhere() throws {
    let (tables, user) = try pair(.mask, .mask)
    #expect(try i32(user.call("growTable", [.i32(2)])) == [4])
    #expect(try i32(tables.call("apply", [.i32(5), .i32(2)])) == [6])
    #expect(try i32(user.call("growTable", [.i32(3)])) == [-1])
    guard case .table(let table)? = tables.export("table") else { throw CallError.finished }
    #expect(table.count == 6)
    let increment = try tables.function("increment")
    try table.set(4, .funcref(increment))
    #expect(try i32(user.call("apply", [.i32(4), .i32(2)])) == [3])
    guard case .funcref(let found?) = try table.get(5) else { throw CallError.finished }
    #expect(try found == user.function("triple"))
  }

  @Test func globalsAreShared() throws {
    let (tables, user) = try pair(.mask, .mask)
    _ = try user.call("bump")
    #expect(try i32(tables.call("counterValue")) == [11])
    guard case .global(let counter)? = tables.export("counter") else { throw CallError.finished }
    try counter.set(.i32(40))
    _ = try user.call("bump")
    #expect(try i32([counter.value]) == [41])

    _ = try user.call("setFunction")
    guard case .global(let function)? = tables.export("function"), case .funcref(let triple?) = try function.value
    else {
      throw CallError.finished
    }
    #expect(try i32(triple.call([.i32(4)])) == [12])
  }

  @Test func trapsInAnotherInstanceUnwindBothAndNameBoth() throws {
    let (tables, user) = try pair(.mask, .mask)
    let error = #expect(throws: Trap.self) { try user.call("callTrap", [.i32(1)]) }
    #expect(error?.reason == .code(.unreachable))
    #expect((error?.backtrace.count ?? 0) >= 2)
    #expect(try i32(user.call("twice", [.i32(5)])) == [7])
    #expect(try i32(tables.call("increment", [.i32(5)])) == [6])
  }

  @Test func anImporterThatReachesFurtherThanTheReservationIsRefused() throws {
    var configuration = Configuration()
    configuration.exportedMemoryReservation = 0
    let engine = Engine(configuration: configuration)
    var linker = Linker(engine: engine)
    var options = CompilerOptions()
    options.choose(.mask)
    options.maximumMemory = 1 << 20
    let small = try Module(wasm: Fixture.wasm("tables"), engine: engine, options: options)
    linker.define(module: "tables", instance: try linker.instantiate(small))
    #expect(throws: LinkError.reach(module: "tables", name: "memory")) {
      try linker.instantiate(Fixture.module("importer", engine, .seg32))
    }
  }

  @Test func instancesOfDifferentStoresDoNotLink() throws {
    let engine = Engine()
    var linker = Linker(engine: engine)
    linker.define(module: "tables", instance: try linker.instantiate(Fixture.module("tables", engine, .mask)))
    #expect(throws: LinkError.self) {
      try linker.instantiate(Fixture.module("importer", engine, .mask), store: Store(engine: engine))
    }
  }

  @Test func hostObjectsCanBeImported() throws {
    let engine = Engine()
    let store = Store(engine: engine)
    var linker = Linker(engine: engine)
    let type = FunctionType(parameters: [.i32], results: [.i32])
    let negate = FunctionReference(type: type) { call in call.setResult(0, 0 &- call.i32(0)) }
    let table = try Table(TableType(element: .funcref, minimum: 4, maximum: 8), initial: .funcref(negate), store: store)
    linker.define(module: "tables", name: "table", .table(table))
    linker.define(module: "tables", name: "memory", .memory(try Memory(MemoryType(minimum: 1), store: store)))
    linker.define(
      module: "tables", name: "counter",
      .global(try Global(GlobalType(value: .i32, isMutable: true), .i32(5), store: store)))
    linker.define(
      module: "tables", name: "function",
      .global(try Global(GlobalType(value: .funcref, isMutable: true), .funcref(nil), store: store)))
    linker.define(module: "tables", name: "increment", .function(negate))
    linker.define(module: "tables", name: "trap", .function(negate))
    let user = try linker.instantiate(Fixture.module("importer", engine, .mask))
    #expect(user.store === store)
    #expect(try i32(user.call("apply", [.i32(3), .i32(5)])) == [-5])
    #expect(try i32(user.call("twice", [.i32(5)])) == [5])
    #expect(try i32(negate.call([.i32(1)])) == [-1])
  }
}
