import Runtime
import Synchronization

/// What one program has of the world: arguments, environment, descriptors, clocks. The functions of preview 1 are its methods,
/// one file a concern; FunctionTable.swift names them.
///
/// Sendable although it is mutable: every call claims it first (`claim`), so one thread at a time is inside.
final class Context: @unchecked Sendable {
  let arguments: StringList
  let environment: StringList
  let clocks: Clocks
  var files: FileTable
  var output: OutputBudget
  let endsOnBrokenStream: Bool
  /// How paths are kept below their directories.
  let lookup: BeneathLookup.Method
  /// When a `poll_oneoff` began that was suspended, on the host's monotonic clock: made again, it has the rest of its time left.
  var suspendedPollStart: UInt64?
  private let isClaimed = Atomic(false)

  /// Opens the preopened directories. Throws `WASIError`.
  init(_ wasi: WASI, lookup: BeneathLookup.Method = BeneathLookup.method) throws(WASIError) {
    self.lookup = lookup
    arguments = try StringList(wasi.arguments.map { Array($0.utf8) })
    environment = try StringList(wasi.environment.map { Array("\($0.name)=\($0.value)".utf8) })
    clocks = wasi.clocks
    files = FileTable(capacity: wasi.maximumOpenFiles)
    output = OutputBudget(wasi.maximumOutput)
    endsOnBrokenStream = wasi.endsOnBrokenStream
    do throws(Errno) {
      _ = try files.insert(.standard(.input(try InputEndpoint(wasi.standardInput)), .fdRead))
      _ = try files.insert(.standard(.output(try OutputEndpoint(wasi.standardOutput, standard: 1)), .fdWrite))
      _ = try files.insert(.standard(.output(try OutputEndpoint(wasi.standardError, standard: 2)), .fdWrite))
    } catch {
      throw .standardStream(error.message)
    }
    for preopen in wasi.preopens { try insert(preopen) }
    for listener in wasi.listeners { try insert(listener: listener) }
  }

  /// Runs `body` as the only one inside. Two threads in one program's WASI is a mistake of the host's: the second one traps.
  func claim<R>(_ body: (Context) throws -> R) throws -> R {
    guard !isClaimed.exchange(true, ordering: .acquiring) else {
      throw Trap(.host("a program's WASI functions were called from two threads at once"))
    }
    defer { isClaimed.store(false, ordering: .releasing) }
    return try body(self)
  }
}

extension Descriptor {
  fileprivate static func standard(_ object: Object, _ direction: Rights) -> Descriptor {
    let rights: Rights = [direction, .fdFdstatSetFlags, .fdFilestatGet, .pollFdReadwrite]
    return Descriptor(object: object, base: rights, inheriting: [])
  }
}
