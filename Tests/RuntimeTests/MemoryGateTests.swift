import CSandbox
import SandboxFixtures
import Testing

@testable import Runtime

/// The memory gates that memory_gates.c serves: all of an operation or nothing, whatever the registers say.
@Suite struct MemoryGateTests {
  private static let fill: UInt32 = 5
  private static let copy: UInt32 = 6
  private static let chunk: UInt64 = 1 << 20

  private struct Call {
    var gate: UInt32
    var rdi, rsi, rdx, rcx, r8: UInt64
    var arguments: [UInt64] { [rdi, rsi, rdx, rcx, r8] }
  }

  /// Two memories: one within the slot, and one elsewhere that is larger than a chunk. They begin with random bytes, but for the first page of
  /// the slot's, where the fixture stores its registers.
  private final class Sandbox {
    let bare: BareSandbox
    let second: Region
    let table = UnsafeMutablePointer<halite_memory>.allocate(capacity: 2)
    var model: [[UInt8]] = []
    static let sizes = [65_536, 5 << 18]
    private static let registers = [7, 6, 2, 1, 8]

    init() throws {
      bare = try BareSandbox()
      second = try RegionPool().take(Self.sizes[1] + 4096)
      let bases = [bare.slot.origin, second.base]
      var random = SplitMix(state: 7)
      for index in 0..<2 {
        table[index] = halite_memory(base: bases[index].assumingMemoryBound(to: CChar.self), size: UInt64(Self.sizes[index]))
        for position in stride(from: index == 0 ? 4096 : 0, to: Self.sizes[index], by: 8) {
          bases[index].storeBytes(of: random.next(), toByteOffset: position, as: UInt64.self)
        }
        model.append(bytes(index))
      }
    }

    deinit { table.deallocate() }

    func bytes(_ index: Int) -> [UInt8] { [UInt8](UnsafeRawBufferPointer(start: table[index].base, count: Self.sizes[index])) }

    /// Whether the gate was served at once.
    func run(_ call: Call) -> Bool {
      bare.word(-24).pointee = halite_gate_address(call.gate)
      bare.prepare(fixture_memory_gate)
      for (register, value) in zip(Self.registers, call.arguments) { halite_gpr(bare.activation)[register] = value }
      bare.activation.pointee.memories = UnsafePointer(table)
      bare.activation.pointee.memory_count = 2
      let stopped = halite_switch(bare.activation)
      if stopped == UInt32(HALITE_RETURNED) { return true }
      #expect(stopped == call.gate)
      #expect(Self.registers.map { halite_gpr(bare.activation)[$0] } == call.arguments)
      halite_finish(bare.activation)
      return false
    }

    /// What the specification says, on `model`; false if it is a trap or longer than a chunk.
    func expect(_ call: Call) -> Bool {
      let (target, source) = (Int(call.rcx & 0xffff_ffff), Int(call.r8 & 0xffff_ffff))
      func isInside(_ memory: Int, _ start: UInt64) -> Bool {
        memory < 2 && call.rdx <= Self.sizes[memory] && start <= UInt64(Self.sizes[memory]) - call.rdx
      }
      guard call.rdx <= MemoryGateTests.chunk, isInside(target, call.rdi) else { return false }
      let range = Int(call.rdi)..<Int(call.rdi + call.rdx)
      if call.gate == MemoryGateTests.fill {
        model[target].replaceSubrange(range, with: repeatElement(UInt8(call.rsi & 0xff), count: range.count))
      } else {
        guard isInside(source, call.rsi) else { return false }
        model[target].replaceSubrange(range, with: Array(model[source][Int(call.rsi)..<Int(call.rsi + call.rdx)]))
      }
      return true
    }
  }

  @Test func anyRegistersAreServedOrLeftToTheRuntime() throws {
    let sandbox = try Sandbox()
    var random = SplitMix(state: 3)
    func any(_ values: [UInt64]) -> UInt64 { values[Int(random.next() % UInt64(values.count))] }
    let edges: [UInt64] = [4096, 4097, 5000, 65_528, 65_535, 65_536, 65_537, 1 << 20, 5 << 18, 1 << 32, 1 << 63, .max - 1, .max]
    let lengths: [UInt64] = [0, 1, 7, 8, 100, 4096, 60_000, 61_440, 65_536, 65_537, Self.chunk, Self.chunk + 1, 1 << 32, 1 << 63, .max - 4096, .max]
    var served = 0
    for round in 0..<400 {
      let call = Call(
        gate: round % 2 == 0 ? Self.fill : Self.copy, rdi: any(edges), rsi: any(edges), rdx: any(lengths),
        rcx: any([0, 1, 1, 2, 1 << 32, 0xffff_ffff, .max]), r8: any([0, 1, 1, 2, 1 << 32 | 1, 0xffff_ffff, .max]))
      let expected = sandbox.expect(call)
      #expect(sandbox.run(call) == expected, "\(call)")
      served += expected ? 1 : 0
      let hasChanged = sandbox.bytes(0)[4096...] != sandbox.model[0][4096...] || sandbox.bytes(1) != sandbox.model[1]
      #expect(!hasChanged, "\(call)")
    }
    #expect(served > 30)
  }

  @Test(arguments: [fill, copy]) func nothingOfTheHostIsLeftInRegisters(gate: UInt32) throws {
    let sandbox = try Sandbox()
    #expect(sandbox.run(Call(gate: gate, rdi: 5000, rsi: 6000, rdx: 300, rcx: 0, r8: 0)))
    for number in 0..<15 { #expect(sandbox.bare.word(8 * number).pointee == 0, "register \(number)") }
    for half in 0..<32 { #expect(sandbox.bare.word(128 + 8 * half).pointee == 0, "vector half \(half)") }
  }
}
