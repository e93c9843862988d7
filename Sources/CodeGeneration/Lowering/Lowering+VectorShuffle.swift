import IR
import RegisterAllocation
import X86

/// Shuffles with constant lanes: one instruction where a pattern fits, else `pshufb` by a constant, of each operand.
extension Lowering {
  mutating func selectShuffle(_ data: InstructionData) {
    var left = operandValue(0)
    var right = operandValue(1)
    let constant = ShuffleLanes(immediate: data.immediate, auxiliary: data.auxiliary)
    var pattern = ShufflePattern((0..<16).map { constant[$0] })
    if left == right { pattern = pattern.foldingOperands() }
    if pattern.readsOnlySecond || isZeroVector(left) && pattern.readsSecond {
      swap(&left, &right)
      pattern = pattern.exchangingOperands()
    }
    if !pattern.readsSecond {
      release(right)
      shuffleOne(left, pattern)
    } else if isZeroVector(right) {
      release(right)
      shuffleWithZeros(left, pattern)
    } else {
      shuffleTwo(left, right, pattern)
    }
  }

  /// Bytes above 15 give 0: pshufb does so for those above 127, and a saturating sum makes them such.
  mutating func selectSwizzle(_ data: InstructionData) {
    let source = useVector(0)
    if let bits = vectorBits(operandValue(1)) {
      release(operandValue(1))
      let bytes = (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? bits.x : bits.y) >> UInt64($0 % 8 * 8)) }
      finish(.pshufb, source, byteConstant(bytes.map { $0 > 15 ? 0x80 : $0 }))
      return
    }
    finish(.pshufb, source, packed(.paddusb, useVector(1), laneConstant(0x70, 8)))
  }

  private mutating func byteConstant(_ bytes: [UInt8]) -> X86.Operand {
    let bits = Self.bits(bytes)
    return vectorConstant(bits.x, bits.y)
  }

  private static func bits(_ bytes: [UInt8]) -> SIMD2<UInt64> {
    var halves: SIMD2<UInt64> = .zero
    for (index, byte) in bytes.enumerated() { halves[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
    return halves
  }

  // MARK: One operand

  private mutating func shuffleOne(_ value: Value, _ pattern: ShufflePattern) {
    let source = X86.Operand.register(use(value))
    if pattern.isIdentity {
      emitMove(result(), use(value), .vector)
    } else if let selection = pattern.doublewordSelection {
      finish(.pshufd, source, .immediate(selection))
    } else if let selection = pattern.lowWordSelection {
      finish(.pshuflw, source, .immediate(selection))
    } else if let selection = pattern.highWordSelection {
      finish(.pshufhw, source, .immediate(selection))
    } else if pattern.repeats(bytes: 1), isa >= .v3 {
      finish(.pbroadcastb, source)
    } else if pattern.repeats(bytes: 2), isa >= .v3 {
      finish(.pbroadcastw, source)
    } else if let opcode = Self.interleaving(pattern, 0, 0) {
      finish(opcode, source, source)
    } else if let distance = pattern.rotation(modulo: 16) {
      finish(.palignr, source, source, .immediate(Int64(distance)))
    } else {
      finish(.pshufb, source, byteConstant(pattern.lanes.map { UInt8($0) }))
    }
  }

  private mutating func shuffleWithZeros(_ value: Value, _ pattern: ShufflePattern) {
    let source = X86.Operand.register(use(value))
    if let distance = pattern.rightShift {
      finish(.psrldq, source, .immediate(Int64(distance)))
    } else if let distance = pattern.leftShift {
      finish(.pslldq, source, .immediate(Int64(distance)))
    } else {
      finish(.pshufb, source, byteConstant(pattern.lanes.map { $0 < 16 ? UInt8($0) : 0x80 }))
    }
  }

  // MARK: Two operands

  private mutating func shuffleTwo(_ left: Value, _ right: Value, _ pattern: ShufflePattern) {
    if let opcode = Self.interleaving(pattern, 0, 16) {
      finishTwo(opcode, left, right)
    } else if let opcode = Self.interleaving(pattern, 16, 0) {
      finishTwo(opcode, right, left)
    } else if let distance = pattern.rotation(modulo: 32) {
      // Upper half first; the bytes from `distance` on.
      let (upper, lower) = distance < 16 ? (right, left) : (left, right)
      finishTwo(.palignr, upper, lower, Int64(distance % 16))
    } else if let selection = pattern.wordBlend {
      finishTwo(.pblendw, left, right, selection)
    } else if let selection = pattern.pairSelection {
      finishTwo(.shufps, left, right, selection)
    } else if let selection = pattern.exchangingOperands().pairSelection {
      finishTwo(.shufps, right, left, selection)
    } else if pattern.isBlend {
      let first = X86.Operand.register(use(left))
      let bits = Self.bits(pattern.lanes.map { $0 < 16 ? 0 : 0xff })
      let mask = fresh(.vector, width: .bytes16)
      defineVectorConstant(bits, mask)
      finishBlend(first, vectorSource(right), mask: mask)
    } else if let selection = pattern.foldingOperands().doublewordSelection, let blend = pattern.wordsOfSecond {
      let first = packed(.pshufd, .register(use(left)), .immediate(selection))
      finish(.pblendw, first, packed(.pshufd, .register(use(right)), .immediate(selection)), .immediate(blend))
    } else {
      let first = byteConstant(pattern.lanes.map { $0 < 16 ? UInt8($0) : 0x80 })
      let second = byteConstant(pattern.lanes.map { $0 < 16 ? 0x80 : UInt8($0 - 16) })
      finish(.por, packed(.pshufb, .register(use(left)), first), packed(.pshufb, .register(use(right)), second))
    }
  }

  private mutating func finishTwo(_ opcode: MachineOpcode, _ left: Value, _ right: Value, _ immediate: Int64? = nil) {
    let first = X86.Operand.register(use(left))
    let second = vectorSource(right)
    finish(opcode, first, second.operand, immediate.map { .immediate($0) } ?? .none, region: second.region)
  }

  private static let interleavings: [(opcode: MachineOpcode, size: Int, start: Int)] = [
    (.punpcklqdq, 8, 0), (.punpckhqdq, 8, 8), (.punpckldq, 4, 0), (.punpckhdq, 4, 8), (.punpcklwd, 2, 0),
    (.punpckhwd, 2, 8), (.punpcklbw, 1, 0), (.punpckhbw, 1, 8),
  ]

  /// Elements from byte `first` and byte `second` on in turn.
  private static func interleaving(_ pattern: ShufflePattern, _ first: Int, _ second: Int) -> MachineOpcode? {
    interleavings.first { row in
      (0..<16).allSatisfy { lane in
        let element = lane / row.size
        let source = (element % 2 == 0 ? first : second) + row.start + element / 2 * row.size
        return pattern.lanes[lane] == source + lane % row.size
      }
    }?.opcode
  }
}

/// Which byte of two operands each byte of the result is: 0...15 of the first, 16...31 of the second.
struct ShufflePattern {
  var lanes: [Int]

  init(_ lanes: [Int]) { self.lanes = lanes }

  var readsSecond: Bool { lanes.contains { $0 >= 16 } }
  var readsOnlySecond: Bool { lanes.allSatisfy { $0 >= 16 } }
  var isIdentity: Bool { lanes == Array(0..<16) }
  /// Every byte stays in its place.
  var isBlend: Bool { (0..<16).allSatisfy { lanes[$0] % 16 == $0 } }

  /// As if both operands were the first.
  func foldingOperands() -> ShufflePattern { ShufflePattern(lanes.map { $0 % 16 }) }
  func exchangingOperands() -> ShufflePattern { ShufflePattern(lanes.map { $0 ^ 16 }) }

  /// The elements of so many bytes that are moved as a whole, by number; nil if some are not.
  private func elements(bytes: Int) -> [Int]? {
    var elements: [Int] = []
    for start in stride(from: 0, to: 16, by: bytes) {
      guard lanes[start] % bytes == 0, (1..<bytes).allSatisfy({ lanes[start + $0] == lanes[start] + $0 }) else {
        return nil
      }
      elements.append(lanes[start] / bytes)
    }
    return elements
  }

  private static func selection(_ elements: some Sequence<Int>) -> Int64 {
    elements.enumerated().reduce(0) { $0 | Int64($1.element & 3) << Int64(2 * $1.offset) }
  }

  /// Immediate of pshufd.
  var doublewordSelection: Int64? {
    guard !readsSecond, let elements = elements(bytes: 4) else { return nil }
    return Self.selection(elements)
  }

  /// Immediates of pshuflw and pshufhw.
  var lowWordSelection: Int64? {
    guard let words = elements(bytes: 2), words[4...] == [4, 5, 6, 7], words[..<4].allSatisfy({ $0 < 4 }) else {
      return nil
    }
    return Self.selection(words[..<4])
  }
  var highWordSelection: Int64? {
    guard let words = elements(bytes: 2), words[..<4] == [0, 1, 2, 3], words[4...].allSatisfy({ (4..<8).contains($0) })
    else { return nil }
    return Self.selection(words[4...])
  }

  /// Immediate of shufps: two doublewords of the first operand, then two of the second.
  var pairSelection: Int64? {
    guard let elements = elements(bytes: 4), elements[..<2].allSatisfy({ $0 < 4 }), elements[2...].allSatisfy({ $0 >= 4 })
    else { return nil }
    return Self.selection(elements)
  }

  /// Which words come from the second operand; nil if one comes from both.
  var wordsOfSecond: Int64? {
    var bits: Int64 = 0
    for word in 0..<8 {
      if (lanes[2 * word] < 16) != (lanes[2 * word + 1] < 16) { return nil }
      if lanes[2 * word] >= 16 { bits |= 1 << Int64(word) }
    }
    return bits
  }

  /// Immediate of pblendw.
  var wordBlend: Int64? { isBlend ? wordsOfSecond : nil }

  /// The first so many bytes, over and over.
  func repeats(bytes: Int) -> Bool { (0..<16).allSatisfy { lanes[$0] == $0 % bytes } }

  /// Consecutive bytes from this one on.
  func rotation(modulo count: Int) -> Int? {
    let distance = lanes[0]
    return distance % 16 != 0 && (0..<16).allSatisfy { lanes[$0] == ($0 + distance) % count } ? distance : nil
  }

  /// With zeros for the second operand: by so many bytes towards lane 0, or away from it.
  var rightShift: Int? {
    let distance = lanes[0]
    guard (1..<16).contains(distance) else { return nil }
    return (0..<16).allSatisfy { $0 < 16 - distance ? lanes[$0] == $0 + distance : lanes[$0] >= 16 } ? distance : nil
  }
  var leftShift: Int? {
    guard let distance = lanes.firstIndex(of: 0), distance > 0 else { return nil }
    return (0..<16).allSatisfy { $0 < distance ? lanes[$0] >= 16 : lanes[$0] == $0 - distance } ? distance : nil
  }
}
