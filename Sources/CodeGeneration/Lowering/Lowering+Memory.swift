import Entities
import IR
import Nexe
import RegisterAllocation
import X86

/// A memory operand and the region that emission must keep it in.
struct MemoryOperand {
  var address: X86.Address
  var region: Region
}

// MARK: Addresses

extension Lowering {
  /// Bytes that may lie between a masked index and the end of the memory's region, access included: the pad (rule M1).
  static let padReach: UInt64 = 4161

  /// `[context + offset]`, which needs no proof.
  func context(_ offset: Int32) -> X86.Address { .flat(.r15, displacement: offset) }

  /// Where `size` bytes at `index + offset` of a memory are. In trap mode a check has passed, so masking the index
  /// register in place changes nothing; in wrap mode the index is a copy.
  mutating func linearOperand(_ memory: UInt32, _ index: Value, _ offset: UInt64, _ size: Int) -> MemoryOperand {
    if memory == 0 && module.options.memoryModel == .seg32 { return segmentOperand(index, offset) }
    let isDirect = memory == 0 && !module.shape.memories[0].isImported
    let region = isDirect ? Region.linear : Region(kind: .memory, index: memory)
    let base = isDirect ? MachineRegister.r15 : .scratch
    if let bits = constant(index), let displacement = constantDisplacement(memory, bits, offset, size) {
      release(index)
      let region = isDirect ? Region.none : region
      return MemoryOperand(address: .flat(base, displacement: displacement), region: region)
    }
    if isDirect, let bounded = boundedOperand(index, offset, size) { return bounded }
    if offset &+ UInt64(size) <= Self.padReach && offset < Self.padReach {
      let register = wraps && !isMasked(index, memory) ? maskedCopy(use(index), memory) : use(index)
      return MemoryOperand(address: .flat(base, index: register, displacement: Int32(offset)), region: region)
    }
    // Too far for the pad: the sum is masked. After a passed check it is below the memory's size, so it cannot
    // overflow.
    let sum = addOffset(use(index), offset)
    let register = wraps ? maskedCopy(sum, memory) : sum
    return MemoryOperand(address: .flat(base, index: register), region: region)
  }

  /// `constant + (value << scale)`, where the value is masked or loaded so small that the sum never leaves the memory's reach:
  /// part of the address, with no mask but the value's own (a look-up in a table).
  private mutating func boundedOperand(_ index: Value, _ offset: UInt64, _ size: Int) -> MemoryOperand? {
    let reach = UInt64(1) << UInt64(module.shape.memories[0].log2Reach)
    var rest = index
    var displacement = offset
    var chain: [IR.Instruction] = []
    if let add = canSink(rest, by: .add), function.instructions[add].type == .i32,
      let bits = constant(function.operand(1, of: add))
    {
      chain.append(add)
      displacement &+= bits
      rest = function.operand(0, of: add)
    }
    var scale: UInt64 = 0
    if let shift = canSink(rest, by: .shiftLeft), let count = constant(function.operand(1, of: shift)),
      (1...3).contains(count)
    {
      chain.append(shift)
      scale = count
      rest = function.operand(0, of: shift)
    }
    guard let mask = ownMask(rest), mask << scale < 1 << 32, offset < reach, displacement < reach,
      displacement + mask << scale + UInt64(size) <= reach + Self.padReach - 1,
      displacement <= UInt64(Int32.max)
    else { return nil }
    for instruction in chain {
      sink(instruction)
      release(function.operand(1, of: instruction))
    }
    return MemoryOperand(
      address: .flat(.r15, index: use(rest), scale: 1 << Int(scale), displacement: Int32(displacement)),
      region: Region(kind: .bounded, index: UInt32(mask)))
  }

