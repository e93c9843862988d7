import Entities
import IR

/// What has to hold before a loop so that its checks cannot fail.
struct RangeGuard {
  /// Addresses that one test covers.
  private struct Range {
    let memory: UInt32
    let address: Value
    /// Of the address each round, as a signed number.
    let step: Int64
    /// The largest offset + size.
    var end: UInt64
    var checks: [(block: Block, instruction: Instruction)]
  }

  private var ranges: [Range] = []
  private let count: RoundCount?
  private let variables: InductionVariables

  /// nil if too few of the loop's checks can be left out.
  init?(_ body: LoopBody, _ function: Function, _ dominators: Dominators, _ shape: ModuleShape) {
    guard let entry = body.edgeToHeader(from: body.preheader, function),
      let back = body.edgeToHeader(from: body.latch, function)
    else { return nil }
    variables = InductionVariables(
      header: body.header, entry: entry, back: back, function, inside: body.definedValues(function))
    count = Self.count(body, function, dominators, variables)
    for block in body.blocks {
      for instruction in function.layout.instructions[block]
      where function.instructions[instruction].opcode == .memoryCheck {
        note(instruction, in: block, function, shape)
      }
    }
    let saved = ranges.reduce(0) { $0 + $1.checks.count }
    if saved * LoopVersioning.largestBodyPerCheck < body.size { return nil }
  }

  private static func count(
    _ body: LoopBody, _ function: Function, _ dominators: Dominators, _ variables: InductionVariables
  ) -> RoundCount? {
    for block in body.blocks where dominators.dominates(block, body.latch) {
      guard let terminator = function.terminator(of: block) else { continue }
      let stays = function.targets(of: terminator).map { body.blocks.contains($0.block) }
      guard stays.count == 2, stays[0] != stays[1] else { continue }
      let branch = function.instructions[terminator]
      if let count = RoundCount(branch, staysIfTrue: stays[0], variables, function) { return count }
    }
    return nil
  }

  private mutating func note(_ check: Instruction, in block: Block, _ function: Function, _ shape: ModuleShape) {
    let data = function.instructions[check]
    let address = function.operand(0, of: data)
    guard data.type == .i32, data.immediate <= UInt64(UInt32.max), let grown = variables.step(of: address, function)
    else { return }
    let step = Int64(Int32(bitPattern: grown))
    guard step == 0 || count.map({ $0.canReach(stride: step.magnitude) }) ?? false else { return }
    if let known = ranges.firstIndex(where: { $0.address == address && $0.memory == data.memory }) {
      ranges[known].end = max(ranges[known].end, data.immediate)
      ranges[known].checks.append((block, check))
    } else if ranges.count < LoopVersioning.maximumRanges {
      ranges.append(
        Range(memory: data.memory, address: address, step: step, end: data.immediate, checks: [(block, check)]))
    }
  }

  /// Makes the preheader branch to `slow` if anything may fail, and takes the checks out of the loop. Returns new blocks
  /// that stand behind the preheader.
  func emit(into body: LoopBody, otherwise slow: Block, _ function: inout Function) -> ContiguousArray<Block> {
    var code = PreheaderCode(body.preheader, leavingFor: slow, &function)
    var bound: RoundCount.Bound?
    if let count, ranges.contains(where: { $0.step != 0 }) { bound = count.emit(&code, variables, &function) }
    for range in ranges { emit(range, bound, &code, &function) }
    code.finish(&function)
    for range in ranges {
      for (block, check) in range.checks { function.layout.instructions[block].removeAll { $0 == check } }
    }
    return code.blocks
  }

  /// Leaves if an address of the range may fail its checks. The largest one is computed in 64 bits: one that wraps round
  /// lies beyond every memory.
  private func emit(
    _ range: Range, _ bound: RoundCount.Bound?, _ code: inout PreheaderCode, _ function: inout Function
  ) {
    let first = code.initial(range.address, variables, &function)
    guard range.step != 0, let bound else { return leave(if: first, .i32, range, &code, &function) }
    let reach = bound.reach(stride: range.step.magnitude, code, &function)
    let wide = code.emit(.extendUnsigned, .i64, first, function: &function)
    if range.step > 0 {
      leave(if: code.emit(.add, .i64, wide, reach, function: &function), .i64, range, &code, &function)
    } else {
      code.leave(if: code.compare(.greaterUnsigned, .i64, reach, wide, &function), &function)
      leave(if: first, .i32, range, &code, &function)
    }
  }

  private func leave(
    if address: Value, _ type: Type, _ range: Range, _ code: inout PreheaderCode, _ function: inout Function
  ) {
    let test = InstructionData(.memoryOutOfBounds, type, memory: range.memory, immediate: range.end)
    code.leave(if: code.emit(test, [address], result: .i32, &function), &function)
  }
}
