import Entities
import IR
import Nexe
import RegisterAllocation
import X86

/// Calls, returns and gates: ABI C8.
extension Lowering {
  // MARK: Entry

  /// The function's parameters: the first step of all defines those in registers; the others are read from their cells
  /// before anything can overwrite them.
  mutating func lowerEntry() {
    current = InstructionData(.jump, .i32)
    let parameters = function.blocks[function.entry].parameters
    let places = CallingConvention.arguments(parameters.map { function.type(of: $0) })
    var entry = step(.entry, Native(.mov))
    operands.removeAll(keepingCapacity: true)
    for (value, place) in zip(parameters, places) {
      guard case .register(let register) = place else { continue }
      operands.append(.definition(VirtualRegister(self.register(value)), .fixed(PhysicalRegister(register))))
      machine.places.append(.implicit)
    }
    entry.operands = machine.input.operands.append(contentsOf: operands)
    steps.append(entry)
    for (value, place) in zip(parameters, places) {
      guard case .cell(let cell) = place, uses[value.index] > 0 else { continue }
      loadCell(cell, register(value), function.type(of: value))
    }
    reversed.append(contentsOf: steps.reversed())
    steps.removeAll(keepingCapacity: true)
  }

  mutating func loadCell(_ cell: Int, _ register: MachineRegister, _ type: Type) {
    let address = context(module.layout.transferCell(cell))
    let (opcode, width) = Self.loadOperation(type, .full)
    emit(opcode, width, .register(register), .address(address))
  }

  mutating func storeCell(_ cell: Int, _ value: Value) {
    let address = X86.Operand.address(context(module.layout.transferCell(cell)))
    let type = function.type(of: value)
    if let bits = immediate(value), type == .i64 || bits >= 0 {
      release(value)
      emit(.mov, .w64, address, .immediate(bits))
      return
    }
    let register = X86.Operand.register(use(value))
    switch type {
    // 64 bits: the upper half of an i32 is zero, and the other side may count on it.
    case .i32, .i64: emit(.mov, .w64, address, register)
    case .f32: emit(.movss, .w32, address, register)
    case .f64: emit(.movsd, .w64, address, register)
    case .v128: emit(.movups, .w128, address, register)
    }
  }

  // MARK: Calls

  /// Starts `operands` with the arguments as fixed uses; those beyond the registers are stored to their cells.
  private mutating func placeArguments(_ arguments: ArraySlice<Value>, _ places: [CallingConvention.Place]) {
    for (value, place) in zip(arguments, places) {
      if case .cell(let cell) = place { storeCell(cell, value) }
    }
    operands.removeAll(keepingCapacity: true)
    var fixed: ContiguousArray<RegisterOperand> = []
    for (value, place) in zip(arguments, places) {
      guard case .register(let register) = place else { continue }
      fixed.append(.use(VirtualRegister(use(value)), .fixed(PhysicalRegister(register))))
    }
    operands = fixed
  }

  mutating func appendImplicit(_ step: MachineInstruction) {
    var step = step
    step.operands = machine.input.operands.append(contentsOf: operands)
    for _ in operands { machine.places.append(.implicit) }
    steps.append(step)
  }

  mutating func selectCall(_ data: InstructionData) {
    machine.callsOut = true
    let isIndirect = data.opcode == .callIndirect || data.opcode == .tryCallIndirect
    let signature = calledSignature(data)
    let values = ArraySlice(function.valueLists[data.operands])
    placeArguments(isIndirect ? values.dropFirst() : values, CallingConvention.arguments(signature.parameters))
    var call = step(isIndirect ? .callIndirect : .call, Native(.call))
    call.auxiliary = data.auxiliary
    call.clobbers = RegisterEnvironment.callClobbers
    if isIndirect, let reference = values.first {
      operands.append(.use(VirtualRegister(use(reference)), .fixed(PhysicalRegister(.rax))))
    }
    let results = function.results(of: currentInstruction)
    var places = CallingConvention.results(signature.results)
    if data.resultCount > places.count { places.append(.register(CallingConvention.status)) }
    for (value, place) in zip(results, places) {
      guard case .register(let register) = place else { continue }
      operands.append(.definition(VirtualRegister(self.register(value)), .fixed(PhysicalRegister(register))))
    }
    appendImplicit(call)
    for (value, place) in zip(results, places) {
      guard case .cell(let cell) = place, uses[value.index] > 0 else { continue }
      loadCell(cell, register(value), function.type(of: value))
    }
  }

