import Glibc

extension ModuleCache {
  /// Where a user's caches and keys are by the XDG base directory specification, as the environment says: `halite` in
  /// XDG_CACHE_HOME (~/.cache), and `halite/cache-key` in XDG_STATE_HOME (~/.local/state). Nil without a home. Relative paths do not
  /// count, as the specification has it.
  public static var userPaths: (directory: String, keyFile: String)? {
    guard let cache = base("XDG_CACHE_HOME", ".cache"), let state = base("XDG_STATE_HOME", ".local/state") else { return nil }
    return (cache + "/halite", state + "/halite/cache-key")
  }

  private static func base(_ variable: String, _ belowHome: String) -> String? {
    if let path = getenv(variable).map({ String(cString: $0) }), path.hasPrefix("/") { return path }
    guard let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") else { return nil }
    return home + "/" + belowHome
  }
}
