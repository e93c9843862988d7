import IR

/// What a memory check says of a simpler address: of `base` instead of `base + constant`, where the sum cannot wrap
/// round.
struct CheckedAddress {
  let base: Value
  /// The check's end, counted from `base`.
  let end: UInt64

  /// The sum cannot wrap round if the base is known to be small enough; or if the base is known to lie inside the
  /// memory, which is never so large that an address in it plus the constant would wrap. `isInside` says whether an
  /// earlier check that traps alike covers the base.
  ///
  /// A check that replaces both the earlier one and this one is exact: if it fails, then either the earlier one
  /// does, or the base lies inside, the sum is exact, and this one does.
  init(_ check: InstructionData, _ function: Function, _ shape: ModuleShape, isInside: (Value) -> Bool) {
    let address = function.operand(0, of: check)
    guard let (base, distance) = function.operandAndConstant(of: address, .add) else {
      self.init(base: address, end: check.immediate)
      return
    }
    let (end, overflow) = check.immediate.addingReportingOverflow(distance)
    let limit = function.type(of: address).allOnes
    let (largest, wraps) = function.maximum(of: base).addingReportingOverflow(distance)
    let isExact = !wraps && largest <= limit
    if !overflow && (isExact || (Self.staysBelow(limit, distance, check.memory, shape) && isInside(base))) {
      self.init(base: base, end: end)
    } else {
      self.init(base: address, end: check.immediate)
    }
  }

  private init(base: Value, end: UInt64) {
    self.base = base
    self.end = end
  }

  /// No address inside the memory plus `distance` exceeds `limit`.
  private static func staysBelow(_ limit: UInt64, _ distance: UInt64, _ memory: UInt32, _ shape: ModuleShape) -> Bool {
    guard let pages = shape.memories[MemoryIndex(memory)].maximumPages else { return false }
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: 65536)
    return !overflow && bytes <= limit && distance <= limit - bytes
  }
}
