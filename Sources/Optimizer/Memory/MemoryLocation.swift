import IR

/// The bytes that a load or store touches, as far as they can be compared with another's.
///
/// Two accesses off the same root are told apart by their distances. The check of each has been passed, so each lies
/// inside a memory of at most 2^32 bytes (2^64 for memory64), and its address is `root + distance` modulo that: sums
/// that wrap round are no exception. In wrap mode (no checks) this holds for programs that stay inside their memory.
struct MemoryLocation: Equatable {
  let memory: UInt32
  /// nil for a constant address.
  let root: Value?
  /// Modulo 2^width of the index type.
  let distance: UInt64
  let size: UInt64
  private let mask: UInt64

  init(_ access: InstructionData, _ function: Function) {
    memory = access.memory
    size = UInt64(access.access.size(for: access.type))
    var root = function.operand(0, of: access)
    mask = function.type(of: root).allOnes
    var distance = access.immediate
    while let (base, constant) = function.operandAndConstant(of: root, .add) {
      root = base
      distance &+= constant
    }
    if let constant = function.constant(root) {
      distance &+= constant
      self.root = nil
    } else {
      self.root = root
    }
    self.distance = distance & mask
  }

  /// Surely no byte in common.
  func isDisjoint(from other: MemoryLocation) -> Bool {
    if memory != other.memory { return true }
    if root != other.root { return false }
    let gap = (other.distance &- distance) & mask
    // Both end inside the memory, so neither wraps round; the gap is one way or the other.
    return gap >= size && (mask &- gap) &+ 1 >= other.size
  }

  /// Every byte of `other` is one of these.
  func covers(_ other: MemoryLocation) -> Bool {
    guard memory == other.memory, root == other.root else { return false }
    let gap = (other.distance &- distance) & mask
    return gap < size && gap + other.size <= size
  }
}
