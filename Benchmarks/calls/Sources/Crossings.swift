import Halite

/// One call in, one call out, one instance.
struct Crossings {
  private let program: Program

  init(_ wasm: [UInt8], _ model: Model) throws { program = try Program(wasm, model) }

  func rows() throws -> [(what: String, time: Double)] {
    let instance = try program.linker.instantiate(program.module)
    let rounds = 20_000
    let add = try instance.function("add")
    var rows: [(what: String, time: Double)] = []
    func row(_ what: String, rounds: Int, _ body: () throws -> Void) rethrows {
      rows.append((what, try nanoseconds(rounds: rounds, body)))
    }
    try row("call in by name: instance.call(\"add\", ...)", rounds: rounds) {
      for _ in 0..<rounds { _ = try instance.call("add", [.i32(1), .i32(2)]) }
    }
    try row("call in: function.call(...)", rounds: rounds) {
      for _ in 0..<rounds { _ = try add.call([.i32(1), .i32(2)]) }
    }
    let typed = try add.typed(Int32.self, Int32.self, returning: Int32.self)
    try row("call in: a typed function", rounds: rounds) { for _ in 0..<rounds { _ = try typed(1, 2) } }
    let inner = 100_000
    let hostCalls = try instance.function("host_calls")
    try row("call out: a host function of two i32", rounds: inner) { _ = try hostCalls.call([.i32(UInt32(inner))]) }
    for (name, function) in [("copy", try instance.function("copies")), ("fill", try instance.function("fills"))] {
      for length: UInt32 in [8, 64, 1024] {
        try row("memory.\(name) of \(length) bytes", rounds: inner) {
          _ = try function.call([.i32(UInt32(inner)), .i32(length)])
        }
      }
    }
    let instances = 1000
    try row("instance made, called once and dropped", rounds: instances) {
      for _ in 0..<instances { _ = try program.linker.instantiate(program.module).call("nothing") }
    }
    return rows
  }
}
