import NaClValidator

/// Memory operations as the specification has them: bounds first, then all of it. Fills and copies of up to one piece do not come here from
/// the sandbox unless they trap (memory_gates.c). `activation`: whose gate it is; nil while the module is instantiated.
extension InstanceBody {
  /// Bytes.
  private static let piece: UInt64 = 1 << 20

  /// The old size in pages, or -1, 32 bits wide for a memory with 32-bit indices.
  func growMemory(_ index: Int, pages: UInt64) throws -> UInt64 {
    let memory = memories[index]
    let delta = memory.type.hasIndex64 ? pages : pages & 0xffff_ffff
    let failure: UInt64 = memory.type.hasIndex64 ? .max : 0xffff_ffff
    return memory.grow(by: delta) ?? failure
  }

  func fillMemory(
    _ index: Int, at start: UInt64, value: UInt8, count: UInt64, _ activation: Activation?
  ) throws {
    let target = try bytes(of: index, at: start, count: count)
    try inPieces(of: Self.piece, count, activation) { range in
      (target + range.lowerBound).initializeMemory(as: UInt8.self, repeating: value, count: range.count)
    }
  }

  func copyMemory(
    to target: Int, at start: UInt64, from source: Int, at sourceStart: UInt64, count: UInt64, _ activation: Activation?
  ) throws {
    let from = try bytes(of: source, at: sourceStart, count: count)
    let to = try bytes(of: target, at: start, count: count)
    // Pieces are moved in the order that never overwrites what is still to be read.
    try inPieces(of: Self.piece, count, activation, descending: to > from) { range in
      (to + range.lowerBound).copyMemory(from: from + range.lowerBound, byteCount: range.count)
    }
  }

  func initialiseMemory(
    _ index: Int, at start: UInt64, segment: Int, at segmentStart: UInt64, count: UInt64, _ activation: Activation?
  ) throws {
    let wasm = module.metadata.wasm
    let range = isDataSegmentDropped[segment] ? 0..<0 : wasm.data[.init(index: segment)].range
    guard segmentStart <= UInt64(range.count), count <= UInt64(range.count) - segmentStart else {
      throw Trap(.memoryOutOfBounds)
    }
    let target = try bytes(of: index, at: start, count: count)
    let first = range.lowerBound + Int(segmentStart)
    try inPieces(of: Self.piece, count, activation) { range in
      wasm.bytes.withUnsafeBytes { source in
        let piece = UnsafeRawBufferPointer(rebasing: source[first + range.lowerBound..<first + range.upperBound])
        UnsafeMutableRawBufferPointer(start: target + range.lowerBound, count: range.count).copyMemory(from: piece)
      }
    }
  }

  private func bytes(of index: Int, at start: UInt64, count: UInt64) throws(Trap) -> UnsafeMutableRawPointer {
    do { return try GuestMemory(memories[index]).checked(start, count) } catch { throw Trap(.memoryOutOfBounds) }
  }
}
