import CProbe
import NaClValidator

/// Mutation fuzzing with native execution: every mutant that the validator accepts runs between watched neighbours.
public struct Campaign {
  public struct Statistics: Sendable {
    public var attempts = 0
    /// By operator of the first edit: attempts and accepted.
    public var attemptsByOperator: [String: Int] = [:]
    public var acceptedByOperator: [String: Int] = [:]
    /// Accepted and run.
    public var accepted = 0
    /// Accepted, but with more regions or text than the probe holds.
    public var notRun = 0
    public var runs = 0
    public var steps = 0
    /// Single-stepped mutants of text, and those of them that got to their edit.
    public var stepped = 0
    public var reached = 0
    public var requests = 0
    public var resumed = 0
    /// By gate number, then returned.
    public var stops = Array(repeating: 0, count: Int(PROBE_STOP_COUNT))
    public var escapes: [Escape] = []
  }

  /// One mutant that got out, and how to make it again.
  public struct Escape: Sendable, CustomStringConvertible {
    public let kind: String
    public let seed: String
    public let item: UInt64
    public let pc: UInt64
    public let address: UInt64
    public let signal: Int32
    /// File offset, old and new byte.
    public let edits: [(offset: Int, old: UInt8, new: UInt8)]
    public let nexe: [UInt8]

    public var description: String {
      let bytes = edits.map { "0x\(String($0.offset, radix: 16)): \(String($0.old, radix: 16)) -> \(String($0.new, radix: 16))" }
      return """
        ESCAPE \(kind) signal \(signal) pc 0x\(String(pc, radix: 16)) address 0x\(String(address, radix: 16)) \
        seed \(seed) item \(item): \(bytes.joined(separator: ", "))
        """
    }
  }

  private struct Pending {
    let item: UInt64
    let isText: Bool
    let nexe: [UInt8]
  }

  private static let batchSize = 64
  private static let stepsOfARun: UInt32 = 200
  /// One accepted mutant in so many is single-stepped: a step costs 11 us here.
  private static let stepsOneIn = 48

  public private(set) var statistics = Statistics()
  private let seeds: [Seed]
  private let mutators: [Mutator]
  private let number: UInt64
  private let batch: OpaquePointer

  /// Nil: no memory for a batch.
  public init?(_ seeds: [Seed], seed number: UInt64) {
    guard let batch = probe_create(UInt32(Self.batchSize), Self.batchSize * JobWriter.codeStride, Self.batchSize * JobWriter.arenaStride)
    else { return nil }
    self.seeds = seeds
    mutators = seeds.map(Mutator.init)
    self.number = number
    self.batch = batch
  }

  /// Mutants until `count` more have been accepted and run. Items count on from `first`; returns the next one.
  /// - Throws: if the system refuses a process or a mapping.
  @discardableResult public mutating func run(accepted count: Int, from first: UInt64 = 0) throws -> UInt64 {
    var item = first
    let end = statistics.accepted + count
    while statistics.accepted < end {
      // A batch is made of one seed, so that its children map one layout.
      let choice = Int(Random.mixed(item / 1024) % UInt64(seeds.count))
      try runBatch(&item, seed: choice, limit: min(Self.batchSize, end - statistics.accepted))
    }
    return item
  }

  private mutating func runBatch(_ item: inout UInt64, seed choice: Int, limit: Int) throws {
    let seed = seeds[choice]
    var pending: [Pending] = []
    var random = Random(seed: number, item: item ^ 1 << 63)
    let neighbours: JobWriter.Neighbours = random.isOne(in: 2) ? .canaries : .guards
    var bytes = seed.nexe
    repeat {
      if let mutant = attempt(&bytes, seed, mutators[choice], item, at: pending.count, neighbours) { pending.append(mutant) }
      item += 1
    } while pending.count < limit && item % 1024 != 0
    if pending.isEmpty { return }
    guard probe_execute(batch, UInt32(pending.count)) else { throw CampaignError() }
    judge(pending, seed)
  }

