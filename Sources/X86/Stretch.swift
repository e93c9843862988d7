import Entities

/// Where an encoded instruction can take more bytes and mean the same: an empty REX prefix, VEX in three bytes for two, a
/// wider displacement or immediate. Offsets are from its first byte.
@frozen
public struct Stretch: Sendable {
  /// Of the place for a REX prefix, if it has none.
  @usableFromInline var rex: UInt8 = 0
  @usableFromInline var takesREX = false
  /// Of a two-byte VEX prefix.
  @usableFromInline var vex: UInt8 = 0
  @usableFromInline var hasShortVEX = false
  /// Of ModRM with a base register in memory; 0 if there is none.
  @usableFromInline var modRM: UInt8 = 0
  /// Of an opcode whose immediate of one byte is the last one, and which has a sibling with four.
  @usableFromInline var shortImmediateOpcode: UInt8 = 0
  @usableFromInline var hasShortImmediate = false

  @inlinable public init() {}

  /// Whether `count` bytes can be added to the instruction. `count`: 1, 3 or 4.
  public func allows(_ count: Int, _ bytes: ArraySlice<UInt8>) -> Bool {
    switch count {
    case 1: takesREX || hasShortVEX || mod(bytes) == 0
    case 3: hasShortImmediate || mod(bytes) == 1
    case 4: mod(bytes) == 0
    default: false
    }
  }

  /// ModRM.mod: 0 without displacement, 1 with one byte; nil without a base register in memory.
  private func mod(_ bytes: ArraySlice<UInt8>) -> UInt8? {
    modRM == 0 ? nil : bytes[bytes.startIndex + Int(modRM)] >> 6
  }

  /// Appends the instruction `bytes` with `count` bytes more. Requires: `allows` says so.
  public func write(_ bytes: ArraySlice<UInt8>, adding count: Int, to code: inout ContiguousArray<UInt8>) {
    precondition(allows(count, bytes), "the instruction can be stretched so far")
    var longer = ContiguousArray(bytes)
    if count == 1 && takesREX {
      longer.insert(0x40, at: Int(rex))
    } else if count == 1 && hasShortVEX {
      // C5 [R vvvv L pp] is C4 [R 1 1 00001] [0 vvvv L pp] (SDM volume 2, 2.3.5).
      let low = longer[Int(vex) + 1]
      longer[Int(vex)] = 0xC4
      longer[Int(vex) + 1] = low & 0x80 | 0x61
      longer.insert(low & 0x7F, at: Int(vex) + 2)
    } else if count == 3 && hasShortImmediate {
      let opcode = Int(shortImmediateOpcode)
      longer[opcode] = longer[opcode] == 0x83 ? 0x81 : 0x69
      appendSign(of: longer[longer.count - 1], to: &longer, at: longer.count)
    } else {
      widenDisplacement(&longer, by: count)
    }
    code.append(contentsOf: longer)
  }

  private func widenDisplacement(_ code: inout ContiguousArray<UInt8>, by count: Int) {
    let position = Int(modRM)
    let hasSIB = code[position] & 7 == 4
    let displacement = position + (hasSIB ? 2 : 1)
    if count == 3 {
      code[position] = code[position] & 0x3F | 0x80
      appendSign(of: code[displacement], to: &code, at: displacement + 1)
    } else {
      code[position] = code[position] & 0x3F | (count == 1 ? 0x40 : 0x80)
      code.insert(contentsOf: repeatElement(0, count: count), at: displacement)
    }
  }

  private func appendSign(of byte: UInt8, to code: inout ContiguousArray<UInt8>, at position: Int) {
    code.insert(contentsOf: repeatElement(byte & 0x80 == 0 ? 0 : 0xFF, count: 3), at: position)
  }
}
