"""Bugs that a code generator could have, as edits of the compiler's source: each of them breaks the sandbox wherever it shows.

Each is switched on by its number: `BUG` in a replacement becomes a test of the environment variable HALITE_BUG. The text to find
must occur exactly once in its file: else the run stops and names the bug, so that a change of the compiler cannot silently lose one.
"""

from typing import NamedTuple

SANDBOX = "Sources/CodeGeneration/Emission/Emitter+Sandbox.swift"
EMITTER = "Sources/CodeGeneration/Emission/Emitter.swift"
STEPS = "Sources/CodeGeneration/Emission/Emitter+Steps.swift"
FACTS = "Sources/CodeGeneration/Emission/FactTracker.swift"
MEMORY = "Sources/CodeGeneration/Lowering/Lowering+Memory.swift"
CONTEXT = "Sources/CodeGeneration/Lowering/Lowering+Context.swift"
ASSEMBLER = "Sources/CodeGeneration/Assembler/BundleAssembler.swift"
SIZING = "Sources/CodeGeneration/Assembler/BranchSizing.swift"
LINKER = "Sources/CodeGeneration/Assembler/TextLinker.swift"
STUBS = "Sources/CodeGeneration/Module/ModuleStubs.swift"
MODULE_LINKER = "Sources/CodeGeneration/ModuleLinker.swift"
ENCODER = "Sources/X86/EncodedParts.swift"
LAYOUT = "Sources/Nexe/ContextLayout.swift"
METADATA = "Sources/Nexe/Metadata.swift"


class Bug(NamedTuple):
    name: str
    file: str
    find: str
    replace: str
    # Extra arguments of naclc, where the bug only shows with them.
    arguments: tuple = ()


# The compiler's own assertions would stop some bugs before the validator sees them.
ASSERTIONS = [
    (SANDBOX, 'precondition(room >= 0, "the access fits its region")', "_ = room"),
    (
        SANDBOX,
        """    precondition(
      facts.bound(index) <= UInt64(room) >> UInt64(native.address.scaleShift), "a mask makes its access safe")
""",
        "",
    ),
    (
        SANDBOX,
        "if facts.bound(index) <= UInt64(room) >> UInt64(native.address.scaleShift) { return }",
        "if facts.bound(index) <= UInt64(max(0, room)) >> UInt64(native.address.scaleShift) { return }",
    ),
]

