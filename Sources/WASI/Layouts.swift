// The structures of WASI preview 1 as bytes: sizes, alignments and offsets of witx `typenames.witx`, little-endian.

/// A fixed-size structure under construction.
struct LayoutWriter {
  private(set) var bytes: [UInt8]

  init(size: Int) { bytes = [UInt8](repeating: 0, count: size) }

  mutating func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
  }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
  /// The little-endian integer `offset` bytes behind the start.
  func integer<T: FixedWidthInteger>(_ type: T.Type = T.self, at offset: Int) -> T {
    (0..<MemoryLayout<T>.size).reduce(0) { $0 | T(truncatingIfNeeded: self[startIndex + offset + $1]) << T(8 * $1) }
  }
}

/// What `fd_fdstat_get` tells.
struct Fdstat {
  static let size = 24
  var fileType: FileType
  var flags: FdFlags
  var base: Rights
  var inheriting: Rights

  var bytes: [UInt8] {
    var writer = LayoutWriter(size: Self.size)
    writer.put(fileType.rawValue, at: 0)
    writer.put(flags.rawValue, at: 2)
    writer.put(base.rawValue, at: 8)
    writer.put(inheriting.rawValue, at: 16)
    return writer.bytes
  }
}

/// What `fd_filestat_get` and `path_filestat_get` tell. Times in nanoseconds since 1970.
struct Filestat: Equatable {
  static let size = 64
  var device: UInt64 = 0
  var inode: UInt64 = 0
  var fileType: FileType
  var linkCount: UInt64 = 0
  var byteCount: UInt64 = 0
  var accessTime: UInt64 = 0
  var modificationTime: UInt64 = 0
  var changeTime: UInt64 = 0

  var bytes: [UInt8] {
    var writer = LayoutWriter(size: Self.size)
    writer.put(device, at: 0)
    writer.put(inode, at: 8)
    writer.put(fileType.rawValue, at: 16)
    writer.put(linkCount, at: 24)
    writer.put(byteCount, at: 32)
    writer.put(accessTime, at: 40)
    writer.put(modificationTime, at: 48)
    writer.put(changeTime, at: 56)
    return writer.bytes
  }
}

/// What `fd_prestat_get` tells: tag 0 is a directory, the only kind there is.
struct Prestat {
  static let size = 8
  var nameLength: UInt32

  var bytes: [UInt8] {
    var writer = LayoutWriter(size: Self.size)
    writer.put(nameLength, at: 4)
    return writer.bytes
  }
}

/// The head of a directory entry; the name follows without a zero.
struct Dirent {
  static let size = 24
  var next: UInt64
  var inode: UInt64
  var nameLength: UInt32
  var fileType: FileType

  var bytes: [UInt8] {
    var writer = LayoutWriter(size: Self.size)
    writer.put(next, at: 0)
    writer.put(inode, at: 8)
    writer.put(nameLength, at: 16)
    writer.put(fileType.rawValue, at: 20)
    return writer.bytes
  }
}

/// What `poll_oneoff` waits for.
struct Subscription {
  static let size = 48
  enum Content {
    /// `timeout` in nanoseconds; a point in time if `isAbsolute`.
    case clock(ClockID, timeout: UInt64, isAbsolute: Bool)
    case read(fd: UInt32)
    case write(fd: UInt32)
  }
  var userData: UInt64
  var content: Content

  init(_ bytes: ArraySlice<UInt8>) throws(Errno) {
    userData = bytes.integer(at: 0)
    switch try EventType.decode(UInt64(bytes.integer(UInt8.self, at: 8))) {
    case .clock:
      let flags = bytes.integer(UInt16.self, at: 40)
      guard flags <= 1 else { throw .inval }
      content = .clock(
        try ClockID.decode(UInt64(bytes.integer(UInt32.self, at: 16))), timeout: bytes.integer(at: 24),
        isAbsolute: flags == 1)
    case .fdRead: content = .read(fd: bytes.integer(at: 16))
    case .fdWrite: content = .write(fd: bytes.integer(at: 16))
    }
  }
}

/// What `poll_oneoff` reports.
struct Event {
  static let size = 32
  var userData: UInt64
  var error: Errno = .success
  var type: EventType
  var byteCount: UInt64 = 0
  /// The other end is gone, or the file is at its end.
  var isHangup = false

  var bytes: [UInt8] {
    var writer = LayoutWriter(size: Self.size)
    writer.put(userData, at: 0)
    writer.put(error.rawValue, at: 8)
    writer.put(type.rawValue, at: 10)
    writer.put(byteCount, at: 16)
    writer.put(UInt16(isHangup ? 1 : 0), at: 24)
    return writer.bytes
  }
}