  /// Ones that cover every value that a 32-bit mask, shift or narrow load can give; masking with them changes nothing.
  private func ownMask(_ value: Value) -> UInt64? {
    guard function.type(of: value) == .i32, let instruction = definition(of: value) else { return nil }
    let data = function.instructions[instruction]
    switch data.opcode {
    case .and: return constant(function.operand(1, of: instruction)).flatMap { $0 < 1 << 31 ? $0 : nil }
    case .load where data.access == .unsigned8: return 0xff
    case .load where data.access == .unsigned16: return 0xffff
    case .shiftRightUnsigned:
      guard let count = constant(function.operand(1, of: instruction)), (1...31).contains(count) else { return nil }
      return 0xffff_ffff >> count
    default: return nil
    }
  }

  var wraps: Bool { module.options.outOfBounds == .wrap }

  /// A constant address as a displacement; nil if it does not fit one.
  private func constantDisplacement(_ memory: UInt32, _ index: UInt64, _ offset: UInt64, _ size: Int) -> Int32? {
    let reach = UInt64(1) << UInt64(module.shape.memories[Int(memory)].log2Reach)
    var (address, overflow) = index.addingReportingOverflow(offset)
    if overflow || wraps || address >= reach { address = (index &+ offset) & (reach - 1) }
    return address <= UInt64(Int32.max) - UInt64(size) ? Int32(address) : nil
  }

  private mutating func addOffset(_ index: MachineRegister, _ offset: UInt64) -> MachineRegister {
    let sum = fresh()
    if offset <= UInt64(Int32.max) {
      emit(.lea, .w64, .register(sum), .address(.flat(index, displacement: Int32(offset))))
    } else {
      let constant = fresh()
      emit(.mov, .w64, .register(constant), .immediate(Int64(bitPattern: offset)))
      emit(.add, .w64, .register(sum), .register(constant), .register(index))
    }
    return sum
  }

  /// Whether masking the index would change nothing: the optimiser has made one mask for several accesses.
  private func isMasked(_ index: Value, _ memory: UInt32) -> Bool {
    guard let definition = definition(of: index), function.instructions[definition].opcode == .and,
      let mask = constant(function.operand(1, of: definition))
    else { return false }
    return mask < UInt64(1) << UInt64(module.shape.memories[Int(memory)].log2Reach)
  }

  /// Wrap mode: the index modulo the memory's reach.
  private mutating func maskedCopy(_ index: MachineRegister, _ memory: UInt32) -> MachineRegister {
    let copy = fresh()
    let shape = module.shape.memories[Int(memory)]
    let mask: X86.Operand =
      if shape.log2Reach <= 31 {
        .immediate(Int64(1) << Int64(shape.log2Reach) - 1)
      } else {
        .address(context(module.layout.memoryMask[Int(memory)]))
      }
    if shape.log2Reach == 32 {
      emit(.mov, .w32, .register(copy), .register(index))
    } else {
      emit(.and, shape.log2Reach <= 31 ? .w32 : .w64, .register(copy), .register(index), mask)
    }
    return copy
  }

  /// `gs:[...]`: the address is a sum modulo 2^32, like wasm's own additions, so sums and small shifts that only this
  /// access needs become part of it.
  private mutating func segmentOperand(_ index: Value, _ offset: UInt64) -> MemoryOperand {
    var displacement = UInt32(truncatingIfNeeded: offset)
    if let bits = constant(index) {
      release(index)
      displacement &+= UInt32(truncatingIfNeeded: bits)
      return segmentResult(nil, nil, 1, displacement)
    }
    var rest = index
    while let add = canSink(rest, by: .add), let bits = constant(function.operand(1, of: add)) {
      sink(add)
      release(function.operand(1, of: add))
      displacement &+= UInt32(truncatingIfNeeded: bits)
      rest = function.operand(0, of: add)
    }
    guard let add = canSink(rest, by: .add) else {
      let base = useLow32(rest)
      return segmentResult(base, nil, 1, displacement)
    }
    sink(add)
    let left = function.operand(0, of: add)
    let right = function.operand(1, of: add)
    if let (value, scale) = scaled(right) {
      return segmentResult(useLow32(left), useLow32(value), scale, displacement)
    }
    if let (value, scale) = scaled(left) {
      return segmentResult(useLow32(right), useLow32(value), scale, displacement)
    }
    return segmentResult(useLow32(left), useLow32(right), 1, displacement)
  }

