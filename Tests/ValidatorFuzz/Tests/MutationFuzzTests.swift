import Testing
import ValidatorFuzzing

/// The quick version of `make fuzz-native`: the probe sees every planted escape, and some thousand accepted mutants stay
/// inside.
@Suite(.serialized) struct MutationFuzzTests {
  private static let seeds = Result { try Seed.all() }

  @Test func plantedEscapesAreSeen() throws {
    let seed = try #require(try Self.seeds.get().first { $0.name == "memory/mask/trap" })
    for plant in Plant.all(in: seed) {
      let seen = try plant.run(in: seed)
      #expect(plant.expected.contains(seen), "\(plant.name): \(seen)")
    }
  }

  @Test func acceptedMutantsStayInside() throws {
    var campaign = try #require(Campaign(try Self.seeds.get(), seed: 1))
    try campaign.run(accepted: 2_000)
    let statistics = campaign.statistics
    #expect(statistics.escapes.map(\.description) == [])
    #expect(statistics.accepted == 2_000)
    // The mutants did run: most to their return or a trap, some through gates and requests.
    #expect(statistics.stops[16] > 500, "\(statistics)")
    #expect(statistics.stops[1] > 200, "\(statistics)")
    #expect(statistics.requests > 100, "\(statistics)")
  }
}
