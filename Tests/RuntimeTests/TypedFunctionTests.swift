import Halite
import Testing

/// One thread at a time uses it.
private final class Box: @unchecked Sendable {
  var function: TypedFunction<Int32>?
  var depth = 0

  @discardableResult func call() throws -> Int32 {
    guard let function else { throw CallError.finished }
    return try function()
  }
}

/// Prepared calls: what they pass, what they refuse, and how they end.
@Suite struct TypedFunctionTests {
  typealias Model = CompilerOptions.MemoryModelChoice

  @Test(arguments: Model.allCases) func numbersGoInAndOut(model: Model) throws {
    let instance = try callsInstance(model)
    let add = try instance.function("add").typed(Int64.self, Int64.self, returning: Int64.self)
    #expect(try add(-5, 1 << 40) == 1 << 40 - 5)
    let unsigned = try instance.function("add").typed(UInt64.self, UInt64.self, returning: UInt64.self)
    #expect(try unsigned(.max, 2) == 1)
    let divide = try instance.function("divide").typed(Int32.self, Int32.self, returning: Int32.self)
    #expect(try divide(-7, 2) == -3)
    let floats = try instance.function("floats").typed(Float.self, Double.self, returning: Double.self)
    #expect(try floats(1.5, 2.25) == 3.75)
    let store = try instance.function("store").typed(UInt32.self, UInt32.self)
    try store(8, 0xdead_beef)
    #expect(try instance.memory?.load(UInt32.self, at: 8) == 0xdead_beef)
    for round: UInt32 in 0..<1000 { try store(8, round) }
    #expect(try instance.memory?.load(UInt32.self, at: 8) == 999)
  }

  /// Eight arguments: the last two are in the transfer area.
  @Test func overflowGoesThroughTheTransferArea() throws {
    let engine = Engine()
    let store = Store(engine: engine)
    var linker = Linker(engine: engine)
    linker.define(module: "other", name: "table", .table(try Table(TableType(element: .funcref, minimum: 1, maximum: 4), store: store)))
    let instance = try linker.instantiate(Fixture.module("bouncer", engine, .mask))
    let bounce = try instance.function("bounce").typed(
      Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, returning: Int64.self)
    #expect(try bounce(0, 1, 2, 3, 4, 5, 1 << 50, 7) == 1 << 50 + 7)
  }

  @Test func otherTypesAreRefused() throws {
    let instance = try callsInstance()
    let fib = try instance.function("fib")
    let found = FunctionType(parameters: [.i32], results: [.i32])
    #expect(throws: CallError.functionTypeMismatch(expected: found, found: FunctionType(parameters: [.i64], results: [.i32]))) {
      _ = try fib.typed(Int64.self, returning: Int32.self)
    }
    #expect(throws: CallError.functionTypeMismatch(expected: found, found: FunctionType(parameters: [.i32]))) { _ = try fib.typed(Int32.self) }
    #expect(throws: CallError.self) { _ = try fib.typed(Int32.self, Int32.self, returning: Int32.self) }
    #expect(throws: CallError.self) {
      _ = try FunctionReference(type: FunctionType()) { _ in }.typed()
    }
  }

  @Test(arguments: Model.allCases) func trapsAndErrorsComeOutAndTheFunctionGoesOn(model: Model) throws {
    struct Own: Error {}
    let instance = try callsInstance(
      model,
      double: { call in
        if call.i32(0) == 0 { throw Own() }
        if call.i32(0) == 1 { throw Suspension() }
        if call.i32(0) == 2 { throw ProcessExit(code: 9) }
        call.setResult(0, call.i32(0) * 2)
      })
    let divide = try instance.function("divide").typed(Int32.self, Int32.self, returning: Int32.self)
    let callHost = try instance.function("callHost").typed(Int32.self, returning: Int32.self)
    for _ in 0..<3 {
      let trap = #expect(throws: Trap.self) { try divide(1, 0) }
      #expect(trap?.reason == .code(.integerDivideByZero))
      #expect(trap?.backtrace.isEmpty == false)
      #expect(try divide(9, 3) == 3)
      #expect(throws: Own.self) { try callHost(0) }
      #expect(throws: Trap.self) { try callHost(1) }
      #expect(throws: ProcessExit(code: 9)) { try callHost(2) }
      #expect(try callHost(20) == 41)
    }
    let deep = try instance.function("deep").typed()
    expectTrap(.callStackExhausted) { try deep() }
    #expect(try divide(9, 3) == 3)
  }

  /// A call within a call of the same function, as deep as is allowed.
  @Test func aFunctionMayBeEnteredAgain() throws {
    let box = Box()
    let instance = try callsInstance(nothing: { _ in
      box.depth += 1
      if box.depth < 100 { try box.call() }
    })
    box.function = try instance.function("callNothing").typed(returning: Int32.self)
    #expect(try box.call() == 5)
    #expect(box.depth == 100)
    box.depth = -1000
    expectTrap(.tooManyNestedEntries) { try box.call() }
    box.depth = 99
    #expect(try box.call() == 5)
    box.function = nil
  }

  @Test func aRequestStopsIt() throws {
    let instance = try callsInstance()
    let spin = try instance.function("spin").typed()
    instance.store.interruptHandle.timeOut()
    expectTrap(.timedOut) { try spin() }
    let fib = try instance.function("fib").typed(Int32.self, returning: Int32.self)
    #expect(try fib(10) == 55)
  }

  @Test func itKeepsItsStoreAndIsRefusedToAnotherThread() throws {
    let box = Box()
    do {
      let instance = try callsInstance(nothing: { _ in
        let isBusy = onAnotherThread {
          do {
            try box.call()
            return false
          } catch { return error as? CallError == .busy }
        }
        if !isBusy { throw CallError.finished }
      })
      box.function = try instance.function("callNothing").typed(returning: Int32.self)
    }
    #expect(try box.call() == 5)
    box.function = nil
  }
}
