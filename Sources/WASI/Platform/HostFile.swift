import CHostSystem
import Glibc

/// A host file descriptor, closed with its last owner.
final class HostFile: Sendable {
  let number: CInt
  private let isOwned: Bool
  let fileType: FileType
  /// Reading or writing may have to wait for somebody else: a pipe, socket or device.
  let mayBlock: Bool
  /// Writing may raise SIGPIPE.
  let canBreak: Bool

  /// Takes over `number`; `isOwned` false for descriptors that belong to the host, such as its standard streams.
  init(_ number: CInt, isOwned: Bool = true) throws(Errno) {
    var status = stat()
    if fstat(number, &status) != 0 {
      let error = Errno.ofLastCall
      if isOwned { close(number) }
      throw error
    }
    self.number = number
    self.isOwned = isOwned
    fileType = FileType(mode: status.st_mode, socket: number)
    let format = status.st_mode & S_IFMT
    mayBlock = format == S_IFCHR || format == S_IFIFO || format == S_IFSOCK
    canBreak = format == S_IFIFO || format == S_IFSOCK
  }

  deinit { if isOwned { close(number) } }

  var isTerminal: Bool { isatty(number) == 1 }

  func status() throws(Errno) -> Filestat {
    var status = stat()
    try systemCall { fstat(number, &status) }
    return Filestat(status, fileType: fileType)
  }
}

extension HostFile {
  /// Bytes that this process may still allocate on the file's file system.
  func freeBytes() throws(Errno) -> UInt64 {
    var status = statvfs()
    try systemCall { fstatvfs(number, &status) }
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? .max : bytes
  }
}

extension FileType {
  /// `socket`: a descriptor of the file, to tell kinds of sockets apart.
  init(mode: mode_t, socket: CInt? = nil) {
    switch mode & S_IFMT {
    case S_IFREG: self = .regularFile
    case S_IFDIR: self = .directory
    case S_IFLNK: self = .symbolicLink
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    case S_IFSOCK: self = socket.map(Self.socketType) ?? .socketStream
    default: self = .unknown
    }
  }

  private static func socketType(_ number: CInt) -> FileType {
    var type: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    let isKnown = getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) == 0
    return isKnown && type == CInt(SOCK_DGRAM.rawValue) ? .socketDatagram : .socketStream
  }

  /// From `d_type` of getdents64; nil if the file system does not say.
  init?(entryType: UInt8) {
    switch CInt(entryType) {
    case 1: self = .unknown
    case 2: self = .characterDevice
    case 4: self = .directory
    case 6: self = .blockDevice
    case 8: self = .regularFile
    case 10: self = .symbolicLink
    case 12: self = .socketStream
    default: return nil
    }
  }
}

extension Filestat {
  init(_ status: stat, fileType: FileType? = nil) {
    self.init(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
      fileType: fileType ?? FileType(mode: status.st_mode), linkCount: UInt64(status.st_nlink),
      byteCount: UInt64(max(0, status.st_size)), accessTime: UInt64(clamping: status.st_atim),
      modificationTime: UInt64(clamping: status.st_mtim), changeTime: UInt64(clamping: status.st_ctim))
  }
}

extension UInt64 {
  /// Nanoseconds since 1970; times before are 0, times after 2554 the largest number.
  init(clamping time: timespec) {
    let (product, overflow) = UInt64(clamping: time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflows) = product.addingReportingOverflow(UInt64(clamping: time.tv_nsec))
    self = time.tv_sec < 0 ? 0 : overflow || overflows ? .max : sum
  }
}

extension timespec {
  init(nanoseconds: UInt64) {
    self.init(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  }
}
