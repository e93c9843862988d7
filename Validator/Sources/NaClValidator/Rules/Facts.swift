/// What is known of the integer registers at an instruction (rule M7). Facts come from data operations only.
struct Facts {
  enum Fact {
    case none
    /// The whole 64-bit register is at most this.
    case bound(UInt64)
    /// The register holds the base of `RegionMap`'s base region `index`.
    case base(Int)
  }

  /// Bit n: `facts[n]` holds. So that forgetting all is one store.
  private var known: UInt16 = 0
  private var facts = InlineArray<16, Fact>(repeating: .none)
  /// Set by a POLL's fall-through (rule P1).
  var isPolled = false

  subscript(register: UInt8) -> Fact {
    @inline(__always) get { known >> UInt16(register & 15) & 1 == 1 ? facts[Int(register & 15)] : .none }
  }

  mutating func clear() { (known, isPolled) = (0, false) }

  /// Forgets or learns what `instruction` does to the registers it writes; returns how many facts it learned.
  @inline(__always) mutating func apply(_ instruction: Instruction, _ map: borrowing RegionMap) -> Int {
    guard instruction.template.writesInteger else { return 0 }
    var learned = 0
    for position in 0..<instruction.template.operandCount {
      let operand = instruction.template.operands[position]
      guard operand.access.contains(.write), let register = instruction.integerRegister(position),
        !Register.isReserved(register)
      else { continue }
      known &= ~(1 << UInt16(register & 15))
      let fact = Self.result(of: instruction, position, operand, map)
      if case .none = fact { continue }
      facts[Int(register & 15)] = fact
      known |= 1 << UInt16(register & 15)
      learned += 1
    }
    return learned
  }

  private static func result(
    of instruction: Instruction, _ position: Int, _ operand: OperandTemplate, _ map: borrowing RegionMap
  ) -> Fact {
    guard operand.size >= 4, operand.access.contains(.zeroExtends) else { return .none }
    let isWide = operand.size == 8
    let plain: Fact = isWide ? .none : .bound(0xFFFF_FFFF)
    guard position == 0 else { return plain }
    let immediate = instruction.immediate
    switch instruction.semantic {
    case .and where instruction.isImmediate(1):
      if !isWide { return .bound(UInt64(UInt32(truncatingIfNeeded: immediate))) }
      return immediate >= 0 ? .bound(UInt64(immediate)) : .none
    case .mov where instruction.isImmediate(1) && !isWide:
      return .bound(UInt64(UInt32(truncatingIfNeeded: immediate)))
    case .and, .mov:
      guard isWide, let offset = instruction.contextOffset(1) else { return plain }
      switch (instruction.semantic, map.meaning(at: offset)) {
      case (.and, .mask(let bound)): return .bound(bound)
      case (.mov, .base(let index)): return .base(index)
      default: return plain
      }
    case .movzx: return .bound(instruction.template.operands[1].size == 1 ? 0xFF : 0xFFFF)
    case .shr where instruction.isImmediate(1):
      let width = Int64(operand.size) * 8
      let count = immediate & 0xFF
      return (1..<width).contains(count) ? .bound(UInt64.max >> UInt64(64 - width + count)) : plain
    default: return plain
    }
  }
}
