import CSandbox
import Glibc
import SandboxFixtures
import Testing

@testable import Runtime

private let returned = UInt32(HALITE_RETURNED)

@Suite struct TrampolineTests {
  @Test func entryZeroesEverythingButTheArguments() throws {
    let sandbox = try BareSandbox()
    sandbox.prepare(fixture_store_state)
    // Numbers 7, 6, 2, 1, 8, 9 are the argument registers of C8; 3 and 10 to 14 must not come through.
    for number in 0..<15 where number != 4 { halite_gpr(sandbox.activation)[number] = UInt64(1000 + number) }
    for index in 0..<32 { halite_xmm(sandbox.activation)[index] = UInt64(index + 1) }
    #expect(halite_switch(sandbox.activation) == returned)
    #expect(halite_gpr(sandbox.activation)[0] == 2013)
    for number in 0..<15 {
      let expected: UInt64 = [7, 6, 2, 1, 8, 9].contains(number) ? UInt64(1000 + number) : 0
      #expect(sandbox.word(8 * number).pointee == expected, "register \(number)")
    }
    #expect(sandbox.word(120).pointee & 0xffff_ffff == 0x1f80)
    for index in 0..<32 {
      #expect(sandbox.word(128 + 8 * index).pointee == (index < 16 ? UInt64(index + 1) : 0), "vector half \(index)")
    }
  }

  @Test func returnWordIsClearedOnTheWayOut() throws {
    let sandbox = try BareSandbox()
    sandbox.prepare(fixture_gate)
    #expect(halite_switch(sandbox.activation) == 1)
    #expect(sandbox.returnWord != 0)
    #expect(halite_switch(sandbox.activation) == returned)
    #expect(sandbox.returnWord == 0)
  }

  @Test func killClearsTheReturnWord() throws {
    let sandbox = try BareSandbox()
    sandbox.prepare(fixture_gate)
    #expect(halite_switch(sandbox.activation) == 1)
    #expect(sandbox.returnWord != 0)
    halite_finish(sandbox.activation)
    #expect(sandbox.returnWord == 0)
  }

  @Test func gateDeliversResultsAndGoesOn() throws {
    let sandbox = try BareSandbox()
    sandbox.prepare(fixture_gate)
    #expect(halite_switch(sandbox.activation) == 1)
    halite_gpr(sandbox.activation)[0] = 40
    halite_gpr(sandbox.activation)[2] = 2
    #expect(halite_switch(sandbox.activation) == returned)
    #expect(halite_gpr(sandbox.activation)[0] == 42)
  }

  @Test func interruptKeepsEveryRegister() throws {
    let sandbox = try BareSandbox()
    sandbox.prepare(fixture_interrupt)
    #expect(halite_switch(sandbox.activation) == 0)
    #expect(halite_switch(sandbox.activation) == returned)
    for number in 0..<15 where number != 4 {
      #expect(sandbox.word(8 * number).pointee == UInt64(100 + number), "register \(number)")
    }
    for number in 1..<16 {
      #expect(sandbox.word(128 + 16 * number).pointee == UInt64(200 + number), "vector \(number)")
    }
  }

  @Test func hostStateSurvivesASpoiledSandbox() throws {
    let sandbox = try BareSandbox()
    let before = hostState()
    sandbox.prepare(fixture_spoil)
    #expect(halite_switch(sandbox.activation) == 1)
    #expect(hostState() == before)
    #expect(halite_switch(sandbox.activation) == returned)
    #expect(hostState() == before)
  }

  @Test(.enabled(if: halite_has_fsgsbase())) func segmentBaseIsTheSandboxsAndThenTheHostsAgain() throws {
    let sandbox = try BareSandbox()
    sandbox.word(0).pointee = 0x1234
    sandbox.prepare(fixture_gs, usesGS: true)
    let before = fixture_host_gs_base()
    #expect(halite_switch(sandbox.activation) == returned)
    #expect(halite_gpr(sandbox.activation)[0] == 0x1234)
    #expect(fixture_host_gs_base() == before)
  }

  @Test func resumesOnAnotherThread() throws {
    let sandbox = try BareSandbox()
    sandbox.prepare(fixture_gate)
    #expect(halite_switch(sandbox.activation) == 1)
    halite_gpr(sandbox.activation)[0] = 7
    halite_gpr(sandbox.activation)[2] = 0
    let address = UInt(bitPattern: sandbox.activation)
    let result = onAnotherThread {
      UnsafeMutablePointer<halite_activation>(bitPattern: address).map(halite_switch) ?? 0
    }
    #expect(result == returned)
    #expect(halite_gpr(sandbox.activation)[0] == 7)
  }

  private func hostState() -> [UInt64] { [UInt64(fixture_host_mxcsr()), fixture_host_flags() & 0x400] }
}
