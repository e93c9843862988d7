import CHostSystem
import Glibc

/// The secret that entries of the cache are signed with: 32 random bytes in a file that only this user may read or write.
enum CacheKeyFile {
  private static let size = 32

  /// Reads the key, making it first where there is none. Throws `CacheError`, also for a file that others could have written or read.
  static func read(_ path: String) throws(CacheError) -> [UInt8] {
    if let key = try existing(path) { return key }
    try create(path)
    guard let key = try existing(path) else { throw CacheError(path: path, reason: "the cache's key vanished") }
    return key
  }

  private static func existing(_ path: String) throws(CacheError) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw failure(path)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
      throw CacheError(path: path, reason: "the cache's key must be a file of this user that nobody else may read or write",
        isSuspicious: true)
    }
    var key = [UInt8](repeating: 0, count: size)
    guard Glibc.read(file, &key, size) == size, status.st_size == size else {
      throw CacheError(path: path, reason: "the cache's key is not \(size) bytes", isSuspicious: true)
    }
    return key
  }

  /// Under another name first: of two processes that do this at once, one links its key, and both read it.
  private static func create(_ path: String) throws(CacheError) {
    CacheDirectory.makeParents(of: path)
    var key = [UInt8](repeating: 0, count: size)
    guard getentropy(&key, size) == 0 else { throw failure(path) }
    let temporary = path + "." + String(UInt64.random(in: .min ... .max), radix: 16)
    let file = halite_openat(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure(path) }
    defer {
      close(file)
      unlink(temporary)
    }
    guard write(file, key, size) == size else { throw failure(path) }
    guard link(temporary, path) == 0 || errno == EEXIST else { throw failure(path) }
  }

  private static func failure(_ path: String) -> CacheError { CacheError(path: path, reason: String(cString: strerror(errno))) }
}
