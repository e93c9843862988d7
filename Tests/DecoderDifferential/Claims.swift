import Foundation

@testable import NaClValidator

/// Asks the validator's decoder about raw bytes and writes what it claims as a record (record.h).
struct Claims: ~Copyable {
  static let recordSize = 56

  private let table = TemplateTable.shared
  private var disassembler = Disassembler(textSize: 1 << 20)
  private let output: FileHandle
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096 * recordSize, alignment: 8)
  private var filled = 0
  private(set) var candidates = 0
  private(set) var accepted = 0

  init(to output: FileHandle) {
    self.output = output
    let names = Disassembler.operationIDs()
    var list = Array(repeating: [UInt8](repeating: 0, count: 24), count: Int(names.values.max() ?? 0) + 1)
    for (name, id) in names { for (index, byte) in name.utf8.prefix(23).enumerated() { list[Int(id)][index] = byte } }
    var header = Data()
    withUnsafeBytes(of: UInt32(list.count).littleEndian) { header.append(contentsOf: $0) }
    for name in list { header.append(contentsOf: name) }
    output.write(header)
  }

  /// Writes a record if the validator's decoder accepts the bytes.
  mutating func add(_ candidate: Candidate) -> EncodingSpace.TailAnswer {
    candidates += 1
    let bytes = ByteWindow(bits: UInt128(candidate.high) << 64 | UInt128(candidate.low))
    guard let instruction = try? Instruction(bytes, table), disassembler.disagreement(instruction) == nil else {
      return .rejected
    }
    let template = instruction.template
    guard template.semantic != .nop || instruction.isNop else { return .rejected }
    // Rule M3 takes the segment form only of operands that are accessed.
    if instruction.memory?.isSegmentForm == true && template.memory?.place != .memory { return .rejected }
    accepted += 1
    write(candidate, instruction)
    let hasDisplacement =
      instruction.memory.map { $0.displacement != 0 || $0.index != Register.none || $0.base >= Register.none } ?? false
    return hasDisplacement || template.immediateSize > 0 ? .acceptedWithTail : .acceptedWhole
  }

  private mutating func write(_ candidate: Candidate, _ instruction: Instruction) {
    let template = instruction.template
    let record = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + Self.recordSize])
    record.storeBytes(of: candidate.low, toByteOffset: 0, as: UInt64.self)
    record.storeBytes(of: candidate.high, toByteOffset: 8, as: UInt64.self)
    record[15] = UInt8(instruction.length)
    record.storeBytes(of: UInt16(template.operation), toByteOffset: 16, as: UInt16.self)
    let memory = instruction.memory
    func number(_ register: UInt8?) -> UInt8 { register.flatMap { $0 < Register.none ? $0 : nil } ?? 255 }
    record[18] =
      (memory == nil ? 0 : 1) | (memory?.isRIPRelative == true ? 2 : 0) | (memory?.isSegmentForm == true ? 4 : 0)
      | (template.needsAlignment ? 8 : 0)
    record[19] = UInt8(template.operandCount)
    record[20] = number(memory?.base)
    record[21] = number(memory?.index)
    record[22] = UInt8(memory?.scale ?? 1)
    record[23] = UInt8(template.immediateSize)
    record.storeBytes(of: memory?.displacement ?? 0, toByteOffset: 24, as: Int64.self)
    record.storeBytes(of: instruction.immediate, toByteOffset: 32, as: Int64.self)
    for position in 0..<4 {
      let operand = template.operands[position]
      let isUsed = position < template.operandCount
      let at = 40 + 4 * position
      record[at] = isUsed ? Self.place(operand.place) : 6
      record[at + 1] = isUsed ? instruction.register(operand.place) ?? 255 : 255
      record[at + 2] = operand.size
      record[at + 3] =
        (operand.access.contains(.read) ? 1 : 0) | (operand.access.contains(.write) ? 2 : 0)
        | (operand.access.contains(.zeroExtends) ? 4 : 0) | (operand.isImplicit ? 8 : 0)
    }
    filled += Self.recordSize
    if filled == buffer.count { flush() }
  }

  /// `enum place` of record.h.
  private static func place(_ place: Place) -> UInt8 {
    if place.isInteger { return 0 }
    if place.isVector { return 1 }
    switch place {
    case .memory: return 2
    case .address: return 3
    case .immediate: return 4
    case .distance: return 5
    default: return 6
    }
  }

  mutating func flush() {
    output.write(Data(buffer[..<filled]))
    filled = 0
  }

  deinit { buffer.deallocate() }
}
