import CSandbox
import NaClValidator

/// The gates that work on memories, tables, segments and globals (docs/NEXE.md, "Gates"). Every register is hostile.
extension InstanceBody {
  /// Throws `Suspension` out of a long operation, which goes on where it was when the same gate is served again.
  func serveBulk(_ gate: Gate, _ activation: Activation) throws {
    let call = GateArguments(activation.state.pointee)
    var result: UInt64 = 0
    switch gate {
    case .memoryGrow: result = try growMemory(index(call.edi, memories.count, "memory"), pages: call.rsi)
    case .memoryFill:
      try fillMemory(
        index(call.ecx, memories.count, "memory"), at: call.rdi, value: UInt8(call.esi & 0xff), count: call.rdx,
        activation)
    case .memoryCopy:
      try copyMemory(
        to: index(call.ecx, memories.count, "memory"), at: call.rdi, from: index(call.r8d, memories.count, "memory"),
        at: call.rsi, count: call.rdx, activation)
    case .memoryInit:
      try initialiseMemory(
        index(call.ecx, memories.count, "memory"), at: call.rdi,
        segment: index(call.r8d, isDataSegmentDropped.count, "data segment"), at: call.esi, count: call.edx,
        activation)
    case .dataDrop: isDataSegmentDropped[try index(call.edi, isDataSegmentDropped.count, "data segment")] = true
    case .tableSet:
      try setTable(index(call.ecx, tableWords.count, "table"), at: call.rdi, word: call.rsi)
    case .tableGrow:
      result = try growTable(index(call.ecx, tableWords.count, "table"), by: call.rsi, word: call.rdi, activation)
    case .tableFill:
      try fillTable(
        index(call.ecx, tableWords.count, "table"), at: call.rdi, word: call.rsi, count: call.rdx, activation)
    case .tableCopy:
      try copyTable(
        to: index(call.ecx, tableWords.count, "table"), at: call.rdi, from: index(call.r8d, tableWords.count, "table"),
        at: call.rsi, count: call.rdx, activation)
    case .tableInit:
      try initialiseTable(
        index(call.ecx, tableWords.count, "table"), at: call.rdi,
        segment: index(call.r8d, elementSegments.count, "element segment"), at: call.esi, count: call.edx,
        activation)
    case .elementDrop: elementSegments[try index(call.edi, elementSegments.count, "element segment")] = nil
    case .globalSet:
      let global = try index(call.ecx, globals.count, "global")
      guard verified.globals[global].storage == .mirror else { throw Trap(.invalidGateCall("global \(global)")) }
      try globals[global].set(decode(call.rdi, as: globals[global].type.value))
    case .interrupt, .trap, .hostCall, .foreign:
      preconditionFailure("these gates are the execution's")
    }
    activation.clearResults()
    activation.state.pointee.gpr.0 = result
  }

  private func index(_ value: UInt64, _ count: Int, _ what: String) throws(Trap) -> Int {
    guard value < UInt64(count) else { throw Trap(.invalidGateCall("\(what) \(value)")) }
    return Int(value)
  }
}

/// A gate's argument registers; the 32-bit names are zero-extended.
private struct GateArguments {
  let rdi: UInt64
  let rsi: UInt64
  let rdx: UInt64
  let ecx: UInt64
  let r8d: UInt64
  var edi: UInt64 { rdi & 0xffff_ffff }
  var esi: UInt64 { rsi & 0xffff_ffff }
  var edx: UInt64 { rdx & 0xffff_ffff }

  init(_ state: halite_activation) {
    rdi = state.gpr.7
    rsi = state.gpr.6
    rdx = state.gpr.2
    ecx = state.gpr.1 & 0xffff_ffff
    r8d = state.gpr.8 & 0xffff_ffff
  }
}
