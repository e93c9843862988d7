import Foundation
import NaClValidator
import Runtime

/// Structure-aware mutants of headers, note and metadata: the validator neither crashes nor accepts what docs/NEXE.md forbids, and of
/// what it accepts the runtime maps exactly the validated bytes.
public struct EnvelopeCampaign {
  public struct Statistics: Sendable {
    public var mutants = 0
    public var accepted = 0
    /// Accepted, and mapped by the runtime.
    public var mapped = 0
    /// Accepted, and refused by the loader, which holds the embedded module against the shape.
    public var contradictory = 0
    /// By rule of the first finding.
    public var refusals: [String: Int] = [:]
    public var failures: [String] = []
  }

  public private(set) var statistics = Statistics()
  private let seeds: [Seed]
  private let mutators: [EnvelopeMutator]
  private let number: UInt64
  private let engine = Engine()

  public init(_ seeds: [Seed], seed number: UInt64) {
    self.seeds = seeds
    mutators = seeds.map(EnvelopeMutator.init)
    self.number = number
  }

  /// - Parameter mapsOneIn: how many accepted mutants share one look at the process's mappings, which costs more than all the rest.
  public mutating func run(_ count: Int, from first: UInt64 = 0, mapsOneIn: Int = 8) {
    for item in first..<first + UInt64(count) {
      var random = Random(seed: number, item: item)
      let choice = random.below(seeds.count)
      let bytes = mutators[choice].mutant(&random)
      statistics.mutants += 1
      switch Validator.validate(bytes, options: ValidationOptions(maximumFindings: 4)) {
      case .failure(let rejection):
        statistics.refusals[rejection.findings.first.map { $0.rule.id } ?? "none", default: 0] += 1
        if rejection.findings.isEmpty { statistics.failures.append("item \(item): refused without a finding") }
      case .success(let module):
        statistics.accepted += 1
        if let complaint = EnvelopeOracle.complaint(bytes) {
          statistics.failures.append("item \(item) of \(seeds[choice].name): accepted in spite of \(complaint)")
        }
        if random.isOne(in: mapsOneIn) { checkMapping(bytes, module, item) }
      }
    }
  }

  /// What is wrong with how the loader maps `bytes` is wrong each time, while other threads of the process, as tests have them, map
  /// and unmap code of their own now and then: a complaint counts if it comes five times in a row.
  private mutating func checkMapping(_ bytes: [UInt8], _ verified: VerifiedModule, _ item: UInt64) {
    var complaint: String?
    for _ in 0..<5 {
      complaint = mappingComplaint(bytes, verified)
      if complaint == nil { return }
    }
    statistics.failures.append("item \(item): \(complaint ?? "")")
  }

  private mutating func mappingComplaint(_ bytes: [UInt8], _ verified: VerifiedModule) -> String? {
    let before = Mapping.all()
    do {
      let module = try Module(nexe: bytes, engine: engine)
      let added = Mapping.all().subtracting(before)
      if let complaint = Self.complaint(added, bytes, verified) { return complaint }
      statistics.mapped += 1
      withExtendedLifetime(module) {}
    } catch let error as LoadError {
      guard case .metadata = error else { return "the loader says \(error)" }
      statistics.contradictory += 1
    } catch {
      return "\(error)"
    }
    let left = Mapping.all().subtracting(before).filter { $0.isExecutable }
    return left.isEmpty ? nil : "left mapped: \(left)"
  }

  /// The plan: text readable and executable, read-only data behind it at the file's distance, both of exactly the file's bytes.
  private static func complaint(_ added: Set<Mapping>, _ bytes: [UInt8], _ verified: VerifiedModule) -> String? {
    let executable = added.filter(\.isExecutable)
    guard executable.count == 1, let text = executable.first else { return "\(executable.count) executable mappings" }
    guard text.permissions == "r-xp" else { return "text is \(text.permissions)" }
    let distance = UInt(verified.readOnlyData.address - verified.text.address)
    guard let data = added.first(where: { $0.range.contains(text.range.lowerBound + distance) }), data.permissions == "r--p" else {
      return "read-only data is not mapped read-only"
    }
    func holds(_ segment: LoadedSegment, at address: UInt, within mapping: Mapping) -> Bool {
      guard let base = UnsafeRawPointer(bitPattern: address), address + UInt(segment.size) <= mapping.range.upperBound else { return false }
      let mapped = UnsafeRawBufferPointer(start: base, count: Int(mapping.range.upperBound - address))
      let isSame = mapped.prefix(Int(segment.size)).elementsEqual(bytes[Int(segment.address)..<Int(segment.end)])
      return isSame && mapped.dropFirst(Int(segment.size)).allSatisfy { $0 == 0 }
    }
    let textEnd = text.range.lowerBound + distance
    guard text.range.upperBound <= textEnd, holds(verified.text, at: text.range.lowerBound, within: text) else { return "text differs" }
    return holds(verified.readOnlyData, at: textEnd, within: data) ? nil : "read-only data differs"
  }
}

/// A line of /proc/self/maps.
private struct Mapping: Hashable, CustomStringConvertible {
  let range: Range<UInt>
  let permissions: String
  var isExecutable: Bool { permissions.contains("x") }
  var description: String { "\(String(range.lowerBound, radix: 16))-\(String(range.upperBound, radix: 16)) \(permissions)" }

  static func all() -> Set<Mapping> {
    // Its size is unknown until it is read.
    guard let file = FileHandle(forReadingAtPath: "/proc/self/maps"), let data = try? file.readToEnd() else { return [] }
    let text = String(decoding: data, as: UTF8.self)
    return Set(
      text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ", maxSplits: 2)
        let bounds = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        return bounds.count == 2 ? Mapping(range: bounds[0]..<bounds[1], permissions: String(words[1])) : nil
      })
  }
}
