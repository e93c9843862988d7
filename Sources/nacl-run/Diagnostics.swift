import Glibc

/// Exit codes that are not the program's.
enum ExitStatus {
  static let success: Int32 = 0
  static let hostError: Int32 = 1
  static let usage: Int32 = 2
  /// As timeout(1).
  static let timeout: Int32 = 124
  static let refused: Int32 = 126
  /// As a shell shows SIGABRT.
  static let trap: Int32 = 134
  /// As a shell shows SIGXCPU.
  static let processorTime: Int32 = 152
  /// As a shell shows SIGXFSZ.
  static let output: Int32 = 153
}

/// Messages to people, on standard error.
enum Diagnostics {
  static func write(_ message: String) {
    let bytes = Array((message + "\n").utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(STDERR_FILENO, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        return
      }
    }
  }
}

/// Standard streams that were closed when nacl-run began are /dev/null. Otherwise the next files that it opens would get their numbers,
/// and the program would read or write those.
enum StandardStreams {
  static func open() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      // The lowest free number, which is this one.
      _ = Glibc.open("/dev/null", O_RDWR)
    }
  }
}

enum HostEnvironment {
  static func value(of name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
