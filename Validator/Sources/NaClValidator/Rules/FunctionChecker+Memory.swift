/// Rules S3 (as far as data goes) and M1 to M6 for one instruction that belongs to no group.
///
/// Nothing here changes the checker; its methods are mutating since the compiler copies all of it for others.
extension FunctionChecker {
  private typealias Breach = (rule: Rule, message: String)

  mutating func checkOperands(_ instruction: Instruction) {
    if let breach = breach(by: instruction) { reject(breach.rule, instruction, breach.message) }
  }

  /// The first rule that the instruction's operands break, and how.
  private mutating func breach(by instruction: Instruction) -> Breach? {
    if instruction.semantic == .nop { return (.v2_instruction, "a NOP that is no plain padding form") }
    for position in 0..<instruction.template.operandCount
    where Register.isReserved(instruction.integerRegister(position)) {
      return (.s3_reservedRegister, "rsp or r15 as data")
    }
    guard let operand = instruction.template.memory, let memory = instruction.memory else { return nil }
    let needsAlignment = instruction.template.needsAlignment
    if memory.isSegmentForm { return segmentForm(operand, memory, needsAlignment) }
    if operand.place == .address { return computed(memory) }
    if let address = instruction.ripAddress { return constant(operand, at: address, needsAlignment) }
    if needsAlignment { return (.m6_alignment, "an operand that must be aligned, not in read-only data") }
    return memory.base == Register.rsp ? frameSlot(operand, memory) : region(operand, memory)
  }

  /// Rule M3: the processor cuts the whole address to 32 bits, so that neither base nor index needs a fact.
  private mutating func segmentForm(_ operand: OperandTemplate, _ memory: MemoryOperand, _ needsAlignment: Bool) -> Breach? {
    if !context.regions.hasSegmentMemory { return (.m3_segmentForm, "the segment form without a seg32 memory 0") }
    if operand.place != .memory { return (.m3_segmentForm, "the segment form of an address that is not accessed") }
    if needsAlignment { return (.m3_segmentForm, "the segment form of an operand that must be aligned") }
    let namesReserved = Register.isReserved(memory.base) || Register.isReserved(memory.index)
    return namesReserved ? (.m3_segmentForm, "rsp or r15 in the segment form") : nil
  }

  /// An address computed, not accessed: `lea`. Addresses of text and constants are computed in groups only.
  private mutating func computed(_ memory: MemoryOperand) -> Breach? {
    let namesReserved = Register.isReserved(memory.base) || Register.isReserved(memory.index)
    if namesReserved { return (.s3_reservedRegister, "rsp or r15 as data") }
    return memory.isRIPRelative ? (.v2_instruction, "an address relative to rip outside a group") : nil
  }

  /// Rules M5 and M6.
  private mutating func constant(_ operand: OperandTemplate, at address: Int64, _ needsAlignment: Bool) -> Breach? {
    let data = context.readOnlyData
    let isInside = address >= Int64(data.address) && address + Int64(operand.size) <= Int64(data.end)
    if operand.access != .read { return (.m5_readOnlyData, "a write relative to rip") }
    if !isInside { return (.m5_readOnlyData, "a read relative to rip outside read-only data") }
    return needsAlignment && address % 16 != 0 ? (.m6_alignment, "an operand that must be aligned is not") : nil
  }

  /// Rule M4.
  private mutating func frameSlot(_ operand: OperandTemplate, _ memory: MemoryOperand) -> Breach? {
    let end = memory.displacement + Int64(operand.size)
    if memory.index != Register.none { return (.m4_frameSlot, "a stack slot with an index") }
    if !state.isFramed { return (.m4_frameSlot, "a stack slot where no frame is taken") }
    let isInside = memory.displacement >= 0 && end <= Int64(function.frameSize)
    return isInside ? nil : (.m4_frameSlot, "a stack slot outside the frame")
  }

  /// Rule M1.
  private mutating func region(_ operand: OperandTemplate, _ memory: MemoryOperand) -> Breach? {
    var found: RegionMap.Region?
    if memory.base == Register.none { return (.m1_region, "an address without a base") }
    if memory.base == Register.r15 {
      found = context.regions.contextRegion(at: memory.displacement)
    } else {
      guard case .base(let index) = state.facts[memory.base] else {
        return (.m1_region, "nothing is known of the base register")
      }
      found = context.regions.baseRegion(index)
    }
    guard let region = found, memory.displacement >= region.lower else {
      return (.m1_region, "the displacement points into no region")
    }
    var spread: Int64 = 0
    if memory.index != Register.none {
      // No region is larger than 2^41, and a bound below 2^48 keeps every sum below 2^52.
      guard case .bound(let bound) = state.facts[memory.index], bound < 1 << 48 else {
        return (.m1_region, "nothing small enough is known of the index register")
      }
      spread = Int64(bound) * Int64(memory.scale)
    }
    let isInside = memory.displacement + spread + Int64(operand.size) <= region.upper
    if !isInside { return (.m1_region, "the access can leave its region") }
    let needed = operand.access.intersection([.read, .write])
    let isGranted = !needed.isEmpty && region.access.isSuperset(of: needed)
    return isGranted ? nil : (.m1_region, "the region does not grant this access")
  }
}
