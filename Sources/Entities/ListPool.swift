/// A run of elements inside a `ListPool`.
@frozen
public struct PoolSlice: Hashable, Sendable {
  public var start: UInt32
  public var count: UInt32

  @inlinable public init(start: UInt32, count: UInt32) {
    self.start = start
    self.count = count
  }
  @inlinable public static var empty: PoolSlice { PoolSlice(start: 0, count: 0) }
  @inlinable public var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
  @inlinable public var isEmpty: Bool { count == 0 }
}

/// Many short lists in one array. A list never changes its length in place; a longer one is a new list.
@frozen
public struct ListPool<Element> {
  @usableFromInline var storage: ContiguousArray<Element> = []

  @inlinable public init() {}
  @inlinable public var count: Int { storage.count }

  @inlinable
  public mutating func append(contentsOf elements: some Sequence<Element>) -> PoolSlice {
    let start = storage.count
    storage.append(contentsOf: elements)
    return PoolSlice(start: UInt32(start), count: UInt32(storage.count - start))
  }

  @inlinable public subscript(slice: PoolSlice) -> ArraySlice<Element> { ArraySlice(storage[slice.range]) }

  @inlinable
  public subscript(slice: PoolSlice, position: Int) -> Element {
    get { storage[Int(slice.start) + position] }
    _modify { yield &storage[Int(slice.start) + position] }
  }

  /// The element at a position of the pool, as a `PoolSlice.range` gives it.
  @inlinable
  public subscript(position: Int) -> Element {
    get { storage[position] }
    _modify { yield &storage[position] }
  }
}

extension ListPool: Sendable where Element: Sendable {}
