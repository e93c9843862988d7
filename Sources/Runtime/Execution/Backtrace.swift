import CSandbox
import Entities
import NaClValidator

/// From saved stack pointers to WebAssembly frames. Return words and frame sizes are proved by the validator; what they
/// mean is the nexe's own untrusted word.
extension Execution {
  private static let longestBacktrace = 64

  /// Frames of all activations, youngest first.
  func backtrace() -> [Trap.Frame] {
    var frames: [Trap.Frame] = []
    for activation in stack.reversed() {
      Self.appendFrames(of: activation, to: &frames)
      if frames.count >= Self.longestBacktrace { break }
    }
    return frames
  }

  private static func appendFrames(of activation: Activation, to frames: inout [Trap.Frame]) {
    let instance = activation.instance
    var address = activation.state.pointee.gpr.4
    let end = activation.state.pointee.entry_rsp
    let lowest = UInt64(UInt(bitPattern: instance.slot.base))
    while frames.count < longestBacktrace, address >= lowest, address < end, address % 8 == 0 {
      guard let returnAddress = instance.textOffset(at: address),
        let record = instance.functionRecord(containing: returnAddress)
      else { return }
      address += 8
      // A trap bundle of the entry area has no site and no frame; elsewhere a missing site ends the walk.
      if record.kind == .entryArea { continue }
      let sites = instance.module.sites.sites(at: returnAddress)
      guard let site = sites.first else { return }
      frames.append(contentsOf: sites.prefix(longestBacktrace - frames.count).map { instance.module.frame($0) })
      if site.hasFrame { address += UInt64(record.frameSize) }
    }
  }

  /// Why a sandbox called TRAP.
  func trapReason(of activation: Activation) -> Trap.Reason {
    let instance = activation.instance
    guard let returnAddress = instance.textOffset(at: activation.state.pointee.gpr.4) else { return .unexplained }
    if instance.functionRecord(containing: returnAddress)?.kind == .entryArea {
      let isNull = UInt32(truncatingIfNeeded: activation.state.pointee.gpr.0) == 0
      return .code(isNull ? .indirectCallToNull : .indirectCallTypeMismatch)
    }
    guard let site = instance.module.sites.site(at: returnAddress), site.isTrap,
      let code = TrapCode(rawValue: site.trapCode)
    else { return .unexplained }
    return .code(code)
  }
}

extension Activation {
  /// It waits in the function that the host entered, or in one that was jumped to in its place, with nothing left to do
  /// but to return: at a gate for calls that is an import's thunk or the FOREIGN stub behind a tail call.
  var isAtItsEnd: Bool {
    let stackPointer = state.pointee.gpr.4
    guard let returnAddress = instance.textOffset(at: stackPointer),
      let record = instance.functionRecord(containing: returnAddress)
    else { return false }
    return stackPointer &+ 8 &+ UInt64(record.frameSize) == state.pointee.entry_rsp
  }
}

extension InstanceBody {
  /// The return word at `address` of this sandbox's stack, relative to text; nil if it leads elsewhere.
  fileprivate func textOffset(at address: UInt64) -> UInt32? {
    guard let word = UnsafePointer<UInt64>(bitPattern: UInt(address))?.pointee else { return nil }
    let (offset, underflow) = word.subtractingReportingOverflow(module.code.text)
    guard !underflow, offset > 0, offset <= module.code.textSize else { return nil }
    return UInt32(truncatingIfNeeded: offset)
  }

  /// The function whose code ends in the call that returns to `offset`.
  fileprivate func functionRecord(containing offset: UInt32) -> NaClValidator.FunctionRecord? {
    let records = verified.functions
    var low = 0
    var high = records.count
    while low < high {
      let middle = (low + high) / 2
      if records[middle].end < offset { low = middle + 1 } else { high = middle }
    }
    return low < records.count && records[low].start < offset ? records[low] : nil
  }
}

extension Module {
  fileprivate func frame(_ site: SiteTable.Site) -> Trap.Frame {
    let wasm = metadata.wasm
    let isKnown = site.function < UInt32(wasm.functions.count)
    let name = isKnown ? wasm.name(of: FunctionIndex(site.function)) : ""
    return Trap.Frame(
      functionIndex: site.function, functionName: name.isEmpty ? nil : name, offset: site.moduleOffset)
  }
}