  private mutating func attempt(
    _ bytes: inout [UInt8], _ seed: Seed, _ mutator: Mutator, _ item: UInt64, at index: Int, _ neighbours: JobWriter.Neighbours
  ) -> Pending? {
    var random = Random(seed: number, item: item)
    defer { bytes.withUnsafeMutableBytes { to in seed.nexe.withUnsafeBytes { to.copyMemory(from: $0) } } }
    let (operators, place) = mutator.mutate(&bytes, &random)
    let name = "\(operators[0])"
    if bytes == seed.nexe { return nil }
    statistics.attempts += 1
    statistics.attemptsByOperator[name, default: 0] += 1
    guard case .success(let module) = Validator.validate(bytes) else { return nil }
    statistics.acceptedByOperator[name, default: 0] += 1

    let isStepped = random.isOne(in: Self.stepsOneIn)
    let starts = isStepped ? Self.starts(bytes, module) : []
    let entries = Self.entries(module, near: place, &random)
    let runs = entries.enumerated().map { index, entry in
      HostileRun.make(module, entry: entry, steps: isStepped && index == 0 ? Self.stepsOfARun : 0, &random)
    }
    guard JobWriter(batch: batch).write(bytes, module, starts: starts, edited: place, at: index, runs: runs, neighbours: neighbours, &random) else {
      statistics.notRun += 1
      return nil
    }
    statistics.runs += runs.count
    return Pending(item: item, isText: place != nil, nexe: bytes)
  }

  static func starts(_ nexe: [UInt8], _ module: VerifiedModule) -> [Int] {
    let text = nexe[Int(module.text.address)..<Int(module.text.end)]
    return Sweep.instructions(text, borders: module.functions.map { Int($0.start) }).map(\.offset)
  }

  /// The edited function twice and any other once; without a place, any three.
  private static func entries(_ module: VerifiedModule, near place: Int?, _ random: inout Random) -> [UInt32] {
    let functions = module.functions.filter { $0.kind == .function }
    let any = { (random: inout Random) in functions[random.below(functions.count)].start }
    guard let place, let edited = functions.last(where: { $0.start <= place }) else {
      return [any(&random), any(&random), any(&random)]
    }
    return [edited.start, edited.start, any(&random)]
  }

  private mutating func judge(_ pending: [Pending], _ seed: Seed) {
    for (index, mutant) in pending.enumerated() {
      let result = probe_results(batch)[index]
      statistics.accepted += 1
      statistics.steps += Int(result.steps)
      if result.steps > 0 && mutant.isText {
        statistics.stepped += 1
        statistics.reached += Int(result.has_reached_edit)
      }
      statistics.requests += Int(result.requests)
      statistics.resumed += Int(result.interrupts_resumed)
      withUnsafeBytes(of: result.stops) { bytes in
        for (stop, count) in bytes.bindMemory(to: UInt32.self).enumerated() { statistics.stops[stop] += Int(count) }
      }
      guard result.escape != 0 else { continue }
      let edits = seed.nexe.indices.filter { seed.nexe[$0] != mutant.nexe[$0] }.map { ($0, seed.nexe[$0], mutant.nexe[$0]) }
      statistics.escapes.append(
        Escape(
          kind: escapeName(result.escape), seed: seed.name, item: mutant.item, pc: result.pc, address: result.address,
          signal: result.signal, edits: edits, nexe: mutant.nexe))
    }
  }
}

public struct CampaignError: Error, CustomStringConvertible {
  public init() {}
  public var description: String { "the system refused a process or a mapping" }
}

/// The name of an escape.
func escapeName(_ number: UInt32) -> String {
  let names = [
    "contained", "signal", "pc", "return address", "r15", "gs base", "rsp", "MXCSR", "direction flag", "context", "slack",
    "neighbour", "host", "no stop", "died",
  ]
  return Int(number) < names.count ? names[Int(number)] : "unknown"
}
