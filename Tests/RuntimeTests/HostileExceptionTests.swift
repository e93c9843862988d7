import Halite
import NaClValidator
import Testing

@testable import Runtime

/// Sandboxes that lie about exceptions: the metadata's flag "returns status" proves nothing, so that registers and transfer cells hold what
/// an enemy likes where the runtime looks for a status or serves a box. Everything ends in a trap or in an exception of a known tag.
@Suite struct HostileExceptionTests {
  /// A nexe with one export's code replaced by bytes that the validator accepts.
  private struct Hostile {
    let engine: Engine
    let instance: Instance

    init(
      _ fixture: String, _ export: String, configuration: Configuration = Configuration(), code: (VerifiedModule) -> [UInt8]
    ) throws {
      var options = CompilerOptions()
      options.choose(.mask)
      var bytes = try Compiler.compile(Fixture.wasm(fixture), options: options).nexe
      engine = Engine(configuration: configuration)
      let loaded = try Loader.load(bytes, engine: engine)
      let item = try #require(loaded.metadata.wasm.exports.first { $0.name == export }?.item)
      guard case .function(let index) = item else { throw CallError.noSuchExport(export) }
      let record = loaded.verified.functions[Int(loaded.verified.recordOfWasmFunction[index.index])]
      let replacement = code(loaded.verified)
      try #require(replacement.count <= Int(record.size))
      let start = Int(loaded.verified.text.address) + Int(record.start)
      let nops = Array(repeating: UInt8(0x90), count: Int(record.size) - replacement.count)
      bytes.replaceSubrange(start..<start + Int(record.size), with: replacement + nops)
      let module = try Module(nexe: bytes, engine: engine)
      var linker = Linker(engine: engine)
      for entry in module.imports {
        if case .function(let type) = entry.type {
          linker.define(module: entry.module, name: entry.name, type: type) { _ in }
        }
      }
      instance = try linker.instantiate(module)
    }

    /// Calls the export and says how it ended.
    func outcome(_ export: String, _ arguments: [Value]) throws -> Outcome {
      do {
        _ = try instance.call(export, arguments)
        return .returned
      } catch let trap as Trap {
        if case .invalidGateCall = trap.reason { return .refused }
        return .trapped
      } catch is WasmException {
        return .exception
      }
    }
  }

  private enum Outcome { case returned, refused, trapped, exception }

  private static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  // MARK: The status in rcx

  /// All transfer cells' low halves are -1, rcx is `status`; then the way out.
  private static func returning(_ status: UInt64, _ module: VerifiedModule) -> [UInt8] {
    var code: [UInt8] = []
    func add(_ instruction: [UInt8]) {
      let room = 32 - code.count % 32
      if instruction.count > room { code += Array(repeating: 0x90, count: room) }
      code += instruction
    }
    for cell in 0..<min(2, module.context.transferCells) {
      add([0x49, 0xC7, 0x87] + bytes(Int32(module.context.transferCell(cell))) + bytes(Int32(-1)))
    }
    add([0x48, 0xB9] + bytes(status))
    add([0xC3])
    return code
  }

  private static let garbage: [UInt64] = [
    4, 5, 1 << 31, 1 << 32, 1 << 32 | 1, 1 << 62, .max >> 1, 1 << 63, 1 << 63 | 1, 1 << 63 | 4096, .max - 1, .max,
  ]

  @Test(arguments: garbage)
  func aStatusThatIsNoExceptionTraps(_ status: UInt64) throws {
    let hostile = try Hostile("thrower", "keep") { Self.returning(status, $0) }
    #expect(try hostile.outcome("keep", [.i32(1)]) == .refused)
    // Nothing of it stays.
    #expect(i32(try hostile.instance.call("loop", [.i32(4)])) == [10])
    #expect(hostile.instance.body.exceptions.count == 0)
  }

  /// Words of tags are what the module may say; their values are whatever lies in the cells, but references must have been given.
  @Test(arguments: [(UInt64(0), Outcome.returned), (1, .exception), (2, .exception), (3, .trapped)])
  private func aTagsWordTakesItsValuesFromTheCells(_ status: UInt64, _ expected: Outcome) throws {
    let hostile = try Hostile("thrower", "keep") { Self.returning(status, $0) }
    let outcome = try hostile.outcome("keep", [.i32(1)])
    #expect(outcome == expected || (expected == .trapped && outcome == .refused))
  }

