import ArgumentParser

/// What a program may use: the bounds on it.
struct LimitOptions: ParsableArguments {
  @Option(name: .long, help: "End the program after this time: seconds, or a number with ms, s, m or h.")
  var timeout: String?

  @Option(name: .long, help: "End the program when it has used this much processor time; written as for --timeout.")
  var cpuTime: String?

  @Option(name: .long, help: "Upper bound on the program's memory: bytes, or a number with K, M or G.")
  var maxMemory: String?

  @Option(
    name: .long, help: "Refuse programs whose code could make more memory resident than this, whatever they declare; a size.")
  var maxReach: String?

  @Option(name: .long, help: "Upper bound on the elements of each table.")
  var maxTable: UInt64?

  @Option(name: .long, help: "Size of the program's machine stack; a size, 1M if not given.")
  var maxStack: String?

  @Option(name: .long, help: "Descriptors that the program may have at once, the first ones included; 1024 if not given.")
  var maxFiles: Int?

  @Option(name: .long, help: "End the program when it has written this much, to files, streams and sockets together; a size.")
  var maxOutput: String?
}

/// How wasm modules are compiled, and where what they compile to is kept.
struct CompilationOptions: ParsableArguments {
  @Option(name: .long, help: "For wasm: auto, seg32 or mask.")
  var memoryModel = "auto"

  @Option(name: .long, help: "For wasm: what an access out of bounds does, trap or wrap.")
  var oob = "trap"

  @Option(name: .long, help: "For wasm: x86-64-v2 or x86-64-v3.")
  var cpu = "x86-64-v3"

  @Option(name: .customShort("O", allowingJoined: true), help: "For wasm: -O0, -O1 or -O2.")
  var optimization = "2"

  @Flag(name: .long, help: "For wasm: compile, even if the module was compiled before, and do not keep the result.")
  var noCache = false

  @Option(name: .long, help: "For wasm: where compiled modules are kept; halite in XDG_CACHE_HOME or ~/.cache if not given.")
  var cacheDir: String?

  @Option(name: .long, help: "For wasm: upper bound on the size of that directory; a size, 1G if not given.")
  var cacheSize: String?
}

/// Listening sockets for the program, the descriptors behind its directories.
struct SocketOptions: ParsableArguments {
  @Option(name: .long, parsing: .unconditionalSingleValue, help: "Listen on ADDRESS:PORT and give the program the socket.")
  var tcplisten: [String] = []

  @Flag(name: .long, help: "Give the program the sockets that LISTEN_FDS and LISTEN_PID announce, as systemd passes them.")
  var listenfd = false
}
