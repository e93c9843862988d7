import IR
import Nexe
import RegisterAllocation
import X86

/// Exceptions: a status beside the results (ABI C8), values in the first cells of the transfer area, and two services of
/// the host for exceptions that become references.
extension Lowering {
  /// What HOSTCALL's eax asks for instead of an imported function (docs/NEXE.md, "Gates").
  private enum Service: UInt32 {
    case boxException = 0x8000_0000
    case unboxException = 0x8000_0001
  }

  /// A return's further operand: the status 0.
  mutating func appendStatusOfSuccess() {
    let uses = operands
    let zero = fresh()
    defineConstant(Native(.mov, .w64, .register(zero), .immediate(0)))
    operands = uses
    operands.append(.use(VirtualRegister(zero), .fixed(PhysicalRegister(CallingConvention.status))))
  }

  mutating func selectRaise(_ data: InstructionData) {
    let values = function.valueLists[data.operands]
    storePayload(values.dropFirst())
    let word = use(operandValue(0))
    operands.removeAll(keepingCapacity: true)
    operands.append(.use(VirtualRegister(word), .fixed(PhysicalRegister(CallingConvention.status))))
    appendImplicit(step(.returnValues, Native(.ret)))
  }

  /// Values to the first cells.
  mutating func storePayload(_ values: ArraySlice<Value>) {
    for (cell, value) in values.enumerated() { storeCell(cell, value) }
  }

  mutating func selectExceptionBox(_ data: InstructionData) {
    storePayload(function.valueLists[data.operands].dropFirst())
    gate(.hostCall, [(.number(Service.boxException.rawValue), .rax), (.value(operandValue(0)), .rdi)])
  }

  mutating func selectExceptionUnbox(_ data: InstructionData) {
    gate(.hostCall, [(.number(Service.unboxException.rawValue), .rax), (.value(operandValue(0)), .rdi)])
  }
}
