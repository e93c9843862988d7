import Entities
import IR
import Nexe
import X86

/// Code that belongs to the module and to no wasm function: import thunks, the FOREIGN stub, the entry area.
enum ModuleStubs {
  /// An ordinary function with the import's signature: arguments and results pass through (docs/NEXE.md).
  static func importThunk(_ function: FunctionIndex, in module: ModuleContext) -> CodeFragment {
    gateFunction(.hostCall, function, in: module) { assembler in
      assembler.emit(Native(.mov, .w32, .register(.rax), .immediate(Int64(function.rawValue))))
    }
  }

  /// Where entry 1 leads.
  static func foreignStub(in module: ModuleContext) -> CodeFragment {
    gateFunction(.foreign, FunctionIndex(.max), in: module) { _ in }
  }

  /// POLL, the callee-saved registers to the frame, a gate, which destroys them, and back.
  private static func gateFunction(
    _ gate: Gate, _ function: FunctionIndex, in module: ModuleContext, _ prepare: (inout BundleAssembler) -> Void
  ) -> CodeFragment {
    var assembler = makeAssembler(module)
    let start = assembler.makeLabel()
    let slow = assembler.makeLabel()
    func site(_ kind: CodeSite.Kind, hasFrame: Bool) -> CodeSite {
      CodeSite(address: 0, sourceOffset: 0, function: function, kind: kind, hasFrame: hasFrame)
    }
    let saved = CallingConvention.calleeSaved
    let frameSize = X86.Operand.immediate(Int64(8 * saved.count))
    func place(_ index: Int) -> X86.Operand { .address(.flat(.rsp, displacement: Int32(8 * index))) }
    assembler.bind(start)
    assembler.emitGroup(
      Native(.cmp, .w64, .register(.rsp), word(ContextLayout.limit)),
      Native(.jcc, .w32, condition: .below, .label(slow)))
    if !saved.isEmpty { assembler.emit(Native(.sub, .w64, .register(.rsp), .register(.rsp), frameSize)) }
    for (index, register) in saved.enumerated() {
      assembler.emit(Native(.mov, .w64, place(index), .register(register)))
    }
    prepare(&assembler)
    assembler.emit(Native(.callIndirect, .w64, word(module.layout.gate(gate))))
    assembler.mark(site(.call, hasFrame: !saved.isEmpty))
    for (index, register) in saved.enumerated() {
      assembler.emit(Native(.mov, .w64, .register(register), place(index)))
    }
    if !saved.isEmpty { assembler.emit(Native(.add, .w64, .register(.rsp), .register(.rsp), frameSize)) }
    assembler.emit(Native(.ret))
    assembler.bind(slow)
    assembler.emit(Native(.callIndirect, .w64, word(module.layout.gate(.interrupt))))
    assembler.mark(site(.poll, hasFrame: false))
    assembler.emit(Native(.jmp, .w32, .label(start)))
    return assembler.finish()
  }

  /// Rule C3: trap, FOREIGN, a bundle for each signature that a referenced function accepts, and trap bundles up to a power of two.
  static func entryArea(in module: ModuleContext, countLog2: UInt32) -> CodeFragment {
    var assembler = makeAssembler(module)
    let trap = assembler.makeLabel()
    let trapCall = Native(.callIndirect, .w64, word(module.layout.gate(.trap)))
    assembler.bind(trap)
    assembler.emit(trapCall)
    assembler.alignToBundle()
    assembler.emit(Native(.jmp, .w32, .symbol(Reference.foreignStub.symbol)))
    var bundles = 2
    for function in module.referencedFunctions {
      let accepted = module.declarations.acceptedSignatures(of: function)
      var next = trap
      for (position, signature) in accepted.enumerated() {
        assembler.alignToBundle()
        if position > 0 { assembler.bind(next) }
        next = position == accepted.count - 1 ? trap : assembler.makeLabel()
        assembler.emit(Native(.cmpLong, .w32, .register(.r10), .immediate(Int64(signature.rawValue))))
        assembler.emit(Native(.jcc, .w32, condition: .notEqual, .label(next)))
        assembler.emit(Native(.jmp, .w32, .symbol(Reference.function(function).symbol)))
      }
      bundles += accepted.count
    }
    for _ in bundles..<(1 << Int(countLog2)) {
      assembler.alignToBundle()
      assembler.emit(trapCall)
    }
    return assembler.finish()
  }

  private static func makeAssembler(_ module: ModuleContext) -> BundleAssembler {
    BundleAssembler(isa: module.options.instructionSet == .x86_64_v3 ? .v3 : .v2)
  }

  private static func word(_ offset: Int32) -> X86.Operand { .address(.flat(.r15, displacement: offset)) }
}
