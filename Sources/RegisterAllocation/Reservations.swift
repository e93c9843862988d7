import Entities

/// When instructions occupy registers by themselves: fixed operands and clobbers.
///
/// Clobbers that take all allocatable registers of a class, or all but callee-saved ones (calls), are not listed
/// register by register, see `fullClobbers` and `calls`.
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
  /// By class: instructions whose clobbers leave callee-saved registers, all of these and no others; ascending.
  private(set) var calls: ContiguousArray<ContiguousArray<InstructionNumber>> = [[], []]
  private let calleeSaved: RegisterSet

  /// Cost: linear.
  init(_ input: AllocationInput, _ environment: RegisterEnvironment) {
    reservations = ContiguousArray(repeating: [], count: 64)
    let allocatable = RegisterClass.allCases.map { RegisterSet(environment.allocatable($0)) }
    let all = allocatable[0].union(allocatable[1])
    calleeSaved = environment.calleeSaved
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
        } else if late.intersection(set).bits == set.bits & ~calleeSaved.bits {
          calls[Int(registerClass.rawValue)].append(id)
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
    let own = firstReservation(of: range, in: register, with: value)
    if calleeSaved.contains(register) { return own }
    guard let call = firstCall(in: range, register.registerClass) else { return own }
    return own.map { min($0, call) } ?? call
  }

  /// The first moment of `range` at which a call destroys what is not callee-saved. Complexity: O(log n).
  func firstCall(in range: PointRange, _ registerClass: RegisterClass) -> ProgramPoint? {
    let instructions = calls[Int(registerClass.rawValue)]
    let index = Self.firstIndex(in: instructions, atOrAfter: range.start.instruction)
    for instruction in instructions[index...].prefix(2) {
      let late = ProgramPoint(instruction.index, .late)
      if range.contains(late) { return late }
    }
    return nil
  }

  /// Complexity: O(log n).
  static func firstIndex(
    in instructions: ContiguousArray<InstructionNumber>, from: Int = 0, atOrAfter instruction: Int
  ) -> Int {
    var low = from
    var high = instructions.count
    while low < high {
      let middle = (low + high) / 2
      if instructions[middle].index < instruction { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func firstReservation(
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
