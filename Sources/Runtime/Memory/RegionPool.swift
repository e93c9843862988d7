import CSandbox
import Glibc
import Synchronization

/// A contiguous read-write range, zero when taken and given back to its pool at the end.
final class Region: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  /// Bytes, a multiple of the page size.
  let size: Int
  private let pool: RegionPool

  fileprivate init(base: UnsafeMutableRawPointer, size: Int, pool: RegionPool) {
    self.base = base
    self.size = size
    self.pool = pool
  }

  deinit { pool.release(base, size: size) }
}

/// Hands out regions of equal sizes side by side from big arenas: one mapping for many sandboxes, nothing inaccessible
/// between them (docs/ABI.md, S1). A region is wiped whole when it is released, whatever its tenant claimed to have
/// used (R6).
final class RegionPool: Sendable {
  private struct State {
    /// Base addresses of free regions by size.
    var free: [Int: [UInt]] = [:]
    var arenas: [(base: UInt, size: Int)] = []
  }

  private let state = Mutex(State())
  /// An arena has this many regions, but no more bytes than `arenaBytes`, and at least one region.
  private static let regionsInArena = 64
  private static let arenaBytes = 1 << 36

  static let pageSize = 4096

  /// A zeroed region of `size` bytes rounded up to pages.
  func take(_ size: Int) throws(LinkError) -> Region {
    precondition(size > 0 && size <= 1 << 46, "a region is neither empty nor larger than the address space")
    let rounded = (size + Self.pageSize - 1) & ~(Self.pageSize - 1)
    let address: UInt? = state.withLock { state in
      if state.free[rounded, default: []].isEmpty { Self.addArena(regionSize: rounded, to: &state) }
      return state.free[rounded, default: []].popLast()
    }
    guard let address, let base = UnsafeMutableRawPointer(bitPattern: address) else {
      throw LinkError.resources(
        """
        cannot reserve \(rounded) bytes of address space (the kernel refused; vm.overcommit_memory=2, RLIMIT_AS and \
        vm.max_map_count are usual reasons)
        """)
    }
    return Region(base: base, size: rounded, pool: self)
  }

  fileprivate func release(_ base: UnsafeMutableRawPointer, size: Int) {
    let isWiped = halite_wipe(base, size)
    state.withLock { state in
      // A region that the kernel would not wipe is never used again.
      if isWiped { state.free[size, default: []].append(UInt(bitPattern: base)) }
    }
  }

  private static func addArena(regionSize: Int, to state: inout State) {
    var count = max(1, min(regionsInArena, arenaBytes / regionSize))
    while count > 0 {
      let size = count * regionSize
      let base = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if let base, base != MAP_FAILED {
        // Huge pages would commit, and have to wipe, 2 MiB for a byte.
        _ = madvise(base, size, MADV_NOHUGEPAGE)
        let address = UInt(bitPattern: base)
        precondition(address >= 1 << 32, "the kernel maps nothing below 4 GiB on request")
        state.arenas.append((address, size))
        // Lowest first off the end of the list.
        state.free[regionSize, default: []] += (0..<count).reversed().map { address + UInt($0 * regionSize) }
        return
      }
      count /= 2
    }
  }

  deinit {
    state.withLock { state in
      for arena in state.arenas { _ = munmap(UnsafeMutableRawPointer(bitPattern: arena.base), arena.size) }
    }
  }
}
