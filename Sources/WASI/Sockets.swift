import CHostSystem
import Glibc

extension Context {
  /// Adds a duplicate of a listening socket of the host's. Both become non-blocking, for they share that property: a blocking
  /// accept could not be interrupted. Throws `WASIError`.
  func insert(listener number: CInt) throws(WASIError) {
    do throws(Errno) {
      let duplicate = try systemCall { fcntl(number, F_DUPFD_CLOEXEC, 0) }
      let file = try HostFile(duplicate)
      guard file.fileType == .socketStream else { throw Errno.notsock }
      let flags = try systemCall { halite_get_status_flags(duplicate) }
      try systemCall { halite_set_status_flags(duplicate, flags | O_NONBLOCK) }
      _ = try files.insert(Descriptor(object: .listener(file), base: .listener, inheriting: .socket))
    } catch {
      throw .listener(number, reason: error.message)
    }
  }

  func sockAccept(_ guest: Guest, fd: UInt64, flags: UInt64, result: UInt64) throws {
    try guest.check(result, count: 4, alignment: 4)
    let flags = try FdFlags.decode(flags, known: .nonblock)
    let descriptor = try files[UInt32(fd)]
    switch descriptor.object {
    case .listener(let listener):
      try descriptor.require(.sockAccept)
      try files.requireRoom()
      let accepted = try accept(listener, descriptor, guest)
      let socket = Descriptor(object: .socket(accepted), base: descriptor.inheriting, inheriting: [], flags: flags)
      try guest.store(try files.insert(socket), at: result)
    case .socket: throw Errno.inval
    case .file, .directory, .input, .output: throw Errno.notsock
    }
  }

  /// Another process may take the connection that poll announced; the listener does not block, and the wait goes on.
  private func accept(_ listener: HostFile, _ descriptor: Descriptor, _ guest: Guest) throws -> HostFile {
    let number = try Waiting.call(
      listener, events: CInt(POLLIN), nonblocking: descriptor.isNonblocking, guest
    ) { () throws(Errno) in
      Int(try systemCall { halite_accept(listener.number) })
    }
    return try HostFile(CInt(number))
  }

  func sockRecv(
    _ guest: Guest, fd: UInt64, buffers: UInt64, count: UInt64, flags: UInt64, result: UInt64, resultFlags: UInt64
  ) throws {
    try guest.check(result, count: 4, alignment: 4)
    try guest.check(resultFlags, count: 2, alignment: 2)
    let flags = try ReceiveFlags.decode(flags, known: .all)
    let buffers = try guest.buffers(at: buffers, count: count)
    let (socket, descriptor) = try socket(fd)
    try descriptor.require(.fdRead)
    let moved =
      flags.contains(.waitAll) && !flags.contains(.peek)
      ? try receiveAll(socket, descriptor, buffers, guest)
      : try receive(socket, descriptor, buffers, guest, flags: flags.contains(.peek) ? CInt(MSG_PEEK) : 0)
    try guest.memory.store(UInt16(0), at: resultFlags)
    try guest.store(moved, at: result)
  }

  func sockSend(_ guest: Guest, fd: UInt64, buffers: UInt64, count: UInt64, flags: UInt64, result: UInt64) throws {
    try guest.check(result, count: 4, alignment: 4)
    guard flags == 0 else { throw Errno.inval }
    let buffers = try guest.buffers(at: buffers, count: count)
    let (socket, descriptor) = try socket(fd)
    try descriptor.require(.fdWrite)
    try guest.store(try send(buffers, to: socket, descriptor, guest), at: result)
  }

  func sockShutdown(fd: UInt64, how: UInt64) throws {
    let how = try ShutdownFlags.decode(how, known: .all)
    let (socket, descriptor) = try socket(fd)
    try descriptor.require(.sockShutdown)
    let host: Int
    switch (how.contains(.read), how.contains(.write)) {
    case (true, true): host = Int(SHUT_RDWR)
    case (true, false): host = Int(SHUT_RD)
    case (false, true): host = Int(SHUT_WR)
    case (false, false): throw Errno.inval
    }
    try systemCall { shutdown(socket.number, CInt(host)) }
  }

  private func socket(_ fd: UInt64) throws(Errno) -> (HostFile, Descriptor) {
    let descriptor = try files[UInt32(fd)]
    switch descriptor.object {
    case .socket(let socket): return (socket, descriptor)
    case .listener: throw .notconn
    case .file, .directory, .input, .output: throw .notsock
    }
  }

  /// What is there, after waiting for the first byte. A look ahead (MSG_PEEK) fills the first buffer only: it would see the same
  /// bytes again for the next.
  func receive(
    _ socket: HostFile, _ descriptor: Descriptor, _ buffers: [GuestBuffer], _ guest: Guest, flags: CInt
  ) throws -> UInt32 {
    let isPeek = flags & CInt(MSG_PEEK) != 0
    return try readWaiting(socket, descriptor, isPeek ? Array(buffers.prefix(1)) : buffers, guest) {
      (bytes) throws(Errno) in
      try systemCall { recv(socket.number, bytes.baseAddress, bytes.count, flags | CInt(MSG_DONTWAIT)) }
    }
  }

  /// Waits until all buffers are full or the other end has closed.
  private func receiveAll(
    _ socket: HostFile, _ descriptor: Descriptor, _ buffers: [GuestBuffer], _ guest: Guest
  ) throws -> UInt32 {
    try guest.transfer(buffers) { bytes in
      var done = 0
      while done < bytes.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
        do {
          let moved = try readOnce(socket, descriptor, rest, guest)
          if moved == 0 { break }
          done += moved
        } catch where done > 0 {
          // What has come is told; the cause comes again with the next call.
          break
        }
      }
      return done
    }
  }

  private func readOnce(
    _ socket: HostFile, _ descriptor: Descriptor, _ bytes: UnsafeMutableRawBufferPointer, _ guest: Guest
  ) throws -> Int {
    try Waiting.call(socket, events: CInt(POLLIN), nonblocking: descriptor.isNonblocking, guest) { () throws(Errno) in
      try systemCall { recv(socket.number, bytes.baseAddress, bytes.count, CInt(MSG_DONTWAIT)) }
    }
  }

  func send(
    _ buffers: [GuestBuffer], to socket: HostFile, _ descriptor: Descriptor, _ guest: Guest
  ) throws -> UInt32 {
    let flags = CInt(MSG_NOSIGNAL | MSG_DONTWAIT)
    return try guest.transfer(buffers) { bytes in
      try spend(UnsafeRawBufferPointer(bytes)) { bytes in
        try Waiting.call(socket, events: CInt(POLLOUT), nonblocking: descriptor.isNonblocking, guest) {
          () throws(Errno) in
          try systemCall { Glibc.send(socket.number, bytes.baseAddress, bytes.count, flags) }
        }
      }
    }
  }
}
