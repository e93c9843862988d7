import NaClValidator

/// A validated nexe, mapped once, ready to be instantiated any number of times from any thread.
public final class Module: Sendable {
  public let engine: Engine
  let verified: VerifiedModule
  let code: CodeMapping
  let metadata: ModuleMetadata
  /// The site table's bytes: untrusted, for people.
  let sites: SiteTable

  /// Validates the file's bytes and maps exactly these. Throws `LoadError`.
  public convenience init(nexe bytes: [UInt8], engine: Engine) throws {
    self.init(try Loader.load(bytes, engine: engine), engine: engine)
  }

  init(_ loaded: Loader.Loaded, engine: Engine) {
    self.engine = engine
    verified = loaded.verified
    code = loaded.code
    metadata = loaded.metadata
    sites = loaded.sites
  }

  /// In the order of the module.
  public var imports: [(module: String, name: String, type: ExternType)] {
    metadata.imports.map { ($0.module, $0.name, $0.type) }
  }
  public var exports: [(name: String, type: ExternType)] {
    metadata.wasm.exports.map { ($0.name, metadata.type(of: $0.item)) }
  }

  /// The sandbox's addressing model.
  public var memoryModel: MemoryModel { verified.model }
  /// Where the code is mapped in this process: for debuggers and profilers. A secret that sandboxes need not know.
  public var codeAddress: UInt64 { code.text }
  /// Largest number of bytes the code can make resident.
  public var reach: UInt64 { verified.reach }
}

public typealias MemoryModel = NaClValidator.MemoryModel

/// Why a nexe was not loaded.
public enum LoadError: Error, Hashable, Sendable {
  /// The validator's findings, one a line.
  case refused([String])
  /// The embedded module does not decode, or contradicts the validated shape.
  case metadata(String)
  /// Not on this machine, or not allowed by the configuration.
  case unsupported(String)
  case resources(String)
}

extension LoadError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .refused(let findings): "refused by the validator:\n  " + findings.joined(separator: "\n  ")
    case .metadata(let reason): "contradictory metadata: \(reason)"
    case .unsupported(let what): "unsupported: \(what)"
    case .resources(let what): what
    }
  }
}
