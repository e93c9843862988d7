/// Turns instructions into bytes: the shortest encoding in the table that fits, canonical prefixes (docs/DECODER.md).
///
/// Requires physical registers, and that tied operands have the register of operand 0.
@frozen
public struct Encoder: Sendable {
  public let isa: ISALevel
  @inlinable public init(isa: ISALevel) { self.isa = isa }

  /// How direct jumps are written. Calls have no short form.
  public enum BranchSize: UInt8, Sendable { case short, long }

  /// Appends the bytes of `instruction` to `code`, with zeros where the fixup goes.
  /// Complexity: O(1).
  @discardableResult
  public func encode(
    _ instruction: Instruction, branch: BranchSize = .long, into code: inout ContiguousArray<UInt8>
  ) -> Fixup? {
    var parts = EncodedParts(instruction, encoding(of: instruction, branch: branch))
    return parts.write(into: &code)
  }

  /// The same, and where the bytes could be made more without changing what they mean.
  public func encode(
    _ instruction: Instruction, into code: inout ContiguousArray<UInt8>, stretch: inout Stretch
  ) -> Fixup? {
    var parts = EncodedParts(instruction, encoding(of: instruction))
    let fixup = parts.write(into: &code)
    stretch = fixup == nil ? parts.stretch : Stretch()
    return fixup
  }

  /// The table's first encoding that `instruction` fits.
  func encoding(of instruction: Instruction, branch: BranchSize = .long) -> Encoding {
    let row = instruction.opcode.row
    for index in row.encodings {
      let encoding = Encoding.table[index]
      if encoding.accepts(instruction, row, isa: isa, branch: branch) { return encoding }
    }
    preconditionFailure("no encoding of \(AsmPrinter.dump(instruction)) at this instruction set level")
  }
}

/// A displacement that is known only when the code has been laid out:
/// `value = address of target + addend - address of the field`.
@frozen
public struct Fixup: Hashable, Sendable {
  /// Of the field, in the buffer written to.
  public var offset: Int
  /// 1 or 4 bytes.
  public var size: Int
  public var target: Target
  /// Accounts for displacements being relative to the end of the instruction.
  public var addend: Int32

  @inlinable
  public init(offset: Int, size: Int, target: Target, addend: Int32) {
    self.offset = offset
    self.size = size
    self.target = target
    self.addend = addend
  }
}

extension Encoding {
  func accepts(_ instruction: Instruction, _ row: Row, isa: ISALevel, branch: Encoder.BranchSize) -> Bool {
    switch availability {
    case .always: break
    case .withoutVEX: if isa >= .v3 { return false }
    case .withVEX: if isa < .v3 { return false }
    }
    guard sizing.accepts(instruction.width) else { return false }
    for position in 0..<fieldCount {
      guard
        fields[position].accepts(
          instruction, position, row.operands[position].width(operation: instruction.width), branch: branch)
      else { return false }
    }
    return true
  }
}

extension Sizing {
  func accepts(_ width: Width) -> Bool {
    switch self {
    case .none: true
    case .all: width != .w128
    case .notByte: width == .w16 || width == .w32 || width == .w64
    case .doubleOrQuad, .zeroExtending: width == .w32 || width == .w64
    case .byteOnly: width == .w8
    case .wordOnly: width == .w16
    case .doubleOnly: width == .w32
    case .quadOnly, .quadWithoutW: width == .w64
    }
  }
}

extension Field {
  /// Whether operand `position`, `width` bits wide, can be written in this field.
  func accepts(_ instruction: Instruction, _ position: Int, _ width: Width, branch: Encoder.BranchSize) -> Bool {
    let kind = instruction.kind(position)
    switch self {
    case .none: return kind == .none
    case .reg, .rmRegister, .vvvv, .opcodeRegister, .regAndRM, .regAndVVVVAndRM, .tied, .is4: return kind == .register
    case .rm: return kind == .register || kind == .address
    case .rmMemory: return kind == .address
    case .accumulator: return kind == .register && instruction.register(position) == .rax
    case .rcx: return kind == .register && instruction.register(position) == .rcx
    case .xmm0: return kind == .register && instruction.register(position) == .xmm0
    case .relative8: return branch == .short && (kind == .label || kind == .symbol)
    case .relative32: return branch == .long && (kind == .label || kind == .symbol)
    case .one: return kind == .immediate && instruction.value == 1
    case .immediate8: return kind == .immediate && -128...255 ~= instruction.value
    case .signed8: return kind == .immediate && Int64(Int8.min)...Int64(Int8.max) ~= width.normalize(instruction.value)
    case .full:
      return kind == .immediate && Int64(Int32.min)...Int64(Int32.max) ~= width.normalize(instruction.value)
    case .zeroExtended32:
      let value = instruction.value
      return kind == .immediate
        && (width == .w32 || 0...Int64(UInt32.max) ~= value)
    case .immediate64: return kind == .immediate
    }
  }
}

extension Width {
  /// The low bits of an immediate, as a signed number of this width.
  func normalize(_ value: Int64) -> Int64 {
    let unused = Int64(max(0, 64 - bits))
    return (value << unused) >> unused
  }
}