  private func calledSignature(_ data: InstructionData) -> Signature {
    switch data.opcode {
    case .call, .tryCall, .returnCall: module.declarations.signature(of: FunctionIndex(data.auxiliary))
    default: module.declarations.signatures[SignatureIndex(data.auxiliary)]
    }
  }

  mutating func selectTailCall(_ data: InstructionData) {
    machine.callsOut = true
    let isIndirect = data.opcode == .returnCallIndirect
    let signature = calledSignature(data)
    let values = ArraySlice(function.valueLists[data.operands])
    placeArguments(isIndirect ? values.dropFirst() : values, CallingConvention.arguments(signature.parameters))
    var call = step(isIndirect ? .tailCallIndirect : .tailCall, Native(.jmp))
    call.auxiliary = data.auxiliary
    if isIndirect, let reference = values.first {
      operands.append(.use(VirtualRegister(use(reference)), .fixed(PhysicalRegister(.rax))))
    }
    appendImplicit(call)
  }

  mutating func selectReturn(_ data: InstructionData) {
    let values = ArraySlice(function.valueLists[data.operands])
    placeArguments(values, CallingConvention.results(values.map { function.type(of: $0) }))
    if function.returnsStatus { appendStatusOfSuccess() }
    appendImplicit(step(.returnValues, Native(.ret)))
  }

  mutating func selectFunctionReference(_ data: InstructionData) {
    let entry = module.entries[FunctionIndex(data.auxiliary)]
    precondition(entry != 0, "a function whose reference is taken was declared to have an entry")
    defineConstant(Native(.mov, .w64, .register(result()), .immediate(Int64(entry) << 5)))
  }

  // MARK: Gates

  /// An argument of a gate.
  enum GateArgument {
    case value(Value)
    case number(UInt32)
  }

  /// A gate call: arguments in the registers named, a result in rax.
  mutating func gate(_ gate: Gate, _ arguments: [(GateArgument, X86.Register)]) {
    machine.callsOut = true
    var uses: ContiguousArray<RegisterOperand> = []
    for (argument, register) in arguments {
      let source: MachineRegister
      switch argument {
      case .value(let value): source = use(value)
      case .number(let number):
        source = fresh()
        emit(.mov, .w32, .register(source), .immediate(Int64(number)))
      }
      uses.append(.use(VirtualRegister(source), .fixed(PhysicalRegister(register))))
    }
    operands = uses
    var call = step(.gate, Native(.callIndirect))
    call.auxiliary = UInt32(gate.rawValue)
    call.clobbers = RegisterEnvironment.gateClobbers
    if current.resultCount == 1 {
      operands.append(.definition(VirtualRegister(result()), .fixed(PhysicalRegister(.rax))))
    }
    appendImplicit(call)
  }

  mutating func selectMemoryGate(_ data: InstructionData) {
    let memory = GateArgument.number(data.memory)
    switch data.opcode {
    case .memoryGrow: gate(.memoryGrow, [(memory, .rdi), (.value(operandValue(0)), .rsi)])
    case .memoryFill: gate(.memoryFill, bulkArguments() + [(memory, .rcx)])
    case .memoryCopy: gate(.memoryCopy, bulkArguments() + [(memory, .rcx), (.number(data.auxiliary), .r8)])
    case .memoryInit: gate(.memoryInit, bulkArguments() + [(memory, .rcx), (.number(data.auxiliary), .r8)])
    default: gate(.dataDrop, [(.number(data.auxiliary), .rdi)])
    }
  }

  /// Three operands in rdi, rsi, rdx.
  private func bulkArguments() -> [(GateArgument, X86.Register)] {
    [(.value(operandValue(0)), .rdi), (.value(operandValue(1)), .rsi), (.value(operandValue(2)), .rdx)]
  }

  mutating func selectTableGate(_ data: InstructionData) {
    let table = GateArgument.number(data.memory)
    switch data.opcode {
    case .tableGrow:
      gate(.tableGrow, [(.value(operandValue(0)), .rdi), (.value(operandValue(1)), .rsi), (table, .rcx)])
    case .tableFill: gate(.tableFill, bulkArguments() + [(table, .rcx)])
    case .tableCopy: gate(.tableCopy, bulkArguments() + [(table, .rcx), (.number(data.auxiliary), .r8)])
    case .tableInit: gate(.tableInit, bulkArguments() + [(table, .rcx), (.number(data.auxiliary), .r8)])
    default: gate(.elementDrop, [(.number(data.auxiliary), .rdi)])
    }
  }
}
