import Halite

/// Where compiled modules are kept.
struct CacheChoice {
  var directory: String
  var keyFile: String
  var capacity = ModuleCache.defaultCapacity

  init(directory: String, keyFile: String) {
    self.directory = directory
    self.keyFile = keyFile
  }

  /// Nil with `--no-cache`, and for a user without a home.
  init?(_ options: CompilationOptions) throws(OptionError) {
    let size = try options.cacheSize.map { text throws(OptionError) in try OptionSyntax.size(text, of: "--cache-size") }
    guard !options.noCache, let paths = ModuleCache.userPaths else { return nil }
    self.init(directory: options.cacheDir ?? paths.directory, keyFile: paths.keyFile)
    if let size { capacity = size }
  }

  /// Without a usable key there is no cache, and a person should know why.
  func open() -> ModuleCache? {
    do throws(CacheError) {
      return try ModuleCache(directory: directory, keyFile: keyFile, capacity: capacity)
    } catch {
      if error.isSuspicious { Diagnostics.write("nacl-run: compiled modules are not kept: \(error)") }
      return nil
    }
  }
}
