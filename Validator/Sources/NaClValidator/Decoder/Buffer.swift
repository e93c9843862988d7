/// Elements of plain data at a place of their own, for one owner: what an array is, without reference counts in loops
/// that run once for each instruction. Every access is checked.
struct Buffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
  // The one allocation, of `capacity` elements, the first `count` of them initialised.
  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 0) { (base, self.capacity) = (.allocate(capacity: capacity), capacity) }

  init(_ elements: [Element]) {
    self.init(capacity: elements.count)
    for element in elements { append(element) }
  }

  deinit { base.deallocate() }

  subscript(index: Int) -> Element {
    @inline(__always) get { place(index).pointee }
    @inline(__always) set { place(index).pointee = newValue }
  }

  @inline(__always) private func place(_ index: Int) -> UnsafeMutablePointer<Element> {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "an index outside the buffer")
    return base + index
  }

  mutating func removeAll() { count = 0 }

  @inline(__always) mutating func append(_ element: Element) {
    precondition(count < capacity, "more elements than the buffer holds")
    base[count] = element
    count += 1
  }

  /// Makes it `count` times `value`.
  mutating func fill(_ value: Element, count: Int) {
    if count > capacity {
      base.deallocate()
      (base, capacity) = (.allocate(capacity: count), count)
    }
    base.initialize(repeating: value, count: count)
    self.count = count
  }
}
