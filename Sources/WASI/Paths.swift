import CHostSystem
import Glibc

// Functions with paths. Those that open or look at a file give the whole path to `BeneathLookup`. Those that change a directory
// open that directory so, and hand the kernel one name, in which no ".." is left and at which no link is followed.

extension Context {
  func pathOpen(
    _ guest: Guest, fd: UInt64, lookup: UInt64, _ path: GuestPath, open: UInt64, base: UInt64, inheriting: UInt64,
    flags: UInt64, result: UInt64
  ) throws {
    try guest.check(result, count: 4, alignment: 4)
    let lookup = try LookupFlags.decode(lookup, known: .all)
    let open = try OpenFlags.decode(open, known: .all)
    let base = try Rights.decode(base, known: .all)
    let inheriting = try Rights.decode(inheriting, known: .all)
    let flags = try FdFlags.decode(flags, known: .all)

    let directory = try files[UInt32(fd)]
    switch directory.object {
    case .directory: break
    case .file: throw Errno.notdir
    case .input, .output, .socket, .listener: throw Errno.badf
    }
    try directory.require(.pathOpen)
    if open.contains(.create) { try directory.require(.pathCreateFile) }
    if open.contains(.truncate) { try directory.require(.pathFilestatSetSize) }
    guard directory.inheriting.isSuperset(of: base.union(inheriting)) else { throw Errno.notcapable }
    try files.requireRoom()

    // Linux before 6.3 would make a regular file.
    guard !open.isSuperset(of: [.create, .directory]) else { throw Errno.inval }
    let hostFlags = Self.hostFlags(lookup, open, base, flags)
    let file = try self.open(path, below: try self.directory(fd).0, hostFlags)
    let descriptor =
      file.fileType == .directory
      ? Descriptor(
        object: .directory(file, preopen: nil), base: base.intersection(.directory), inheriting: inheriting, flags: [])
      : Descriptor(
        object: .file(file, access: hostFlags & O_ACCMODE), base: base.intersection(.file), inheriting: inheriting,
        flags: flags)
    try guest.store(try files.insert(descriptor), at: result)
  }

  private func open(_ path: GuestPath, below directory: HostFile, _ flags: CInt) throws(Errno) -> HostFile {
    do throws(Errno) {
      return try HostFile(
        try BeneathLookup.open(path, below: directory.number, flags: flags, mode: 0o666, method: lookup))
    } catch .notdir where flags & O_NOFOLLOW != 0 && flags & O_DIRECTORY != 0 {
      // The kernel says so of a link that is not followed, too; `loop` is what WASI has for that.
      let file = try HostFile(
        try BeneathLookup.open(path, below: directory.number, flags: HALITE_O_PATH | O_NOFOLLOW, method: lookup))
      throw file.fileType == .symbolicLink ? .loop : .notdir
    }
  }

  /// O_NONBLOCK always: opening a pipe waits for nobody, and reads and writes look before they leap.
  private static func hostFlags(_ lookup: LookupFlags, _ open: OpenFlags, _ base: Rights, _ flags: FdFlags) -> CInt {
    var host = O_NOCTTY | O_NONBLOCK
    switch (base.contains(.fdRead), base.contains(.fdWrite)) {
    case (true, true): host |= O_RDWR
    case (false, true): host |= O_WRONLY
    case (_, false): host |= O_RDONLY
    }
    if !lookup.contains(.symlinkFollow) { host |= O_NOFOLLOW }
    if open.contains(.create) { host |= O_CREAT }
    if open.contains(.directory) { host |= O_DIRECTORY }
    if open.contains(.exclusive) { host |= O_EXCL }
    if open.contains(.truncate) { host |= O_TRUNC }
    if flags.contains(.append) { host |= O_APPEND }
    if flags.contains(.dsync) { host |= O_DSYNC }
    if !flags.isDisjoint(with: [.sync, .rsync]) { host |= O_SYNC }
    return host
  }

  func pathFilestatGet(_ guest: Guest, fd: UInt64, flags: UInt64, _ path: GuestPath, result: UInt64) throws {
    try guest.check(result, count: Filestat.size, alignment: 8)
    let file = try lookUp(path, fd, .pathFilestatGet, flags)
    try guest.store(try file.status().bytes, at: result, alignment: 8)
  }

  func pathFilestatSetTimes(
    fd: UInt64, lookup: UInt64, _ path: GuestPath, access: UInt64, modification: UInt64, flags: UInt64
  ) throws {
    let times = try FileTimes(access: access, modification: modification, flags: flags)
    let file = try lookUp(path, fd, .pathFilestatSetTimes, lookup)
    try times.withPointer { (times) throws(Errno) in
      if utimensat(file.number, "", times, HALITE_AT_EMPTY_PATH) == 0 { return }
      // Before Linux 5.8 there is no AT_EMPTY_PATH here; this name leads to the open file itself, link or not.
      guard errno == EINVAL || errno == ENOENT else { throw .ofLastCall }
      try systemCall { utimensat(AT_FDCWD, "/proc/self/fd/\(file.number)", times, 0) }
    }
  }

  func pathCreateDirectory(fd: UInt64, _ path: GuestPath) throws {
    let entry = try entry(path, in: try directory(fd, .pathCreateDirectory), ifSpecial: .exist)
    try systemCall { mkdirat(entry.directory, entry.name, 0o777) }
  }

