import Entities

/// A moment at which a virtual register's place matters.
struct Use: Hashable, Sendable {
  enum Kind: UInt8, Sendable {
    /// Must be in a register from `start` to `end`.
    case register
    /// Better in a register, but a slot will do.
    case any
    /// Read by a copy in front of the instruction, into the register that the operand is fixed or tied to.
    case copied
    /// Written by a copy behind the instruction, out of the register that the operand is fixed to.
    case fixedResult
    /// Read from its slot.
    case stack
    /// The argument of an edge: read at the block's end.
    case argument
    /// A block parameter: written on the edges.
    case parameter
  }

  var kind: Kind
  /// The register that the operand is fixed to.
  var fixed: PhysicalRegister?
  /// In the operand pool; for an argument the number of the parameter; unused for a parameter.
  var operand: UInt32
  var start: ProgramPoint
  var end: ProgramPoint
  /// How much worse a slot is than a register here, in memory accesses per call of the function.
  var weight: Float

  var range: PointRange { PointRange(start, end) }

  /// By start, then by end: of any run of uses the last is over last.
  func precedes(_ other: Use) -> Bool { (start, end) < (other.start, other.end) }
}

/// When each virtual register is live, and where it is used.
struct LiveRanges {
  /// Ascending, disjoint, not touching. Empty for values that need no place of their own: dead parameters and fixed
  /// results.
  private(set) var ranges: ListPool<PointRange>
  private(set) var rangesOf: ContiguousArray<PoolSlice>
  /// Ascending by start, then end.
  private(set) var uses: ListPool<Use>
  private(set) var usesOf: ContiguousArray<PoolSlice>
  /// By virtual register; a parameter is defined at the start of its block.
  let definitions: ContiguousArray<ProgramPoint>

  /// Walks up from each use to the definition (Boissinot et al., "Computing Liveness Sets for SSA-Form Programs",
  /// 2011): no sets of blocks times values. Cost: linear in operands plus the total number of blocks that values live
  /// in.
  init(_ input: AllocationInput, _ flow: ControlFlow) {
    let sorted = Self.collectUses(input)
    uses = sorted.uses
    usesOf = sorted.slices
    definitions = Self.findDefinitions(input)
    ranges = ListPool()
    rangesOf = ContiguousArray(repeating: .empty, count: input.virtualRegisters.count)
    var walk = LivenessWalk(input, flow)
    for register in input.virtualRegisters.ids {
      let slice = usesOf[register.index]
      walk.collect(uses[slice])
      rangesOf[register.index] = ranges.append(contentsOf: walk.result)
    }
  }

  // MARK: Uses

  /// All uses, grouped by virtual register by a counting sort that keeps layout order.
  private static func collectUses(_ input: AllocationInput) -> (uses: ListPool<Use>, slices: ContiguousArray<PoolSlice>)
  {
    var found = ContiguousArray<(VirtualRegister, Use)>()
    found.reserveCapacity(input.operands.count + input.registers.count)
    for block in input.blocks.elements {
      let first = ProgramPoint(block.firstInstruction.index, .before)
      for parameter in input.registers[block.parameters] {
        found.append(
          (
            parameter,
            Use(kind: .parameter, fixed: nil, operand: .max, start: first, end: first.next, weight: 0)
          ))
      }
      for index in block.instructions {
        collectUses(input, index, block.frequency, into: &found)
      }
      let last = ProgramPoint(block.lastInstruction.index, .after)
      for edge in input.edges[block.edges] {
        let parameters = input.registers[input.blocks[edge.target].parameters]
        for (argument, parameter) in zip(input.registers[edge.arguments], parameters) {
          found.append(
            (
              argument,
              Use(
                kind: .argument, fixed: nil, operand: parameter.rawValue, start: last, end: last.next,
                weight: block.frequency * 0.5)
            ))
        }
      }
    }
    var slices = ContiguousArray(repeating: PoolSlice.empty, count: input.virtualRegisters.count)
    for (register, _) in found { slices[register.index].count += 1 }
    var start: UInt32 = 0
    for index in slices.indices {
      slices[index].start = start
      start += slices[index].count
      slices[index].count = 0
    }
    var grouped = ContiguousArray<Use>()
    if let filler = found.first?.1 { grouped = ContiguousArray(repeating: filler, count: found.count) }
    for (register, use) in found {
      grouped[Int(slices[register.index].start + slices[register.index].count)] = use
      slices[register.index].count += 1
    }
    for slice in slices { sortUses(&grouped, slice.range) }
    var pool = ListPool<Use>()
    _ = pool.append(contentsOf: grouped)
    return (pool, slices)
  }

