import Halite

@testable import WASI

/// A small repeatable generator (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Makes random calls: mostly with arguments that mean something, so that they get far, and now and then with any.
struct FuzzCaller {
  let memory: GuestMemory
  var random: SplitMix
  /// Makes a call with its raw arguments and ends it after that time. The upper halves of 32-bit ones are random.
  let perform: (PreviewOne.Function, [UInt64], Duration) throws -> Errno

  /// What a parameter is; a path, a list of buffers and a buffer are two parameters, their address and count.
  enum Role: Character {
    case descriptor = "d"
    case path = "p"
    case vectors = "v"
    case buffer = "b"
    case subscriptions = "s"
    case result = "r"
    case lookup = "l"
    case openFlags = "n"
    case descriptorFlags = "g"
    case timeFlags = "t"
    /// Clocks, advice, ways to seek or to shut down, exit codes.
    case choice = "w"
    case rights = "c"
    case offset = "o"
  }

  /// A row for each function that has parameters.
  static let roles: [String: String] = [
    "args_get": "rr", "args_sizes_get": "rr", "environ_get": "rr", "environ_sizes_get": "rr", "clock_res_get": "wr",
    "clock_time_get": "wor", "fd_advise": "doow", "fd_allocate": "doo", "fd_close": "d", "fd_datasync": "d",
    "fd_fdstat_get": "dr", "fd_fdstat_set_flags": "dg", "fd_fdstat_set_rights": "dcc", "fd_filestat_get": "dr",
    "fd_filestat_set_size": "do", "fd_filestat_set_times": "doot", "fd_pread": "dvor", "fd_prestat_get": "dr",
    "fd_prestat_dir_name": "db", "fd_pwrite": "dvor", "fd_read": "dvr", "fd_readdir": "dbor", "fd_renumber": "dd",
    "fd_seek": "dowr", "fd_sync": "d", "fd_tell": "dr", "fd_write": "dvr", "path_create_directory": "dp",
    "path_filestat_get": "dlpr", "path_filestat_set_times": "dlpoot", "path_link": "dlpdp", "path_open": "dlpnccgr",
    "path_readlink": "dpbr", "path_remove_directory": "dp", "path_rename": "dpdp", "path_symlink": "pdp",
    "path_unlink_file": "dp", "poll_oneoff": "sr", "proc_exit": "w", "proc_raise": "w", "random_get": "b",
    "sock_accept": "dgr", "sock_recv": "dvlrr", "sock_send": "dvlr", "sock_shutdown": "dw",
  ]

  /// Calls that take from the program what later ones need are rarer.
  private static let destructive: Set<String> = ["fd_close", "fd_renumber", "fd_fdstat_set_rights"]

  mutating func call() -> (name: String, result: Result<Errno, any Error>) {
    var function = PreviewOne.functions.randomElement(using: &random) ?? PreviewOne.functions[0]
    if Self.destructive.contains(function.name), chance(4) { function = PreviewOne.functions[Int(random.next() % 46)] }
    var arguments = (Self.roles[function.name] ?? "").flatMap { letter in values(Role(rawValue: letter) ?? .offset) }
    // Anything at all.
    if chance(10), !arguments.isEmpty {
      arguments[Int(random.next() % UInt64(arguments.count))] = chance(2) ? random.next() : pick(Self.extremes)
    }
    if chance(50) { for index in arguments.indices { arguments[index] = random.next() >> (random.next() % 64) } }
    for (index, type) in function.type.parameters.enumerated() where type == .i32 {
      arguments[index] = arguments[index] & 0xffff_ffff | random.next() << 32
    }
    return (function.name, Result { try perform(function, arguments, .milliseconds(4)) })
  }

  private static let extremes: [UInt64] = [
    0, 1, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff8, 1 << 20, (1 << 20) - 1, (1 << 20) - 8, 1 << 32, 1 << 62, .max,
    .max - 7, UInt64(Int64.max),
  ]
  private static let wrongFlags: [UInt64] = [2, 3, 7, 16, 31, 32, 255, 256, 0x10000, 0xffff_ffff]
  private static let rights: [UInt64] = [
    Rights.all.rawValue, Rights.file.rawValue, Rights.directory.rawValue, Rights.fdRead.rawValue,
    (Rights.fdRead.union(.fdSeek)).rawValue, Rights.file.union(.directory).rawValue, 0,
  ]