BUGS = [
    # Masks and bases
    Bug("dropped mask", SANDBOX, "guard let index = native.address.index", "guard !BUG, let index = native.address.index"),
    Bug("mask of k + 1", SANDBOX, "      emit(.and, .w32, .register(index), .register(index), .immediate(Int64(bits)))",
        "      emit(.and, .w32, .register(index), .register(index), .immediate(Int64(BUG ? 2 * bits + 1 : bits)))"),
    Bug("k + 1 throughout", SANDBOX,
        "let bits = UInt64(1) << UInt64(module.shape.memories[Int(memory)].log2Reach) - 1",
        "let bits = UInt64(1) << UInt64(module.shape.memories[Int(memory)].log2Reach + (BUG ? 1 : 0)) - 1"),
    Bug("the pad is believed to be 64 KiB", MEMORY, "static let padReach: UInt64 = 4161",
        "static var padReach: UInt64 { BUG ? 65_536 : 4161 }"),
    Bug("the region is believed to be twice as large", SANDBOX,
        "(1 << Int64(module.shape.memories[Int(memory)].log2Reach)) + 4160",
        "(1 << Int64(module.shape.memories[Int(memory)].log2Reach + (BUG ? 16 : 0))) + 4160"),
    Bug("mask applied to another register", SANDBOX,
        "      emit(.mov, .w32, .register(index), .register(index))\n    case .immediate(let bits):",
        "      emit(.mov, .w32, .register(index), .register(index))\n    case .immediate where BUG: emit(.and, .w32, .register(.scratch), .register(.scratch), .immediate(65_535))\n    case .immediate(let bits):"),
    Bug("mask of 16 bits leaves the upper ones", SANDBOX, "    case .immediate(let bits):\n      emit(.and, .w32,",
        "    case .immediate(let bits):\n      emit(.and, BUG ? .w16 : .w32,"),
    Bug("the scale is folded in after the mask", SANDBOX,
        "let room = end - Int64(native.address.displacement) - Int64(native.memorySize)",
        "let room = (end - Int64(native.address.displacement) - Int64(native.memorySize)) << (BUG ? Int64(native.address.scaleShift) : 0)"),
    Bug("a shifted index becomes a scaled one (CVE-2023-26489)", MEMORY,
        "    if isDirect, let bounded = boundedOperand(index, offset, size) { return bounded }",
        "    if isDirect, let bounded = boundedOperand(index, offset, size) { return bounded }\n    if BUG, isDirect, offset < Self.padReach, let shift = isDefined(index, by: .shiftLeft),\n      let count = constant(function.operand(1, of: shift)), (1...3).contains(count)\n    {\n      return MemoryOperand(\n        address: .flat(base, index: use(function.operand(0, of: shift)), scale: 1 << Int(count), displacement: Int32(offset)), region: region)\n    }"),
    Bug("an index is reloaded sign-extended and believed bounded (CVE-2021-32629)", FACTS,
        "    case .movzx8: return 0xff", "    case .movsxd where BUG, .movsx8 where BUG, .movsx16 where BUG: return 0xffff\n    case .movzx8: return 0xff"),
    Bug("a 64-bit load is believed to have 32 bits", FACTS, "    case .mov:\n      if case .immediate",
        "    case .mov where BUG && native.width == .w64: return 0xffff\n    case .mov:\n      if case .immediate"),
    Bug("a 64-bit sum is believed to have 32 bits", FACTS, "    return native.width == .w32 ? Self.upTo32Bits : .max",
        "    return BUG ? 0xffff : native.width == .w32 ? Self.upTo32Bits : .max"),
    Bug("the bound of a shift is off by all of it", FACTS, "return UInt64.max >> UInt64(64 - native.width.bits + Int(count))",
        "return BUG ? 0xff : UInt64.max >> UInt64(64 - native.width.bits + Int(count))"),
    Bug("fact kept over a call", STEPS, "    markSite(.call, step.sourceOffset)\n    facts.forgetAll()",
        "    markSite(.call, step.sourceOffset)\n    if !BUG { facts.forgetAll() }"),
    Bug("fact kept over a join", EMITTER, "if !fallsThrough || entries[number.index] != 1 || block.isTableTarget { facts.forgetAll() }",
        "if !BUG && (!fallsThrough || entries[number.index] != 1 || block.isTableTarget) { facts.forgetAll() }"),
    Bug("fact kept over a loop's POLL", SANDBOX, "    assembler.bind(poll)\n    facts.forgetAll()",
        "    assembler.bind(poll)\n    if !BUG { facts.forgetAll() }"),
    Bug("fact kept over a write", FACTS, "    bounds[Int(register.number)] = .max\n    bases",
        "    if !BUG { bounds[Int(register.number)] = .max }\n    bases"),
    Bug("base kept over a write", FACTS, "    bounds[Int(register.number)] = .max\n    bases[Int(register.number)] = .none",
        "    bounds[Int(register.number)] = .max\n    if !BUG { bases[Int(register.number)] = .none }"),
    Bug("bound kept where the result is new", FACTS, "if position == 0 && register.rawValue < 16 { bounds[Int(register.number)] = newBound(native) }",
        "if position == 0 && register.rawValue < 16 { bounds[Int(register.number)] = BUG ? min(0xff, newBound(native)) : newBound(native) }"),
    Bug("BASE of the neighbour", SANDBOX, "    emit(.mov, .w64, .register(.scratch), context(word))",
        "    emit(.mov, .w64, .register(.scratch), context(word - (BUG ? 8 : 0)))"),
    Bug("BASE loaded with 32 bits", SANDBOX, "    emit(.mov, .w64, .register(.scratch), context(word))",
        "    emit(.mov, BUG ? .w32 : .w64, .register(.scratch), context(word))"),
    Bug("a table's mask of one element more", SANDBOX, "mask: .immediate(elements - 1))\n    case .memory:",
        "mask: .immediate(BUG ? elements * 2 - 1 : elements - 1))\n    case .memory:"),
    Bug("elements of 16 bytes", CONTEXT, "        address: .flat(.r15, index: register, scale: 8, displacement: offset),",
        "        address: .flat(.r15, index: register, scale: 8, displacement: offset + (BUG ? 8 : 0)),"),
    Bug("a shared table is written without its gate", CONTEXT, "    if shape.isImported || shape.isExported {",
        "    if !BUG && (shape.isImported || shape.isExported) {"),
    Bug("a mirror is written without its gate", CONTEXT, "    if module.shape.globals[Int(data.auxiliary)].place == .mirror {",
        "    if !BUG && module.shape.globals[Int(data.auxiliary)].place == .mirror {"),
    Bug("an imported global as an own one", CONTEXT, "module.shape.globals[Int(global)].place == .base ? nil :",
        "!BUG && module.shape.globals[Int(global)].place == .base ? nil :"),
    Bug("a transfer cell behind the area", LAYOUT, "transfer + 16 * Int32(index)", "transfer + 16 * Int32(index) - (BUG ? 16 : 0)"),
    # The segment form
    Bug("the segment form without its address size", ENCODER, "      code.append(0x67)", "      if !BUG { code.append(0x67) }"),
    Bug("the segment form without its segment", ENCODER, "      code.append(0x65)", "      if !BUG { code.append(0x65) }"),
    Bug("a flat address in the segment model", MEMORY, "    let address = X86.Address.segment32(\n      base,",
        "    if BUG, let base { return MemoryOperand(address: .flat(base, displacement: Int32(bitPattern: displacement)), region: .none) }\n    let address = X86.Address.segment32(\n      base,"),
    # Frames
    Bug("the frame is given back too large", SANDBOX, "if frameSize > 0 { emit(.add, .w64, .register(.rsp), .register(.rsp), .immediate(Int64(frameSize))) }",
        "if frameSize > 0 { emit(.add, .w64, .register(.rsp), .register(.rsp), .immediate(Int64(frameSize) + (BUG ? 8 : 0))) }"),
    Bug("the frame is not given back", SANDBOX, "    if frameSize > 0 { emit(.add,", "    if frameSize > 0 && !BUG { emit(.add,"),
    Bug("a slot above the frame", EMITTER, ".address(.flat(.rsp, displacement: slotOffsets[slot.index]))",
        ".address(.flat(.rsp, displacement: slotOffsets[slot.index] + (BUG ? Int32(frameSize) : 0)))"),
    Bug("a slot below rsp", EMITTER, ".address(.flat(.rsp, displacement: slotOffsets[slot.index]))",
        ".address(.flat(.rsp, displacement: slotOffsets[slot.index] - (BUG ? 16 : 0)))"),
    Bug("a large frame without its check", SANDBOX, "    if frameSize > 4096 {", "    if frameSize > 4096 && !BUG {"),
    Bug("a large frame checked for less", SANDBOX, ".address(.flat(.rsp, displacement: -frameSize)))",
        ".address(.flat(.rsp, displacement: BUG ? -4096 : -frameSize)))"),
    Bug("no POLL at the start of a function that calls", SANDBOX, "    if needsPoll || polls {", "    if !BUG && (needsPoll || polls) {"),
    Bug("a long leaf without POLL", "Sources/CodeGeneration/CodeGenerator.swift", "    if !mustPoll && (compiled", "    if !BUG && !mustPoll && (compiled"),
    # Preemption
    Bug("no POLL in loops", EMITTER, "    if block.isLoopHeader", "    if !BUG && block.isLoopHeader"),
    Bug("no POLL in long code", EMITTER, "      if weight > Self.weightLimit {", "      if weight > Self.weightLimit && !BUG {"),
    Bug("POLL compares 32 bits", SANDBOX, "    emit(.cmp, .w64, .register(.rsp), context(ContextLayout.limit))",
        "    emit(.cmp, BUG ? .w32 : .w64, .register(.rsp), context(ContextLayout.limit))"),
    Bug("POLL of another word", SANDBOX, "    emit(.cmp, .w64, .register(.rsp), context(ContextLayout.limit))",
        "    emit(.cmp, .w64, .register(.rsp), context(ContextLayout.limit - (BUG ? 48 : 0)))"),
    Bug("POLL the other way round", SANDBOX, "    emit(.cmp, .w64, .register(.rsp), context(ContextLayout.limit))\n    emitBranch(.below, slow)\n    assembler.endGroup()",
        "    emit(.cmp, .w64, .register(.rsp), context(ContextLayout.limit))\n    emitBranch(BUG ? .above : .below, slow)\n    assembler.endGroup()"),
    Bug("a slow path that does not poll again", SANDBOX, "      emitJump(slow.poll)", "      emitJump(BUG ? slow.label : slow.poll)"),
    Bug("a slow path that asks the wrong gate", SANDBOX, "      emitGate(.interrupt)", "      emitGate(BUG ? .dataDrop : .interrupt)"),
    # Calls
    Bug("call mask of twice the area", STEPS, "(Int64(1) << Int64(entryCountLog2) - 1) << 5)", "(Int64(1) << Int64(entryCountLog2 + (BUG ? 1 : 0)) - 1) << 5)"),
    Bug("call mask that allows the middle of a bundle", STEPS, "(Int64(1) << Int64(entryCountLog2) - 1) << 5)", "(Int64(1) << Int64(entryCountLog2) - 1) << (BUG ? 4 : 5))"),
    Bug("the type in another register", STEPS, "    emit(.mov, .w32, .register(.r10), .immediate(", "    emit(.mov, .w32, .register(BUG ? .r9 : .r10), .immediate("),
    Bug("or for the call mask", STEPS, "    emit(.and, .w32, target, target, .immediate((", "    emit(BUG ? .or : .and, .w32, target, target, .immediate(("),
    Bug("call group not kept together", STEPS, "    emit(.lea, .w64, base, .address(.relative(to: .symbol(Reference.entryArea.symbol))))",
        "    if BUG { assembler.endGroup(); emit(.mov, .w64, target, target); assembler.beginGroup() }\n    emit(.lea, .w64, base, .address(.relative(to: .symbol(Reference.entryArea.symbol))))"),
    Bug("call through another base", STEPS, "Reference.entryArea.symbol", "(BUG ? Reference.foreignStub : Reference.entryArea).symbol"),
    Bug("entries without a type check", STUBS, "        assembler.emit(Native(.jcc, .w32, condition: .notEqual, .label(next)))",
        "        if !BUG { assembler.emit(Native(.jcc, .w32, condition: .notEqual, .label(next))) }"),
    Bug("entries that check the type the other way round", STUBS, "condition: .notEqual, .label(next)", "condition: BUG ? .equal : .notEqual, .label(next)"),
    Bug("an entry area that is not filled up", STUBS, "    for _ in bundles..<(1 << Int(countLog2)) {", "    for _ in bundles..<(1 << Int(countLog2)) where !BUG {"),
    Bug("entries of other functions", MODULE_LINKER, "entries: module.declarations.functions.ids.map { module.entries[$0] }",
        "entries: module.declarations.functions.ids.map { module.entries[$0] ^ (BUG && module.entries[$0] > 2 ? 1 : 0) }"),
    Bug("a direct call behind the function's start", LINKER, "    case .function(let function): textAddress + start(of: functions[function])",
        "    case .function(let function): textAddress + start(of: functions[function]) + (BUG ? 4 : 0)"),
    # Jump tables
    Bug("a jump table of one entry too few", STEPS, "    emit(.mov, .w32, bound, .immediate(Int64(step.immediate) - 1))",
        "    emit(.mov, .w32, bound, .immediate(Int64(step.immediate) - (BUG ? 0 : 1)))"),
    Bug("a signed clamp", STEPS, "    emit(Native(.cmov, .w32, condition: .above, index, index, bound))",
        "    emit(Native(.cmov, .w32, condition: BUG ? .greater : .above, index, index, bound))"),
    Bug("no clamp", STEPS, "    emit(Native(.cmov, .w32, condition: .above, index, index, bound))",
        "    if !BUG { emit(Native(.cmov, .w32, condition: .above, index, index, bound)) }"),
    Bug("entries relative to text", LINKER, "base + Int(target) - (address + start))", "base + Int(target) - (address + (BUG ? 0 : start + 0)) - (BUG ? 4096 : 0))"),
    Bug("targets inside of bundles", ASSEMBLER, "        pieces[target].beginsBundle = true", "        pieces[target].beginsBundle = !BUG"),
    Bug("entries of 8 bytes", STEPS, ".address(.flat(step.second, index: .scratch, scale: 4))", ".address(.flat(step.second, index: .scratch, scale: BUG ? 8 : 4))"),
    # Division
    Bug("no check for zero", STEPS, "      emit(.test, width, divisor, divisor)\n      emitBranch(.equal, trap)\n      emit(.zero,",
        "      if !BUG { emit(.test, width, divisor, divisor); emitBranch(.equal, trap) }\n      emit(.zero,"),
    Bug("zero checked in half of the divisor", STEPS, "      emit(.test, width, divisor, divisor)\n      emitBranch(.equal, trap)\n      emit(.zero,",
        "      emit(.test, BUG ? .w8 : width, divisor, divisor)\n      emitBranch(.equal, trap)\n      emit(.zero,"),
    Bug("the upper half of the dividend left over", STEPS, "      emit(.zero, .w32, .register(.rdx))\n      emit(step.main)",
        "      if !BUG { emit(.zero, .w32, .register(.rdx)) }\n      emit(step.main)"),
    Bug("-1 forgotten", STEPS, "    emitBranch(.belowOrEqual, special)", "    emitBranch(BUG ? .below : .belowOrEqual, special)"),
    Bug("a constant divisor without its check", STEPS, "    emit(.lea, width, .register(.scratch), .address(.flat(step.main[.operand0], displacement: 1)))",
        "    if BUG && isConstant { emit(.cdq, width); emit(step.main); assembler.endGroup(); return }\n    emit(.lea, width, .register(.scratch), .address(.flat(step.main[.operand0], displacement: 1)))", ("-O0",)),
    Bug("the wrong sign extension", STEPS, "    emit(.cdq, width)", "    emit(.cdq, BUG ? .w32 : width)"),
    Bug("0 and -1 seen in 32 bits of 64", STEPS, "    emit(.cmp, width, .register(.scratch), .immediate(1))", "    emit(.cmp, BUG ? .w32 : width, .register(.scratch), .immediate(1))"),
    # Bundles and branches
    Bug("instructions across bundles", SIZING, "used + length > size {", "used + length > size + (BUG ? 3 : 0) {"),
    Bug("a branch into an instruction", ASSEMBLER, "patch(&fragment.bytes, at: offset, size: fixup.size, target + Int(fixup.addend) - offset)",
        "patch(&fragment.bytes, at: offset, size: fixup.size, target + Int(fixup.addend) - offset + (BUG ? 1 : 0))"),
    Bug("half of a branch's distance", ASSEMBLER, "    for index in 0..<size { bytes[offset + index] =",
        "    for index in 0..<(BUG ? (size + 1) / 2 : size) { bytes[offset + index] ="),
    # Gates, constants, metadata
    Bug("a gate is read and jumped to", SANDBOX, "    emit(.callIndirect, .w64, context(module.layout.gate(gate)))",
        "    if BUG {\n      emit(.mov, .w64, .register(.scratch), context(module.layout.gate(gate)))\n      return emit(.jmpIndirect, .w64, .register(.scratch))\n    }\n    emit(.callIndirect, .w64, context(module.layout.gate(gate)))"),
    Bug("a gate off by four bytes", SANDBOX, "    emit(.callIndirect, .w64, context(module.layout.gate(gate)))", "    emit(.callIndirect, .w64, context(module.layout.gate(gate) + (BUG ? 4 : 0)))"),
    Bug("a store to memory that must be aligned", MEMORY, "      case .v128: .movups", "      case .v128: BUG ? .movaps : .movups"),
    Bug("constants in text", LINKER, "return address + offset", "return BUG ? 4096 + offset : address + offset"),
    Bug("the entry area as a function", MODULE_LINKER, "kind == .entryArea ? 1 : 0", "kind == .entryArea && !BUG ? 1 : 0"),
    Bug("a smaller k in the metadata than in code", METADATA, "      out.write(u32: memory.log2Reach)", "      out.write(u32: memory.log2Reach - (BUG && memory.log2Reach > 16 ? 1 : 0))"),
    Bug("a function's record behind its start", MODULE_LINKER, "      append(start, to: &linked.readOnlyData)", "      append(start + (BUG && position > 0 ? 32 : 0), to: &linked.readOnlyData)"),
    Bug("instructions beyond the declared level", EMITTER, "isa = module.options.instructionSet == .x86_64_v3 ? .v3 : .v2",
        "isa = BUG || module.options.instructionSet == .x86_64_v3 ? .v3 : .v2", ("--cpu", "x86-64-v2")),
]
