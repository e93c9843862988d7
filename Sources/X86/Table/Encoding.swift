/// Where an explicit operand goes in the bytes, and which operands fit there.
enum Field: UInt8, Sendable {
  case none
  /// ModRM.reg, ModRM.rm (register or memory), VEX.vvvv, the low bits of the opcode.
  case reg, rm, rmRegister, rmMemory, vvvv, opcodeRegister
  /// The first three at once, for idioms that name one register two or three times.
  case regAndRM, regAndVVVVAndRM
  /// Not encoded: the same register as operand 0.
  case tied
  /// Not encoded: rax in its width, rcx, xmm0; the immediate 1.
  case accumulator, rcx, xmm0, one
  /// The upper four bits of a last byte.
  case is4
  /// One byte; one byte sign-extended to the operation's width; 1, 2 or 4 bytes by the width, sign-extended to 64; four
  /// bytes zero-extended; eight bytes.
  case immediate8, signed8, full, zeroExtended32, immediate64
  /// Displacements of direct branches.
  case relative8, relative32
}

/// The size prefixes that follow from the operation's width, and the widths an encoding is for.
enum Sizing: UInt8, Sendable {
  /// No size prefix; all widths.
  case none
  /// 8 bits with the opcode's lowest bit cleared, 16 with 66, 32, and 64 with W.
  case all
  /// 16 with 66, 32, and 64 with W.
  case notByte
  /// 32, and 64 with W.
  case doubleOrQuad
  /// As `none`, but only for 8; only for 32 and 64.
  case byteOnly, zeroExtending
  /// Only for 16, with 66.
  case wordOnly
  /// As `none`, but only for 32; only for 64.
  case doubleOnly, quadWithoutW
  /// Only for 64, with W.
  case quadOnly
}

enum MandatoryPrefix: UInt8, Sendable {
  case none = 0
  case x66 = 1
  case xF3 = 2
  case xF2 = 3
}

enum OpcodeMap: UInt8, Sendable {
  case primary = 0
  case x0F = 1
  case x0F38 = 2
  case x0F3A = 3
}

/// One encoding, in the manual's terms.
struct Encoding: Sendable {
  enum Availability: UInt8, Sendable { case always, withoutVEX, withVEX }

  var availability: Availability
  var isVEX: Bool
  var prefix: MandatoryPrefix
  var map: OpcodeMap
  var opcode: UInt8
  /// The opcode extension in ModRM.reg, 0...7; 0xff if there is none.
  var digit: UInt8
  var sizing: Sizing
  /// Adds the instruction's condition to the opcode.
  var hasCondition: Bool
  var fields: InlineArray<4, Field>
  var fieldCount: Int

  static let noDigit: UInt8 = 0xff

  /// `[REX] opcode`.
  static func primary(
    _ opcode: UInt8, digit: UInt8 = noDigit, size sizing: Sizing = .none, condition: Bool = false, _ fields: [Field]
  ) -> Encoding {
    .legacy(.none, .primary, opcode, digit: digit, size: sizing, condition: condition, fields)
  }

  /// Without VEX: `[prefix] [REX] [map] opcode`.
  static func legacy(
    _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ opcode: UInt8, digit: UInt8 = noDigit,
    size sizing: Sizing = .none, condition: Bool = false, sse: Bool = false, _ fields: [Field]
  ) -> Encoding {
    Encoding(
      availability: sse ? .withoutVEX : .always, isVEX: false, prefix: prefix, map: map, opcode: opcode, digit: digit,
      sizing: sizing, hasCondition: condition, fields: InlineArray { $0 < fields.count ? fields[$0] : .none },
      fieldCount: fields.count)
  }

  /// VEX.128.
  static func vex(
    _ prefix: MandatoryPrefix, _ map: OpcodeMap, _ opcode: UInt8, digit: UInt8 = noDigit, size sizing: Sizing = .none,
    _ fields: [Field]
  ) -> Encoding {
    Encoding(
      availability: .withVEX, isVEX: true, prefix: prefix, map: map, opcode: opcode, digit: digit, sizing: sizing,
      hasCondition: false, fields: InlineArray { $0 < fields.count ? fields[$0] : .none }, fieldCount: fields.count)
  }
}

// Operands as the rows name them. A width of nil is the operation's.
extension OperandSpecification {
  static func write(_ width: Width? = nil) -> Self { .init(.write, .general, width) }
  static func read(_ width: Width? = nil) -> Self { .init(.read, .general, width) }
  static func readWrite(_ width: Width? = nil) -> Self { .init(.readWrite, .general, width) }
  static let tied = Self(.read, .general, nil, tie: .always)
  static let address = Self(.compute, .general, nil)
  static let count = Self(.read, .general, .w8, fixed: .rcx)
  static let immediate = Self(.read, .general, nil)
  static let immediate8 = Self(.read, .general, .w8)
  static let code = Self(.read, .general, .w64)

  static func writeVector(_ width: Width = .w128) -> Self { .init(.write, .vector, width) }
  static func readVector(_ width: Width = .w128) -> Self { .init(.read, .vector, width) }
  /// The left operand: tied to operand 0 unless VEX gives it a field of its own.
  static func leftVector(_ width: Width = .w128) -> Self { .init(.read, .vector, width, tie: .withoutVEX) }
  static let tiedVector = Self(.read, .vector, .w128, tie: .always)
  /// A 32-bit register, or a lane in memory.
  static func writeLane(_ lane: Width) -> Self { .init(.write, .general, .w32, memory: lane) }
  static func readLane(_ lane: Width) -> Self { .init(.read, .general, .w32, memory: lane) }
  static let blendMask = Self(.read, .vector, .w128, fixed: .xmm0WithoutVEX)
}
