import CHostSystem
import Glibc
import Synchronization

/// Where a program's standard input comes from.
public enum InputStream: Sendable {
  /// The host process's own standard input.
  case inherit
  /// At its end at once.
  case empty
  case bytes([UInt8])
  /// A descriptor that stays the host's.
  case descriptor(CInt)
}

/// Where a program's standard output or error goes.
public enum OutputStream: Sendable {
  /// The host process's own stream of the same number.
  case inherit
  case discard
  /// Called with each piece written. It must not keep the buffer.
  case callback(@Sendable (UnsafeRawBufferPointer) -> Void)
  /// A descriptor that stays the host's.
  case descriptor(CInt)
}

/// The open side of an `InputStream`.
final class InputEndpoint: Sendable {
  private enum Source {
    case file(HostFile)
    case bytes([UInt8])
  }
  private let source: Source
  private let position = Mutex(0)

  init(_ stream: InputStream) throws(Errno) {
    source =
      switch stream {
      case .inherit: Self.file(STDIN_FILENO)
      case .empty: .bytes([])
      case .bytes(let bytes): .bytes(bytes)
      case .descriptor(let number): .file(try HostFile(number, isOwned: false))
      }
  }

  /// A closed standard stream is an empty one.
  private static func file(_ number: CInt) -> Source {
    (try? HostFile(number, isOwned: false)).map(Source.file) ?? .bytes([])
  }

  /// Nil if reading never waits.
  var file: HostFile? {
    if case .file(let file) = source { file } else { nil }
  }
  var isTerminal: Bool { file?.isTerminal ?? false }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    switch source {
    case .file(let file): return try file.readWithoutWaiting(buffer)
    case .bytes(let bytes):
      return position.withLock { position in
        let count = min(buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
      }
    }
  }
}

/// The open side of an `OutputStream`.
final class OutputEndpoint: Sendable {
  private enum Destination {
    case file(HostFile)
    case discard
    case callback(@Sendable (UnsafeRawBufferPointer) -> Void)
  }
  private let destination: Destination

  /// `standard`: the host's stream that `inherit` means.
  init(_ stream: OutputStream, standard: CInt) throws(Errno) {
    destination =
      switch stream {
      case .inherit: (try? HostFile(standard, isOwned: false)).map(Destination.file) ?? .discard
      case .discard: .discard
      case .callback(let callback): .callback(callback)
      case .descriptor(let number): .file(try HostFile(number, isOwned: false))
      }
  }

  /// Nil if writing never waits.
  var file: HostFile? {
    if case .file(let file) = destination { file } else { nil }
  }
  var isTerminal: Bool { file?.isTerminal ?? false }

  func write(_ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    switch destination {
    case .file(let file): return try file.write(buffer)
    case .discard: return buffer.count
    case .callback(let callback):
      callback(buffer)
      return buffer.count
    }
  }
}

extension HostFile {
  /// One read(2). It says `again` rather than wait, where the file can do that: after poll(2) another process may have been faster.
  func readWithoutWaiting(_ buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
    try systemCall { halite_read(number, buffer.baseAddress, buffer.count, mayBlock) }
  }

  /// One write(2), which raises no signal, and waits no more than `readWithoutWaiting`.
  func write(_ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
    func once() throws(Errno) -> Int { try systemCall { halite_write(number, buffer.baseAddress, buffer.count, mayBlock) } }
    return canBreak ? try HeldSignal.during(SIGPIPE, raisedWith: .pipe, once) : try growing(once)
  }

  /// Makes a call that may go beyond the process's limit on the size of files (RLIMIT_FSIZE): the program sees `fbig`, and the host no
  /// SIGXFSZ.
  func growing<R>(_ call: () throws(Errno) -> R) throws(Errno) -> R {
    halite_file_size_is_limited() ? try HeldSignal.during(SIGXFSZ, raisedWith: .fbig, call) : try call()
  }
}
