import CHostSystem
import Glibc

extension Context {
  func fdClose(fd: UInt64) throws { try files.remove(UInt32(fd)) }

  func fdRenumber(from: UInt64, to: UInt64) throws { try files.renumber(UInt32(from), to: UInt32(to)) }

  func fdRead(_ guest: Guest, fd: UInt64, buffers: UInt64, count: UInt64, result: UInt64) throws {
    try guest.check(result, count: 4, alignment: 4)
    let buffers = try guest.buffers(at: buffers, count: count)
    let descriptor = try files[UInt32(fd)]
    let moved: UInt32
    switch descriptor.object {
    case .file(let file, let access):
      try Self.require(O_RDONLY, in: access)
      try descriptor.require(.fdRead)
      moved = try read(file, descriptor, buffers, guest)
    case .input(let endpoint):
      try descriptor.require(.fdRead)
      moved = try read(endpoint, descriptor, buffers, guest)
    case .socket(let socket):
      try descriptor.require(.fdRead)
      moved = try receive(socket, descriptor, buffers, guest, flags: 0)
    case .directory, .output, .listener: throw Errno.badf
    }
    try guest.store(moved, at: result)
  }

  func fdWrite(_ guest: Guest, fd: UInt64, buffers: UInt64, count: UInt64, result: UInt64) throws {
    try guest.check(result, count: 4, alignment: 4)
    let buffers = try guest.buffers(at: buffers, count: count)
    let descriptor = try files[UInt32(fd)]
    let moved: UInt32
    switch descriptor.object {
    case .file(let file, let access):
      try Self.require(O_WRONLY, in: access)
      try descriptor.require(.fdWrite)
      moved = try write(buffers, to: file, descriptor, guest) { bytes throws(Errno) in try file.write(bytes) }
    case .output(let endpoint):
      try descriptor.require(.fdWrite)
      do {
        moved = try write(buffers, to: endpoint.file, descriptor, guest) { bytes throws(Errno) in
          try endpoint.write(bytes)
        }
      } catch Errno.pipe where endsOnBrokenStream {
        throw BrokenStream()
      }
    case .socket(let socket):
      try descriptor.require(.fdWrite)
      moved = try send(buffers, to: socket, descriptor, guest)
    case .directory, .input, .listener: throw Errno.badf
    }
    try guest.store(moved, at: result)
  }

  func fdPread(
    _ guest: Guest, fd: UInt64, buffers: UInt64, count: UInt64, offset: UInt64, result: UInt64
  ) throws {
    try guest.check(result, count: 4, alignment: 4)
    let buffers = try guest.buffers(at: buffers, count: count)
    let (file, access, descriptor) = try seekable(fd)
    try Self.require(O_RDONLY, in: access)
    try descriptor.require([.fdRead, .fdSeek])
    var next = try Self.hostOffset(offset)
    let moved = try guest.transfer(buffers) { bytes in
      let moved = try systemCall { pread(file.number, bytes.baseAddress, bytes.count, next) }
      next += off_t(moved)
      return moved
    }
    try guest.store(moved, at: result)
  }

  func fdPwrite(
    _ guest: Guest, fd: UInt64, buffers: UInt64, count: UInt64, offset: UInt64, result: UInt64
  ) throws {
    try guest.check(result, count: 4, alignment: 4)
    let buffers = try guest.buffers(at: buffers, count: count)
    let (file, access, descriptor) = try seekable(fd)
    try Self.require(O_WRONLY, in: access)
    try descriptor.require([.fdWrite, .fdSeek])
    var next = try Self.hostOffset(offset)
    let moved = try guest.transfer(buffers) { bytes in
      let moved = try spend(UnsafeRawBufferPointer(bytes)) { bytes in
        try file.growing { () throws(Errno) in
          try systemCall { pwrite(file.number, bytes.baseAddress, bytes.count, next) }
        }
      }
      next += off_t(moved)
      return moved
    }
    try guest.store(moved, at: result)
  }

