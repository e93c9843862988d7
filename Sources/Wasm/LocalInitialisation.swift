/// Which locals have a value (specification 3.4, "Local"): those of types without null have none until they are set, and
/// none again when the block that set them ends.
///
/// Cost: O(1) an operation; functions whose locals all begin with a value keep no list.
struct LocalInitialisation: Sendable {
  /// Empty if every local begins with a value.
  private var isSet: ContiguousArray<Bool> = []
  /// Locals set for the first time, in order.
  private var order: ContiguousArray<UInt32> = []

  init(_ locals: ContiguousArray<ValueType>, parameterCount: Int) {
    guard locals.dropFirst(parameterCount).contains(where: { !$0.isDefaultable }) else { return }
    isSet = ContiguousArray(
      locals.enumerated().map { position, type in position < parameterCount || type.isDefaultable })
  }

  var count: Int { order.count }
  @inline(__always) func isInitialised(_ local: UInt32) -> Bool { isSet.isEmpty || isSet[Int(local)] }

  @inline(__always)
  mutating func set(_ local: UInt32) {
    if isSet.isEmpty || isSet[Int(local)] { return }
    isSet[Int(local)] = true
    order.append(local)
  }

  /// A block ends that began when `start` locals had been set.
  mutating func forget(from start: Int) {
    while order.count > start { isSet[Int(order.removeLast())] = false }
  }
}
