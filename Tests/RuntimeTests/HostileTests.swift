import CSandbox
import Halite
import NaClValidator
import Testing

@testable import Runtime

/// Sandboxes that lie: metadata that contradicts the proof, registers and references that no compiler makes.
@Suite struct HostileTests {
  private func nexe(_ name: String) throws -> [UInt8] {
    var options = CompilerOptions()
    options.choose(.mask)
    return try Compiler.compile(Fixture.wasm(name), options: options).nexe
  }

  /// A module that is loaded as if its file had said something else in the unproved parts. The proof does not depend on
  /// them, so it need not be repeated for each.
  private func module(
    _ loaded: Loader.Loaded, embedded: [UInt8]? = nil, sites: [UInt8]? = nil, engine: Engine
  ) throws -> Module {
    Module(
      Loader.Loaded(
        verified: loaded.verified, code: loaded.code,
        metadata: try embedded.map { try ModuleMetadata($0, loaded.verified, engine.types) } ?? loaded.metadata,
        sites: sites.map { SiteTable(bytes: $0) } ?? loaded.sites),
      engine: engine)
  }

  private func linker(for module: Module, _ engine: Engine) -> Linker {
    var linker = Linker(engine: engine)
    for entry in module.imports {
      if case .function(let type) = entry.type {
        linker.define(module: entry.module, name: entry.name, type: type) { _ in }
      }
    }
    return linker
  }

  /// Changing any byte of the embedded module never crashes: it is refused, or it loads and every call ends.
  @Test(arguments: ["calls", "tables"]) func everyByteOfTheEmbeddedModuleMayLie(name: String) throws {
    let engine = Engine()
    let bytes = try nexe(name)
    let loaded = try Loader.load(bytes, engine: engine)
    let original = Array(bytes[loaded.verified.moduleSection])
    var refused = 0
    for position in original.indices {
      var embedded = original
      embedded[position] ^= 1 << UInt8(position % 8)
      guard let module = try? module(loaded, embedded: embedded, engine: engine) else {
        refused += 1
        continue
      }
      guard let instance = try? linker(for: module, engine).instantiate(module) else { continue }
      _ = try? instance.call("trap")
      _ = try? instance.call("many", (1...8).map { .i32($0) })
      _ = try? instance.call("apply", [.i32(0), .i32(1)])
    }
    #expect(refused > original.count / 4)
  }

  @Test func contradictionsAreNamed() throws {
    var bytes = try nexe("calls")
    let engine = Engine()
    let section = try Module(nexe: bytes, engine: engine).verified.moduleSection
    // The memory section: id 5, size 4, one memory, flags 1, minimum 1, maximum 3. 64-bit indices by flags 5.
    let memory = try #require(section.first { Array(bytes[$0..<min($0 + 6, bytes.count)]) == [5, 4, 1, 1, 1, 3] })
    bytes[memory + 3] = 0
    #expect(throws: LoadError.self) { try Module(nexe: bytes, engine: engine) }
  }

  @Test func aLyingSiteTableOnlyChangesWords() throws {
    let engine = Engine()
    let loaded = try Loader.load(nexe("calls"), engine: engine)
    var random = SplitMix(state: 1)
    for _ in 0..<50 {
      let sites = loaded.sites.bytes.map { random.next() % 4 == 0 ? UInt8(truncatingIfNeeded: random.next()) : $0 }
      let module = try module(loaded, sites: sites, engine: engine)
      let instance = try linker(for: module, engine).instantiate(module)
      #expect(throws: Trap.self) { try instance.call("trap") }
      #expect(throws: Trap.self) { try instance.call("deep") }
    }
  }

  @Test func referencesThatWereNotGivenAreRefused() throws {
    let engine = Engine()
    let body = try Linker(engine: engine).instantiate(Fixture.module("tables", engine, .mask)).body
    for word in [1, 31, 32, 33, 32 | 7 << 32, 0xffff_ffe0, 0xffff_ffff, UInt64.max] as [UInt64] {
      #expect(throws: Trap.self) { _ = try body.decode(word, as: .funcref) }
    }
    for word in [1, 2, 1 << 63, UInt64.max] as [UInt64] {
      #expect(throws: Trap.self) { _ = try body.decode(word, as: .externref) }
    }
    guard case .null = try body.decode(0, as: .funcref), case .null = try body.decode(0, as: .externref) else {
      Issue.record("zero is null")
      return
    }
  }

  /// Any registers at any of these gates: an answer or a trap.
  @Test func gatesTakeAnyRegisters() throws {
    let engine = Engine()
    let body = try Linker(engine: engine).instantiate(Fixture.module("tables", engine, .mask)).body
    let activation = Activation.push(on: body, function: try #require(body.verified.recordOfWasmFunction.indices.first))
    defer { activation.discard() }
    let values: [UInt64] = [0, 1, 2, 4, 8, 32, 64, 65_535, 65_536, 1 << 31, 1 << 32, 1 << 63, .max - 1, .max]
    var random = SplitMix(state: 2)
    let gates = Gate.allCases.filter { ![.interrupt, .trap, .hostCall, .foreign].contains($0) }
    var traps = 0
    for round in 0..<20_000 {
      for register in [0, 1, 2, 6, 7, 8] {
        halite_gpr(activation.state)[register] = values[Int(random.next() % UInt64(values.count))]
      }
      do { try body.serveBulk(gates[round % gates.count], activation) } catch { traps += 1 }
    }
    #expect(traps > 1000)
    #expect(body.memories[0].size <= body.memories[0].limit)
  }

  @Test func neighboursKeepTheirBytes() throws {
    var configuration = Configuration()
    configuration.exportedMemoryReservation = 0
    configuration.stackSize = 65_536
    let engine = Engine(configuration: configuration)
    var linker = Linker(engine: engine)
    linker.define(module: "host", name: "double", type: FunctionType(parameters: [.i32], results: [.i32])) { _ in }
    linker.define(module: "host", name: "nothing", type: FunctionType()) { _ in }
    let module = try Fixture.module("calls", engine, .mask)
    let size = try linker.instantiate(module).body.slot.layout.size
    let left = try engine.pool.take(size)
    let instance = try linker.instantiate(module)
    let right = try engine.pool.take(size)
    #expect(instance.body.slot.base == left.base + size && right.base == left.base + 2 * size)
    for neighbour in [left, right] {
      neighbour.base.initializeMemory(as: UInt8.self, repeating: 0xC5, count: size)
    }
    _ = try instance.call("grow", [.i32(2)])
    let end = UInt32(try #require(instance.memory).size)
    for address in [end - 4, end - 3, end, .max, .max - 3, 1 << 31] {
      _ = try? instance.call("store", [.i32(address), .i32(.max)])
      _ = try? instance.call("fill", [.i32(address), .i32(1), .i32(8)])
    }
    _ = try instance.call("fill", [.i32(0), .i32(0xff), .i32(end)])
    #expect(throws: Trap.self) { try instance.call("deep") }
    for neighbour in [left, right] {
      #expect(UnsafeRawBufferPointer(start: neighbour.base, count: size).allSatisfy { $0 == 0xC5 })
    }
  }
}

/// A small generator with a fixed seed: every run tries the same.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
