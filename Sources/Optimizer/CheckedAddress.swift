import IR

/// The address of a memory check as root + distance, to compare it with other checks off the same root.
///
/// Where one address is known to lie in the memory, another one a little above it is the exact sum: no memory is so large
/// that an address in it plus a small number would wrap round. So a check of the upper address says the same as one of
/// the lower address with a larger end; and one check in place of both is exact: if it fails then either the lower one
/// does, or the lower address lies inside, the sum is exact, and the upper one does.
struct CheckedAddress {
  let memory: UInt32
  /// Below all the constants that are added.
  let root: Value
  /// Modulo 2^width of the address.
  let distance: UInt64
  /// The value to check, and its end (offset + size): the root itself if its bounds say that the sum does not wrap
  /// round, else the address.
  let base: Value
  let baseDistance: UInt64
  let end: UInt64
  private let limit: UInt64
  /// The largest address inside the memory is below it; nil if nothing bounds it.
  private let memorySize: UInt64?

  init(_ check: InstructionData, _ function: Function, _ shape: ModuleShape) {
    let address = function.operand(0, of: check)
    memory = check.memory
    limit = function.type(of: address).allOnes
    var root = address
    var distance: UInt64 = 0
    while let (inner, constant) = function.operandAndConstant(of: root, .add) {
      root = inner
      distance = (distance &+ constant) & limit
    }
    self.root = root
    self.distance = distance
    let (largest, wraps) = function.maximum(of: root).addingReportingOverflow(distance)
    let (sum, overflow) = check.immediate.addingReportingOverflow(distance)
    if distance != 0 && !wraps && largest <= limit && !overflow {
      (base, baseDistance, end) = (root, 0, sum)
    } else {
      (base, baseDistance, end) = (address, distance, check.immediate)
    }
    memorySize = shape.memories[MemoryIndex(check.memory)].maximumPages.flatMap { pages in
      let (bytes, overflow) = pages.multipliedReportingOverflow(by: 65536)
      return overflow ? nil : bytes
    }
  }

  /// The check's end counted from an address that lies `known` above the root and inside the memory; nil if the base is
  /// not surely that much above it.
  func end(from known: UInt64) -> UInt64? {
    let gap = (baseDistance &- known) & limit
    if gap == 0 { return end }
    guard let memorySize, memorySize <= limit, gap <= limit - memorySize else { return nil }
    let (sum, overflow) = end.addingReportingOverflow(gap)
    return overflow ? nil : sum
  }
}