  func fdSeek(_ guest: Guest, fd: UInt64, offset: UInt64, whence: UInt64, result: UInt64) throws {
    try guest.check(result, count: 8, alignment: 8)
    let whence = try Whence.decode(whence)
    let (file, _, descriptor) = try seekable(fd)
    // Asking for the present position is what fd_tell does, and needs no more than its right.
    let isTell = whence == .current && offset == 0
    try descriptor.require(isTell && !descriptor.base.contains(.fdSeek) ? .fdTell : .fdSeek)
    let origin =
      switch whence {
      case .set: SEEK_SET
      case .current: SEEK_CUR
      case .end: SEEK_END
      }
    let position = try systemCall { lseek(file.number, off_t(truncatingIfNeeded: offset), origin) }
    try guest.store(UInt64(position), at: result)
  }

  func fdTell(_ guest: Guest, fd: UInt64, result: UInt64) throws {
    try guest.check(result, count: 8, alignment: 8)
    let (file, _, descriptor) = try seekable(fd)
    try descriptor.require(.fdTell)
    try guest.store(UInt64(try systemCall { lseek(file.number, 0, SEEK_CUR) }), at: result)
  }

  func fdSync(fd: UInt64) throws {
    let (file, descriptor) = try fileOrDirectory(fd)
    try descriptor.require(.fdSync)
    try systemCall { fsync(file.number) }
  }

  func fdDatasync(fd: UInt64) throws {
    let (file, descriptor) = try fileOrDirectory(fd)
    try descriptor.require(.fdDatasync)
    try systemCall { fdatasync(file.number) }
  }

  func fdAdvise(fd: UInt64, offset: UInt64, count: UInt64, advice: UInt64) throws {
    let (file, descriptor) = try regularFile(fd)
    try descriptor.require(.fdAdvise)
    let advice =
      switch try Advice.decode(advice) {
      case .normal: POSIX_FADV_NORMAL
      case .sequential: POSIX_FADV_SEQUENTIAL
      case .random: POSIX_FADV_RANDOM
      case .willneed: POSIX_FADV_WILLNEED
      case .dontneed: POSIX_FADV_DONTNEED
      case .noreuse: POSIX_FADV_NOREUSE
      }
    let error = posix_fadvise(file.number, try Self.hostOffset(offset), try Self.hostOffset(count), advice)
    if error != 0 { throw Errno(host: error) }
  }

  func fdAllocate(_ guest: Guest, fd: UInt64, offset: UInt64, count: UInt64) throws {
    let (file, descriptor) = try regularFile(fd)
    try descriptor.require(.fdAllocate)
    var start = try Self.hostOffset(offset)
    let size = try Self.hostOffset(count)
    // The kernel's own rule, before anything is allocated.
    let (end, overflow) = start.addingReportingOverflow(size)
    guard size > 0 else { throw Errno.inval }
    guard !overflow else { throw Errno.fbig }
    // Pieces must not fill up a disk on which the whole has no room.
    let growth = UInt64(max(0, end - off_t(clamping: try file.status().byteCount)))
    guard try file.freeBytes() >= growth else { throw Errno.nospc }
    try output.spendAll(count)
    repeat {
      let piece = min(end - start, Self.allocationPiece)
      _ = try file.growing { () throws(Errno) in try systemCall { halite_fallocate(file.number, start, piece) } }
      start += piece
      try guest.throwIfInterrupted()
    } while start < end
  }

  /// Allocating is slow on some file systems, and not to be interrupted within a call.
  private static let allocationPiece: off_t = 64 << 20
}

// What the functions above have in common.
extension Context {
  /// File offsets of the host are signed.
  static func hostOffset(_ offset: UInt64) throws(Errno) -> off_t {
    guard let offset = off_t(exactly: offset) else { throw .inval }
    return offset
  }

