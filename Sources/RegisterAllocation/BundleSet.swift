import Entities

/// All bundles, and which one each virtual register is in.
struct BundleSet {
  private(set) var bundles: ContiguousArray<Bundle> = []
  private(set) var bundleOf: ContiguousArray<Int32>

  /// Merges along copies, ties and edges, the most frequent first, as long as lives do not overlap. Without merging,
  /// one bundle for each virtual register. Cost: n log n, plus `rangeLimit` for each merge.
  init(_ input: AllocationInput, _ live: LiveRanges, isMerging: Bool) {
    var merger = BundleMerger(input, live)
    if isMerging { merger.mergeAll() }
    bundleOf = merger.leaders()
    let arguments = ArgumentWeights(input, bundleOf)
    var membersOf = ContiguousArray<ContiguousArray<VirtualRegister>>()
    for register in input.virtualRegisters.ids {
      if Int(bundleOf[register.index]) == membersOf.count {
        membersOf.append([register])
      } else {
        membersOf[Int(bundleOf[register.index])].append(register)
      }
    }
    bundles.reserveCapacity(membersOf.count)
    for members in membersOf { bundles.append(Self.bundle(members, input, live, arguments)) }
  }

  private static func bundle(
    _ members: ContiguousArray<VirtualRegister>, _ input: AllocationInput, _ live: LiveRanges,
    _ arguments: ArgumentWeights
  ) -> Bundle {
    var ranges = ContiguousArray<Bundle.Range>()
    var uses = ContiguousArray<Use>()
    for register in members {
      for range in live.ranges[live.rangesOf[register.index]] {
        ranges.append(Bundle.Range(points: range, register: register))
      }
      for var use in live.uses[live.usesOf[register.index]] {
        if use.kind == .parameter { use.weight = arguments.ofParameter[register.index] }
        if use.kind == .argument { use.weight = arguments.ofArgument(use, register) }
        uses.append(use)
      }
    }
    if members.count > 1 {
      ranges.sort { $0.points.start < $1.points.start }
      uses.sort { $0.precedes($1) }
    }
    return Bundle(input.virtualRegisters[members[0]], ranges: ranges, uses: uses)
  }
}

/// What passing arguments costs if they are in memory: for an argument a load, for a parameter a store on each edge. An
/// argument from the parameter's own bundle needs no load.
private struct ArgumentWeights {
  private let bundleOf: ContiguousArray<Int32>
  /// By virtual register.
  private(set) var ofParameter: ContiguousArray<Float>

  init(_ input: AllocationInput, _ bundleOf: ContiguousArray<Int32>) {
    self.bundleOf = bundleOf
    ofParameter = ContiguousArray(repeating: 0, count: bundleOf.count)
    for block in input.blocks.elements {
      for edge in input.edges[block.edges] {
        let parameters = input.blocks[edge.target].parameters
        for position in 0..<Int(parameters.count) {
          ofParameter[input.registers[parameters, position].index] += block.frequency * 0.5
        }
      }
    }
  }

  func ofArgument(_ use: Use, _ register: VirtualRegister) -> Float {
    bundleOf[Int(use.operand)] == bundleOf[register.index] ? 0 : use.weight
  }
}

/// Decides which virtual registers share a bundle: union-find over sorted live ranges.
private struct BundleMerger {
  private struct Candidate {
    var weight: Float
    var first: VirtualRegister
    var second: VirtualRegister
  }

  /// Bundles do not grow beyond this many live ranges, so that merging stays near-linear.
  private static var rangeLimit: Int { 4096 }

  private let input: AllocationInput
  private var parent: ContiguousArray<Int32>
  /// By leader; ascending.
  private var ranges: ContiguousArray<ContiguousArray<PointRange>>

  init(_ input: AllocationInput, _ live: LiveRanges) {
    self.input = input
    parent = ContiguousArray(0..<Int32(input.virtualRegisters.count))
    ranges = ContiguousArray(live.rangesOf.map { ContiguousArray(live.ranges[$0]) })
  }

