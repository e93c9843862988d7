import Halite
import Testing

/// Memories of the host, of both index types, behind other memories than number 0.
@Suite struct ImportedMemoryTests {
  typealias Model = CompilerOptions.MemoryModelChoice

  private struct Group {
    let instance: Instance
    let long: Memory
    let short: Memory
  }

  /// `reservation`: what the host keeps for each memory beyond its own limit.
  private func group(_ model: Model, shortMaximum: UInt64? = nil, reservation: UInt64 = 1 << 32) throws -> Group {
    var configuration = Configuration()
    configuration.exportedMemoryReservation = reservation
    let engine = Engine(configuration: configuration)
    let store = Store(engine: engine)
    let long = try Memory(MemoryType(minimum: 1, maximum: 4, hasIndex64: true), store: store)
    let short = try Memory(MemoryType(minimum: 1, maximum: shortMaximum), store: store)
    var linker = Linker(engine: engine)
    linker.define(module: "host", name: "long", .memory(long))
    linker.define(module: "host", name: "short", .memory(short))
    // Memory 0 is the long one: in seg32 it has 4 GiB, which the host must have reserved.
    let module = try Fixture.module("memories", engine, model)
    return Group(instance: try linker.instantiate(module, store: store), long: long, short: short)
  }

  @Test(arguments: Model.allCases) func eachAccessGoesToItsMemory(model: Model) throws {
    let group = try group(model)
    _ = try group.instance.call("store_long", [.i64(100), .i32(7)])
    #expect(try group.long.guest.load(UInt32.self, at: 108) == 7)
    try group.short.guest.store(UInt32(9), at: 65_532)
    #expect(i32(try group.instance.call("load_short", [.i32(65_532)])) == [9])
    _ = try group.instance.call("copy", [.i64(200), .i32(65_532), .i32(4)])
    #expect(i32(try group.instance.call("load_long", [.i64(192)])) == [9])
    #expect(i32(try group.instance.call("load_own", [.i64(0)])) == [0])
  }

  @Test(arguments: Model.allCases) func boundsAreExactAndFollowGrowth(model: Model) throws {
    let group = try group(model)
    for address: UInt64 in [65_525, 65_536, 1 << 32, .max, .max - 11] {
      expectTrap(.memoryOutOfBounds) { try group.instance.call("load_long", [.i64(address)]) }
    }
    #expect(i32(try group.instance.call("load_long", [.i64(65_524)])) == [0])
    #expect(try group.long.grow(by: 1) == 1)
    #expect(i32(try group.instance.call("load_long", [.i64(65_536)])) == [0])
    expectTrap(.memoryOutOfBounds) { try group.instance.call("load_short", [.i32(65_533)]) }
    #expect(i32(try group.instance.call("grow_short", [.i32(1)])) == [1])
    #expect(i32(try group.instance.call("load_short", [.i32(65_533)])) == [0])
    guard case .i64(.max) = try group.instance.call("grow_long", [.i64(1 << 40)])[0] else { throw CallError.typeMismatch }
  }

  /// Code that reaches further than what the host has reserved is not linked, whatever the memory's size (rule R5).
  @Test(arguments: Model.allCases) func theReachMustFitTheReservation(model: Model) throws {
    #expect(throws: LinkError.reach(module: "host", name: model == .mask ? "short" : "long")) {
      try self.group(model, shortMaximum: 2, reservation: 0)
    }
  }

  /// Two imported memories, of at most so many pages each; of either index type.
  private static func importing(_ limits: [(maximum: UInt8, hasIndex64: Bool)]) -> [UInt8] {
    var section: [UInt8] = [UInt8(limits.count)]
    for (index, limit) in limits.enumerated() {
      // "host", "0" or "1", memory, a minimum of 1 page, 2^maximum pages at most in five bytes of LEB128.
      section += [4] + Array("host".utf8) + [1, 0x30 + UInt8(index), 2, limit.hasIndex64 ? 5 : 1, 1]
      let pages = UInt64(1) << UInt64(limit.maximum)
      section += (0..<5).map { UInt8(truncatingIfNeeded: pages >> (7 * $0)) & 0x7F | ($0 < 4 ? 0x80 : 0) }
    }
    return [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 2, UInt8(section.count)] + section
  }

  struct Importer: CustomTestStringConvertible, Sendable {
    let model: Model
    let isLong: Bool
    /// Which memory has less reserved than what the importer's code reaches; nil: none.
    let short: Int?
    var testDescription: String { "\(model), \(isLong ? "i64" : "i32"), \(short.map { "memory \($0)" } ?? "none") too short" }

    static let all = Model.allCases.flatMap { model in
      [false, true].flatMap { isLong in [nil, 0, 1].map { Importer(model: model, isLong: isLong, short: $0) } }
    }
  }

  /// Rule R5 for memory 0, which code reaches through BASE or gs, and for another: refused at link time, before any access.
  @Test(arguments: Importer.all) func aShortReservationIsRefused(_ importer: Importer) throws {
    var configuration = Configuration()
    configuration.exportedMemoryReservation = 0
    let engine = Engine(configuration: configuration)
    let store = Store(engine: engine)
    // In seg32 memory 0 reaches 4 GiB.
    let exponents: [UInt8] = [importer.model == .seg32 ? 16 : 10, 10]
    var options = CompilerOptions()
    options.choose(importer.model)
    let module = try Module(
      wasm: Self.importing(exponents.map { ($0, importer.isLong) }), engine: engine, options: options)
    var linker = Linker(engine: engine)
    for (index, exponent) in exponents.enumerated() {
      let maximum: UInt64 = index == importer.short ? 2 : 1 << UInt64(exponent)
      let memory = try Memory(MemoryType(minimum: 1, maximum: maximum, hasIndex64: importer.isLong), store: store)
      linker.define(module: "host", name: "\(index)", .memory(memory))
    }
    if let short = importer.short {
      #expect(throws: LinkError.reach(module: "host", name: "\(short)")) { try linker.instantiate(module, store: store) }
    } else {
      _ = try linker.instantiate(module, store: store)
    }
  }
}
