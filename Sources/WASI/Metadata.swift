import CHostSystem
import Glibc

extension Context {
  func fdFdstatGet(_ guest: Guest, fd: UInt64, result: UInt64) throws {
    let descriptor = try files[UInt32(fd)]
    let status = Fdstat(
      fileType: descriptor.fileType, flags: descriptor.flags, base: descriptor.base, inheriting: descriptor.inheriting)
    try guest.store(status.bytes, at: result, alignment: 8)
  }

  /// Only `append` and `nonblock` can change after opening. `nonblock` is kept here and not in the host's file, which others may
  /// share: reads and writes look at it before they wait.
  func fdFdstatSetFlags(fd: UInt64, flags: UInt64) throws {
    let flags = try FdFlags.decode(flags, known: .all)
    let descriptor = try files[UInt32(fd)]
    if case .directory = descriptor.object { throw Errno.badf }
    try descriptor.require(.fdFdstatSetFlags)
    let synchronous: FdFlags = [.dsync, .rsync, .sync]
    guard flags.intersection(synchronous).isSubset(of: descriptor.flags) else { throw Errno.inval }
    if case .file(let file, access: _) = descriptor.object,
      flags.contains(.append) != descriptor.flags.contains(.append)
    {
      let present = try systemCall { halite_get_status_flags(file.number) }
      let wanted = flags.contains(.append) ? present | O_APPEND : present & ~O_APPEND
      try systemCall { halite_set_status_flags(file.number, wanted) }
    }
    try files.update(UInt32(fd)) { $0.flags = flags.union($0.flags.intersection(synchronous)) }
  }

  /// Rights can only be given up.
  func fdFdstatSetRights(fd: UInt64, base: UInt64, inheriting: UInt64) throws {
    let base = try Rights.decode(base, known: .all)
    let inheriting = try Rights.decode(inheriting, known: .all)
    try files.update(UInt32(fd)) { descriptor in
      guard descriptor.base.isSuperset(of: base), descriptor.inheriting.isSuperset(of: inheriting) else {
        throw Errno.notcapable
      }
      descriptor.base = base
      descriptor.inheriting = inheriting
    }
  }

  func fdFilestatGet(_ guest: Guest, fd: UInt64, result: UInt64) throws {
    let descriptor = try files[UInt32(fd)]
    try descriptor.require(.fdFilestatGet)
    let status: Filestat =
      switch descriptor.object {
      case .file(let file, access: _), .directory(let file, preopen: _), .socket(let file), .listener(let file):
        try file.status()
      // Nothing of the host's own files, as in wasmtime.
      case .input, .output: Filestat(fileType: descriptor.fileType)
      }
    try guest.store(status.bytes, at: result, alignment: 8)
  }

  func fdFilestatSetSize(fd: UInt64, size: UInt64) throws {
    let (file, descriptor) = try regularFile(fd)
    try descriptor.require(.fdFilestatSetSize)
    let size = try Self.hostOffset(size)
    _ = try file.growing { () throws(Errno) in try systemCall { ftruncate(file.number, size) } }
  }

  func fdFilestatSetTimes(fd: UInt64, access: UInt64, modification: UInt64, flags: UInt64) throws {
    let times = try FileTimes(access: access, modification: modification, flags: flags)
    let (file, descriptor) = try fileOrDirectory(fd)
    try descriptor.require(.fdFilestatSetTimes)
    try times.withPointer { (times) throws(Errno) in _ = try systemCall { futimens(file.number, times) } }
  }
}

/// New access and modification times for utimensat(2).
struct FileTimes {
  // The kernel's UTIME_NOW and UTIME_OMIT, which are casts in C and so not in Swift.
  private static let nowMarker = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1)
  private static let omitMarker = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)

  private var access: timespec
  private var modification: timespec

  init(access: UInt64, modification: UInt64, flags: UInt64) throws(Errno) {
    let flags = try TimeFlags.decode(flags, known: .all)
    self.access = try Self.time(access, flags.contains(.accessTime), now: flags.contains(.accessTimeNow))
    self.modification = try Self.time(
      modification, flags.contains(.modificationTime), now: flags.contains(.modificationTimeNow))
  }

  private static func time(_ nanoseconds: UInt64, _ isGiven: Bool, now: Bool) throws(Errno) -> timespec {
    switch (isGiven, now) {
    case (true, true): throw .inval
    case (true, false): timespec(nanoseconds: nanoseconds)
    case (false, true): nowMarker
    case (false, false): omitMarker
    }
  }

  func withPointer<R>(_ body: (UnsafePointer<timespec>) throws(Errno) -> R) throws(Errno) -> R {
    let pair = [access, modification]
    let result: Result<R, Errno> = pair.withUnsafeBufferPointer { times in
      guard let start = times.baseAddress else { return .failure(.inval) }
      return Result { () throws(Errno) in try body(start) }
    }
    return try result.get()
  }
}
