/// Rules S3 (as far as data goes) and M1 to M6 for one instruction that belongs to no group.
extension FunctionChecker {
  mutating func checkOperands(_ instruction: Instruction) {
    if instruction.semantic == .nop {
      return reject(.v2_instruction, instruction, "a NOP that is no plain padding form")
    }
    for position in 0..<instruction.template.operandCount
    where Register.isReserved(instruction.integerRegister(position)) {
      return reject(.s3_reservedRegister, instruction, "rsp or r15 as data")
    }
    guard let operand = instruction.template.memory, let memory = instruction.memory else { return }
    if instruction.isSegmentForm { return checkSegmentForm(instruction, operand, memory) }
    if operand.place == .address { return checkAddress(instruction, memory) }
    if let address = instruction.ripAddress { return checkConstant(instruction, operand, at: address) }
    if instruction.template.needsAlignment {
      return reject(.m6_alignment, instruction, "an operand that must be aligned, not in read-only data")
    }
    guard let base = memory.base else { return reject(.m1_region, instruction, "an address without a base") }
    if base == Register.rsp { return checkFrameSlot(instruction, operand, memory) }
    checkRegion(instruction, operand, memory, base)
  }

  /// Rule M3: the processor cuts the whole address to 32 bits, so that neither base nor index needs a fact.
  private mutating func checkSegmentForm(
    _ instruction: Instruction, _ operand: OperandTemplate, _ memory: MemoryOperand
  ) {
    if !context.regions.hasSegmentMemory {
      reject(.m3_segmentForm, instruction, "the segment form without a seg32 memory 0")
    } else if operand.place != .memory || instruction.template.needsAlignment {
      reject(.m3_segmentForm, instruction, "an instruction that may not take the segment form")
    } else if Register.isReserved(memory.base) || Register.isReserved(memory.index) {
      reject(.m3_segmentForm, instruction, "rsp or r15 in the segment form")
    }
  }

  /// An address computed, not accessed: `lea`. Addresses of text and constants are computed in groups only.
  private mutating func checkAddress(_ instruction: Instruction, _ memory: MemoryOperand) {
    if Register.isReserved(memory.base) || Register.isReserved(memory.index) {
      reject(.s3_reservedRegister, instruction, "rsp or r15 as data")
    } else if memory.isRIPRelative {
      reject(.v2_instruction, instruction, "an address relative to rip outside a group")
    }
  }

  /// Rules M5 and M6.
  private mutating func checkConstant(_ instruction: Instruction, _ operand: OperandTemplate, at address: Int64) {
    let data = context.readOnlyData
    if operand.access != .read {
      reject(.m5_readOnlyData, instruction, "a write relative to rip")
    } else if address < Int64(data.address) || address + Int64(operand.size) > Int64(data.end) {
      reject(.m5_readOnlyData, instruction, "a read relative to rip outside read-only data")
    } else if instruction.template.needsAlignment && address % 16 != 0 {
      reject(.m6_alignment, instruction, "an operand that must be aligned is not")
    }
  }

  /// Rule M4.
  private mutating func checkFrameSlot(
    _ instruction: Instruction, _ operand: OperandTemplate, _ memory: MemoryOperand
  ) {
    if memory.index != nil {
      reject(.m4_frameSlot, instruction, "a stack slot with an index")
    } else if !state.isFramed {
      reject(.m4_frameSlot, instruction, "a stack slot where no frame is taken")
    } else if memory.displacement < 0 || memory.displacement + Int64(operand.size) > Int64(function.frameSize) {
      reject(.m4_frameSlot, instruction, "a stack slot outside the frame")
    }
  }

  /// Rule M1.
  private mutating func checkRegion(
    _ instruction: Instruction, _ operand: OperandTemplate, _ memory: MemoryOperand, _ base: UInt8
  ) {
    func refuse(_ message: String) { reject(.m1_region, instruction, message) }
    let found: RegionMap.Region?
    if base == Register.r15 {
      found = context.regions.contextRegion(at: memory.displacement)
    } else if case .base(let index) = state.facts[base] {
      found = context.regions.baseRegion(index)
    } else {
      return refuse("nothing is known of the base register")
    }
    guard let region = found, memory.displacement >= region.lower else {
      return refuse("the displacement points into no region")
    }
    var spread: Int64 = 0
    if let index = memory.index {
      // No region is larger than 2^41, and a bound below 2^48 keeps every sum below 2^52.
      guard case .bound(let bound) = state.facts[index], bound < 1 << 48 else {
        return refuse("nothing small enough is known of the index register")
      }
      spread = Int64(bound) * memory.scale
    }
    let needed = operand.access.intersection([.read, .write])
    if memory.displacement + spread + Int64(operand.size) > region.upper {
      refuse("the access can leave its region")
    } else if needed.isEmpty || !region.access.isSuperset(of: needed) {
      refuse("the region does not grant this access")
    }
  }
}
