import NaClValidator

/// Memory operations as the specification has them: bounds first, then all of it, in pieces between which requests are
/// seen (docs/ABI.md, P3). `activation`: whose gate it is; nil while the module is instantiated.
extension InstanceBody {
  private static let chunk: UInt64 = 1 << 20

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
    try inChunks(count, activation) { offset, size in
      (target + offset).initializeMemory(as: UInt8.self, repeating: value, count: size)
    }
  }

  func copyMemory(
    to target: Int, at start: UInt64, from source: Int, at sourceStart: UInt64, count: UInt64, _ activation: Activation?
  ) throws {
    let from = try bytes(of: source, at: sourceStart, count: count)
    let to = try bytes(of: target, at: start, count: count)
    // Pieces are moved in the order that never overwrites what is still to be read.
    try inChunks(count, activation, descending: to > from) { offset, size in
      (to + offset).copyMemory(from: from + offset, byteCount: size)
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
    try inChunks(count, activation) { offset, size in
      wasm.bytes.withUnsafeBytes { source in
        let piece = UnsafeRawBufferPointer(rebasing: source[first + offset..<first + offset + size])
        UnsafeMutableRawBufferPointer(start: target + offset, count: size).copyMemory(from: piece)
      }
    }
  }

  private func bytes(of index: Int, at start: UInt64, count: UInt64) throws(Trap) -> UnsafeMutableRawPointer {
    do { return try GuestMemory(memories[index]).checked(start, count) } catch { throw Trap(.memoryOutOfBounds) }
  }

  /// A suspended operation is checked again as a whole when it goes on: memory never shrinks, so the checks pass again.
  private func inChunks(
    _ count: UInt64, _ activation: Activation?, descending: Bool = false, _ body: (_ offset: Int, _ size: Int) -> Void
  ) throws {
    var done = activation?.bulkProgress ?? 0
    activation?.bulkProgress = 0
    while done < count {
      let size = min(Self.chunk, count - done)
      body(Int(descending ? count - done - size : done), Int(size))
      done += size
      guard done < count else { return }
      try store.checkInterrupt()
      if let activation, store.wantsSuspension {
        activation.bulkProgress = done
        try store.suspendIfRequested()
      }
    }
  }
}
