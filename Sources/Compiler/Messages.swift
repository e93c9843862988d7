import Glibc

/// One line to standard error.
public enum Messages {
  public static func complain(_ message: String) {
    let line = Array((message + "\n").utf8)
    var written = 0
    while written < line.count {
      let count = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress! + written, $0.count - written) }
      if count < 0 && errno != EINTR { return }
      written += max(count, 0)
    }
  }
}
