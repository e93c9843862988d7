import Halite
import Testing

@testable import Runtime

/// Long table operations suspend between their pieces and go on where they were (docs/ABI.md, P3).
@Suite struct TableSuspensionTests {
  private static let count = 0x100000

  private func instance() throws -> Instance {
    let engine = Engine()
    return try Linker(engine: engine).instantiate(Fixture.module("longtables", engine, .mask))
  }

  /// Which elements of a table are not null, by the words of the sandbox.
  private func elements(_ instance: Instance, _ table: Int, _ count: Int = count) -> [Bool] {
    (0..<count).map { instance.body.tableWords[table][$0] != 0 }
  }

  @Test(arguments: [(0, "fill_own", 400), (1, "fill_shared", 3)]) func fillingGoesOn(table: Int, function: String, rounds: Int) throws {
    let instance = try instance()
    let words = instance.body.tableWords[table]
    var within = 0
    // A later round overwrites what is there already, so only the first shows; a machine that was busy elsewhere may need another try.
    for _ in 0..<20 where within == 0 {
      words.update(repeating: 0, count: Self.count)
      within += try interrupted(instance, function, rounds: UInt32(rounds)) { words[0] != 0 && words[Self.count - 1] == 0 }
    }
    #expect(within > 0)
    #expect(elements(instance, table).allSatisfy { $0 })
  }

  @Test(arguments: [(0, "shift_own", 200), (1, "shift_shared", 4)]) func overlappingCopiesGoOn(table: Int, function: String, rounds: Int) throws {
    let instance = try instance()
    var suspensions = 0
    _ = try interrupted(instance, function, rounds: UInt32(rounds)) {
      suspensions += 1
      return true
    }
    #expect(suspensions > 0)
    // Element 0 stays, and spreads.
    #expect(elements(instance, table) == (0..<Self.count).map { $0 <= rounds })
  }

  /// Nobody sees a part of a growth.
  @Test func growingGoesOn() throws {
    var within = 0
    for _ in 0..<50 where within == 0 {
      let instance = try instance()
      within += try interrupted(instance, "grow", rounds: UInt32(Self.count)) {
        instance.body.tableWords[2][0] != 0 && instance.body.tableCount(2) == 0
      }
      #expect(instance.body.tableCount(2) == UInt64(Self.count))
      #expect(elements(instance, 2).allSatisfy { $0 })
    }
    #expect(within > 0)
  }

  @Test func aStoppedGrowthOfASharedTableLeavesNothing() throws {
    let instance = try instance()
    let store = Store(engine: instance.module.engine)
    let table = try Table(TableType(element: .funcref, minimum: 3), store: store).storage
    let function = Reference.function(try instance.function("something").target)
    var looks = 0
    expectTrap(.timedOut) {
      try table.grow(by: 100_000, with: function) {
        looks += 1
        if looks == 3 { throw Trap(.timedOut) }
      }
    }
    #expect(table.count == 3)
    #expect(try table.grow(by: 100_000, with: function) == 3)
    #expect(table.count == 100_003)
  }
}
