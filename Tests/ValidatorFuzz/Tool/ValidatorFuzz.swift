import ArgumentParser
import Foundation
import ValidatorFuzzing

/// Long runs of what the validator's fuzz tests do for seconds. A run says from time to time how far it is, so that another may go on
/// from there.
@main struct ValidatorFuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validator-fuzz", abstract: "Attacks the validator.", subcommands: [Native.self, Envelope.self])
}

/// Mutants of real nexes; every one that the validator accepts runs natively between watched neighbours.
struct Native: ParsableCommand {
  @Option(help: "Mutants to accept and run.") var count = 10_000
  @Option(help: "The run's number: the same one makes the same mutants.") var seed: UInt64 = 1
  @Option(help: "The first mutant's number.") var from: UInt64 = 0
  @Option(help: "Where nexes that escape are kept.") var keep = "."
  @Argument(help: "Further wasm modules to make mutants of.") var modules: [String] = []

  func run() throws {
    let seeds = try Seed.all(adding: modules)
    let unseen = try Plant.all(in: seeds[0]).filter { try !$0.expected.contains($0.run(in: seeds[0])) }
    if !unseen.isEmpty {
      print("planted escapes that the probe did not see: \(unseen.map(\.name))")
      throw ExitCode.failure
    }
    guard var campaign = Campaign(seeds, seed: seed) else { throw CampaignError() }
    let start = Date()
    var item = from
    while campaign.statistics.accepted < count && campaign.statistics.escapes.isEmpty {
      item = try campaign.run(accepted: min(100_000, count - campaign.statistics.accepted), from: item)
      print("seed \(seed), before item \(item): \(campaign.statistics.accepted) accepted and run, \(campaign.statistics.escapes.count) escapes")
      fflush(nil)
    }
    report(campaign.statistics, seconds: Date().timeIntervalSince(start), seeds: seeds.count)
    for (number, escape) in campaign.statistics.escapes.enumerated() {
      print(escape)
      try Data(escape.nexe).write(to: URL(fileURLWithPath: keep).appendingPathComponent("escape-\(seed)-\(number).nexe"))
    }
    if !campaign.statistics.escapes.isEmpty { throw ExitCode.failure }
  }

  private func report(_ statistics: Campaign.Statistics, seconds: TimeInterval, seeds: Int) {
    let rate = 100 * Double(statistics.accepted + statistics.notRun) / Double(max(statistics.attempts, 1))
    print(
      """
      seed \(seed): \(statistics.attempts) mutants of \(seeds) nexes, \(statistics.accepted) accepted and run \
      (\(String(format: "%.1f", rate)) %), \(statistics.notRun) accepted and not run, \(Int(seconds)) s
      \(statistics.runs) runs: \(statistics.stops[16]) returned, \(statistics.stops[1]) trapped, \(statistics.stops[0]) interrupted, \
      \(statistics.stops[2..<16].reduce(0, +)) at another gate; \(statistics.requests) requests to stop, \(statistics.resumed) resumed; \
      \(statistics.steps) single steps, in which \(statistics.reached) of \(statistics.stepped) mutants got to their edit
      """)
    let operators = statistics.attemptsByOperator.keys.sorted().map { name in
      "\(name) \(statistics.acceptedByOperator[name] ?? 0)/\(statistics.attemptsByOperator[name] ?? 0)"
    }
    print("accepted by operator: \(operators.joined(separator: ", "))")
    print("escapes: \(statistics.escapes.count)")
  }
}

/// Mutants of headers, note and metadata. Build with --sanitize=address for what the validator reads of them.
struct Envelope: ParsableCommand {
  @Option(help: "Mutants to make.") var count = 1_000_000
  @Option(help: "The run's number: the same one makes the same mutants.") var seed: UInt64 = 1
  @Option(help: "The first mutant's number.") var from: UInt64 = 0

  func run() throws {
    var campaign = EnvelopeCampaign(try Seed.all().filter { $0.name.hasPrefix("tiny") }, seed: seed)
    let start = Date()
    let end = from + UInt64(count)
    for first in stride(from: from, to: end, by: 1_000_000) {
      let last = min(first + 1_000_000, end)
      campaign.run(Int(last - first), from: first, mapsOneIn: 64)
      print("seed \(seed), before item \(last): \(campaign.statistics.accepted) accepted, \(campaign.statistics.failures.count) failures")
      fflush(nil)
    }
    let statistics = campaign.statistics
    print(
      """
      seed \(seed): \(statistics.mutants) mutants, \(statistics.accepted) accepted, of which \(statistics.mapped) were mapped as planned and \
      \(statistics.contradictory) refused by the loader, \(Int(Date().timeIntervalSince(start))) s
      refused by: \(statistics.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
      failures: \(statistics.failures.count)
      """)
    for failure in statistics.failures.prefix(100) { print(failure) }
    // The sanitizer's own end does not flush.
    fflush(nil)
    if !statistics.failures.isEmpty { throw ExitCode.failure }
  }
}
