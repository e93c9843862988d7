/// A dense set of ids, 64 to a word; grows when written past its end.
@frozen
public struct BitSet<ID: EntityID>: Equatable, Sendable {
  @usableFromInline var words: ContiguousArray<UInt64>

  @inlinable public init(capacity: Int = 0) { words = ContiguousArray(repeating: 0, count: (capacity + 63) / 64) }

  @inlinable
  public func contains(_ id: ID) -> Bool {
    let word = id.index >> 6
    return word < words.count && words[word] >> UInt64(id.index & 63) & 1 == 1
  }

  /// Returns whether the element was absent before. Complexity: amortised O(1).
  @inlinable @discardableResult
  public mutating func insert(_ id: ID) -> Bool {
    let word = id.index >> 6
    let bit = UInt64(1) << UInt64(id.index & 63)
    if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
    let isNew = words[word] & bit == 0
    words[word] |= bit
    return isNew
  }

  @inlinable
  public mutating func remove(_ id: ID) {
    let word = id.index >> 6
    if word < words.count { words[word] &= ~(UInt64(1) << UInt64(id.index & 63)) }
  }

  @inlinable public mutating func removeAll() { for word in words.indices { words[word] = 0 } }

  /// Adds every element of `other`; returns whether anything was new. Complexity: O(capacity / 64).
  @inlinable @discardableResult
  public mutating func formUnion(_ other: BitSet) -> Bool {
    if words.count < other.words.count {
      words.append(contentsOf: repeatElement(0, count: other.words.count - words.count))
    }
    var changed: UInt64 = 0
    for word in other.words.indices {
      changed |= other.words[word] & ~words[word]
      words[word] |= other.words[word]
    }
    return changed != 0
  }

  @inlinable public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
  @inlinable public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Visits the elements in ascending order.
  @inlinable
  public func forEach(_ body: (ID) -> Void) {
    for word in words.indices {
      var rest = words[word]
      while rest != 0 {
        body(ID(index: (word << 6) + rest.trailingZeroBitCount))
        rest &= rest - 1
      }
    }
  }
}
