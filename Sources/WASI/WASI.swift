import Runtime

/// WASI preview 1 for one program: what it is given, and nothing else is there.
///
/// A value is a description. Every `define` opens the directories anew and makes fresh descriptors, so one description serves any
/// number of programs, each through a linker of its own.
public struct WASI: Sendable {
  /// A directory of the host that the program may use under a name of its own.
  public struct Preopen: Sendable, Hashable {
    public enum Access: Sendable { case readOnly, readWrite }
    public var hostPath: String
    public var guestPath: String
    public var access: Access

    public init(hostPath: String, guestPath: String, access: Access = .readWrite) {
      self.hostPath = hostPath
      self.guestPath = guestPath
      self.access = access
    }
  }

  /// The first one is the program's name.
  public var arguments: [String] = []
  /// In this order. Nothing of the host's environment is added.
  public var environment: [(name: String, value: String)] = []
  /// Descriptors 3, 4, ... in this order.
  public var preopens: [Preopen] = []
  /// Listening sockets, the next descriptors. They are duplicated; the host's stay the host's.
  public var listeners: [CInt] = []
  public var standardInput: InputStream = .inherit
  public var standardOutput: OutputStream = .inherit
  public var standardError: OutputStream = .inherit
  public var clocks: Clocks = .system
  /// Descriptors a program may have at once, the standard ones and preopens included.
  public var maximumOpenFiles = 1024
  /// Bytes a program may write in all, to files, streams and sockets, and allocate with `fd_allocate`; nil: no limit. The write
  /// that goes beyond is short, and the next one ends the program with `OutputLimitReached`.
  public var maximumOutput: UInt64?
  /// Whether a write to a standard stream that nobody reads any more ends the program, with `BrokenStream`. If not, the program
  /// sees the errno `pipe`.
  public var endsOnBrokenStream = false

  public init() {}

  /// Defines the 46 functions of `wasi_snapshot_preview1`.
  ///
  /// Throws `WASIError`. For one program: two instances that run in different threads need two linkers.
  public func define(in linker: inout Linker) throws(WASIError) {
    let context = try Context(self)
    for function in PreviewOne.functions {
      linker.define(module: PreviewOne.module, name: function.name, type: function.type) { call in
        try PreviewOne.run(function, context, &call)
      }
    }
  }
}

/// Why a program cannot be given what the host described.
public enum WASIError: Error, Hashable, Sendable {
  /// A preopened directory cannot be opened: its path, and the system's reason.
  case preopen(path: String, reason: String)
  case listener(CInt, reason: String)
  case standardStream(String)
  /// An argument or environment variable has a zero byte.
  case zeroByte
  /// Arguments or environment beyond 4 GiB, or more preopens than `maximumOpenFiles`.
  case tooLarge
}

extension WASIError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .preopen(let path, let reason): "cannot open the directory \(path): \(reason)"
    case .listener(let number, let reason): "cannot use descriptor \(number) as a listening socket: \(reason)"
    case .standardStream(let reason): "cannot use a standard stream: \(reason)"
    case .zeroByte: "an argument or environment variable contains a zero byte"
    case .tooLarge: "too many arguments, environment variables or preopened directories"
    }
  }
}
