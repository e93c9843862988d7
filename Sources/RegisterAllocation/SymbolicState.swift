import Entities

/// Which places hold which virtual registers: the checker's state, kept in both directions.
struct SymbolicState {
  /// "This place holds this virtual register."
  struct Fact: Hashable, Comparable, Sendable {
    let rawValue: UInt64
    init(_ place: Int, _ value: VirtualRegister) { rawValue = UInt64(place) << 32 | UInt64(value.rawValue) }
    var place: Int { Int(rawValue >> 32) }
    var value: VirtualRegister { VirtualRegister(UInt32(truncatingIfNeeded: rawValue)) }
    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }

  private var valuesInPlace: ContiguousArray<[VirtualRegister]>
  private var placesOfValue: ContiguousArray<[Int]>
  /// Places that may hold something; each once.
  private var occupied: ContiguousArray<Int> = []
  private var isOccupied: ContiguousArray<Bool>

  init(placeCount: Int, valueCount: Int) {
    valuesInPlace = ContiguousArray(repeating: [], count: placeCount)
    placesOfValue = ContiguousArray(repeating: [], count: valueCount)
    isOccupied = ContiguousArray(repeating: false, count: placeCount)
  }

  func holds(_ place: Int, _ value: VirtualRegister) -> Bool { valuesInPlace[place].contains(value) }
  func values(in place: Int) -> [VirtualRegister] { valuesInPlace[place] }

  mutating func set(_ place: Int, to values: [VirtualRegister]) {
    for old in valuesInPlace[place] { placesOfValue[old.index].removeAll { $0 == place } }
    valuesInPlace[place] = values
    for value in values { placesOfValue[value.index].append(place) }
    if !values.isEmpty && !isOccupied[place] {
      isOccupied[place] = true
      occupied.append(place)
    }
  }

  /// A new value of this name is about to be made: the old one, from an earlier turn of a loop, is not it.
  mutating func removeEverywhere(_ value: VirtualRegister) {
    for place in placesOfValue[value.index] { valuesInPlace[place].removeAll { $0 == value } }
    placesOfValue[value.index].removeAll()
  }

  /// Cost: what was held before plus what is held now.
  mutating func load(_ facts: ContiguousArray<Fact>) {
    for place in occupied {
      for value in valuesInPlace[place] { placesOfValue[value.index].removeAll(keepingCapacity: true) }
      valuesInPlace[place].removeAll(keepingCapacity: true)
      isOccupied[place] = false
    }
    occupied.removeAll(keepingCapacity: true)
    for fact in facts {
      valuesInPlace[fact.place].append(fact.value)
      placesOfValue[fact.value.index].append(fact.place)
      if !isOccupied[fact.place] {
        isOccupied[fact.place] = true
        occupied.append(fact.place)
      }
    }
  }

  /// All facts, sorted, as they are after an edge: every holder of an argument now also holds its parameter, and
  /// what the parameters were before is gone.
  func facts(renaming arguments: [VirtualRegister], to parameters: [VirtualRegister]) -> ContiguousArray<Fact> {
    var facts = ContiguousArray<Fact>()
    let redefined = Set(parameters)
    for place in occupied {
      for value in valuesInPlace[place] where !redefined.contains(value) { facts.append(Fact(place, value)) }
    }
    for (argument, parameter) in zip(arguments, parameters) {
      for place in placesOfValue[argument.index] { facts.append(Fact(place, parameter)) }
    }
    facts.sort()
    return facts
  }

  /// Keeps in `facts` only what `others` has too; both sorted. Returns whether anything was lost.
  static func intersect(_ facts: inout ContiguousArray<Fact>, with others: ContiguousArray<Fact>) -> Bool {
    var kept = 0
    var other = 0
    for fact in facts {
      while other < others.count && others[other] < fact { other += 1 }
      if other < others.count && others[other] == fact {
        facts[kept] = fact
        kept += 1
      }
    }
    let changed = kept != facts.count
    facts.removeLast(facts.count - kept)
    return changed
  }
}
