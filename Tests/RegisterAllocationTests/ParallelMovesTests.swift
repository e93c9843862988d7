import Entities
import Testing

@testable import RegisterAllocation

@Suite struct ParallelMovesTests {
  private static let environment = RegisterEnvironment(
    general: [], vector: [], generalScratch: PhysicalRegister(.general, 31),
    vectorScratch: PhysicalRegister(.vector, 31))

  /// Runs the edits on places that hold their own names; returns what each destination holds.
  private static func execute(_ edits: ContiguousArray<Edit>, on places: [Location]) -> [Location: String] {
    var contents: [Location: String] = [:]
    for place in places { contents[place] = "\(place)" }
    for edit in edits {
      switch edit.action {
      case .move(let source, let destination, _):
        #expect(source.register != nil || destination.register != nil)
        contents[destination] = contents[source]
      case .rematerialise(let tag, let register): contents[.register(register)] = "tag \(tag)"
      }
    }
    return contents
  }

  /// All ways to move among three registers and two slots: each place keeps its value or gets that of any place.
  @Test func allMovesAmongFivePlaces() {
    var slots = EntityMap<SpillSlot, SpillWidth>()
    let places: [Location] =
      (0..<3).map { .register(PhysicalRegister(.general, $0)) } + (0..<2).map { _ in .slot(slots.append(.bytes8)) }
    for choice in 0..<3125 {
      var rest = choice
      var moves: [ParallelMove] = []
      var expected: [Location: String] = [:]
      for place in places {
        let source = places[rest % 5]
        rest /= 5
        expected[place] = "\(source)"
        moves.append(
          ParallelMove(source: .location(source), destination: place, registerClass: .general, width: .bytes8))
      }
      check(moves, expected, places, slots)
    }
  }

  /// The same with a place that is rematerialised, written by each of the others or none.
  @Test func rematerialisationComesLast() {
    var slots = EntityMap<SpillSlot, SpillWidth>()
    let places: [Location] =
      (0..<2).map { .register(PhysicalRegister(.general, $0)) } + (0..<2).map { _ in .slot(slots.append(.bytes8)) }
    for choice in 0..<64 {
      for made in places.indices {
        var rest = choice
        var moves: [ParallelMove] = []
        var expected: [Location: String] = [:]
        for (index, place) in places.enumerated() {
          let source: MoveSource
          if index == made {
            source = .rematerialise(7)
            expected[place] = "tag 7"
          } else {
            source = .location(places[rest % 4])
            expected[place] = "\(places[rest % 4])"
            rest /= 4
          }
          moves.append(ParallelMove(source: source, destination: place, registerClass: .general, width: .bytes8))
        }
        check(moves, expected, places, slots)
      }
    }
  }

  @Test func repeatedMovesAreMadeOnce() {
    let a = Location.register(PhysicalRegister(.vector, 0))
    let b = Location.register(PhysicalRegister(.vector, 1))
    let move = ParallelMove(source: .location(a), destination: b, registerClass: .vector, width: .bytes16)
    var slots = EntityMap<SpillSlot, SpillWidth>()
    var edits = ContiguousArray<Edit>()
    var resolver = ParallelMoves(environment: Self.environment)
    resolver.resolve([move, move], before: InstructionNumber(3), slots: &slots, into: &edits)
    #expect(edits.count == 1)
  }

  private func check(
    _ moves: [ParallelMove], _ expected: [Location: String], _ places: [Location],
    _ slots: EntityMap<SpillSlot, SpillWidth>
  ) {
    // Every order of the same moves must work; forwards and backwards are two.
    for order in [moves, moves.reversed()] {
      var slots = slots
      var edits = ContiguousArray<Edit>()
      var resolver = ParallelMoves(environment: Self.environment)
      resolver.resolve(order, before: InstructionNumber(0), slots: &slots, into: &edits)
      let contents = Self.execute(edits, on: places)
      for place in places { #expect(contents[place] == expected[place]) }
    }
  }
}
