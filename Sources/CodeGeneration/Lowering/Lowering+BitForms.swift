import Entities
import IR
import X86

/// Single instructions for what wasm has to spell out: byte swaps, and the bit operations of BMI1.
extension Lowering {
  // MARK: BMI1

  /// `a & ~b`, `a & (a - 1)` and `a & -a`.
  mutating func selectBitAnd(_ data: InstructionData) -> Bool {
    guard isa >= .v3 else { return false }
    for (one, other) in [(0, 1), (1, 0)] {
      let kept = operandValue(one)
      let changed = operandValue(other)
      if let complement = canSink(changed, by: .xor), immediate(function.operand(1, of: complement)) == -1 {
        sink(complement)
        release(function.operand(1, of: complement))
        let mask = useForm(function.operand(0, of: complement))
        emit(.andn, width(data.type), .register(result()), .register(mask), .register(useForm(kept)))
        return true
      }
      if sinkPredecessor(changed, of: kept) {
        emit(.blsr, width(data.type), .register(result()), .register(useForm(kept)))
        return true
      }
      if let negation = canSink(changed, by: .subtract), constant(function.operand(0, of: negation)) == 0,
        function.operand(1, of: negation) == kept
      {
        sink(negation)
        release(function.operand(0, of: negation))
        release(kept)
        emit(.blsi, width(data.type), .register(result()), .register(useForm(kept)))
        return true
      }
    }
    return false
  }

  /// `a ^ (a - 1)`.
  mutating func selectLowestSetMask(_ data: InstructionData) -> Bool {
    guard isa >= .v3 else { return false }
    for (one, other) in [(0, 1), (1, 0)] where sinkPredecessor(operandValue(other), of: operandValue(one)) {
      emit(.blsmsk, width(data.type), .register(result()), .register(useForm(operandValue(one))))
      return true
    }
    return false
  }

  /// Takes `value - 1` over if that is what `changed` is.
  private mutating func sinkPredecessor(_ changed: Value, of value: Value) -> Bool {
    guard let step = canSink(changed, by: .add) ?? canSink(changed, by: .subtract),
      function.operand(0, of: step) == value,
      let amount = immediate(function.operand(1, of: step)),
      amount == (function.instructions[step].opcode == .add ? -1 : 1)
    else { return false }
    sink(step)
    release(function.operand(1, of: step))
    release(value)
    return true
  }

  private mutating func useForm(_ value: Value) -> MachineRegister {
    function.type(of: value) == .i32 ? useLow32(value) : use(value)
  }

  // MARK: Byte swaps

  /// An `or` of shifted and masked bytes of one value that puts them in reverse order.
  mutating func selectByteSwap(_ data: InstructionData) -> Bool {
    var search = ByteSearch(function)
    guard let found = search.bytes(of: function.result(of: currentInstruction)), let source = found.source,
      let width = found.swappedBytes
    else { return false }
    release(operandValue(0))
    release(operandValue(1))
    uses[source.index] += 1
    let register = width == 8 ? use(source) : useLow32(source)
    if width == 2 {
      let swapped = fresh()
      emit(.bswap, .w32, .register(swapped), .register(register))
      emit(.shr, .w32, .register(result()), .register(swapped), .immediate(16))
    } else {
      emit(.bswap, width == 8 ? .w64 : .w32, .register(result()), .register(register))
    }
    return true
  }
}

/// Which byte of one value each byte of another is, if it is so simple.
private struct ByteSearch {
  /// Bytes of a value, the lowest first: a byte of `source` by number, or nothing, which is 0.
  struct Bytes {
    var source: Value?
    var places: [UInt8?]

    /// How many low bytes stand in reverse order, all others being 0: 2, 4 or 8; else nil.
    var swappedBytes: Int? {
      for count in [2, 4, 8] where count <= places.count {
        if (0..<places.count).allSatisfy({ places[$0] == ($0 < count ? UInt8(count - 1 - $0) : nil) }) { return count }
      }
      return nil
    }
  }

  private let function: IR.Function
  /// A tree that swaps eight bytes has some thirty nodes.
  private var budget = 48

  init(_ function: IR.Function) { self.function = function }

  /// nil if some byte is neither 0 nor a whole byte of the one value at the leaves.
  mutating func bytes(of value: Value) -> Bytes? {
    budget -= 1
    let size = function.type(of: value).size
    guard budget > 0, case .result(let instruction, 0) = function.values[value].definition else {
      return leaf(value, size)
    }
    let data = function.instructions[instruction]
    switch data.opcode {
    case .or:
      guard let left = bytes(of: function.operand(0, of: instruction)),
        let right = bytes(of: function.operand(1, of: instruction))
      else { return nil }
      return merge(left, right)
    case .and:
      guard let mask = constant(function.operand(1, of: instruction)),
        (0..<size).allSatisfy({ mask >> (8 * $0) & 0xff == 0 || mask >> (8 * $0) & 0xff == 0xff })
      else { return leaf(value, size) }
      guard var inner = bytes(of: function.operand(0, of: instruction)) else { return nil }
      for place in 0..<size where mask >> (8 * place) & 0xff == 0 { inner.places[place] = nil }
      return inner
    case .shiftLeft, .shiftRightUnsigned, .rotateLeft, .rotateRight:
      guard let count = constant(function.operand(1, of: instruction)), count % 8 == 0, count < 8 * size else {
        return leaf(value, size)
      }
      guard let inner = bytes(of: function.operand(0, of: instruction)) else { return nil }
      return moved(inner, by: Int(count) / 8, data.opcode)
    default: return leaf(value, size)
    }
  }

  private func moved(_ inner: Bytes, by count: Int, _ opcode: IR.Opcode) -> Bytes {
    let size = inner.places.count
    var result = inner
    for place in 0..<size {
      let isLeft = opcode == .shiftLeft || opcode == .rotateLeft
      let origin = isLeft ? place - count : place + count
      let isRotation = opcode == .rotateLeft || opcode == .rotateRight
      result.places[place] =
        isRotation ? inner.places[(origin + size) % size] : (0..<size).contains(origin) ? inner.places[origin] : nil
    }
    return result
  }

  private func merge(_ left: Bytes, _ right: Bytes) -> Bytes? {
    if let a = left.source, let b = right.source, a != b { return nil }
    var result = left
    result.source = left.source ?? right.source
    for place in result.places.indices {
      guard let byte = right.places[place] else { continue }
      if let other = result.places[place], other != byte { return nil }
      result.places[place] = byte
    }
    return result
  }

  private func leaf(_ value: Value, _ size: Int) -> Bytes {
    Bytes(source: value, places: (0..<size).map { UInt8($0) })
  }

  private func constant(_ value: Value) -> UInt64? {
    guard case .result(let instruction, 0) = function.values[value].definition,
      function.instructions[instruction].opcode == .integerConstant
    else { return nil }
    return function.instructions[instruction].immediate
  }
}
