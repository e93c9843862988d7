import Entities

/// When instructions occupy registers by themselves: fixed operands and clobbers.
///
/// Clobbers that take all allocatable registers of a class (calls) are not listed register by register: no piece
/// crosses them, see `fullClobbers`.
struct Reservations {
  private struct Reservation {
    var range: PointRange
    /// The fixed operand's value, which may itself live here; nil for results and clobbers.
    var owner: VirtualRegister?
  }

  /// By physical register; ascending by start and by end.
  private var reservations: ContiguousArray<ContiguousArray<Reservation>>
  /// By class: instructions whose clobbers leave nothing, ascending.
  private(set) var fullClobbers: ContiguousArray<ContiguousArray<InstructionNumber>> = [[], []]

  /// Cost: linear.
  init(_ input: AllocationInput, _ environment: RegisterEnvironment) {
    reservations = ContiguousArray(repeating: [], count: 64)
    let allocatable = RegisterClass.allCases.map { RegisterSet(environment.allocatable($0)) }
    let all = allocatable[0].union(allocatable[1])
    for id in input.instructions.ids {
      let info = input.instructions[id]
      let early = ProgramPoint(id.index, .early)
      for position in 0..<Int(info.operands.count) {
        let operand = input.operands[info.operands, position]
        guard case .fixed(let register) = operand.constraint else { continue }
        if operand.kind == .use {
          let end = operand.position == .early ? early.next : early.next.next
          add(PointRange(early, end), register, owner: operand.register)
        } else if operand.position == .early {
          add(PointRange(early, early.next.next), register, owner: nil)
        }
      }
      var late = info.clobbers.intersection(all)
      for registerClass in RegisterClass.allCases {
        let set = allocatable[Int(registerClass.rawValue)]
        if !set.isEmpty && late.intersection(set) == set {
          fullClobbers[Int(registerClass.rawValue)].append(id)
          late.bits &= ~set.bits
        }
      }
      for position in 0..<Int(info.operands.count) {
        let operand = input.operands[info.operands, position]
        guard case .fixed(let register) = operand.constraint else { continue }
        if operand.kind == .definition && operand.position == .late { late.insert(register) }
      }
      while late.bits != 0 {
        let register = PhysicalRegister(rawValue: UInt8(late.bits.trailingZeroBitCount))
        late.bits &= late.bits - 1
        add(PointRange(early.next, early.next.next), register, owner: nil)
      }
    }
  }

  private mutating func add(_ range: PointRange, _ register: PhysicalRegister, owner: VirtualRegister?) {
    reservations[register.index].append(Reservation(range: range, owner: owner))
  }

  /// The first point of `range` at which an instruction occupies the register for another than `value`.
  /// Complexity: O(log n + own reservations in the range).
  func firstConflict(
    of range: PointRange, in register: PhysicalRegister, with value: VirtualRegister
  ) -> ProgramPoint? {
    let count = reservations[register.index].count
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if reservations[register.index][middle].range.end <= range.start { low = middle + 1 } else { high = middle }
    }
    while low < count {
      let reservation = reservations[register.index][low]
      if reservation.range.start >= range.end { return nil }
      if reservation.owner != value { return max(reservation.range.start, range.start) }
      low += 1
    }
    return nil
  }
}
