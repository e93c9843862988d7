import Compiler

/// Compiled modules on disk, by content: what a module compiles to is looked up by the SHA-256 of its bytes, of the options, and of
/// which compiler it is.
///
/// The directory is not trusted. An entry counts only with a message authentication code over its name and its bytes, made with a
/// key that is kept elsewhere (`CacheKeyFile`), so nobody without the key can pass off one program for another; and what is loaded
/// is validated like any nexe. A missing, foreign or damaged entry is compiled anew and replaced. Files are read as a whole, never
/// mapped: what is checked is what runs, whatever happens to the file meanwhile. New ones are renamed into place.
///
/// The cache is a help and no more: a directory that cannot be read or written, or a full disk, is the same as no entry.
public struct ModuleCache: Sendable {
  let directory: String
  private let key: [UInt8]
  /// The largest sum of the entries' sizes in bytes; those not used for the longest time go first.
  let capacity: UInt64

  public static let defaultCapacity: UInt64 = 1 << 30

  /// Makes the directory and the key file, where they are missing. Throws `CacheError`.
  public init(directory: String, keyFile: String, capacity: UInt64 = defaultCapacity) throws(CacheError) {
    key = try CacheKeyFile.read(keyFile)
    self.directory = directory
    self.capacity = capacity
  }

  /// What `wasm` compiles to with these options: from the cache, or from the compiler, and then in the cache. Throws `CompileError`.
  public func compile(
    _ wasm: [UInt8], options: CompilerOptions, progress: Progress = .none
  ) throws(CompileError) -> (nexe: [UInt8], isCached: Bool) {
    let name = CacheEntry.Name(wasm, options)
    if let nexe = load(name) { return (nexe, true) }
    let nexe = try Compiler.compile(wasm, options: options, progress: progress).nexe
    store(nexe, name)
    return (nexe, false)
  }

  func load(_ name: CacheEntry.Name) -> [UInt8]? {
    guard let directory = try? CacheDirectory(directory, creating: false) else { return nil }
    return directory.read(name.text, limit: capacity).flatMap { CacheEntry.nexe(from: $0, name, key) }
  }

  func store(_ nexe: [UInt8], _ name: CacheEntry.Name) {
    let bytes = CacheEntry.bytes(nexe, name, key)
    guard UInt64(bytes.count) <= capacity, let directory = try? CacheDirectory(directory, creating: true) else { return }
    guard directory.write(bytes, as: name.text) else { return }
    directory.evict(downTo: capacity)
  }
}

/// Why there is no cache.
public struct CacheError: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var reason: String
  /// Whether somebody else may have had a hand in it, and a person should know.
  public var isSuspicious = false
  public var description: String { "\(path): \(reason)" }
}
