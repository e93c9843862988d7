/// What is known of the integer registers at an instruction (rule M7). Facts come from data operations only.
struct Facts {
  enum Fact {
    case none
    /// The whole 64-bit register is at most this.
    case bound(UInt64)
    /// The register holds the base of `RegionMap`'s base region `index`.
    case base(Int)
  }

  private var facts = InlineArray<16, Fact>(repeating: .none)
  /// Set by a POLL's fall-through (rule P1).
  var isPolled = false

  subscript(register: UInt8) -> Fact { facts[Int(register & 15)] }

  mutating func clear() { self = Facts() }

  /// Forgets or learns what `instruction` does to the registers it writes.
  mutating func apply(_ instruction: Instruction, _ map: RegionMap) {
    let template = instruction.template
    for position in 0..<template.operandCount {
      let operand = template.operands[position]
      guard operand.access.contains(.write), operand.place.isInteger,
        let register = instruction.fields.register(operand.place), !Register.isReserved(register)
      else { continue }
      facts[Int(register)] = Self.result(of: instruction, position, operand, map)
    }
  }

  private static func result(
    of instruction: Instruction, _ position: Int, _ operand: OperandTemplate, _ map: RegionMap
  ) -> Fact {
    guard operand.size >= 4 else { return .none }
    let isWide = operand.size == 8
    let plain: Fact = !isWide && operand.access.contains(.zeroExtends) ? .bound(0xFFFF_FFFF) : .none
    guard position == 0, operand.access.contains(.zeroExtends) else { return plain }
    let immediate = instruction.immediate
    switch instruction.semantic {
    case .and where instruction.isImmediate(1):
      if !isWide { return .bound(UInt64(UInt32(truncatingIfNeeded: immediate))) }
      return immediate >= 0 ? .bound(UInt64(immediate)) : .none
    case .and:
      guard isWide, let offset = instruction.contextOffset(1), case .mask(let bound)? = map.meaning(at: offset) else {
        return plain
      }
      return .bound(bound)
    case .mov where instruction.isImmediate(1) && !isWide:
      return .bound(UInt64(UInt32(truncatingIfNeeded: immediate)))
    case .mov:
      guard isWide, let offset = instruction.contextOffset(1), case .base(let index)? = map.meaning(at: offset) else {
        return plain
      }
      return .base(index)
    case .movzx:
      return .bound(instruction.size(1) == 1 ? 0xFF : 0xFFFF)
    case .shr where instruction.isImmediate(1):
      let width = Int64(operand.size) * 8
      let count = immediate & 0xFF
      return (1..<width).contains(count) ? .bound(UInt64.max >> UInt64(64 - width + count)) : plain
    default:
      return plain
    }
  }
}