  /// An insertion sort: only the uses of one instruction can be out of order.
  private static func sortUses(_ uses: inout ContiguousArray<Use>, _ range: Range<Int>) {
    for index in range.dropFirst() {
      var position = index
      while position > range.lowerBound && uses[position].precedes(uses[position - 1]) {
        uses.swapAt(position, position - 1)
        position -= 1
      }
    }
  }

  private static func collectUses(
    _ input: AllocationInput, _ index: Int, _ frequency: Float,
    into found: inout ContiguousArray<(VirtualRegister, Use)>
  ) {
    let slice = input.instructions[InstructionNumber(index: index)].operands
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      if operand.kind == .use {
        found.append((operand.register, use(operand, input, slice, position, index, frequency)))
      }
    }
    for position in 0..<Int(slice.count) {
      let operand = input.operands[slice, position]
      if operand.kind == .definition {
        found.append((operand.register, definition(operand, slice, position, index, frequency)))
      }
    }
  }

  private static func use(
    _ operand: RegisterOperand, _ input: AllocationInput, _ slice: PoolSlice, _ position: Int, _ index: Int,
    _ frequency: Float
  ) -> Use {
    let before = ProgramPoint(index, .before)
    let early = ProgramPoint(index, .early)
    let end = operand.position == .early ? early.next : early.next.next
    func make(_ kind: Use.Kind, _ start: ProgramPoint, _ end: ProgramPoint, _ factor: Float) -> Use {
      Use(
        kind: kind, fixed: nil, operand: slice.start + UInt32(position), start: start, end: end,
        weight: frequency * factor)
    }
    switch operand.constraint {
    case .fixed(let register):
      var use = make(.copied, before, early, 0.6)
      use.fixed = register
      return use
    case .stack: return make(.stack, early, end, 0)
    case .register, .any, .reuse:
      if companion(of: position, in: slice, input) != nil { return make(.copied, before, early, 0.8) }
      let canBeSlot = operand.constraint == .any && input.virtualRegisters[operand.register].rematerialisation == nil
      return canBeSlot ? make(.any, early, end, 0.6) : make(.register, early, end, 1)
    }
  }

  private static func definition(
    _ operand: RegisterOperand, _ slice: PoolSlice, _ position: Int, _ index: Int, _ frequency: Float
  ) -> Use {
    let after = ProgramPoint(index, .after)
    var use = Use(
      kind: .register, fixed: nil, operand: slice.start + UInt32(position), start: ProgramPoint(index, .late),
      end: after,
      weight: frequency)
    switch operand.constraint {
    case .fixed(let register):
      use.kind = .fixedResult
      use.fixed = register
      use.start = after
      use.end = after.next
      use.weight = frequency * 0.6
    case .reuse:
      use.start = ProgramPoint(index, .early)
    case .any, .register, .stack:
      if operand.position == .early { use.start = ProgramPoint(index, .early) }
      if operand.constraint == .any {
        use.kind = .any
        use.weight = frequency * 0.6
      }
    }
    return use
  }

  /// The point at which each virtual register is in its place for the first time.
  private static func findDefinitions(_ input: AllocationInput) -> ContiguousArray<ProgramPoint> {
    var points = ContiguousArray(repeating: ProgramPoint(0, .before), count: input.virtualRegisters.count)
    for block in input.blocks.elements {
      for parameter in input.registers[block.parameters] {
        points[parameter.index] = ProgramPoint(block.firstInstruction.index, .before)
      }
    }
    for id in input.instructions.ids {
      let slice = input.instructions[id].operands
      for position in 0..<Int(slice.count) {
        let operand = input.operands[slice, position]
        guard operand.kind == .definition else { continue }
        let isFixed = if case .fixed = operand.constraint { true } else { false }
        points[operand.register.index] = ProgramPoint(id.index, isFixed ? .after : .late)
      }
    }
    return points
  }

  /// The operand whose register already satisfies an early use in a register: a definition tied to it or to another
  /// use of the same value, or an early use of the same value in a fixed register. `op d(reuse a), a, a` so needs one
  /// register.
  static func companion(of position: Int, in slice: PoolSlice, _ input: AllocationInput) -> Int? {
    let operand = input.operands[slice, position]
    guard operand.kind == .use, operand.position == .early else { return nil }
    var companion: Int?
    for other in 0..<Int(slice.count) where other != position {
      let candidate = input.operands[slice, other]
      switch candidate.constraint {
      case .reuse(let tied):
        if Int(tied) == position { return other }
        if companion == nil && input.operands[slice, Int(tied)].register == operand.register { companion = other }
      case .fixed:
        break
      case .any, .register, .stack: break
      }
    }
    return companion
  }
}

