// The flags and enumerations of WASI preview 1, in the numbers of witx `typenames.witx`.

/// What may be done with a descriptor, and what descriptors opened through it may do at most.
struct Rights: OptionSet, Hashable {
  var rawValue: UInt64

  static let fdDatasync = Rights(rawValue: 1 << 0)
  static let fdRead = Rights(rawValue: 1 << 1)
  static let fdSeek = Rights(rawValue: 1 << 2)
  static let fdFdstatSetFlags = Rights(rawValue: 1 << 3)
  static let fdSync = Rights(rawValue: 1 << 4)
  static let fdTell = Rights(rawValue: 1 << 5)
  static let fdWrite = Rights(rawValue: 1 << 6)
  static let fdAdvise = Rights(rawValue: 1 << 7)
  static let fdAllocate = Rights(rawValue: 1 << 8)
  static let pathCreateDirectory = Rights(rawValue: 1 << 9)
  static let pathCreateFile = Rights(rawValue: 1 << 10)
  static let pathLinkSource = Rights(rawValue: 1 << 11)
  static let pathLinkTarget = Rights(rawValue: 1 << 12)
  static let pathOpen = Rights(rawValue: 1 << 13)
  static let fdReaddir = Rights(rawValue: 1 << 14)
  static let pathReadlink = Rights(rawValue: 1 << 15)
  static let pathRenameSource = Rights(rawValue: 1 << 16)
  static let pathRenameTarget = Rights(rawValue: 1 << 17)
  static let pathFilestatGet = Rights(rawValue: 1 << 18)
  static let pathFilestatSetSize = Rights(rawValue: 1 << 19)
  static let pathFilestatSetTimes = Rights(rawValue: 1 << 20)
  static let fdFilestatGet = Rights(rawValue: 1 << 21)
  static let fdFilestatSetSize = Rights(rawValue: 1 << 22)
  static let fdFilestatSetTimes = Rights(rawValue: 1 << 23)
  static let pathSymlink = Rights(rawValue: 1 << 24)
  static let pathRemoveDirectory = Rights(rawValue: 1 << 25)
  static let pathUnlinkFile = Rights(rawValue: 1 << 26)
  static let pollFdReadwrite = Rights(rawValue: 1 << 27)
  static let sockShutdown = Rights(rawValue: 1 << 28)
  static let sockAccept = Rights(rawValue: 1 << 29)

  static let all = Rights(rawValue: 1 << 30 - 1)

  /// What makes sense on a regular file, device or pipe.
  static let file: Rights = [
    .fdDatasync, .fdRead, .fdSeek, .fdFdstatSetFlags, .fdSync, .fdTell, .fdWrite, .fdAdvise, .fdAllocate,
    .fdFilestatGet, .fdFilestatSetSize, .fdFilestatSetTimes, .pollFdReadwrite,
  ]
  /// What makes sense on a directory.
  static let directory: Rights = [
    .fdFdstatSetFlags, .fdSync, .fdAdvise, .pathCreateDirectory, .pathCreateFile, .pathLinkSource, .pathLinkTarget,
    .pathOpen, .fdReaddir, .pathReadlink, .pathRenameSource, .pathRenameTarget, .pathFilestatGet,
    .pathFilestatSetSize, .pathFilestatSetTimes, .fdFilestatGet, .fdFilestatSetTimes, .pathSymlink,
    .pathRemoveDirectory, .pathUnlinkFile, .pollFdReadwrite,
  ]
  static let socket: Rights = [.fdRead, .fdWrite, .fdFdstatSetFlags, .fdFilestatGet, .pollFdReadwrite, .sockShutdown]
  static let listener: Rights = [.fdFdstatSetFlags, .fdFilestatGet, .pollFdReadwrite, .sockAccept]

  /// What changes something in a directory tree; a read-only preopen neither has nor passes on any of it.
  static let mutating: Rights = [
    .fdWrite, .fdAllocate, .pathCreateDirectory, .pathCreateFile, .pathLinkSource, .pathLinkTarget,
    .pathRenameSource, .pathRenameTarget, .pathFilestatSetSize, .pathFilestatSetTimes, .fdFilestatSetSize,
    .fdFilestatSetTimes, .pathSymlink, .pathRemoveDirectory, .pathUnlinkFile,
  ]
}

struct FdFlags: OptionSet {
  var rawValue: UInt16
  static let append = FdFlags(rawValue: 1)
  static let dsync = FdFlags(rawValue: 2)
  static let nonblock = FdFlags(rawValue: 4)
  static let rsync = FdFlags(rawValue: 8)
  static let sync = FdFlags(rawValue: 16)
  static let all = FdFlags(rawValue: 31)
}

struct OpenFlags: OptionSet {
  var rawValue: UInt16
  static let create = OpenFlags(rawValue: 1)
  static let directory = OpenFlags(rawValue: 2)
  static let exclusive = OpenFlags(rawValue: 4)
  static let truncate = OpenFlags(rawValue: 8)
  static let all = OpenFlags(rawValue: 15)
}

struct LookupFlags: OptionSet {
  var rawValue: UInt32
  static let symlinkFollow = LookupFlags(rawValue: 1)
  static let all: LookupFlags = .symlinkFollow
}

struct TimeFlags: OptionSet {
  var rawValue: UInt16
  static let accessTime = TimeFlags(rawValue: 1)
  static let accessTimeNow = TimeFlags(rawValue: 2)
  static let modificationTime = TimeFlags(rawValue: 4)
  static let modificationTimeNow = TimeFlags(rawValue: 8)
  static let all = TimeFlags(rawValue: 15)
}

struct ReceiveFlags: OptionSet {
  var rawValue: UInt16
  static let peek = ReceiveFlags(rawValue: 1)
  static let waitAll = ReceiveFlags(rawValue: 2)
  static let all = ReceiveFlags(rawValue: 3)
}

struct ShutdownFlags: OptionSet {
  var rawValue: UInt8
  static let read = ShutdownFlags(rawValue: 1)
  static let write = ShutdownFlags(rawValue: 2)
  static let all = ShutdownFlags(rawValue: 3)
}

enum FileType: UInt8 {
  case unknown = 0
  case blockDevice = 1
  case characterDevice = 2
  case directory = 3
  case regularFile = 4
  case socketDatagram = 5
  case socketStream = 6
  case symbolicLink = 7
}

enum Whence: UInt8 {
  case set = 0
  case current = 1
  case end = 2
}

enum Advice: UInt8 {
  case normal = 0
  case sequential, random, willneed, dontneed, noreuse
}

enum ClockID: UInt32 {
  case realtime = 0
  case monotonic = 1
  case processCPUTime = 2
  case threadCPUTime = 3
}

enum EventType: UInt8 {
  case clock = 0
  case fdRead = 1
  case fdWrite = 2
}

// Flags and enumerations arrive as 32- or 64-bit wasm values; bits beyond the type's width, unknown flags and unknown
// enumerators are `inval`.

extension OptionSet where RawValue: FixedWidthInteger {
  /// The flags in a raw argument, all of them among `known`.
  static func decode(_ raw: UInt64, known: Self) throws(Errno) -> Self {
    guard let bits = RawValue(exactly: raw), bits & ~known.rawValue == 0 else { throw .inval }
    return Self(rawValue: bits)
  }
}

extension RawRepresentable where RawValue: FixedWidthInteger {
  static func decode(_ raw: UInt64) throws(Errno) -> Self {
    guard let bits = RawValue(exactly: raw), let value = Self(rawValue: bits) else { throw .inval }
    return value
  }
}
