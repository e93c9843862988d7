import Glibc

/// What a program's descriptor stands for.
struct Descriptor {
  enum Object {
    /// A regular file, device or pipe that the program opened. `access`: O_RDONLY, O_WRONLY or O_RDWR.
    case file(HostFile, access: CInt)
    /// `preopen`: the name the program knows it by, if it was given and not opened.
    case directory(HostFile, preopen: [UInt8]?)
    case input(InputEndpoint)
    case output(OutputEndpoint)
    case socket(HostFile)
    case listener(HostFile)
  }

  var object: Object
  /// What may be done with it.
  var base: Rights
  /// What may be done at most with what is opened through it.
  var inheriting: Rights
  var flags: FdFlags = []
  /// Of a directory: where the last `fd_readdir` was, a few entries back.
  var positions: [DirectoryPosition] = []

  var fileType: FileType {
    switch object {
    case .file(let file, access: _), .socket(let file), .listener(let file): file.fileType
    case .directory: .directory
    case .input(let endpoint): endpoint.isTerminal ? .characterDevice : .unknown
    case .output(let endpoint): endpoint.isTerminal ? .characterDevice : .unknown
    }
  }

  var isNonblocking: Bool { flags.contains(.nonblock) }

  func require(_ rights: Rights) throws(Errno) {
    guard base.isSuperset(of: rights) else { throw .notcapable }
  }
}

/// An entry of a directory: its cookie, and the kernel's position of it.
struct DirectoryPosition {
  var cookie: UInt64
  var offset: off_t
}

/// A program's descriptors by number: the lowest free number is given out next, and there are never more than `capacity`.
struct FileTable {
  let capacity: Int
  private var descriptors: [Descriptor?] = []
  /// No number below is free.
  private var lowestFree = 0

  init(capacity: Int) { self.capacity = capacity }

  subscript(_ fd: UInt32) -> Descriptor {
    get throws(Errno) {
      guard Int(fd) < descriptors.count, let descriptor = descriptors[Int(fd)] else { throw .badf }
      return descriptor
    }
  }

  /// That `insert` will find a number.
  func requireRoom() throws(Errno) {
    guard lowestFree < capacity else { throw .mfile }
  }

  mutating func insert(_ descriptor: Descriptor) throws(Errno) -> UInt32 {
    try requireRoom()
    let number = lowestFree
    if number == descriptors.count {
      descriptors.append(descriptor)
    } else {
      descriptors[number] = descriptor
    }
    lowestFree = descriptors[number...].firstIndex { $0 == nil } ?? descriptors.count
    return UInt32(number)
  }

  @discardableResult
  mutating func remove(_ fd: UInt32) throws(Errno) -> Descriptor {
    let descriptor = try self[fd]
    descriptors[Int(fd)] = nil
    lowestFree = min(lowestFree, Int(fd))
    return descriptor
  }

  mutating func update(_ fd: UInt32, _ change: (inout Descriptor) throws -> Void) throws {
    var descriptor = try self[fd]
    try change(&descriptor)
    descriptors[Int(fd)] = descriptor
  }

  /// Moves `from` to `to`, which must be open and is closed by it.
  mutating func renumber(_ from: UInt32, to: UInt32) throws(Errno) {
    _ = try self[to]
    let descriptor = try self[from]
    guard from != to else { return }
    try remove(from)
    descriptors[Int(to)] = descriptor
  }
}