  /// A file; streams have no position, and directories are not read by it.
  private func seekable(_ fd: UInt64) throws(Errno) -> (HostFile, access: CInt, Descriptor) {
    let descriptor = try files[UInt32(fd)]
    switch descriptor.object {
    case .file(let file, let access): return (file, access, descriptor)
    case .input, .output, .socket: throw .spipe
    case .directory, .listener: throw .badf
    }
  }

  func regularFile(_ fd: UInt64) throws(Errno) -> (HostFile, Descriptor) {
    let descriptor = try files[UInt32(fd)]
    guard case .file(let file, access: _) = descriptor.object else { throw .badf }
    return (file, descriptor)
  }

  func fileOrDirectory(_ fd: UInt64) throws(Errno) -> (HostFile, Descriptor) {
    let descriptor = try files[UInt32(fd)]
    switch descriptor.object {
    case .file(let file, access: _), .directory(let file, preopen: _): return (file, descriptor)
    case .input, .output, .socket, .listener: throw .badf
    }
  }

  /// As the kernel does: `badf` for reading what was opened for writing only, and the other way round.
  private static func require(_ wanted: CInt, in access: CInt) throws(Errno) {
    guard access == O_RDWR || access == wanted else { throw .badf }
  }

  private func read(
    _ file: HostFile, _ descriptor: Descriptor, _ buffers: [GuestBuffer], _ guest: Guest
  ) throws -> UInt32 {
    guard file.mayBlock else {
      return try guest.transfer(buffers) { bytes in
        try systemCall { Glibc.read(file.number, bytes.baseAddress, bytes.count) }
      }
    }
    return try readWaiting(file, descriptor, buffers, guest) { bytes throws(Errno) in try file.readWithoutWaiting(bytes) }
  }

  private func read(
    _ endpoint: InputEndpoint, _ descriptor: Descriptor, _ buffers: [GuestBuffer], _ guest: Guest
  ) throws -> UInt32 {
    guard let file = endpoint.file, file.mayBlock else {
      return try guest.transfer(buffers) { try endpoint.read(into: $0) }
    }
    return try readWaiting(file, descriptor, buffers, guest) { bytes throws(Errno) in try endpoint.read(into: bytes) }
  }

  /// Waits for the first bytes only: what is there then is the result.
  func readWaiting(
    _ file: HostFile, _ descriptor: Descriptor, _ buffers: [GuestBuffer], _ guest: Guest,
    _ read: (UnsafeMutableRawBufferPointer) throws(Errno) -> Int
  ) throws -> UInt32 {
    var isFirst = true
    return try guest.transfer(buffers) { bytes in
      let count = try Waiting.call(
        file, events: CInt(POLLIN), nonblocking: descriptor.isNonblocking || !isFirst, guest
      ) { () throws(Errno) in
        try read(bytes)
      }
      isFirst = false
      return count
    }
  }

  /// A pipe that polls as writable takes PIPE_BUF bytes without waiting (pipe(7)), a terminal about as many.
  private static let waitingWriteSize: UInt64 = 4096

  /// `file`: what may have to be waited for.
  private func write(
    _ buffers: [GuestBuffer], to file: HostFile?, _ descriptor: Descriptor, _ guest: Guest,
    _ write: (UnsafeRawBufferPointer) throws(Errno) -> Int
  ) throws -> UInt32 {
    let waits = file?.mayBlock ?? false
    func waitAndWrite(_ bytes: UnsafeRawBufferPointer) throws -> Int {
      try spend(bytes) { bytes in
        guard let file else { return try write(bytes) }
        return try Waiting.call(file, events: CInt(POLLOUT), nonblocking: descriptor.isNonblocking, guest) {
          () throws(Errno) in
          try write(bytes)
        }
      }
    }
    if let bytes = try guest.gathered(buffers, limit: Self.waitingWriteSize) {
      return UInt32(try bytes.withUnsafeBytes(waitAndWrite))
    }
    return try guest.transfer(buffers, limit: waits ? Self.waitingWriteSize : Guest.chunkSize) {
      try waitAndWrite(UnsafeRawBufferPointer($0))
    }
  }
}
