import X86

/// What the validator will know of each general register at the current place (docs/ABI.md, M7): kept by the very
/// same rules, so that emission adds a mask exactly where one is missing.
struct FactTracker {
  /// The largest value that the register can hold, if known.
  private var bounds = InlineArray<16, UInt64>(repeating: .max)
  /// The BASE word that the register was loaded from.
  private var bases = InlineArray<16, Region>(repeating: .none)

  private static let upTo32Bits = UInt64(UInt32.max)

  mutating func forgetAll() {
    bounds = InlineArray(repeating: .max)
    bases = InlineArray(repeating: .none)
  }

  func bound(_ register: X86.Register) -> UInt64 { bounds[Int(register.number)] }

  /// A register with fact Base(region).
  func base(of region: Region) -> X86.Register? {
    for number in 0..<16 where bases[number] == region { return .general(number) }
    return nil
  }

  mutating func setBase(_ register: X86.Register, _ region: Region) { bases[Int(register.number)] = region }
  mutating func setBound(_ register: X86.Register, _ bound: UInt64) { bounds[Int(register.number)] = bound }

  /// Takes one emitted instruction into account.
  mutating func note(_ native: Native) {
    let row = native.opcode.row
    if !row.implicitWrites.isEmpty {
      for register in row.implicitWrites.registers { forget(register) }
    }
    for position in 0..<row.operandCount {
      let role = row.operands[position].role
      guard role == .write || role == .readWrite, case .register(let register) = native[operand: position] else {
        continue
      }
      forget(register)
      if position == 0 && register.rawValue < 16 { bounds[Int(register.number)] = newBound(native) }
    }
  }

  private mutating func forget(_ register: X86.Register) {
    guard register.rawValue < 16 else { return }
    bounds[Int(register.number)] = .max
    bases[Int(register.number)] = .none
  }

  /// The bound of operand 0 after the instruction.
  private func newBound(_ native: Native) -> UInt64 {
    switch native.opcode {
    case .movzx8: return 0xff
    case .movzx16: return 0xffff
    case .mov:
      if case .immediate(let bits) = native[operand: 1] {
        if native.width == .w32 { return UInt64(UInt32(truncatingIfNeeded: bits)) }
        if native.width == .w64, bits >= 0, bits <= Int64(UInt32.max) { return UInt64(bits) }
      }
    case .and:
      if case .immediate(let bits) = native[operand: 2] {
        if native.width == .w32 { return UInt64(UInt32(truncatingIfNeeded: bits)) }
        if native.width == .w64, bits >= 0 { return UInt64(bits) }
      }
    case .shr:
      if case .immediate(let count) = native[operand: 2], native.width == .w32 || native.width == .w64, count >= 1,
        count < native.width.bits
      {
        return UInt64.max >> UInt64(64 - native.width.bits + Int(count))
      }
    case .add, .sub, .or, .xor, .imul, .imulImmediate, .shl, .sar, .lea: break
    default: return .max
    }
    return native.width == .w32 ? Self.upTo32Bits : .max
  }
}
