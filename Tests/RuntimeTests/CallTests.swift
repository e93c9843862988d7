import Halite
import Testing

/// Compiled, verified and run: calls, traps and host functions in both memory models.
@Suite struct CallTests {
  typealias Model = CompilerOptions.MemoryModelChoice

  @Test(arguments: Model.allCases) func argumentsAndResults(model: Model) throws {
    let instance = try callsInstance(model)
    guard case .i64(let sum)? = try instance.call("add", [.i64(1 << 40), .i64(2)]).first else {
      throw CallError.finished
    }
    #expect(sum == 1 << 40 + 2)
    #expect(try i32(instance.call("fib", [.i32(15)])) == [610])
    guard case .f64(let bits)? = try instance.call("floats", [.f32(1.5), .f64(2.25)]).first else {
      throw CallError.finished
    }
    #expect(Double(bitPattern: bits) == 3.75)
  }

  /// Eight arguments and four results: more than the registers of C8 hold.
  @Test(arguments: Model.allCases) func overflowGoesThroughTheTransferArea(model: Model) throws {
    let instance = try callsInstance(model)
    #expect(try i32(instance.call("many", (1...8).map { .i32($0) })) == [8, 7, 6, 3])
  }

  @Test(arguments: Model.allCases) func memoryIsCheckedExactly(model: Model) throws {
    let instance = try callsInstance(model)
    let memory = try #require(instance.memory)
    #expect(try memory.read(at: 16, count: 6) == Array("halite".utf8))
    _ = try instance.call("store", [.i32(65_532), .i32(0x0403_0201)])
    #expect(try memory.read(at: 65_532, count: 4) == [1, 2, 3, 4])
    expectTrap(.memoryOutOfBounds) { try instance.call("load", [.i32(65_533)]) }
    expectTrap(.memoryOutOfBounds) { try instance.call("load", [.i32(.max)]) }
    #expect(try i32(instance.call("grow", [.i32(1)])) == [1])
    #expect(try i32(instance.call("load", [.i32(65_533)])) == [0x0004_0302])
    #expect(try i32(instance.call("grow", [.i32(2)])) == [-1])
    #expect(memory.size == 131_072)
  }

  @Test(arguments: Model.allCases) func bulkOperations(model: Model) throws {
    let instance = try callsInstance(model)
    let memory = try #require(instance.memory)
    _ = try instance.call("fill", [.i32(100), .i32(0xAB), .i32(3)])
    #expect(try memory.read(at: 99, count: 5) == [0, 0xAB, 0xAB, 0xAB, 0])
    // Overlapping, upwards.
    _ = try instance.call("copy", [.i32(17), .i32(16), .i32(6)])
    #expect(try memory.read(at: 16, count: 7) == Array("hhalite".utf8))
    expectTrap(.memoryOutOfBounds) { try instance.call("fill", [.i32(65_535), .i32(1), .i32(2)]) }
    #expect(try memory.load(UInt8.self, at: 65_535) == 0)
  }

  @Test(arguments: Model.allCases) func trapsComeWithAReasonAndABacktrace(model: Model) throws {
    let instance = try callsInstance(model)
    expectTrap(.integerDivideByZero) { try instance.call("divide", [.i32(1), .i32(0)]) }
    expectTrap(.integerOverflow) { try instance.call("divide", [.i32(0x8000_0000), .i32(.max)]) }
    let error = #expect(throws: Trap.self) { try instance.call("trap") }
    #expect(error?.reason == .code(.unreachable))
    #expect(error?.backtrace.last?.functionName == "trap")
    #expect(error?.backtrace.isEmpty == false)
    // The instance goes on.
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  /// Both calls of inlining.wat are inlined at -O2, and the backtrace is that of -O0.
  @Test(arguments: Model.allCases) func inlinedFramesStandInTheBacktrace(model: Model) throws {
    let backtraces = try [OptimizationLevel.none, .full].map { level in
      var options = CompilerOptions()
      options.choose(model)
      options.optimization = level
      let engine = Engine()
      let module = try Module(wasm: Fixture.wasm("inlining"), engine: engine, options: options)
      let instance = try Linker(engine: engine).instantiate(module)
      return #expect(throws: Trap.self) { try instance.call("outer", [.i32(.max)]) }?.backtrace
    }
    #expect(backtraces[1]?.map(\.functionName) == ["inner", "middle", "outer"])
    #expect(backtraces[0] == backtraces[1])
  }

  @Test(arguments: Model.allCases) func exhaustedStackTrapsAndTheInstanceGoesOn(model: Model) throws {
    let instance = try callsInstance(model)
    expectTrap(.callStackExhausted) { try instance.call("deep") }
    #expect(try i32(instance.call("fib", [.i32(10)])) == [55])
  }

  @Test func hostFunctionsSeeTheirCallerAndAnswer() throws {
    let instance = try callsInstance(double: { call in
      try call.memory.store(UInt32(77), at: 0)
      call.setResult(0, call.i32(0) * 2)
    })
    #expect(try i32(instance.call("callHost", [.i32(20)])) == [41])
    #expect(try instance.memory?.load(UInt32.self, at: 0) == 77)
  }

  @Test func whatHostFunctionsThrowUnwindsAndComesOut() throws {
    struct Own: Error {}
    let exit = try callsInstance(nothing: { _ in throw ProcessExit(code: 3) })
    #expect(throws: ProcessExit(code: 3)) { try exit.call("callNothing") }
    #expect(try i32(exit.call("fib", [.i32(5)])) == [5])
    let own = try callsInstance(nothing: { _ in throw Own() })
    #expect(throws: Own.self) { try own.call("callNothing") }
    let access = try callsInstance(nothing: { call in _ = try call.memory.read(at: .max, count: 2) })
    expectTrap(.memoryOutOfBounds) { try access.call("callNothing") }
  }

  @Test func wrongCallsAreRefused() throws {
    let instance = try callsInstance()
    #expect(throws: CallError.noSuchExport("none")) { try instance.call("none") }
    #expect(throws: CallError.notAFunction("memory")) { try instance.call("memory") }
    #expect(throws: CallError.argumentMismatch(expected: [.i32], given: [.i64])) {
      try instance.call("fib", [.i64(1)])
    }
  }

  @Test func missingAndWrongImportsAreRefused() throws {
    let engine = Engine()
    let module = try Fixture.module("calls", engine, .mask)
    #expect(throws: LinkError.missing(module: "host", name: "double")) {
      try Linker(engine: engine).instantiate(module)
    }
    var linker = Linker(engine: engine)
    linker.define(module: "host", name: "double", type: FunctionType()) { _ in }
    linker.define(module: "host", name: "nothing", type: FunctionType()) { _ in }
    #expect(throws: LinkError.self) { try linker.instantiate(module) }
  }
}