  mutating func mergeAll() {
    var candidates = ContiguousArray<Candidate>()
    for block in input.blocks.elements {
      for index in block.instructions {
        collect(InstructionNumber(index: index), block.frequency, into: &candidates)
      }
      for edge in input.edges[block.edges] {
        for (argument, parameter) in zip(
          input.registers[edge.arguments], input.registers[input.blocks[edge.target].parameters])
        {
          candidates.append(Candidate(weight: block.frequency, first: argument, second: parameter))
        }
      }
    }
    let order = candidates.indices.sorted {
      candidates[$0].weight != candidates[$1].weight ? candidates[$0].weight > candidates[$1].weight : $0 < $1
    }
    for index in order { merge(candidates[index].first, candidates[index].second) }
  }

  private func collect(
    _ id: InstructionNumber, _ frequency: Float, into candidates: inout ContiguousArray<Candidate>
  ) {
    let info = input.instructions[id]
    for position in 0..<Int(info.operands.count) {
      let operand = input.operands[info.operands, position]
      if case .reuse(let tied) = operand.constraint {
        candidates.append(
          Candidate(
            weight: frequency, first: input.operands[info.operands, Int(tied)].register, second: operand.register))
      }
    }
    if info.flags.contains(.move) {
      candidates.append(
        Candidate(
          weight: frequency, first: input.operands[info.operands, 1].register,
          second: input.operands[info.operands, 0].register))
    }
  }

  private mutating func leader(_ register: Int32) -> Int32 {
    var register = register
    while parent[Int(register)] != register {
      parent[Int(register)] = parent[Int(parent[Int(register)])]
      register = parent[Int(register)]
    }
    return register
  }

  private mutating func merge(_ a: VirtualRegister, _ b: VirtualRegister) {
    let infoA = input.virtualRegisters[a]
    let infoB = input.virtualRegisters[b]
    // A value that can be made again is better off without a slot.
    guard infoA.registerClass == infoB.registerClass, infoA.width == infoB.width, infoA.rematerialisation == nil,
      infoB.rematerialisation == nil
    else { return }
    let first = Int(leader(Int32(a.index)))
    let second = Int(leader(Int32(b.index)))
    if first == second || ranges[first].isEmpty || ranges[second].isEmpty { return }
    if ranges[first].count + ranges[second].count > Self.rangeLimit { return }
    if overlap(ranges[first], ranges[second]) { return }
    parent[second] = Int32(first)
    ranges[first] = joined(ranges[first], ranges[second])
    ranges[second] = []
  }

  /// Cost: the shorter list, times the logarithm of the longer.
  private func overlap(_ a: ContiguousArray<PointRange>, _ b: ContiguousArray<PointRange>) -> Bool {
    if a.count > b.count { return overlap(b, a) }
    for range in a {
      var low = 0
      var high = b.count
      while low < high {
        let middle = (low + high) / 2
        if b[middle].end <= range.start { low = middle + 1 } else { high = middle }
      }
      if low < b.count && b[low].start < range.end { return true }
    }
    return false
  }

  private func joined(
    _ a: ContiguousArray<PointRange>, _ b: ContiguousArray<PointRange>
  ) -> ContiguousArray<PointRange> {
    var result = ContiguousArray<PointRange>()
    result.reserveCapacity(a.count + b.count)
    var next = 0
    for range in a {
      while next < b.count && b[next].start < range.start {
        result.append(b[next])
        next += 1
      }
      result.append(range)
    }
    result.append(contentsOf: b[next...])
    return result
  }

  /// By virtual register: the bundle's number, in order of the bundles' lowest members.
  mutating func leaders() -> ContiguousArray<Int32> {
    var numberOf = ContiguousArray<Int32>(repeating: -1, count: parent.count)
    var count: Int32 = 0
    var result = ContiguousArray<Int32>()
    result.reserveCapacity(parent.count)
    for register in parent.indices {
      let leader = Int(leader(Int32(register)))
      if numberOf[leader] < 0 {
        numberOf[leader] = count
        count += 1
      }
      result.append(numberOf[leader])
    }
    return result
  }
}
