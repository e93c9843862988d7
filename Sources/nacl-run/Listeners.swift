import Glibc

/// Listening sockets for a program.
enum Listeners {
  enum Source: Hashable {
    case address(host: String, port: String)
    /// A descriptor of this process.
    case inherited(Int32)
  }

  static func addresses(_ options: SocketOptions) throws(OptionError) -> [Source] {
    var sources = options.listenfd ? try inherited() : []
    for text in options.tcplisten { sources.append(try address(text)) }
    return sources
  }

  /// sd_listen_fds(3): LISTEN_FDS descriptors from 3 on, if LISTEN_PID names this process.
  private static func inherited() throws(OptionError) -> [Source] {
    guard let process = HostEnvironment.value(of: "LISTEN_PID").flatMap(Int32.init), process == getpid(),
      let count = HostEnvironment.value(of: "LISTEN_FDS").flatMap(Int32.init), (1...1024).contains(count)
    else { throw OptionError(description: "--listenfd: LISTEN_PID and LISTEN_FDS announce no sockets for this process") }
    return (3..<3 + count).map { .inherited($0) }
  }

  /// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` for all addresses.
  private static func address(_ text: String) throws(OptionError) -> Source {
    guard let colon = text.lastIndex(of: ":") else {
      throw OptionError(description: "--tcplisten \(text): expected ADDRESS:PORT")
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let port = String(text[text.index(after: colon)...])
    guard UInt16(port) != nil else { throw OptionError(description: "--tcplisten \(text): \(port) is no port") }
    return .address(host: String(host), port: port)
  }

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// A descriptor for each. They stay open as long as this process.
  static func open(_ sources: [Source]) throws(Failure) -> [Int32] {
    var descriptors: [Int32] = []
    for source in sources {
      switch source {
      case .inherited(let descriptor): descriptors.append(descriptor)
      case .address(let host, let port): descriptors.append(try listen(host, port))
      }
    }
    return descriptors
  }

  private static func listen(_ host: String, _ port: String) throws(Failure) -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let error = getaddrinfo(host.isEmpty ? nil : host, port, &hints, &found)
    guard error == 0, let address = found else {
      throw Failure(description: "cannot listen on \(host):\(port): \(String(cString: gai_strerror(error)))")
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(
      address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.ai_protocol)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard descriptor >= 0, bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
      Glibc.listen(descriptor, 128) == 0
    else { throw Failure(description: "cannot listen on \(host):\(port): \(String(cString: strerror(errno)))") }
    return descriptor
  }
}
