public enum CompilerVersion {
  /// The tools' version, as `--version` prints it.
  public static let text = "0.1.0 (nexe format 1, ABI 1)"
}