  /// Without the flag rcx is a register like any other.
  @Test(arguments: garbage)
  func withoutTheFlagRCXMeansNothing(_ status: UInt64) throws {
    let hostile = try Hostile("calls", "fib") { Self.returning(status, $0) }
    #expect(try hostile.outcome("fib", [.i32(1)]) == .returned)
  }

  /// The tags' values must fit the cells that the shape declares, or the loader refuses the file.
  @Test func tagsWithoutTransferCellsAreRefused() throws {
    var options = CompilerOptions()
    options.choose(.mask)
    var bytes = try Compiler.compile(Fixture.wasm("thrower"), options: options).nexe
    let engine = Engine()
    let verified = try Module(nexe: bytes, engine: engine).verified
    #expect(verified.returnsStatus && verified.context.transferCells >= 2)
    // The shape is the first section; the cells are its sixth word.
    let metadata = Int(bytes[64 + 3 * 56 + 8..<64 + 3 * 56 + 16].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
    let shape = metadata + Int(bytes[metadata + 8..<metadata + 12].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) })
    for cells in 0..<2 as Range<UInt32> {
      bytes.replaceSubrange(shape + 20..<shape + 24, with: Self.bytes(cells))
      #expect(throws: LoadError.self) { try Module(nexe: bytes, engine: engine) }
    }
  }

  // MARK: Boxes

  /// POLL, HOSTCALL with eax and rdi, status 0, the way out.
  private static func service(_ number: UInt32, _ argument: UInt64) -> [UInt8] {
    let poll: [UInt8] = [0x49, 0x3B, 0x67, 0xF8, 0x72, 0x1D]
    let call: [UInt8] = [0xB8] + bytes(number) + [0x48, 0xBF] + bytes(argument) + [0x41, 0xFF, 0x57, 0xE0]
    let rest: [UInt8] = [0x31, 0xC9, 0xC3, 0x41, 0xFF, 0x57, 0xF0, 0xEB, 0xD7]
    return poll + call + Array(repeating: 0x90, count: 32 - poll.count - call.count) + rest
  }

  @Test(arguments: [0x8000_0000, 0x8000_0001] as [UInt32], [0, 4, 1 << 32 | 1, 1 << 62, 1 << 63, 1 << 63 | 7, .max] as [UInt64])
  func boxesOfNothingTrap(_ number: UInt32, _ argument: UInt64) throws {
    let hostile = try Hostile("thrower", "keep") { _ in Self.service(number, argument) }
    let outcome = try hostile.outcome("keep", [.i32(1)])
    #expect(outcome == .refused || outcome == .trapped, "\(outcome)")
    #expect(hostile.instance.body.exceptions.count == 0)
  }

  @Test(arguments: [0x7FFF_FFFF, 0x8000_0002, 0x8000_FFFF, .max, 1, 2] as [UInt32])
  func servicesThatDoNotExistTrap(_ number: UInt32) throws {
    #expect(try Hostile("thrower", "keep") { _ in Self.service(number, 1) }.outcome("keep", [.i32(1)]) == .refused)
  }

  @Test(arguments: [0x8000_0000, 0x8000_0001] as [UInt32])
  func aModuleWithoutExceptionsHasNoBoxes(_ number: UInt32) throws {
    #expect(try Hostile("calls", "fib") { _ in Self.service(number, 1) }.outcome("fib", [.i32(1)]) == .refused)
  }

  /// Each call makes a box that nobody keeps.
  @Test func boxesWithoutEndTakeNoMemory() throws {
    let hostile = try Hostile("thrower", "keep") { _ in Self.service(0x8000_0000, 1) }
    for _ in 0..<20_000 { _ = try hostile.instance.call("keep", [.i32(1)]) }
    #expect(hostile.instance.body.exceptions.count <= 4096)
  }

  @Test func boxesStayBelowTheHostsLimit() throws {
    var configuration = Configuration()
    configuration.maximumReferences = 100
    let hostile = try Hostile("thrower", "keep", configuration: configuration) { _ in Self.service(0x8000_0000, 1) }
    let outcomes = try (0..<200).map { _ in try hostile.outcome("keep", [.i32(1)]) }
    #expect(outcomes.allSatisfy { $0 == .returned || $0 == .trapped })
    #expect(outcomes.contains(.returned) && hostile.instance.body.exceptions.count <= 100)
  }
}
