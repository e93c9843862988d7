import CProbe
import NaClValidator

/// Arguments that an enemy would like: extreme register files over hostile memory.
enum HostileRun {
  private static func extremes(_ module: VerifiedModule) -> [UInt64] {
    let origin = Probe.origin
    let memory = UInt64(1) << UInt64(module.slotK)
    return [
      0, 1, 4, 8, 0x7F, 0xFFFF, 0x1_0000, memory - 1, memory, memory + 4159, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
      0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_0000_0000, .max, .max - 7, 0xFFFF_8000_0000_0000,
      origin, origin - 8, origin - 16, origin - 32, origin - UInt64(module.context.size), origin - UInt64(module.context.size) - 8,
      origin + memory + 8192, origin + 16 * memory, UInt64(PROBE_TEXT), UInt64(PROBE_TEXT) + 4096, UInt64(PROBE_HOST_PAGE),
      probe_gate_address(0), Probe.region(0), 0 &- origin, 0 &- origin + UInt64(PROBE_HOST_PAGE),
    ]
  }

  /// - Parameter entry: offset in text of a function's start.
  static func make(_ module: VerifiedModule, entry: UInt32, steps: UInt32, _ random: inout Random) -> probe_run {
    var run = probe_run()
    let extremes = extremes(module)
    withUnsafeMutableBytes(of: &run.gpr) { bytes in
      let registers = bytes.bindMemory(to: UInt64.self)
      let isSmall = random.isOne(in: 3)
      for index in registers.indices {
        registers[index] =
          isSmall ? random.next() & 0xFFFF : random.isOne(in: 4) ? random.next() : random.pick(extremes)
      }
      // The entry's depth: mostly at the top, sometimes with hardly anything left above LIMIT.
      registers[4] = random.isOne(in: 8) ? UInt64(JobWriter.stackSize - 16 * (2 + random.below(64))) : UInt64(random.below(64) * 16)
    }
    withUnsafeMutableBytes(of: &run.xmm) { bytes in
      let words = bytes.bindMemory(to: UInt64.self)
      let kinds: [UInt64] = [0, .max, 0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0001, 0x41E0_0000_0000_0000, 0xC1E0_0000_0020_0000]
      for index in words.indices { words[index] = random.isOne(in: 2) ? random.pick(kinds) : random.next() }
    }
    run.entry = UInt64(entry)
    run.pattern = UInt32(random.below(Int(PROBE_PATTERNS)))
    run.steps = steps
    run.is_requested = random.isOne(in: 6) ? 1 : 0
    run.gates = UInt32(random.below(8))
    return run
  }
}
