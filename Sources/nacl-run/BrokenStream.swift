import Glibc
import WASI

/// A program whose reader has gone ends as any other command does, by SIGPIPE (`nacl-run prog | head`), unless nacl-run was started
/// with that signal ignored: then the program sees the error.
extension BrokenStream {
  static let endsPrograms: Bool = {
    var action = sigaction()
    return sigaction(SIGPIPE, nil, &action) == 0 && action.__sigaction_handler.sa_handler == nil
  }()

  /// Dies of the signal, so that whoever waits sees that.
  static func end() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    _exit(128 + SIGPIPE)
  }
}
