import Testing
import ValidatorFuzzing

/// The quick version of `make fuzz-envelope`.
@Suite(.serialized) struct EnvelopeFuzzTests {
  @Test func mutantsOfHeadersAndMetadata() throws {
    var campaign = EnvelopeCampaign(try Seed.all().filter { !$0.name.contains(".") }, seed: 1)
    campaign.run(20_000)
    let statistics = campaign.statistics
    #expect(statistics.failures == [])
    // Every rule of the envelope has refused some, and what was accepted has been mapped.
    #expect(statistics.mapped > 20 && statistics.contradictory > 5)
    for rule in ["E1", "E2", "E3", "E4", "F1"] { #expect(statistics.refusals[rule, default: 0] > 20, "\(rule): \(statistics.refusals)") }
  }
}
