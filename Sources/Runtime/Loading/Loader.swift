import CSandbox
import Dispatch
import NaClValidator
import Wasm

/// From bytes to mapped code (docs/ABI.md, R7): check the machine, validate, map what was validated, decode the
/// metadata, and hold it against the validator's result.
enum Loader {
  struct Loaded {
    let verified: VerifiedModule
    let code: CodeMapping
    let metadata: ModuleMetadata
    let sites: SiteTable
  }

  static func load(_ bytes: [UInt8], engine: Engine) throws(LoadError) -> Loaded {
    let verified = try validate(bytes, configuration: engine.configuration)
    let code = try CodeMapping(bytes, verified)
    let metadata = try ModuleMetadata(Array(bytes[verified.moduleSection]), verified, engine.types)
    let sites = SiteTable(bytes: Array(bytes[verified.sites]))
    return Loaded(verified: verified, code: code, metadata: metadata, sites: sites)
  }

  /// Smaller files, in bytes, are validated before another thread would have begun.
  private static let smallestShared = 1 << 20

  private static func validate(
    _ bytes: [UInt8], configuration: Configuration
  ) throws(LoadError) -> VerifiedModule {
    guard let level = machineLevel else { throw .unsupported("this processor is below x86-64-v2") }
    var models: Set<MemoryModel> = []
    if configuration.allowsMask { models.insert(.mask) }
    if configuration.allowsSegment32 { models.insert(.seg32) }
    let options = ValidationOptions(
      allowedModels: models, maximumReach: configuration.maximumReach, instructionSet: level,
      requiresPreemption: configuration.requiresPreemption)
    let jobs = bytes.count < smallestShared ? 1 : configuration.validationJobs
    let result = bytes.withUnsafeBytes { bytes in
      Validator.validate(bytes, options: options, jobs: jobs) { count, body in
        DispatchQueue.concurrentPerform(iterations: count) { body($0) }
      }
    }
    switch result {
    case .failure(let rejection): throw .refused(rejection.findings.map(describe))
    case .success(let verified):
      if verified.model == .seg32 && !halite_has_fsgsbase() {
        throw .unsupported("the model seg32 needs FSGSBASE, which this processor or kernel lacks")
      }
      return verified
    }
  }

  private static var machineLevel: InstructionSetLevel? {
    if halite_supports_level(3) { return .v3 }
    return halite_supports_level(2) ? .v2 : nil
  }

  private static func describe(_ finding: Finding) -> String {
    switch finding.location {
    case .address(let address): "0x\(String(address, radix: 16)): \(finding.rule): \(finding.message)"
    case .fileOffset(let offset): "file offset \(offset): \(finding.rule): \(finding.message)"
    }
  }
}
