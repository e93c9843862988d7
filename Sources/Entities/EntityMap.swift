/// A growing table that hands out the ids of its rows.
@frozen
public struct EntityMap<ID: EntityID, Element> {
  @usableFromInline var storage: ContiguousArray<Element> = []

  @inlinable public init() {}
  @inlinable public init(_ elements: some Sequence<Element>) { storage = ContiguousArray(elements) }

  @inlinable public var count: Int { storage.count }
  @inlinable public var isEmpty: Bool { storage.isEmpty }
  @inlinable public var elements: ContiguousArray<Element> { storage }

  /// The ids of all rows, ascending.
  @inlinable public var ids: LazyMapSequence<Range<Int>, ID> { (0..<storage.count).lazy.map { ID(index: $0) } }

  /// The id that the next `append` will return.
  @inlinable public var nextID: ID { ID(index: storage.count) }

  /// Complexity: amortised O(1).
  @inlinable @discardableResult
  public mutating func append(_ element: Element) -> ID {
    let id = ID(index: storage.count)
    storage.append(element)
    return id
  }

  @inlinable public mutating func reserveCapacity(_ count: Int) { storage.reserveCapacity(count) }

  @inlinable
  public subscript(id: ID) -> Element {
    get { storage[id.index] }
    _modify { yield &storage[id.index] }
  }

  @inlinable public func contains(_ id: ID) -> Bool { id.index < storage.count }
}

extension EntityMap: Sendable where Element: Sendable {}
extension EntityMap: Equatable where Element: Equatable {}

/// Facts about the rows of somebody else's table: dense, with a default for rows never written.
@frozen
public struct SideTable<ID: EntityID, Element> {
  @usableFromInline var storage: ContiguousArray<Element>
  @usableFromInline let initial: Element

  @inlinable
  public init(count: Int = 0, initial: Element) {
    storage = ContiguousArray(repeating: initial, count: count)
    self.initial = initial
  }

  /// Reading past the end gives the default; writing there grows the table.
  @inlinable
  public subscript(id: ID) -> Element {
    get { id.index < storage.count ? storage[id.index] : initial }
    _modify {
      if id.index >= storage.count {
        storage.append(contentsOf: repeatElement(initial, count: id.index + 1 - storage.count))
      }
      yield &storage[id.index]
    }
  }
}

extension SideTable: Sendable where Element: Sendable {}
