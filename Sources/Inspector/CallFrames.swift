/// Where a function's return address lies, instruction by instruction: DWARF call frame information (DWARF 5, section 6.4) for a
/// debugger, from the bytes of text alone.
///
/// The stack pointer moves as docs/ABI.md says (F2): depth 0 or N, `sub rsp, N` and `add rsp, N` or `lea rsp, [rsp + N]` between the
/// two. Text that nobody has verified gets some table, never a crash.
struct CallFrames {
  /// Depth from an offset in text on.
  struct Step: Equatable {
    var offset: Int
    var depth: Int
  }

  /// The depths within `function`, a range of `text`; the first is 0. One step for each change.
  static func steps(of function: Range<Int>, in text: ArraySlice<UInt8>, _ disassembler: borrowing Disassembler) -> [Step] {
    var steps = [Step(offset: function.lowerBound, depth: 0)]
    var depthAtTarget: [Int: Int] = [:]
    var depth = 0
    var frame = 0
    var offset = function.lowerBound
    while offset < function.upperBound {
      if let known = depthAtTarget[offset] { depth = known }
      if depth != steps.last?.depth { steps.append(Step(offset: offset, depth: depth)) }
      let size = disassembler.line(at: offset, of: text, address: 0).size
      let bytes = text.dropFirst(offset).prefix(size)
      switch StackEffect(bytes) {
      case .none: break
      case .take(let count):
        depth += count
        frame = depth
      case .give: depth = 0
      case .jump(let distance, let isConditional):
        depthAtTarget[offset + size + distance] = depth
        if !isConditional { depth = frame }
      case .end: depth = frame
      }
      offset += size
    }
    return steps
  }

  /// What an instruction does to the stack pointer or to the flow of control.
  enum StackEffect: Equatable {
    case none
    case take(Int)
    case give
    /// Direct, by `distance` from the next instruction.
    case jump(distance: Int, isConditional: Bool)
    case end

    init(_ bytes: ArraySlice<UInt8>) {
      let code = Array(bytes)
      func immediate(at index: Int) -> Int {
        if code.count - index == 1 { return Int(Int8(bitPattern: code[index])) }
        guard code.count - index == 4 else { return 0 }
        return Int(Int32(bitPattern: (0..<4).reduce(0) { $0 | UInt32(code[index + $1]) << UInt32(8 * $1) }))
      }
      switch code.first {
      case 0x48? where code.count >= 4 && (code[1] == 0x83 || code[1] == 0x81):
        self = code[2] == 0xec ? .take(immediate(at: 3)) : code[2] == 0xc4 ? .give : .none
      // lea rsp, [rsp + disp]
      case 0x48? where code.count >= 5 && code[1] == 0x8d && (code[2] == 0x64 || code[2] == 0xa4): self = .give
      case 0x0f? where code.count == 6 && code[1] & 0xf0 == 0x80:
        self = .jump(distance: immediate(at: 2), isConditional: true)
      case let first? where first & 0xf0 == 0x70 && code.count == 2:
        self = .jump(distance: immediate(at: 1), isConditional: true)
      case 0xeb? where code.count == 2, 0xe9? where code.count == 5:
        self = .jump(distance: immediate(at: 1), isConditional: false)
      // ret; jmp through a register or memory
      case 0xc3?: self = .end
      case 0xff? where code.count >= 2 && code[1] >> 3 & 7 == 4: self = .end
      default: self = .none
      }
    }
  }
}

/// `.debug_frame`: one common entry, then one entry a function.
struct DebugFrameSection {
  private(set) var bytes: [UInt8] = []

  private enum Opcode {
    static let definesAddress: UInt8 = 0x0c
    static let definesOffset: UInt8 = 0x0e
    static let advances: UInt8 = 0x04
    static let savesReturnAddress: UInt8 = 0x80 | 16
    static let nop: UInt8 = 0
  }

  init() {
    // Version 1, no augmentation, code in bytes, data in -8, return address in column 16; the frame's address is rsp + 8, with
    // the return address just below.
    append([0xff, 0xff, 0xff, 0xff, 1, 0, 1, 0x78, 16, Opcode.definesAddress, 7, 8, Opcode.savesReturnAddress, 1])
  }

  /// `address`: where text lies; the steps are relative to it.
  mutating func add(_ steps: [CallFrames.Step], size: Int, textAddress: UInt64) {
    guard let first = steps.first else { return }
    var entry = Self.word(UInt32(0)) + Self.word(textAddress + UInt64(first.offset)) + Self.word(UInt64(size))
    var offset = first.offset
    for step in steps.dropFirst() {
      entry += [Opcode.advances] + Self.word(UInt32(step.offset - offset))
      entry += [Opcode.definesOffset] + Self.unsigned(step.depth + 8)
      offset = step.offset
    }
    append(entry)
  }

  /// The length counts what follows it, a multiple of 8 with it.
  private mutating func append(_ entry: [UInt8]) {
    let padded = entry + Array(repeating: Opcode.nop, count: (8 - (entry.count + 4) % 8) % 8)
    bytes += Self.word(UInt32(padded.count)) + padded
  }

  private static func word(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// Unsigned LEB128.
  private static func unsigned(_ value: Int) -> [UInt8] {
    var rest = UInt(bitPattern: value)
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(truncatingIfNeeded: rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      rest >>= 7
    } while rest != 0
    return bytes
  }
}
