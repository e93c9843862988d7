/// A relative path as a program gave it: not empty, no zero byte, UTF-8, at most 4,095 bytes.
struct GuestPath {
  /// Linux's PATH_MAX without the zero.
  static let maximumLength = 4095

  enum Special {
    case current, parent
    init?(_ name: some Collection<UInt8>) {
      if name.elementsEqual(".".utf8) {
        self = .current
      } else if name.elementsEqual("..".utf8) {
        self = .parent
      } else {
        return nil
      }
    }
  }

  private let bytes: ArraySlice<UInt8>

  /// A path from the program: `perm` if it is absolute, as for everything that leads out of a preopen.
  init(_ bytes: [UInt8]) throws(Errno) {
    guard bytes.count <= Self.maximumLength else { throw .nametoolong }
    guard !bytes.isEmpty else { throw .noent }
    guard !bytes.contains(0) else { throw .inval }
    guard String(validating: bytes, as: UTF8.self) != nil else { throw .ilseq }
    self.bytes = bytes[...]
    guard !isAbsolute else { throw .perm }
  }

  /// A path of the host's, such as a symbolic link's target.
  init(hostBytes: ArraySlice<UInt8>) { bytes = hostBytes }

  /// With its zero.
  var text: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
  var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }
  var hasTrailingSlash: Bool { bytes.last == UInt8(ascii: "/") }
  /// Without empty ones.
  var components: [ArraySlice<UInt8>] { bytes.split(separator: UInt8(ascii: "/")) }

  /// The path but for its last component ("." if there is no other), and that component with the slashes behind it.
  var splitLast: (parent: GuestPath, name: ArraySlice<UInt8>, special: Special?) {
    let slash = UInt8(ascii: "/")
    let end = bytes.lastIndex { $0 != slash }.map { $0 + 1 } ?? bytes.endIndex
    let start = bytes[..<end].lastIndex(of: slash).map { $0 + 1 } ?? bytes.startIndex
    let parent = start == bytes.startIndex ? [UInt8(ascii: ".")][...] : bytes[..<start]
    return (GuestPath(hostBytes: parent), bytes[start...], Special(bytes[start..<end]))
  }
}

extension Context {
  /// The path of a call whose directory is `fd`: a descriptor that is not open is told before anything is wrong with the path.
  func path(_ guest: Guest, below fd: UInt64, at address: UInt64, count: UInt64) throws -> GuestPath {
    _ = try files[UInt32(fd)]
    return try guest.path(at: address, count: count)
  }
}

extension Guest {
  /// The path at `[address, address + count)`.
  func path(at address: UInt64, count: UInt64) throws -> GuestPath {
    try memory.withBytes(at: address, count: count) { _ in }
    guard count <= UInt64(GuestPath.maximumLength) else { throw Errno.nametoolong }
    return try GuestPath(try memory.read(at: address, count: count))
  }
}
