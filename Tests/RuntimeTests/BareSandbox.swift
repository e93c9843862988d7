import CSandbox
import SandboxFixtures

@testable import Runtime

/// A slot with gate words but no module.
final class BareSandbox {
  let slot: Slot
  let activation = UnsafeMutablePointer<halite_activation>.allocate(capacity: 1)

  init() throws {
    slot = try Slot(layout: SlotLayout(stack: 65_536, context: 4096, memory: 65_536), pool: RegionPool())
    word(-16).pointee = halite_gate_address(0)
    word(-24).pointee = halite_gate_address(1)
  }

  deinit { activation.deallocate() }

  func word(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (slot.origin + offset).assumingMemoryBound(to: UInt64.self)
  }

  func prepare(_ function: @convention(c) () -> Void, usesGS: Bool = false) {
    activation.pointee = halite_activation()
    halite_prepare(
      activation, fixture_address(function), slot.stackTop, UInt64(UInt(bitPattern: slot.origin)),
      UInt64(UInt(bitPattern: slot.origin)), usesGS)
  }

  var returnWord: UInt64 { word(Int(activation.pointee.entry_rsp) - Int(bitPattern: slot.origin)).pointee }
}
