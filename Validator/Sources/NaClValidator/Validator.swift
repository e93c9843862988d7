/// Proves from a nexe's bytes alone that it cannot leave its sandbox, crash its host or run on unasked (SPEC.md).
public enum Validator {
  /// The version of nexe files this validator reads.
  public static let formatVersion: UInt32 = 1
  /// The version of the ABI whose rules it enforces.
  public static let abiVersion: UInt32 = 1

  /// Reads `bytes` in place; they must not change meanwhile, and the loader must map the very same bytes (rule R7).
  /// Never traps, whatever the bytes. Complexity: time and memory linear in the file.
  public static func validate(
    _ bytes: UnsafeRawBufferPointer, options: ValidationOptions = ValidationOptions()
  ) -> Result<VerifiedModule, Rejection> {
    let finding = Finding(
      rule: .e1_elfHeader, location: .fileOffset(0), message: "not yet", bundle: [], bundleAddress: 0,
      instructionLength: 0)
    return .failure(Rejection(findings: [finding], isTruncated: false))
  }

  public static func validate(
    _ bytes: [UInt8], options: ValidationOptions = ValidationOptions()
  ) -> Result<VerifiedModule, Rejection> {
    bytes.withUnsafeBytes { validate($0, options: options) }
  }
}
