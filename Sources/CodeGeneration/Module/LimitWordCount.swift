import IR
import Nexe

/// How often each limit word would be used; adds up over functions in any order to the same choice.
public struct LimitWordCount: Sendable {
  var uses: [LimitWord: Int] = [:]

  public init() {}

  /// Adds the checks of one function.
  public mutating func add(_ function: Function) {
    for block in function.layout.blocks {
      for instruction in function.layout.instructions[block] {
        let data = function.instructions[instruction]
        guard data.opcode == .memoryCheck || data.opcode == .memoryOutOfBounds, data.immediate > 0 else { continue }
        uses[LimitWord(memory: data.memory, reach: data.immediate), default: 0] += 1
      }
    }
  }

  public mutating func merge(_ other: LimitWordCount) { uses.merge(other.uses, uniquingKeysWith: +) }

  /// The most used words, at most 64 (ABI S2); ties go to the lower memory, then the lower reach.
  public func chosen() -> [LimitWord] {
    let order = uses.sorted { a, b in
      if a.value != b.value { return a.value > b.value }
      return (a.key.memory, a.key.reach) < (b.key.memory, b.key.reach)
    }
    return order.prefix(64).map(\.key)
  }
}