/// The walk for one virtual register, with tables that are reused for the next.
private struct LivenessWalk {
  private let input: AllocationInput
  private let flow: ControlFlow
  /// The last walk that found the register live out of a block.
  private var liveOutMark: ContiguousArray<UInt32>
  private var mark: UInt32 = 0
  private var pending: ContiguousArray<BlockNumber> = []
  private(set) var result: ContiguousArray<PointRange> = []

  init(_ input: AllocationInput, _ flow: ControlFlow) {
    self.input = input
    self.flow = flow
    liveOutMark = ContiguousArray(repeating: 0, count: input.blocks.count)
  }

  /// Leaves the live ranges in `result`. Requires: `uses` are all of one register, in layout order.
  mutating func collect(_ uses: ArraySlice<Use>) {
    result.removeAll(keepingCapacity: true)
    guard let definition = uses.first(where: { isDefinition($0) }) else { return }
    mark += 1
    let home = flow.blockOfInstruction[definition.start.instruction]
    var homeEnd = definition.end
    if uses.count == 1 {
      // Nobody reads it: an ordinary definition still needs a register for a moment.
      if definition.kind == .register || definition.kind == .any {
        result.append(PointRange(definition.start, definition.end))
      }
      return
    }
    for use in uses where !isDefinition(use) {
      let block = flow.blockOfInstruction[use.start.instruction]
      if use.kind == .argument { markLiveOut(block) }
      if block == home {
        homeEnd = max(homeEnd, use.end)
      } else if liveOutMark[block.index] != mark {
        let start = ProgramPoint(input.blocks[block].firstInstruction.index, .before)
        if let last = result.last, last.start == start {
          result[result.count - 1].end = max(last.end, use.end)
        } else {
          result.append(PointRange(start, use.end))
          markPredecessors(of: block)
        }
      }
    }
    walk(from: home)
    if liveOutMark[home.index] == mark { homeEnd = end(of: home) }
    result.append(PointRange(definition.start, homeEnd))
    mergeTouching()
  }

  private func isDefinition(_ use: Use) -> Bool {
    switch use.kind {
    case .parameter, .fixedResult: true
    case .copied, .stack, .argument: false
    case .register, .any: input.operands[.empty, Int(use.operand)].kind == .definition
    }
  }

  private func end(of block: BlockNumber) -> ProgramPoint {
    ProgramPoint(input.blocks[block].lastInstruction.index, .after).next
  }

  private mutating func markPredecessors(of block: BlockNumber) {
    for position in 0..<flow.predecessorCount(of: block) { markLiveOut(flow.predecessor(of: block, position)) }
  }

  private mutating func markLiveOut(_ block: BlockNumber) {
    if liveOutMark[block.index] != mark {
      liveOutMark[block.index] = mark
      pending.append(block)
    }
  }

  /// Adds the blocks that the register lives through, up to its home.
  private mutating func walk(from home: BlockNumber) {
    while let block = pending.popLast() {
      if block == home { continue }
      result.append(PointRange(ProgramPoint(input.blocks[block].firstInstruction.index, .before), end(of: block)))
      markPredecessors(of: block)
    }
  }

  /// Sorts, and joins ranges that overlap or touch.
  private mutating func mergeTouching() {
    if result.count == 1 { return }
    result.sort { $0.start < $1.start }
    var kept = 0
    for index in 1..<result.count {
      if result[index].start <= result[kept].end {
        result[kept].end = max(result[kept].end, result[index].end)
      } else {
        kept += 1
        result[kept] = result[index]
      }
    }
    result.removeLast(result.count - kept - 1)
  }
}
