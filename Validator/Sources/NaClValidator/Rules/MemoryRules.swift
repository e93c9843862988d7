/// Rules S3 (as far as data goes) and M1 to M6 for one instruction that belongs to no group.
struct MemoryRules {
  let map: RegionMap
  let readOnlyData: LoadedSegment

  struct Violation {
    let rule: Rule
    let message: String

    init(_ rule: Rule, _ message: String) {
      self.rule = rule
      self.message = message
    }
  }

  /// `frame`: N where the depth is N, else 0.
  func violation(_ instruction: Instruction, _ facts: Facts, frame: UInt32) -> Violation? {
    let template = instruction.template
    for position in 0..<template.operandCount where Register.isReserved(instruction.integerRegister(position)) {
      return Violation(.s3_reservedRegister, "rsp or r15 as data")
    }
    guard let operand = template.memory, let memory = instruction.fields.memory else {
      if instruction.fields.isSegmentForm { return Violation(.m3_segmentForm, "the segment form without memory") }
      return nil
    }
    if instruction.fields.isSegmentForm { return segmentForm(template, operand, memory) }
    if operand.place == .address { return addressOnly(instruction, memory) }
    if let address = instruction.ripAddress {
      return constant(at: address, operand, needsAlignment: template.needsAlignment)
    }
    if template.needsAlignment {
      return Violation(.m6_alignment, "an operand that must be aligned, not in read-only data")
    }
    guard let base = memory.base else { return Violation(.m1_region, "an address without a base") }
    if base == Register.rsp { return frameSlot(operand, memory, frame: frame) }
    return region(operand, memory, base, facts)
  }

  /// Rule M3: the processor cuts the whole address to 32 bits, so that neither base nor index needs a fact.
  private func segmentForm(_ template: Template, _ operand: OperandTemplate, _ memory: MemoryOperand) -> Violation? {
    guard map.hasSegmentMemory else { return Violation(.m3_segmentForm, "the segment form without a seg32 memory 0") }
    guard operand.place == .memory, !template.needsAlignment else {
      return Violation(.m3_segmentForm, "an instruction that may not take the segment form")
    }
    guard !Register.isReserved(memory.base), !Register.isReserved(memory.index) else {
      return Violation(.m3_segmentForm, "rsp or r15 in the segment form")
    }
    return nil
  }

  /// An address computed, not accessed: `lea`. Addresses of text and constants are computed in groups only.
  private func addressOnly(_ instruction: Instruction, _ memory: MemoryOperand) -> Violation? {
    if instruction.semantic == .nop { return nil }
    guard !Register.isReserved(memory.base), !Register.isReserved(memory.index) else {
      return Violation(.s3_reservedRegister, "rsp or r15 as data")
    }
    return memory.isRIPRelative ? Violation(.v2_instruction, "an address relative to rip outside a group") : nil
  }

  /// Rules M5 and M6.
  private func constant(at address: Int64, _ operand: OperandTemplate, needsAlignment: Bool) -> Violation? {
    guard operand.access == .read else { return Violation(.m5_readOnlyData, "a write relative to rip") }
    guard address >= Int64(readOnlyData.address), address + Int64(operand.size) <= Int64(readOnlyData.end) else {
      return Violation(.m5_readOnlyData, "a read relative to rip outside read-only data")
    }
    if needsAlignment && address % 16 != 0 { return Violation(.m6_alignment, "an operand that must be aligned is not") }
    return nil
  }

  /// Rule M4.
  private func frameSlot(_ operand: OperandTemplate, _ memory: MemoryOperand, frame: UInt32) -> Violation? {
    guard memory.index == nil else { return Violation(.m4_frameSlot, "a stack slot with an index") }
    guard frame > 0 else { return Violation(.m4_frameSlot, "a stack slot where no frame is taken") }
    guard memory.displacement >= 0, memory.displacement + Int64(operand.size) <= Int64(frame) else {
      return Violation(.m4_frameSlot, "a stack slot outside the frame")
    }
    return nil
  }

  /// Rule M1.
  private func region(
    _ operand: OperandTemplate, _ memory: MemoryOperand, _ base: UInt8, _ facts: Facts
  ) -> Violation? {
    let found: RegionMap.Region?
    if base == Register.r15 {
      found = map.contextRegion(at: memory.displacement)
    } else if case .base(let index) = facts[base] {
      found = map.baseRegion(index)
    } else {
      return Violation(.m1_region, "nothing is known of the base register")
    }
    guard let region = found, memory.displacement >= region.lower else {
      return Violation(.m1_region, "the displacement points into no region")
    }
    var spread: Int64 = 0
    if let index = memory.index {
      // No region is larger than 2^41, and a bound below 2^48 keeps every sum below 2^52.
      guard case .bound(let bound) = facts[index], bound < 1 << 48 else {
        return Violation(.m1_region, "nothing small enough is known of the index register")
      }
      spread = Int64(bound) * memory.scale
    }
    guard memory.displacement + spread + Int64(operand.size) <= region.upper else {
      return Violation(.m1_region, "the access can leave its region")
    }
    let needed = operand.access.intersection([.read, .write])
    guard !needed.isEmpty, region.access.isSuperset(of: needed) else {
      return Violation(.m1_region, "the region does not grant this access")
    }
    return nil
  }
}
