import IR
import RegisterAllocation
import X86

/// From one function's IR to sandboxed machine code: selection, allocation, emission. Pure; safe to run in parallel.
public enum CodeGenerator {
  /// - Requires: `function` is well formed.
  public static func compile(
    _ function: IR.Function, in module: ModuleContext
  ) throws(CodeGenerationError) -> CompiledFunction {
    let isa: ISALevel = module.options.instructionSet == .x86_64_v3 ? .v3 : .v2
    let dumps = module.options.dumps
    var compiled = CompiledFunction(index: function.index)

    let machine = Lowering.lower(function, in: module)
    if dumps.contains(.selection) { compiled.dumps.selection = MachinePrinter.selection(machine, isa: isa) }

    let allocation = RegisterAllocator.allocate(machine.input, environment: .sandbox)
    if module.options.checksAllocation { try check(machine, allocation, function.index) }
    if dumps.contains(.allocation) {
      compiled.dumps.allocation = MachinePrinter.allocation(machine, allocation, isa: isa)
    }

    var emitter = Emitter(machine, allocation, module)
    if emitter.frameSize > 1 << 30 { throw .frameTooLarge(function.index) }
    let mustPoll = emitter.needsPoll
    compiled.frameSize = UInt32(emitter.frameSize)
    compiled.code = emitter.emit(beginsWithPoll: mustPoll)
    // Rule F4 counts the padding up to the next function too.
    if !mustPoll && (compiled.code.bytes.count + 31) & ~31 > Emitter.longestLeaf {
      var emitter = Emitter(machine, allocation, module)
      compiled.code = emitter.emit(beginsWithPoll: true)
    }
    compiled.dumps.assembly = compiled.code.listing
    return compiled
  }

  private static func check(
    _ machine: MachineFunction, _ allocation: AllocationResult, _ function: FunctionIndex
  ) throws(CodeGenerationError) {
    let violations = AllocationChecker.check(allocation, of: machine.input, environment: .sandbox)
    guard violations.isEmpty else {
      throw .allocationCheckFailed(function, violations.map(\.description).joined(separator: "; "))
    }
  }
}
