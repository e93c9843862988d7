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

  /// Nothing is known of `Register.none`.
  subscript(register: UInt8) -> Fact {
    @inline(__always) get { known >> UInt16(register) & 1 == 1 ? facts[Int(register & 15)] : .none }
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
      let fact = Self.result(of: instruction, position, map)
      if case .none = fact { continue }
      facts[Int(register & 15)] = fact
      known |= 1 << UInt16(register & 15)
      learned += 1
    }
    return learned
  }

  private static func result(of instruction: Instruction, _ position: Int, _ map: borrowing RegionMap) -> Fact {
    let operand = instruction.template.operands[position]
    guard operand.size >= 4, operand.access.contains(.zeroExtends) else { return .none }
    let isWide = operand.size == 8
    let plain: Fact = isWide ? .none : .bound(0xFFFF_FFFF)
    guard position == 0 else { return plain }
    let (immediate, isImmediate) = (instruction.immediate, instruction.isImmediate(1))
    switch instruction.semantic {
    case .and where isImmediate && isWide: return immediate >= 0 ? .bound(UInt64(immediate)) : .none
    case .and where isImmediate, .mov where isImmediate && !isWide:
      return .bound(UInt64(UInt32(truncatingIfNeeded: immediate)))
    case .and:
      guard isWide, let offset = instruction.contextOffset(1), case .mask(let bound)? = map.meaning(at: offset) else {
        return plain
      }
      return .bound(bound)
    case .mov:
      guard isWide, let offset = instruction.contextOffset(1), case .base(let index)? = map.meaning(at: offset) else {
        return plain
      }
      return .base(index)
    case .movzx: return .bound(instruction.template.operands[1].size == 1 ? 0xFF : 0xFFFF)
    case .shr where isImmediate:
      let width = Int64(operand.size) * 8
      let count = immediate & 0xFF
      return (1..<width).contains(count) ? .bound(UInt64.max >> UInt64(64 - width + count)) : plain
    default: return plain
    }
  }
}
