import CProbe
import NaClValidator

/// Known escapes, planted past the validator: the harness must see each of them, or its silence means nothing.
public struct Plant: Sendable {
  public let name: String
  /// How the probe must call it.
  public let expected: Set<String>
  /// Machine code at the start of a function.
  let code: [UInt8]
  let isStepped: Bool
  let neighbours: JobWriter.Neighbours

  init(
    _ name: String, _ expected: Set<String>, _ code: [UInt8], isStepped: Bool = false, neighbours: JobWriter.Neighbours = .canaries
  ) {
    self.name = name
    self.expected = expected
    self.code = code
    self.isStepped = isStepped
    self.neighbours = neighbours
  }

  private static func u32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  private static func u64(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) } }
  /// mov rax, address
  private static func address(_ value: UInt64) -> [UInt8] { [0x48, 0xB8] + u64(value) }
  private static let ret: [UInt8] = [0xC3]
  /// mov byte [r15 + d], 0x11
  private static func store(_ displacement: Int) -> [UInt8] { [0x41, 0xC6, 0x87] + u32(displacement) + [0x11] }
  /// mov al, [r15 + d]
  private static func load(_ displacement: Int) -> [UInt8] { [0x41, 0x8A, 0x87] + u32(displacement) }

  /// - Parameter seed: of the mask model, with a memory.
  public static func all(in seed: Seed) -> [Plant] {
    let (memory, slotBase) = (1 << seed.module.slotK, -seed.module.context.size - JobWriter.stackSize - 12288)
    return [
      Plant("a store behind the slot", ["neighbour"], store(memory + 8192) + ret),
      Plant("a store into the page behind the pad region", ["neighbour"], store(memory + 4160) + ret),
      Plant("a store before the slot", ["neighbour"], store(slotBase - 1) + ret),
      Plant("a load behind the slot", ["signal"], load(memory + 8192) + ret, neighbours: .guards),
      Plant("a load before the slot", ["signal"], load(slotBase - 1) + ret, neighbours: .guards),
      Plant("a store into the lowest slack", ["slack"], store(slotBase) + ret),
      Plant("a store to the host's page", ["host"], address(PROBE_HOST_PAGE) + [0xC6, 0x00, 0x11] + ret),
      Plant("a load from nowhere", ["signal"], address(0x1234_5678_0000) + [0x8A, 0x00] + ret),
      Plant("an address that is not canonical", ["signal"], address(0x8000_0000_0000_0000) + [0x8A, 0x00] + ret),
      Plant("a store to LIMIT", ["context"], store(-8) + ret),
      Plant("a store to a gate's word", ["context"], store(-32) + ret),
      Plant("a store to text", ["signal"], [0xC6, 0x05] + u32(0) + [0x11] + ret),
      Plant("ud2", ["signal"], [0x0F, 0x0B]),
      Plant("int3", ["signal"], [0xCC]),
      Plant("hlt", ["signal"], [0xF4]),
      Plant("a division by zero", ["signal"], [0x31, 0xC9, 0xF7, 0xF1] + ret),
      Plant("a quotient that does not fit", ["signal"], [0xBA] + u32(-1) + [0xB9] + u32(1) + [0xF7, 0xF1] + ret),
      Plant("an unaligned movaps", ["signal"], [0x41, 0x0F, 0x28, 0x47, 0x01] + ret),
      Plant("a system call", ["signal"], [0xB8] + u32(39) + [0x0F, 0x05] + ret),
      Plant("a system call of the old kind", ["signal"], [0xB8] + u32(20) + [0xCD, 0x80] + ret),
      Plant("a jump into memory", ["signal"], [0x41, 0xFF, 0xE7]),
      Plant("a jump into a gate's middle", ["pc"], [0x49, 0x8B, 0x47, 0xF0, 0x48, 0x83, 0xC0, 0x04, 0xFF, 0xE0], isStepped: true),
      Plant("a jump into an instruction", ["pc"], [0xEB, 0x01, 0xB8] + u32(0xC3) + ret, isStepped: true),
      Plant("a changed return address", ["return address", "signal"], [0x48, 0x83, 0x04, 0x24, 0x10] + ret),
      Plant("a changed return address within text", ["return address"],
        [0x48, 0x8D, 0x05] + u32(4) + [0x50] + ret + [0x90, 0x90] + ret, isStepped: true),
      Plant("r15 moved", ["r15", "context", "signal", "rsp"], [0x49, 0xFF, 0xC7] + ret),
      Plant("the base of gs", ["gs base"], address(Probe.origin) + [0xF3, 0x48, 0x0F, 0xAE, 0xD8] + ret),
      Plant("rsp lost", ["rsp", "return address", "signal"], [0x48, 0x83, 0xEC, 0x08, 0x41, 0xFF, 0x67, 0xE8]),
      Plant("rsp below the slot's allowance", ["rsp"], [0x48, 0x81, 0xEC] + u32(JobWriter.stackSize + 8400) + [0x41, 0xFF, 0x57, 0xE8]),
      Plant("rsp above the entry", ["rsp"], [0x48, 0x83, 0xC4, 0x10, 0x41, 0xFF, 0x57, 0xE8]),
      Plant("rounding changed", ["MXCSR"], [0x41, 0xC7, 0x07] + u32(0x7F80) + [0x41, 0x0F, 0xAE, 0x17] + ret),
      Plant("exceptions unmasked", ["MXCSR", "signal"], [0x41, 0xC7, 0x07] + u32(0) + [0x41, 0x0F, 0xAE, 0x17] + ret),
      Plant("the direction flag", ["direction flag"], [0xFD] + ret),
      Plant("the alignment flag", ["direction flag"], [0x9C, 0x81, 0x0C, 0x24] + u32(0x40000) + [0x9D] + ret),
      Plant("an endless loop", ["no stop"], [0xEB, 0xFE]),
      Plant("an endless loop of loads", ["no stop"], [0x41, 0x8B, 0x07, 0xEB, 0xFB]),
    ]
  }

  /// What the probe called it; "contained" if it saw nothing.
  public func run(in seed: Seed) throws -> String {
    guard let batch = probe_create(1, JobWriter.codeStride, JobWriter.arenaStride) else { throw CampaignError() }
    defer { probe_destroy(batch) }
    let module = seed.module
    guard let function = module.functions.first(where: { $0.kind == .function && Int($0.size) >= code.count }) else {
      throw CampaignError()
    }
    var nexe = seed.nexe
    let at = Int(module.text.address) + Int(function.start)
    nexe.replaceSubrange(at..<at + code.count, with: code)
    var random = Random(seed: 1)
    var run = HostileRun.make(module, entry: function.start, steps: isStepped ? 100 : 0, &random)
    run.is_requested = 0
    run.gpr.4 = 0
    let starts = Campaign.starts(nexe, module)
    guard
      JobWriter(batch: batch).write(nexe, module, starts: starts, at: 0, runs: [run], neighbours: neighbours, &random),
      probe_execute(batch, 1)
    else { throw CampaignError() }
    return escapeName(probe_results(batch)[0].escape)
  }
}
