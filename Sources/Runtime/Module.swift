/// A validated nexe, mapped once, ready to be instantiated any number of times.
public final class Module: Sendable {
  public let engine: Engine

  /// Validates the file's bytes and maps exactly these. Throws `LoadError`.
  public init(nexe: [UInt8], engine: Engine) throws {
    self.engine = engine
    throw LoadError.unsupported("the loader")
  }

  /// In the order of the module.
  public var imports: [(module: String, name: String, type: ExternType)] { [] }
  public var exports: [(name: String, type: ExternType)] { [] }
}

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
