import Glibc

/// Keeps a system call from raising a signal in the host, whatever the host does with the signal, without touching its disposition:
/// the signal is blocked in this thread for the call, and taken back if the call raised it.
enum HeldSignal {
  /// `error`: how the call fails when it raises `signal`.
  static func during<R>(
    _ signal: CInt, raisedWith error: Errno, _ call: () throws(Errno) -> R
  ) throws(Errno) -> R {
    var held = sigset_t()
    var previous = sigset_t()
    sigemptyset(&held)
    sigaddset(&held, signal)
    pthread_sigmask(SIG_BLOCK, &held, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let wasPending = sigismember(&previous, signal) == 1 && isPending(signal)
    let result = Result(catching: call)
    if case .failure(error) = result, !wasPending {
      var instant = timespec()
      while sigtimedwait(&held, nil, &instant) == -1, errno == EINTR {}
    }
    return try result.get()
  }

  private static func isPending(_ signal: CInt) -> Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return sigismember(&pending, signal) == 1
  }
}
