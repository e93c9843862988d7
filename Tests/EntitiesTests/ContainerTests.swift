import Entities
import Testing

private struct ID: EntityID {
  static let prefix = "id"
  let rawValue: UInt32
  init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

struct ContainerTests {
  @Test func idsPrintAndOrder() {
    #expect("\(ID(7))" == "id7")
    #expect(ID(2) < ID(10))
    #expect(ID(index: 5).index == 5)
  }

  @Test func bitSetGrowsAndJoins() {
    var a = BitSet<ID>()
    let first = a.insert(ID(200))
    let second = a.insert(ID(200))
    #expect(first && !second)
    #expect(a.contains(ID(200)) && !a.contains(ID(1000)))
    a.remove(ID(5000))
    var b = BitSet<ID>(capacity: 10)
    b.insert(ID(3))
    let grew = b.formUnion(a)
    let grewAgain = b.formUnion(a)
    #expect(grew && !grewAgain)
    var elements: [ID] = []
    b.forEach { elements.append($0) }
    #expect(elements == [ID(3), ID(200)])
    #expect(b.count == 2)
    b.removeAll()
    #expect(b.isEmpty)
  }

  @Test func entityMapHandsOutItsRows() {
    var map = EntityMap<ID, String>()
    #expect(map.nextID == ID(0))
    let first = map.append("a")
    let second = map.append("b")
    map[first] += "!"
    #expect(map[first] == "a!" && map[second] == "b")
    #expect(Array(map.ids) == [first, second])
    #expect(!map.contains(ID(2)))
  }

  @Test func sideTableHasADefault() {
    var table = SideTable<ID, Int>(initial: -1)
    #expect(table[ID(100)] == -1)
    table[ID(3)] += 5
    #expect(table[ID(3)] == 4)
    #expect(table[ID(2)] == -1)
  }

  @Test func listsShareAPool() {
    var pool = ListPool<Int>()
    let a = pool.append(contentsOf: [1, 2, 3])
    let b = pool.append(contentsOf: [4])
    pool[a, 1] = 20
    #expect(Array(pool[a]) == [1, 20, 3])
    #expect(Array(pool[b]) == [4])
    #expect(pool[a.range.upperBound] == 4)
    #expect(pool[PoolSlice.empty].isEmpty)
  }
}
