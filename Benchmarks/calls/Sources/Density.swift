import Halite

/// Many sandboxes alive at once in one process.
struct Density {
  private let program: Program
  private let model: Model

  init(_ wasm: [UInt8], _ model: Model) throws {
    program = try Program(wasm, model)
    self.model = model
  }

  func report(_ count: Int) throws {
    let before = residentBytes()
    var instances: [Instance] = []
    instances.reserveCapacity(count)
    let fresh = try nanoseconds(once: count) {
      for _ in 0..<count { instances.append(try program.linker.instantiate(program.module)) }
    }
    let called = try nanoseconds(once: count) { for instance in instances { _ = try instance.call("nothing") } }
    let resident = residentBytes() - before
    let again = try nanoseconds(once: count) { for instance in instances { _ = try instance.call("nothing") } }
    let dropped = nanoseconds(once: count) { instances.removeAll() }
    let pooled = try nanoseconds(once: count) {
      for _ in 0..<count { instances.append(try program.linker.instantiate(program.module)) }
    }
    print(
      """
      \(model): \(count) instances alive, \(resident / count) resident bytes each once called; microseconds each: \
      \(micro(fresh)) made in fresh memory, \(micro(called)) first call, \(micro(again)) another, \
      \(micro(dropped)) dropped and wiped, \(micro(pooled)) made in used slots
      """)
  }

  private func nanoseconds(once count: Int, _ body: () throws -> Void) rethrows -> Double {
    let start = threadTime()
    try body()
    return Double(threadTime() - start) / Double(count)
  }

  private func micro(_ time: Double) -> String { column(time / 1000, 2, width: 0) }
}