  private func segmentResult(
    _ base: MachineRegister?, _ index: MachineRegister?, _ scale: Int, _ displacement: UInt32
  ) -> MemoryOperand {
    let address = X86.Address.segment32(
      base, index: index, scale: scale, displacement: Int32(bitPattern: displacement))
    return MemoryOperand(address: address, region: .none)
  }

  /// `value << 1...3` that only one user needs, as value and scale.
  mutating func scaled(_ value: Value) -> (Value, Int)? {
    guard let shift = canSink(value, by: .shiftLeft), let count = constant(function.operand(1, of: shift)),
      (1...3).contains(count)
    else { return nil }
    sink(shift)
    release(function.operand(1, of: shift))
    return (function.operand(0, of: shift), 1 << Int(count))
  }
}

// MARK: Loads and stores

extension Lowering {
  /// A value in memory as an operand, if it is a load or global that only the current instruction needs and nothing
  /// in between may change. Only whole values: the operand's width is the type's.
  mutating func memorySource(_ value: Value) -> Source? {
    if let load = canSinkRead(value, by: .load), function.instructions[load].access == .full,
      function.instructions[load].type != .v128
    {
      sink(load)
      let operand = operand(of: load)
      return Source(operand: .address(operand.address), region: operand.region)
    }
    if function.type(of: value) != .v128, let get = canSinkRead(value, by: .globalGet), let offset = cellOffset(function.instructions[get].auxiliary) {
      sink(get)
      return Source(operand: .address(context(offset)))
    }
    return nil
  }

  mutating func operand(of access: IR.Instruction) -> MemoryOperand {
    let data = function.instructions[access]
    return linearOperand(
      data.memory, function.operand(0, of: access), data.immediate, data.access.size(for: data.type))
  }

  mutating func selectLoad(_ data: InstructionData) {
    let operand = operand(of: currentInstruction)
    let (opcode, width) = Self.loadOperation(data.type, data.access)
    emit(opcode, width, .register(result()), .address(operand.address), region: operand.region)
  }

  static func loadOperation(_ type: Type, _ access: MemoryAccess) -> (MachineOpcode, Width) {
    let width: Width = type == .i64 ? .w64 : .w32
    if type == .v128 { return vectorLoadOperation(access) }
    switch access {
    case .unsigned8: return (.movzx8, .w32)
    case .signed8: return (.movsx8, width)
    case .unsigned16: return (.movzx16, .w32)
    case .signed16: return (.movsx16, width)
    case .unsigned32: return (.mov, .w32)
    case .signed32: return width == .w64 ? (.movsxd, .w64) : (.mov, .w32)
    case .unsigned64: return (.mov, .w64)
    case .full:
      switch type {
      case .i32, .i64: return (.mov, width)
      case .f32: return (.movss, .w32)
      case .f64: return (.movsd, .w64)
      case .v128: return (.movups, .w128)
      }
    }
  }

  mutating func selectStore(_ data: InstructionData) {
    if selectReadModifyWrite(data) || selectStoreLane(data) { return }
    let value = operandValue(1)
    let size = data.access.size(for: data.type)
    if let bits = storedConstant(value, size) {
      release(value)
      let operand = operand(of: currentInstruction)
      emit(
        .mov, Self.integerWidth(size), .address(operand.address), .immediate(bits), region: operand.region)
      return
    }
    let register = data.type == .i64 && size < 8 || data.type == .i32 ? useLow32(value) : use(value)
    let operand = operand(of: currentInstruction)
    let opcode: MachineOpcode =
      switch data.type {
      case .i32, .i64: .mov
      case .f32: .movss
      case .f64: .movsd
      case .v128: .movups
      }
    let width = data.type.isInteger ? Self.integerWidth(size) : self.width(data.type)
    emit(opcode, width, .address(operand.address), .register(register), region: operand.region)
  }

  static func integerWidth(_ size: Int) -> Width {
    switch size {
    case 1: .w8
    case 2: .w16
    case 4: .w32
    default: .w64
    }
  }

