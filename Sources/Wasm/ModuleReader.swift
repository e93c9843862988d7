extension Module {
  /// Whether the module to decode has its code section.
  public enum CodePresence: Sendable {
    case required
    /// The function section stands alone, as in a nexe's metadata; a code section is an error.
    case absent
  }

  /// Decodes and validates everything but the function bodies.
  ///
  /// Time and memory are linear in the size of `bytes`, whatever counts they claim.
  public static func decode(
    _ bytes: [UInt8], codeSection: CodePresence = .required, features: Features = .supported
  ) throws(WasmError) -> Module {
    throw WasmError(.unexpectedEnd, at: bytes.count)
  }
}
