import Glibc
import Runtime

/// Strings as `args_get` and `environ_get` hand them out: each with a zero behind it.
struct StringList {
  let strings: [[UInt8]]
  let byteCount: UInt32

  /// Throws `tooLarge` beyond what wasm's 32-bit numbers can say, and for strings with a zero inside.
  init(_ strings: [[UInt8]]) throws(WASIError) {
    guard !strings.contains(where: { $0.contains(0) }) else { throw .zeroByte }
    guard let byteCount = UInt32(exactly: strings.reduce(strings.count) { $0 + $1.count }) else { throw .tooLarge }
    self.strings = strings
    self.byteCount = byteCount
  }

  func sizes(_ guest: Guest, count: UInt64, size: UInt64) throws {
    try guest.check(size, count: 4, alignment: 4)
    try guest.store(UInt32(strings.count), at: count)
    try guest.store(byteCount, at: size)
  }

  func copy(_ guest: Guest, pointers: UInt64, bytes: UInt64) throws {
    try guest.check(pointers, count: 4 * strings.count, alignment: 4)
    try guest.check(bytes, count: Int(byteCount))
    var next = bytes
    for (index, string) in strings.enumerated() {
      try guest.store(UInt32(truncatingIfNeeded: next), at: pointers + 4 * UInt64(index))
      try guest.memory.write(string + [0], at: next)
      next += UInt64(string.count) + 1
    }
  }
}

extension Context {
  /// Ends the program. Codes from 126 on are refused, as in wasmtime: shells and this runner give them meanings of their own.
  func procExit(code: UInt64) throws {
    guard code < 126 else { throw Trap(.host("exit with invalid exit status outside of [0..126)")) }
    throw ProcessExit(code: Int32(code))
  }

  /// A program has no signals to send.
  func procRaise() throws { throw Errno.notsup }

  func schedYield() throws { Glibc.sched_yield() }
}
