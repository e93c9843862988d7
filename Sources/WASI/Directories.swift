import CHostSystem
import Glibc

extension Context {
  /// Adds a preopened directory. Throws `WASIError`.
  func insert(_ preopen: WASI.Preopen) throws(WASIError) {
    do throws(Errno) {
      let number = try systemCall { halite_openat(AT_FDCWD, preopen.hostPath, O_RDONLY | O_DIRECTORY, 0) }
      let directory = try HostFile(number)
      let denied: Rights = preopen.access == .readOnly ? .mutating : []
      _ = try files.insert(
        Descriptor(
          object: .directory(directory, preopen: Array(preopen.guestPath.utf8)),
          base: Rights.directory.subtracting(denied), inheriting: Rights.all.subtracting(denied)))
    } catch {
      throw .preopen(path: preopen.hostPath, reason: error.message)
    }
  }

  func directory(_ fd: UInt64) throws(Errno) -> (HostFile, Descriptor) {
    let descriptor = try files[UInt32(fd)]
    guard case .directory(let directory, preopen: _) = descriptor.object else { throw .badf }
    return (directory, descriptor)
  }

  func fdPrestatGet(_ guest: Guest, fd: UInt64, result: UInt64) throws {
    guard case .directory(_, preopen: let name?) = try files[UInt32(fd)].object else { throw Errno.badf }
    try guest.store(Prestat(nameLength: UInt32(name.count)).bytes, at: result, alignment: 4)
  }

  func fdPrestatDirName(_ guest: Guest, fd: UInt64, path: UInt64, count: UInt64) throws {
    guard case .directory(_, preopen: let name?) = try files[UInt32(fd)].object else { throw Errno.notdir }
    guard UInt64(name.count) <= count else { throw Errno.nametoolong }
    try guest.memory.write(name, at: path)
  }

  /// Entries from `cookie` on, the last one cut off where the buffer ends; a result below `count` means there are no more.
  ///
  /// A cookie is the number of entries before it, as in wasmtime: 0 is the start, 1 is behind ".", 2 behind "..". The kernel's own
  /// positions would not do: they take 64 bits, and wasi-libc's telldir keeps 32. The last ones are remembered, so that reading goes on at
  /// the kernel's position, whatever has been removed meanwhile; any other cookie is counted from the start.
  func fdReaddir(_ guest: Guest, fd: UInt64, buffer: UInt64, count: UInt64, cookie: UInt64, result: UInt64) throws {
    try guest.check(result, count: 4, alignment: 4)
    try guest.memory.withBytes(at: buffer, count: count) { _ in }
    let (directory, descriptor) = try directory(fd)
    try descriptor.require(.fdReaddir)
    var output = DirentOutput(guest: guest, address: buffer, capacity: count)
    let own = try directory.status().inode
    // ".." has the directory's own inode: the one above may lie outside the preopen.
    let dots: [(cookie: UInt64, name: String)] = [(0, "."), (1, "..")]
    for dot in dots where cookie <= dot.cookie && !output.isFull {
      try output.append(Array(dot.name.utf8)[...], next: dot.cookie + 1, inode: own, .directory)
    }
    if !output.isFull {
      let first = DirectoryPosition(cookie: 2, offset: 0)
      let start = descriptor.positions.last { $0.cookie == cookie } ?? first
      let positions = try read(directory, from: start, to: max(cookie, first.cookie), into: &output)
      try files.update(UInt32(fd)) { $0.positions = positions }
    }
    try guest.store(UInt32(output.used), at: result)
  }

  private static let rememberedPositions = 4

  /// Reads from `position` on and appends the entries from `cookie` on. The positions behind the last ones.
  private func read(
    _ directory: HostFile, from position: DirectoryPosition, to cookie: UInt64, into output: inout DirentOutput
  ) throws -> [DirectoryPosition] {
    try systemCall { lseek(directory.number, position.offset, SEEK_SET) }
    var next = position.cookie
    var positions: [DirectoryPosition] = []
    var buffer = [UInt8](repeating: 0, count: min(32_768, max(2048, Int(output.room))))
    while !output.isFull {
      try output.guest.throwIfInterrupted()
      let filled: Int
      do throws(Errno) {
        filled = try systemCall {
          buffer.withUnsafeMutableBytes { halite_getdents64(directory.number, $0.baseAddress, $0.count) }
        }
      } catch .noent {
        // A directory that has been removed is empty, as in glibc.
        break
      }
      if filled == 0 { break }
      var entries = buffer[..<filled]
      while let entry = HostDirent(removingFrom: &entries), !output.isFull {
        if GuestPath.Special(entry.name) != nil { continue }
        next += 1
        if next <= cookie { continue }
        try output.append(
          entry.name, next: next, inode: entry.inode,
          FileType(entryType: entry.type) ?? statType(entry.name, in: directory))
        if positions.count == Self.rememberedPositions { positions.removeFirst() }
        positions.append(DirectoryPosition(cookie: next, offset: entry.next))
      }
    }
    return positions
  }

  private func statType(_ name: ArraySlice<UInt8>, in directory: HostFile) -> FileType {
    var status = stat()
    let text = name.map { CChar(bitPattern: $0) } + [0]
    guard fstatat(directory.number, text, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .unknown }
    return FileType(mode: status.st_mode)
  }
}

/// A record of getdents64(2).
private struct HostDirent {
  var inode: UInt64
  var next: off_t
  var type: UInt8
  var name: ArraySlice<UInt8>

  init?(removingFrom records: inout ArraySlice<UInt8>) {
    guard records.count >= 19 else { return nil }
    let length = Int(records.integer(UInt16.self, at: 16))
    inode = records.integer(at: 0)
    next = records.integer(at: 8)
    type = records.integer(at: 18)
    name = records.dropFirst(19).prefix(length - 19).prefix { $0 != 0 }
    records = records.dropFirst(length)
  }
}

/// A guest's readdir buffer being filled; the range is checked.
private struct DirentOutput {
  let guest: Guest
  let address: UInt64
  let capacity: UInt64
  var used: UInt64 = 0

  init(guest: Guest, address: UInt64, capacity: UInt64) {
    self.guest = guest
    self.address = address
    self.capacity = capacity
  }

  var room: UInt64 { capacity - used }
  var isFull: Bool { room == 0 }

  mutating func append(_ name: ArraySlice<UInt8>, next: UInt64, inode: UInt64, _ type: FileType) throws {
    let head = Dirent(next: next, inode: inode, nameLength: UInt32(name.count), fileType: type)
    let bytes = (head.bytes + name).prefix(Int(min(room, UInt64(Dirent.size + name.count))))
    try guest.memory.write(bytes, at: address + used)
    used += UInt64(bytes.count)
  }
}
