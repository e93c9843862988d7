import CHostSystem
import Glibc

/// Opens paths below a directory, and nothing else: neither `..`, nor absolute paths, nor symbolic links, nor renames under way
/// lead out of it. What would is `perm`.
///
/// The kernel keeps the promise where it has openat2 (Linux 5.6) with RESOLVE_BENEATH. Elsewhere a walk keeps it that opens each
/// component by itself without following links and steps back only to directories it came from.
enum BeneathLookup {
  enum Method { case kernel, walk }

  /// What this host has. Some system call filters refuse unknown calls with EPERM instead of ENOSYS.
  static let method: Method = {
    let probe = halite_openat2(
      AT_FDCWD, "/", UInt64(HALITE_O_PATH | O_CLOEXEC), 0, UInt64(HALITE_RESOLVE_NO_MAGICLINKS))
    guard probe >= 0 else { return .walk }
    close(probe)
    return .kernel
  }()

  /// Opens `path` below `directory`; a new descriptor that the caller owns. `flags` as for open(2).
  static func open(
    _ path: GuestPath, below directory: CInt, flags: CInt, mode: mode_t = 0, method: Method = Self.method
  ) throws(Errno) -> CInt {
    switch method {
    case .kernel: try kernelOpen(path, directory, flags, mode)
    case .walk: try BeneathWalk.open(path, directory, flags, mode)
    }
  }

  private static func kernelOpen(
    _ path: GuestPath, _ directory: CInt, _ flags: CInt, _ mode: mode_t
  ) throws(Errno) -> CInt {
    // openat2 refuses a mode where nothing can be created.
    let mode = flags & O_CREAT == 0 ? 0 : UInt64(mode)
    // EAGAIN: a rename or mount elsewhere raced with a `..` and the kernel cannot tell; it asks callers to try again.
    var attempts = 64
    while true {
      let file = halite_openat2(
        directory, path.text, UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), mode,
        UInt64(HALITE_RESOLVE_BENEATH | HALITE_RESOLVE_NO_MAGICLINKS))
      if file >= 0 { return file }
      switch errno {
      case EINTR: continue
      case EAGAIN where attempts > 0: attempts -= 1
      case EXDEV: throw .perm
      default: throw .ofLastCall
      }
    }
  }
}

/// The walk for kernels without openat2. A value is one lookup under way.
private struct BeneathWalk: ~Copyable {
  /// Linux's own limit of links in one lookup.
  static let maximumLinks = 40

  /// The directories from the starting point to here. The first belongs to the caller.
  private var directories: [CInt]
  /// Components still to go, the next one last.
  private var pending: [[CChar]]
  private var mustBeDirectory: Bool
  private var linksLeft = Self.maximumLinks

  static func open(_ path: GuestPath, _ directory: CInt, _ flags: CInt, _ mode: mode_t) throws(Errno) -> CInt {
    var walk = BeneathWalk(path, directory)
    return try walk.run(flags | O_CLOEXEC, mode)
  }

  private init(_ path: GuestPath, _ directory: CInt) {
    directories = [directory]
    pending = path.components.reversed().map { $0.map { CChar(bitPattern: $0) } + [0] }
    mustBeDirectory = path.hasTrailingSlash
  }

  deinit { for directory in directories.dropFirst() { close(directory) } }

  private var here: CInt { directories[directories.count - 1] }

  private mutating func run(_ flags: CInt, _ mode: mode_t) throws(Errno) -> CInt {
    while let name = pending.popLast() {
      switch GuestPath.Special(name.dropLast().map { UInt8(bitPattern: $0) }) {
      case .current: break
      case .parent: try stepBack()
      case nil:
        if pending.isEmpty {
          if let file = try openLast(name, flags, mode) { return file }
        } else {
          try stepInto(name)
        }
      }
    }
    // The path ended in a directory that is open already: ".", or "..".
    if flags & (O_CREAT | O_EXCL) == O_CREAT | O_EXCL { throw .exist }
    return try systemCall { halite_openat(here, ".", flags & ~(O_CREAT | O_NOFOLLOW), mode) }
  }

  private mutating func stepBack() throws(Errno) {
    guard directories.count > 1 else { throw .perm }
    close(directories.removeLast())
  }

  private mutating func stepInto(_ name: [CChar]) throws(Errno) {
    let next = halite_openat(here, name, HALITE_O_PATH | O_DIRECTORY | O_NOFOLLOW, 0)
    if next >= 0 {
      directories.append(next)
      return
    }
    let error = Errno.ofLastCall
    guard error == .notdir || error == .loop, try follow(name) else { throw error }
  }

  /// Opens the last component; nil if it was a link whose target is now pending.
  private mutating func openLast(_ name: [CChar], _ flags: CInt, _ mode: mode_t) throws(Errno) -> CInt? {
    let follows = flags & O_NOFOLLOW == 0 || mustBeDirectory
    if mustBeDirectory && flags & O_CREAT != 0 { throw .isdir }
    if follows, flags & (O_CREAT | O_EXCL) != O_CREAT | O_EXCL, flags & HALITE_O_PATH != 0, try follow(name) {
      return nil
    }
    let wanted = mustBeDirectory ? flags | O_DIRECTORY : flags
    let file = halite_openat(here, name, wanted | O_NOFOLLOW, mode)
    if file >= 0 { return file }
    let error = Errno.ofLastCall
    if follows, error == .loop || error == .notdir, try follow(name) { return nil }
    throw error
  }

  /// If `name` is a symbolic link here, makes its target the next components.
  private mutating func follow(_ name: [CChar]) throws(Errno) -> Bool {
    guard let target = try? HostLink.target(of: name, in: here), !target.isEmpty else { return false }
    guard linksLeft > 0 else { throw .loop }
    linksLeft -= 1
    let path = GuestPath(hostBytes: target)
    if path.isAbsolute { throw .perm }
    if pending.isEmpty && path.hasTrailingSlash { mustBeDirectory = true }
    pending += path.components.reversed().map { $0.map { CChar(bitPattern: $0) } + [0] }
    return true
  }
}

enum HostLink {
  /// What the symbolic link `name` in `directory` says.
  static func target(of name: [CChar], in directory: CInt) throws(Errno) -> ArraySlice<UInt8> {
    var target = [CChar](repeating: 0, count: GuestPath.maximumLength + 1)
    let length = try systemCall { readlinkat(directory, name, &target, target.count) }
    return target.prefix(length).map { UInt8(bitPattern: $0) }[...]
  }
}
