import Entities
import IR
import Wasm

/// `memory.copy` and `memory.fill` of a few bytes, as C compilers write assignments of structures: loads and stores instead of a gate,
/// which costs as much as copying a thousand bytes.
extension FunctionTranslator {
  /// Eight vectors: what fits in registers.
  private static let longest: UInt64 = 128

  /// Where the length is a small constant. Not in wrap mode: what a gate does out of bounds is not what accesses one by one
  /// do. Not for no bytes: an access is at least one, and what is left to check, address <= size, is no check of an access.
  mutating func translateSmallBulk(_ decoded: DecodedOperator) -> Bool {
    guard options.checksBounds, decoded.op == .memoryCopy || decoded.op == .memoryFill,
      let length = constant(stack[stack.count - 1]), 1...Self.longest ~= length
    else { return false }
    _ = pop()
    if decoded.op == .memoryCopy { copy(length, decoded) } else { fill(length, decoded) }
    return true
  }

  func constant(_ value: Value) -> UInt64? {
    guard case .result(let instruction, _) = builder.function.values[value].definition else { return nil }
    let data = builder.function.instructions[instruction]
    return data.opcode == .integerConstant ? data.immediate : nil
  }

  /// One access of a run that covers all bytes; the last ones may overlap.
  private struct Piece {
    var offset: UInt64
    var type: Type
    var access: MemoryAccess
  }

  private static func pieces(_ length: UInt64) -> [Piece] {
    let (type, access, size): (Type, MemoryAccess, UInt64) =
      switch length {
      case 16...: (.v128, .full, 16)
      case 8...: (.i64, .full, 8)
      case 4...: (.i32, .full, 4)
      case 2...: (.i32, .unsigned16, 2)
      default: (.i32, .unsigned8, 1)
      }
    var pieces = stride(from: 0, to: length / size * size, by: Int(size)).map {
      Piece(offset: $0, type: type, access: access)
    }
    if length % size != 0 { pieces.append(Piece(offset: length - size, type: type, access: access)) }
    return pieces
  }

  /// Everything is read before anything is written: the ranges may overlap.
  private mutating func copy(_ length: UInt64, _ decoded: DecodedOperator) {
    let source = pop()
    let destination = pop()
    emitCheck(decoded.index, destination, end: length)
    emitCheck(decoded.second, source, end: length)
    let pieces = Self.pieces(length)
    for piece in pieces {
      push(source)
      emitValue(
        InstructionData(
          .load, piece.type, access: piece.access, memory: decoded.second, immediate: piece.offset), taking: 1)
    }
    let values = Array(stack.suffix(pieces.count))
    stack.removeLast(pieces.count)
    for (piece, value) in zip(pieces, values) { emitStore(piece, decoded.index, destination, value) }
  }

  private mutating func fill(_ length: UInt64, _ decoded: DecodedOperator) {
    let byte = pop()
    let destination = pop()
    emitCheck(decoded.index, destination, end: length)
    let pieces = Self.pieces(length)
    guard let type = pieces.first?.type else { return }
    push(byte)
    if type == .v128 { emitSplat(.i8x16) } else { repeatByte(type) }
    let value = pop()
    for piece in pieces { emitStore(piece, decoded.index, destination, value) }
  }

  /// The low byte of an i32 in every byte.
  private mutating func repeatByte(_ type: Type) {
    let ones: UInt64 = type == .i64 ? 0x0101_0101_0101_0101 : 0x0101_0101
    emitValue(InstructionData(.integerConstant, .i32, immediate: 0xff))
    emitValue(InstructionData(.and, .i32), taking: 2)
    if type == .i64 { emitValue(InstructionData(.extendUnsigned, .i64), taking: 1) }
    emitValue(InstructionData(.integerConstant, type, immediate: ones))
    emitValue(InstructionData(.multiply, type), taking: 2)
  }

  private mutating func emitStore(_ piece: Piece, _ memory: UInt32, _ address: Value, _ value: Value) {
    push(address)
    push(value)
    emit(
      InstructionData(.store, piece.type, access: piece.access, memory: memory, immediate: piece.offset), taking: 2)
  }

  private mutating func emitCheck(_ memory: UInt32, _ address: Value, end: UInt64) {
    push(address)
    let type = builder.function.type(of: address)
    emit(InstructionData(.memoryCheck, type, memory: memory, immediate: end), taking: 1)
  }
}