  /// The bits of a constant as a store's immediate.
  private func storedConstant(_ value: Value, _ size: Int) -> Int64? {
    guard let instruction = definition(of: value) else { return nil }
    let data = function.instructions[instruction]
    guard data.opcode == .integerConstant || data.opcode == .floatConstant else { return nil }
    switch size {
    case 1: return Int64(Int8(truncatingIfNeeded: data.immediate))
    case 2: return Int64(Int16(truncatingIfNeeded: data.immediate))
    case 4: return Int64(Int32(truncatingIfNeeded: data.immediate))
    default:
      let bits = Int64(bitPattern: data.immediate)
      return Int64(Int32(truncatingIfNeeded: bits)) == bits ? bits : nil
    }
  }

  /// `store a, (op (load a), x)` as one instruction.
  private mutating func selectReadModifyWrite(_ data: InstructionData) -> Bool {
    guard data.type.isInteger, data.access == .full, let operation = canSink(operandValue(1)) else { return false }
    let operationData = function.instructions[operation]
    let opcode: MachineOpcode
    switch operationData.opcode {
    case .add: opcode = .addMemory
    case .subtract: opcode = .subMemory
    case .and: opcode = .andMemory
    case .or: opcode = .orMemory
    case .xor: opcode = .xorMemory
    default: return false
    }
    guard let load = canSinkRead(function.operand(0, of: operation), by: .load) else { return false }
    let loadData = function.instructions[load]
    guard loadData.access == .full, loadData.type == data.type, loadData.memory == data.memory,
      loadData.immediate == data.immediate, function.operand(0, of: load) == operandValue(0)
    else { return false }
    sink(operation)
    sink(load)
    release(operandValue(0))
    let right = source(function.operand(1, of: operation), allowsMemory: false)
    let operand = operand(of: currentInstruction)
    emit(opcode, width(data.type), .address(operand.address), right.operand, region: operand.region)
    return true
  }

  private func canSink(_ value: Value) -> IR.Instruction? {
    guard let instruction = definition(of: value) else { return nil }
    return canSink(value, by: function.instructions[instruction].opcode)
  }
}

// MARK: Checks

extension Lowering {
  /// How to find out whether an access fails: flags of `main`, true of `condition` if out of bounds. nil: it never is.
  mutating func boundsComparison(_ data: InstructionData, _ address: Value) -> Comparison? {
    let memory = Int(data.memory)
    if let index = constant(address) {
      release(address)
      let (end, overflow) = index.addingReportingOverflow(data.immediate)
      let minimum = module.declarations.memories[MemoryIndex(data.memory)].minimumPages
      if !overflow && minimum <= 1 << 47 && end <= minimum << 16 { return nil }
      let size = X86.Operand.address(context(module.layout.memorySize[memory]))
      let bits = overflow ? -1 : Int64(bitPattern: end)
      if Int64(Int32(truncatingIfNeeded: bits)) == bits {
        return Comparison(Native(.cmp, .w64, size, .immediate(bits)), .plain(.below))
      }
      let register = fresh()
      emit(.mov, .w64, .register(register), .immediate(bits))
      return Comparison(Native(.cmp, .w64, size, .register(register)), .plain(.below))
    }
    let limit = limitOperand(data.memory, data.immediate)
    return Comparison(Native(.cmp, .w64, .register(use(address)), limit), .plain(.aboveOrEqual))
  }

  /// L_c of a memory: its word in the context, or computed.
  private mutating func limitOperand(_ memory: UInt32, _ reach: UInt64) -> X86.Operand {
    if let offset = module.limitWordOffsets[LimitWord(memory: memory, reach: reach)] {
      return .address(context(offset))
    }
    let register = fresh()
    var step = step(.limit, Native(.mov, .w64))
    step.result = register
    step.auxiliary = memory
    step.immediate = reach &- 1
    append(step, (.earlyDefinition(VirtualRegister(register)), .result), mainIsOperation: false)
    return .register(register)
  }

  mutating func selectMemoryCheck(_ data: InstructionData) {
    guard let comparison = boundsComparison(data, operandValue(0)) else { return }
    appendTrap(comparison, .memoryOutOfBounds)
  }
}
