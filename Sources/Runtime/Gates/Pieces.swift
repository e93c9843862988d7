/// Long operations in pieces, between which requests are seen (docs/ABI.md, P3).
extension InstanceBody {
  /// Runs `body` on the pieces of `0..<count`, the last one first if `descending`.
  ///
  /// Throws the trap that a request asks for, or `Suspension` out of an operation of `activation`'s gate, which goes on behind the
  /// last piece when the same gate is served again. It is checked again as a whole then: memories and tables never shrink, so what
  /// was inside still is. `activation`: nil while the module is instantiated.
  func inPieces(
    of largest: UInt64, _ count: UInt64, _ activation: Activation?, descending: Bool = false,
    _ body: (Range<Int>) throws -> Void
  ) throws {
    var done = activation?.bulkProgress ?? 0
    activation?.bulkProgress = 0
    while done < count {
      let size = min(largest, count - done)
      let start = Int(descending ? count - done - size : done)
      try body(start..<start + Int(size))
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
