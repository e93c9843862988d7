import CHostSystem
import Glibc

/// The cache's directory, open: names are looked up in this one, whatever happens to its path. Its content is not trusted: only
/// regular files are read, no more of them than a limit, and no link is followed.
final class CacheDirectory {
  static let suffix = ".halite"
  private static let temporaryPrefix = ".new-"
  /// A temporary file that is older was left behind by a process that died (seconds).
  private static let temporaryLifetime = 3600
  /// No more names than this are looked at.
  private static let maximumNames = 100_000

  private let descriptor: CInt

  init(_ path: String, creating: Bool) throws(CacheError) {
    if creating {
      Self.makeParents(of: path)
      mkdir(path, 0o700)
    }
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CacheError(path: path, reason: String(cString: strerror(errno))) }
  }

  deinit { close(descriptor) }

  /// Missing directories above `path`, for this user alone.
  static func makeParents(of path: String) {
    for slash in path.indices where path[slash] == "/" && slash != path.startIndex { mkdir(String(path[..<slash]), 0o700) }
  }

  /// The whole file, nil unless it is a regular file of at most `limit` bytes. It counts as used now.
  func read(_ name: String, limit: UInt64) -> [UInt8]? {
    let file = halite_openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0, UInt64(status.st_size) <= limit
    else { return nil }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let piece = Glibc.read(file, buffer.baseAddress.map { $0 + count }, size - count)
        if piece > 0 { count += piece } else if piece == 0 || errno != EINTR { return }
      }
    }
    guard bytes.count == size else { return nil }
    futimens(file, nil)
    return bytes
  }

  /// Whether `name` holds these bytes now, all of them.
  func write(_ bytes: [UInt8], as name: String) -> Bool {
    let temporary = Self.temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 16)
    let file = halite_openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    guard file >= 0 else { return false }
    var written = 0
    var isComplete = true
    while written < bytes.count && isComplete {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + written }, $0.count - written) }
      if count > 0 { written += count } else { isComplete = errno == EINTR }
    }
    if close(file) != 0 { isComplete = false }
    if isComplete, renameat(descriptor, temporary, descriptor, name) == 0 { return true }
    unlinkat(descriptor, temporary, 0)
    return false
  }

  private struct Entry {
    var name: String
    var size: UInt64
    /// Seconds and nanoseconds since 1970.
    var used: (Int, Int)
  }

  /// Removes the entries that were not used for the longest time until the rest takes at most `capacity` bytes, and temporary files
  /// that were left behind. Files with other names are left alone.
  func evict(downTo capacity: UInt64) {
    var entries: [Entry] = []
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    for name in names() {
      var status = stat()
      guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      if name.hasSuffix(Self.suffix) {
        let used = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        entries.append(Entry(name: name, size: UInt64(max(0, status.st_size)), used: used))
      } else if name.hasPrefix(Self.temporaryPrefix), status.st_mtim.tv_sec < now.tv_sec - Self.temporaryLifetime {
        unlinkat(descriptor, name, 0)
      }
    }
    // Sizes are the file system's word, and may be absurd.
    var total = entries.reduce(0) { $0.addingReportingOverflow($1.size).overflow ? .max : $0 + $1.size }
    for entry in entries.sorted(by: { $0.used < $1.used }) where total > capacity {
      unlinkat(descriptor, entry.name, 0)
      total -= entry.size
    }
  }

  private func names() -> [String] {
    let duplicate = halite_openat(descriptor, ".", O_RDONLY | O_DIRECTORY, 0)
    guard duplicate >= 0, let stream = fdopendir(duplicate) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < Self.maximumNames, let entry = readdir(stream) {
      names.append(withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      })
    }
    return names
  }
}
