import Glibc

/// WASI preview 1's `errno`: what every function but `proc_exit` returns. Numbers of witx `typenames.witx`.
///
/// Thrown inside this module and turned into the function's result at the border.
enum Errno: UInt16, Error, CaseIterable {
  case success = 0
  case tooBig, acces, addrinuse, addrnotavail, afnosupport, again, already, badf, badmsg, busy, canceled, child
  case connaborted, connrefused, connreset, deadlk, destaddrreq, dom, dquot, exist, fault, fbig, hostunreach, idrm
  case ilseq, inprogress, intr, inval, io, isconn, isdir, loop, mfile, mlink, msgsize, multihop, nametoolong, netdown
  case netreset, netunreach, nfile, nobufs, nodev, noent, noexec, nolck, nolink, nomem, nomsg, noprotoopt, nospc, nosys
  case notconn, notdir, notempty, notrecoverable, notsock, notsup, notty, nxio, overflow, ownerdead, perm, pipe, proto
  case protonosupport, prototype, range, rofs, spipe, srch, stale, timedout, txtbsy, xdev
  case notcapable = 76
}

extension Errno {
  /// The error of a system call that just failed on this thread.
  static var ofLastCall: Errno { Errno(host: Glibc.errno) }

  /// A host's errno in WASI's numbers; what has no counterpart is `io`.
  init(host number: CInt) {
    self = Self.hostNumbers.first { $0.host == number }?.wasi ?? .io
  }

  /// In words, for people.
  var message: String {
    guard let number = Self.hostNumbers.first(where: { $0.wasi == self })?.host else { return "\(self)" }
    return String(cString: strerror(number))
  }

  private static let hostNumbers: [(host: CInt, wasi: Errno)] = [
    (ENOENT, .noent), (EBADF, .badf), (EACCES, .acces), (EPERM, .perm), (EEXIST, .exist), (ENOTDIR, .notdir),
    (EISDIR, .isdir), (EINVAL, .inval), (ENOTEMPTY, .notempty), (ELOOP, .loop), (ENAMETOOLONG, .nametoolong),
    (EAGAIN, .again), (EINTR, .intr), (EPIPE, .pipe), (ESPIPE, .spipe), (EIO, .io), (ENOSPC, .nospc), (EFBIG, .fbig),
    (EROFS, .rofs), (EBUSY, .busy), (ETXTBSY, .txtbsy), (EXDEV, .xdev), (EMFILE, .mfile), (ENFILE, .nfile),
    (ENOMEM, .nomem), (EMLINK, .mlink), (EOPNOTSUPP, .notsup), (ENOSYS, .nosys), (ENODEV, .nodev), (ENXIO, .nxio),
    (ENOTTY, .notty), (EDQUOT, .dquot), (EOVERFLOW, .overflow), (ESTALE, .stale), (EFAULT, .fault), (ERANGE, .range),
    (ENOTSOCK, .notsock), (ENOTCONN, .notconn), (EISCONN, .isconn), (ECONNRESET, .connreset),
    (ECONNABORTED, .connaborted), (ECONNREFUSED, .connrefused), (EADDRINUSE, .addrinuse),
    (EADDRNOTAVAIL, .addrnotavail), (EAFNOSUPPORT, .afnosupport), (EALREADY, .already), (EBADMSG, .badmsg),
    (ECANCELED, .canceled), (ECHILD, .child), (EDEADLK, .deadlk), (EDESTADDRREQ, .destaddrreq), (EDOM, .dom),
    (EHOSTUNREACH, .hostunreach), (EIDRM, .idrm), (EILSEQ, .ilseq), (EINPROGRESS, .inprogress),
    (EMSGSIZE, .msgsize), (EMULTIHOP, .multihop), (ENETDOWN, .netdown), (ENETRESET, .netreset),
    (ENETUNREACH, .netunreach), (ENOBUFS, .nobufs), (ENOEXEC, .noexec), (ENOLCK, .nolck), (ENOLINK, .nolink),
    (ENOMSG, .nomsg), (ENOPROTOOPT, .noprotoopt), (ENOTRECOVERABLE, .notrecoverable), (EOWNERDEAD, .ownerdead),
    (EPROTO, .proto), (EPROTONOSUPPORT, .protonosupport), (EPROTOTYPE, .prototype), (ESRCH, .srch),
    (ETIMEDOUT, .timedout), (E2BIG, .tooBig),
  ]
}

/// Runs a system call until it is not interrupted by a signal, and throws its errno if it answers with a negative number.
@discardableResult
func systemCall<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    let error = Errno.ofLastCall
    if error != .intr { throw error }
  }
}