  func pathRemoveDirectory(fd: UInt64, _ path: GuestPath) throws {
    let entry = try entry(path, in: try directory(fd, .pathRemoveDirectory), ifSpecial: .inval)
    try systemCall { unlinkat(entry.directory, entry.name, AT_REMOVEDIR) }
  }

  func pathUnlinkFile(fd: UInt64, _ path: GuestPath) throws {
    let entry = try entry(path, in: try directory(fd, .pathUnlinkFile), ifSpecial: .isdir)
    try systemCall { unlinkat(entry.directory, entry.name, 0) }
  }

  func pathRename(fd: UInt64, _ path: GuestPath, newFD: UInt64, newPath: GuestPath) throws {
    let sourceDirectory = try directory(fd, .pathRenameSource)
    let targetDirectory = try directory(newFD, .pathRenameTarget)
    let source = try entry(path, in: sourceDirectory, ifSpecial: .busy)
    let target = try entry(newPath, in: targetDirectory, ifSpecial: .busy)
    try systemCall { renameat(source.directory, source.name, target.directory, target.name) }
  }

  /// A link to what `path` names itself; to follow links on the way to it is refused, as in wasmtime.
  func pathLink(fd: UInt64, flags: UInt64, _ path: GuestPath, newFD: UInt64, newPath: GuestPath) throws {
    let flags = try LookupFlags.decode(flags, known: .all)
    let sourceDirectory = try directory(fd, .pathLinkSource)
    let targetDirectory = try directory(newFD, .pathLinkTarget)
    guard !flags.contains(.symlinkFollow) else { throw Errno.inval }
    let source = try entry(path, in: sourceDirectory, ifSpecial: .perm)
    let target = try entry(newPath, in: targetDirectory, ifSpecial: .exist)
    try source.requireNoSlash(.perm)
    try systemCall { linkat(source.directory, source.name, target.directory, target.name, 0) }
  }

  /// `target` is relative, as everywhere; where it leads is decided when it is followed.
  func pathSymlink(target: GuestPath, fd: UInt64, _ path: GuestPath) throws {
    let entry = try entry(path, in: try directory(fd, .pathSymlink), ifSpecial: .exist)
    try systemCall { symlinkat(target.text, entry.directory, entry.name) }
  }

  /// The first `count` bytes of a link's target. An absolute one is not told: it would name a file outside.
  func pathReadlink(
    _ guest: Guest, fd: UInt64, _ path: GuestPath, buffer: UInt64, count: UInt64, result: UInt64
  ) throws {
    try guest.check(result, count: 4, alignment: 4)
    try guest.memory.withBytes(at: buffer, count: count) { _ in }
    let entry = try entry(path, in: try directory(fd, .pathReadlink), ifSpecial: .inval)
    try entry.requireNoSlash(.inval)
    let target = try HostLink.target(of: entry.name, in: entry.directory)
    guard target.first != UInt8(ascii: "/") else { throw Errno.perm }
    let told = target.prefix(Int(count))
    try guest.memory.write(told, at: buffer)
    try guest.store(UInt32(told.count), at: result)
  }
}

extension Context {
  private func directory(_ fd: UInt64, _ right: Rights) throws(Errno) -> HostFile {
    let (directory, descriptor) = try self.directory(fd)
    try descriptor.require(right)
    return directory
  }

  private func entry(
    _ path: GuestPath, in directory: HostFile, ifSpecial error: Errno
  ) throws(Errno) -> DirectoryEntry {
    try DirectoryEntry(path, in: directory, ifSpecial: error, lookup)
  }

  /// The file that `path` names, opened only to be looked at.
  private func lookUp(_ path: GuestPath, _ fd: UInt64, _ right: Rights, _ flags: UInt64) throws(Errno) -> HostFile {
    let flags = try LookupFlags.decode(flags, known: .all)
    let directory = try directory(fd, right)
    let follow = flags.contains(.symlinkFollow) ? 0 : O_NOFOLLOW
    return try HostFile(
      try BeneathLookup.open(path, below: directory.number, flags: HALITE_O_PATH | follow, method: lookup))
  }
}

/// A name in an open directory, for the calls that change directories.
private struct DirectoryEntry {
  private let file: HostFile
  private let lookup: BeneathLookup.Method
  /// One component, neither "." nor "..", with the slashes that stood behind it: the kernel gives those their meaning.
  let name: [CChar]
  var directory: CInt { file.number }

  /// `error`: what the call says if the path ends in "." or "..", provided that the path stays inside.
  init(
    _ path: GuestPath, in directory: HostFile, ifSpecial error: Errno, _ lookup: BeneathLookup.Method
  ) throws(Errno) {
    let (parent, name, special) = path.splitLast
    let flags = HALITE_O_PATH | O_DIRECTORY
    if special != nil {
      _ = try HostFile(try BeneathLookup.open(path, below: directory.number, flags: flags, method: lookup))
      throw error
    }
    file = try HostFile(try BeneathLookup.open(parent, below: directory.number, flags: flags, method: lookup))
    self.lookup = lookup
    self.name = name.map { CChar(bitPattern: $0) } + [0]
  }

  /// For the calls that would follow a link if a slash stood behind it. `error`: what they say of a directory.
  func requireNoSlash(_ error: Errno) throws(Errno) {
    guard name.dropLast().last == CChar(UInt8(ascii: "/")) else { return }
    let path = GuestPath(hostBytes: name.dropLast().map { UInt8(bitPattern: $0) }[...])
    _ = try HostFile(
      try BeneathLookup.open(path, below: directory, flags: HALITE_O_PATH | O_DIRECTORY, method: lookup))
    throw error
  }
}
