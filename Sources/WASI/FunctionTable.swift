import Runtime

/// The functions of `wasi_snapshot_preview1`: one row each, nowhere else a list.
enum PreviewOne {
  static let module = "wasi_snapshot_preview1"

  /// The most parameters a function has: `path_open`.
  static let maximumParameters = 9
  typealias Arguments = InlineArray<9, UInt64>

  struct Function: Sendable {
    let name: String
    let type: FunctionType
    /// A return is the errno `success`, a thrown `Errno` that errno.
    let body: @Sendable (Context, Guest, Arguments) throws -> Void

    /// `parameters`: a letter each, `i` for i32, `l` for i64.
    init(
      _ name: String, _ parameters: String, results: [ValueType] = [.i32],
      _ body: @escaping @Sendable (Context, Guest, Arguments) throws -> Void
    ) {
      self.name = name
      type = FunctionType(parameters: parameters.map { $0 == "l" ? .i64 : .i32 }, results: results)
      self.body = body
    }
  }

  static let functions: [Function] = [
    Function("args_get", "ii") { try $0.arguments.copy($1, pointers: $2[0], bytes: $2[1]) },
    Function("args_sizes_get", "ii") { try $0.arguments.sizes($1, count: $2[0], size: $2[1]) },
    Function("environ_get", "ii") { try $0.environment.copy($1, pointers: $2[0], bytes: $2[1]) },
    Function("environ_sizes_get", "ii") { try $0.environment.sizes($1, count: $2[0], size: $2[1]) },
    Function("clock_res_get", "ii") { try $0.clockResGet($1, clock: $2[0], result: $2[1]) },
    Function("clock_time_get", "ili") { try $0.clockTimeGet($1, clock: $2[0], result: $2[2]) },
    Function("fd_advise", "illi") { try $0.fdAdvise(fd: $2[0], offset: $2[1], count: $2[2], advice: $2[3]) },
    Function("fd_allocate", "ill") { try $0.fdAllocate($1, fd: $2[0], offset: $2[1], count: $2[2]) },
    Function("fd_close", "i") { try $0.fdClose(fd: $2[0]) },
    Function("fd_datasync", "i") { context, _, arguments in try context.fdDatasync(fd: arguments[0]) },
    Function("fd_fdstat_get", "ii") { try $0.fdFdstatGet($1, fd: $2[0], result: $2[1]) },
    Function("fd_fdstat_set_flags", "ii") { try $0.fdFdstatSetFlags(fd: $2[0], flags: $2[1]) },
    Function("fd_fdstat_set_rights", "ill") { try $0.fdFdstatSetRights(fd: $2[0], base: $2[1], inheriting: $2[2]) },
    Function("fd_filestat_get", "ii") { try $0.fdFilestatGet($1, fd: $2[0], result: $2[1]) },
    Function("fd_filestat_set_size", "il") { try $0.fdFilestatSetSize(fd: $2[0], size: $2[1]) },
    Function("fd_filestat_set_times", "illi") {
      try $0.fdFilestatSetTimes(fd: $2[0], access: $2[1], modification: $2[2], flags: $2[3])
    },
    Function("fd_pread", "iiili") {
      try $0.fdPread($1, fd: $2[0], buffers: $2[1], count: $2[2], offset: $2[3], result: $2[4])
    },
    Function("fd_prestat_get", "ii") { try $0.fdPrestatGet($1, fd: $2[0], result: $2[1]) },
    Function("fd_prestat_dir_name", "iii") { try $0.fdPrestatDirName($1, fd: $2[0], path: $2[1], count: $2[2]) },
    Function("fd_pwrite", "iiili") {
      try $0.fdPwrite($1, fd: $2[0], buffers: $2[1], count: $2[2], offset: $2[3], result: $2[4])
    },
    Function("fd_read", "iiii") { try $0.fdRead($1, fd: $2[0], buffers: $2[1], count: $2[2], result: $2[3]) },
    Function("fd_readdir", "iiili") {
      try $0.fdReaddir($1, fd: $2[0], buffer: $2[1], count: $2[2], cookie: $2[3], result: $2[4])
    },
    Function("fd_renumber", "ii") { try $0.fdRenumber(from: $2[0], to: $2[1]) },
    Function("fd_seek", "ilii") { try $0.fdSeek($1, fd: $2[0], offset: $2[1], whence: $2[2], result: $2[3]) },
    Function("fd_sync", "i") { context, _, arguments in try context.fdSync(fd: arguments[0]) },
    Function("fd_tell", "ii") { try $0.fdTell($1, fd: $2[0], result: $2[1]) },
    Function("fd_write", "iiii") { try $0.fdWrite($1, fd: $2[0], buffers: $2[1], count: $2[2], result: $2[3]) },
    Function("path_create_directory", "iii") {
      try $0.pathCreateDirectory(fd: $2[0], try $0.path($1, below: $2[0], at: $2[1], count: $2[2]))
    },
    Function("path_filestat_get", "iiiii") {
      try $0.pathFilestatGet(
        $1, fd: $2[0], flags: $2[1], try $0.path($1, below: $2[0], at: $2[2], count: $2[3]), result: $2[4])
    },
    Function("path_filestat_set_times", "iiiilli") {
      try $0.pathFilestatSetTimes(
        fd: $2[0], lookup: $2[1], try $0.path($1, below: $2[0], at: $2[2], count: $2[3]), access: $2[4],
        modification: $2[5], flags: $2[6])
    },
    Function("path_link", "iiiiiii") {
      try $0.pathLink(
        fd: $2[0], flags: $2[1], try $0.path($1, below: $2[0], at: $2[2], count: $2[3]), newFD: $2[4],
        newPath: try $0.path($1, below: $2[4], at: $2[5], count: $2[6]))
    },
    Function("path_open", "iiiiillii") {
      try $0.pathOpen(
        $1, fd: $2[0], lookup: $2[1], try $0.path($1, below: $2[0], at: $2[2], count: $2[3]), open: $2[4], base: $2[5],
        inheriting: $2[6], flags: $2[7], result: $2[8])
    },
    Function("path_readlink", "iiiiii") {
      try $0.pathReadlink(
        $1, fd: $2[0], try $0.path($1, below: $2[0], at: $2[1], count: $2[2]), buffer: $2[3], count: $2[4],
        result: $2[5])
    },
    Function("path_remove_directory", "iii") {
      try $0.pathRemoveDirectory(fd: $2[0], try $0.path($1, below: $2[0], at: $2[1], count: $2[2]))
    },
    Function("path_rename", "iiiiii") {
      try $0.pathRename(
        fd: $2[0], try $0.path($1, below: $2[0], at: $2[1], count: $2[2]), newFD: $2[3],
        newPath: try $0.path($1, below: $2[3], at: $2[4], count: $2[5]))
    },
    Function("path_symlink", "iiiii") {
      let path = try $0.path($1, below: $2[2], at: $2[3], count: $2[4])
      try $0.pathSymlink(target: try $1.path(at: $2[0], count: $2[1]), fd: $2[2], path)
    },
    Function("path_unlink_file", "iii") {
      try $0.pathUnlinkFile(fd: $2[0], try $0.path($1, below: $2[0], at: $2[1], count: $2[2]))
    },
    Function("poll_oneoff", "iiii") {
      try $0.pollOneoff($1, subscriptions: $2[0], events: $2[1], count: $2[2], result: $2[3])
    },
    Function("proc_exit", "i", results: []) { try $0.procExit(code: $2[0]) },
    Function("proc_raise", "i") { context, _, _ in try context.procRaise() },
    Function("sched_yield", "") { context, _, _ in try context.schedYield() },
    Function("random_get", "ii") { try $0.randomGet($1, buffer: $2[0], count: $2[1]) },
    Function("sock_accept", "iii") { try $0.sockAccept($1, fd: $2[0], flags: $2[1], result: $2[2]) },
    Function("sock_recv", "iiiiii") {
      try $0.sockRecv(
        $1, fd: $2[0], buffers: $2[1], count: $2[2], flags: $2[3], result: $2[4], resultFlags: $2[5])
    },
    Function("sock_send", "iiiii") {
      try $0.sockSend($1, fd: $2[0], buffers: $2[1], count: $2[2], flags: $2[3], result: $2[4])
    },
    Function("sock_shutdown", "ii") { try $0.sockShutdown(fd: $2[0], how: $2[1]) },
  ]

  /// Runs a function on behalf of a program's call.
  static func run(_ function: Function, _ context: Context, _ call: inout HostCall) throws {
    var arguments = Arguments(repeating: 0)
    for index in 0..<call.argumentCount { arguments[index] = call.raw(index) }
    let memory = try call.memory
    do {
      // A closure cannot capture a noncopyable inout; the pointer to it, like the guest, does not outlive this statement.
      try withUnsafePointer(to: call) { call in
        let guest = Guest(
          memory: memory,
          isInterrupted: { call.pointee.isInterrupted || call.pointee.isSuspensionRequested },
          isRepeated: call.pointee.isRepeated)
        try context.claim { try function.body($0, guest, arguments) }
      }
      if !function.type.results.isEmpty { call.setResult(0, UInt32(Errno.success.rawValue)) }
    } catch let error as Errno {
      call.setResult(0, UInt32(error.rawValue))
    } catch is Interrupted {
      try call.checkInterrupt()
      try call.suspendIfRequested()
      // The request was withdrawn in between.
      call.setResult(0, UInt32(Errno.intr.rawValue))
    }
  }
}