  private mutating func chance(_ one: UInt64) -> Bool { random.next() % one == 0 }
  private mutating func pick<T>(_ list: [T]) -> T { list[Int(random.next() % UInt64(list.count))] }

  /// Somewhere in memory, usually aligned.
  private mutating func address(_ alignment: UInt64 = 8) -> UInt64 {
    let address = random.next() % (1 << 20)
    return chance(20) ? pick(Self.extremes) & 0xffff_ffff : address & ~(alignment - 1)
  }

  private mutating func count(_ usual: UInt64) -> UInt64 { chance(20) ? pick(Self.extremes) : random.next() % usual }

  private mutating func values(_ role: Role) -> [UInt64] {
    switch role {
    case .descriptor: return [chance(30) ? random.next() : pick([3, 3, 3, 4]) + (chance(2) ? random.next() % 12 : 0)]
    case .path: return path()
    case .vectors: return vectors()
    case .buffer: return [address(1), count(4096)]
    case .subscriptions: return subscriptions()
    case .result: return [address()]
    case .lookup: return [flags([0, 1])]
    case .openFlags: return [flags([0, 0, 0, 1, 1, 2, 4, 5, 8, 9])]
    case .descriptorFlags: return [flags([0, 0, 0, 1, 4, 2, 8, 16, 21])]
    case .timeFlags: return [flags([0, 1, 2, 4, 5, 8, 10])]
    case .choice: return [flags([0, 1, 2, 3])]
    case .rights: return [chance(10) ? random.next() : chance(2) ? Rights.all.rawValue : pick(Self.rights)]
    case .offset: return [chance(3) ? random.next() % 10_000 : pick(Self.extremes)]
    }
  }

  private mutating func flags(_ meaningful: [UInt64]) -> UInt64 { pick(chance(20) ? Self.wrongFlags : meaningful) }

  private mutating func path() -> [UInt64] {
    var bytes: [UInt8] = chance(3) ? [] : Array(pick(FuzzTarget.names).utf8)
    for _ in 0..<(bytes.isEmpty ? 1 + random.next() % 3 : chance(8) ? 1 : 0) {
      let piece = chance(4) ? pick(["..", ".", "", "/", "../outside", "secret", "\u{e4}", String(repeating: "n", count: 250)])
        : pick(["file", "dir", "nested", "up", "absolute", "loop", "pipe", "inside", "sideways", "new", "empty", "other", "secret"])
      if !bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
      bytes += piece.utf8
    }
    if chance(10) { bytes.append(UInt8(ascii: "/")) }
    if chance(40), !bytes.isEmpty { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
    let address = random.next() % (1 << 19)
    try? memory.write(bytes, at: address)
    return [address, chance(30) ? count(8192) : UInt64(bytes.count)]
  }

  /// Lists may lie over their own buffers, and over one another.
  private mutating func vectors() -> [UInt64] {
    let (start, number) = (address(4), random.next() % 6)
    for index in 0..<number {
      let (buffer, size) = (chance(8) ? start : address(1), count(chance(10) ? 1 << 20 : 3000))
      try? memory.store(UInt32(truncatingIfNeeded: buffer), at: start &+ 8 * index)
      try? memory.store(UInt32(truncatingIfNeeded: size), at: start &+ 8 * index &+ 4)
    }
    return [start, chance(30) ? count(1 << 20) : number]
  }

  private mutating func subscriptions() -> [UInt64] {
    let (start, number) = (address(), 1 + random.next() % 4)
    for index in 0..<number {
      let base = start &+ 48 * index
      var bytes = [UInt8](repeating: 0, count: 48)
      bytes[8] = UInt8(chance(10) ? random.next() & 0xff : random.next() % 3)
      bytes[16] = UInt8(random.next() % 8)
      bytes[24] = UInt8(random.next() & 0xff)
      bytes[40] = UInt8(chance(10) ? 2 : random.next() % 2)
      if chance(10) { bytes[Int(random.next() % 48)] = UInt8(truncatingIfNeeded: random.next()) }
      try? memory.write(bytes, at: base)
    }
    return [start, address(), chance(20) ? count(1 << 20) : number]
  }
}
