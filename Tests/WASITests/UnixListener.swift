import Foundation
import Testing

/// A listening socket of the host's, in a sandbox's root, and clients of it.
final class UnixListener {
  let number: CInt
  private let path: String
  private var clients: [CInt] = []

  init(_ sandbox: Sandbox) throws {
    path = sandbox.root.path + "/socket"
    number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(Self.address(path) { bind(number, $0, $1) } == 0)
    try #require(listen(number, 8) == 0)
  }

  deinit {
    for client in clients { close(client) }
    close(number)
  }

  /// A connected socket, open as long as this.
  func connected() throws -> CInt {
    let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    try #require(Self.address(path) { connect(client, $0, $1) } == 0)
    clients.append(client)
    return client
  }

  private static func address<R>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }
}
