import Entities
import IR

/// Memories, tables and segments.
extension Interpreter {
  mutating func access(_ data: InstructionData, _ operands: [SIMD2<UInt64>]) throws(Stop) -> [SIMD2<UInt64>] {
    let words = operands.map { $0[0] }
    let index = Int(data.memory)
    let other = Int(data.auxiliary)
    switch data.opcode {
    case .load: return [load(data, at: words[0])]
    case .store: store(data, at: words[0], operands[1])
    case .memoryCheck: if isOutOfBounds(data, words[0]) { throw .trap(.memoryOutOfBounds) }
    case .memoryOutOfBounds: return [SIMD2(isOutOfBounds(data, words[0]) ? 1 : 0, 0)]
    case .memorySize: return [SIMD2(UInt64(state.memories[index].size / 65536), 0)]
    case .memoryGrow: return [SIMD2(growMemory(index, by: words[0]) & data.type.mask, 0)]
    case .memoryFill:
      try check(words[0], words[2], state.memories[index].size, .memoryOutOfBounds)
      for place in Self.places(words[0], words[2]) { state.memories[index][place] = UInt8(truncatingIfNeeded: words[1]) }
    case .memoryCopy:
      try check(words[0], words[2], state.memories[index].size, .memoryOutOfBounds)
      try check(words[1], words[2], state.memories[other].size, .memoryOutOfBounds)
      let bytes = Self.places(words[1], words[2]).map { state.memories[other][$0] }
      for (place, byte) in zip(Self.places(words[0], words[2]), bytes) { state.memories[index][place] = byte }
    case .memoryInit:
      try check(words[0], words[2], state.memories[index].size, .memoryOutOfBounds)
      try check(words[1], words[2], state.data[other].count, .memoryOutOfBounds)
      let bytes = state.data[other][Self.places(words[1], words[2])]
      for (place, byte) in zip(Self.places(words[0], words[2]), bytes) { state.memories[index][place] = byte }
    case .dataDrop: state.data[other] = []
    case .elementDrop: state.elements[other] = []
    case .tableGet:
      try check(words[0], 1, state.tables[index].count, .tableOutOfBounds)
      return [SIMD2(state.tables[index][Int(words[0])], 0)]
    case .tableSet:
      try check(words[0], 1, state.tables[index].count, .tableOutOfBounds)
      state.tables[index][Int(words[0])] = words[1]
    case .tableSize: return [SIMD2(UInt64(state.tables[index].count), 0)]
    case .tableGrow: return [SIMD2(growTable(index, words[0], by: words[1]) & data.type.mask, 0)]
    case .tableFill:
      try check(words[0], words[2], state.tables[index].count, .tableOutOfBounds)
      for place in Self.places(words[0], words[2]) { state.tables[index][place] = words[1] }
    case .tableCopy:
      try check(words[0], words[2], state.tables[index].count, .tableOutOfBounds)
      try check(words[1], words[2], state.tables[other].count, .tableOutOfBounds)
      let elements = Array(state.tables[other][Self.places(words[1], words[2])])
      state.tables[index].replaceSubrange(Self.places(words[0], words[2]), with: elements)
    case .tableInit:
      try check(words[0], words[2], state.tables[index].count, .tableOutOfBounds)
      try check(words[1], words[2], state.elements[other].count, .tableOutOfBounds)
      let elements = Array(state.elements[other][Self.places(words[1], words[2])])
      state.tables[index].replaceSubrange(Self.places(words[0], words[2]), with: elements)
    default: preconditionFailure("\(data.opcode) is not known to the interpreter")
    }
    return []
  }

  private static func places(_ start: UInt64, _ count: UInt64) -> Range<Int> { Int(start)..<Int(start) + Int(count) }

  private func check(_ start: UInt64, _ count: UInt64, _ size: Int, _ code: TrapCode) throws(Stop) {
    let (end, overflow) = start.addingReportingOverflow(count)
    if overflow || end > UInt64(size) { throw .trap(code) }
  }

  private func isOutOfBounds(_ data: InstructionData, _ address: UInt64) -> Bool {
    let (end, overflow) = address.addingReportingOverflow(data.immediate)
    return overflow || end > UInt64(state.memories[Int(data.memory)].size)
  }

  private func load(_ data: InstructionData, at address: UInt64) -> SIMD2<UInt64> {
    let size = data.access.size(for: data.type)
    var bytes = SIMD2<UInt64>.zero
    for position in 0..<size {
      let byte = state.memories[Int(data.memory)][Int(address + data.immediate) + position]
      bytes[position / 8] |= UInt64(byte) << UInt64(position % 8 * 8)
    }
    switch data.access {
    case .signed8: bytes[0] = UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: bytes[0]))) & data.type.mask
    case .signed16: bytes[0] = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: bytes[0]))) & data.type.mask
    case .signed32: bytes[0] = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bytes[0])))
    case .full, .unsigned8, .unsigned16, .unsigned32, .unsigned64: break
    }
    return bytes
  }

  private mutating func store(_ data: InstructionData, at address: UInt64, _ value: SIMD2<UInt64>) {
    for position in 0..<data.access.size(for: data.type) {
      state.memories[Int(data.memory)][Int(address + data.immediate) + position] =
        UInt8(truncatingIfNeeded: value[position / 8] >> UInt64(position % 8 * 8))
    }
  }

  /// The old size in pages; all ones if it cannot grow so far.
  mutating func growMemory(_ memory: Int, by pages: UInt64) -> UInt64 {
    let old = state.memories[memory].size / 65536
    guard let maximum = shape.memories[MemoryIndex(UInt32(memory))].maximumPages,
      pages <= maximum, UInt64(old) + pages <= maximum
    else { return .max }
    state.memories[memory].size += Int(pages) * 65536
    return UInt64(old)
  }

  private mutating func growTable(_ table: Int, _ element: UInt64, by count: UInt64) -> UInt64 {
    let old = state.tables[table].count
    guard let maximum = shape.tables[TableIndex(UInt32(table))].maximum, count <= maximum, UInt64(old) + count <= maximum
    else { return .max }
    state.tables[table] += Array(repeating: element, count: Int(count))
    return UInt64(old)
  }
}
