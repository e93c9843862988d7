import IR
import Nexe
import RegisterAllocation
import X86

/// Tables, globals and the words of the context.
extension Lowering {
  mutating func selectMemorySize(_ data: InstructionData) {
    let bytes = fresh()
    emit(.mov, .w64, .register(bytes), .address(context(module.layout.memorySize[Int(data.memory)])))
    emit(.shr, .w64, .register(result()), .register(bytes), .immediate(16))
  }

  // MARK: Tables

  mutating func selectTableSize(_ data: InstructionData) {
    let width = width(data.type)
    emit(.mov, width, .register(result()), .address(context(module.layout.tableSize[Int(data.memory)])))
  }

  mutating func selectTableGet(_ data: InstructionData) {
    let operand = tableOperand(data.memory, operandValue(0))
    emit(.mov, .w64, .register(result()), .address(operand.address), region: operand.region)
  }

  mutating func selectTableSet(_ data: InstructionData) {
    let shape = module.shape.tables[Int(data.memory)]
    if shape.isImported || shape.isExported {
      // Every instance has its own mirror of a shared table; the gate updates all (rule C5).
      gate(
        .tableSet,
        [(.value(operandValue(0)), .rdi), (.value(operandValue(1)), .rsi), (.number(data.memory), .rcx)])
      return
    }
    let element = use(operandValue(1))
    let operand = tableOperand(data.memory, operandValue(0))
    emit(.mov, .w64, .address(operand.address), .register(element), region: operand.region)
  }

  /// Checks the index and gives the element's place.
  private mutating func tableOperand(_ table: UInt32, _ index: Value) -> MemoryOperand {
    let register = use(index)
    let size = X86.Operand.address(context(module.layout.tableSize[Int(table)]))
    appendTrap(
      Comparison(Native(.cmp, .w64, .register(register), size), .plain(.aboveOrEqual)), .tableOutOfBounds)
    if let offset = module.layout.contextTable[Int(table)] {
      return MemoryOperand(
        address: .flat(.r15, index: register, scale: 8, displacement: offset),
        region: Region(kind: .contextTable, index: table))
    }
    return MemoryOperand(
      address: .flat(.scratch, index: register, scale: 8), region: Region(kind: .table, index: table))
  }

  // MARK: Globals

  /// Where a global's value can be read relative to r15; nil if only through BASE.
  func cellOffset(_ global: UInt32) -> Int32? {
    module.shape.globals[Int(global)].place == .base ? nil : module.layout.global[Int(global)]
  }

  private func globalOperand(_ global: UInt32) -> MemoryOperand {
    if let offset = cellOffset(global) { return MemoryOperand(address: context(offset), region: .none) }
    return MemoryOperand(address: .flat(.scratch), region: Region(kind: .global, index: global))
  }

  mutating func selectGlobalGet(_ data: InstructionData) {
    let operand = globalOperand(data.auxiliary)
    let (opcode, width) = Self.loadOperation(data.type, .full)
    emit(opcode, width, .register(result()), .address(operand.address), region: operand.region)
  }

  mutating func selectGlobalSet(_ data: InstructionData) {
    let value = operandValue(0)
    if module.shape.globals[Int(data.auxiliary)].place == .mirror {
      gate(.globalSet, [(.value(value), .rdi), (.number(data.auxiliary), .rcx)])
      return
    }
    let operand = globalOperand(data.auxiliary)
    let address = X86.Operand.address(operand.address)
    switch data.type {
    case .i32, .i64:
      let source = source(value, allowsMemory: false)
      emit(.mov, width(data.type), address, source.operand, region: operand.region)
    case .f32: emit(.movss, .w32, address, .register(use(value)), region: operand.region)
    case .f64: emit(.movsd, .w64, address, .register(use(value)), region: operand.region)
    case .v128: emit(.movups, .w128, address, .register(use(value)), region: operand.region)
    }
  }
}
