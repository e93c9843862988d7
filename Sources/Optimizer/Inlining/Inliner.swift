import Entities
import IR

/// Puts the bodies of small functions in the place of calls: of the smallest ones everywhere, of larger ones in loops.
/// Calls in cold blocks stay.
///
/// A trap in an inlined body keeps its wasm offset, and the call's: `Function.frames(at:)`.
///
/// Requires: nothing beyond a correct function. Establishes: nothing; leaves blocks that jump to each other, and
/// parameters with one argument, for the passes behind. Cost: linear in the result, which `InlineBudget` bounds.
public enum Inliner {
  /// Returns whether any call was replaced. `isAllowed` may keep some callees out.
  @discardableResult
  public static func run(
    on function: inout Function, _ candidates: InlineCandidates,
    isAllowed: (FunctionIndex) -> Bool = { _ in true }
  ) -> Bool {
    let chosen = InlineBudget.choose(in: function, candidates) { $0 != function.index && isAllowed($0) }
    if chosen.isEmpty { return false }
    var forwarding = ValueForwarding(function)
    var order = ContiguousArray<Block>()
    for first in function.layout.blocks {
      order.append(first)
      var block = first
      while let place = function.layout.instructions[block].firstIndex(where: { chosen.contains($0) }) {
        let call = function.layout.instructions[block][place]
        guard let body = candidates[FunctionIndex(function.instructions[call].auxiliary)]?.body else { break }
        block = replace(call, at: place, of: block, with: body, &function, &order, &forwarding)
      }
    }
    function.layout.blocks = order
    forwarding.apply(to: &function)
    return true
  }

  /// Ends `block` with the body's first block; returns the block that goes on behind the call.
  private static func replace(
    _ call: Instruction, at place: Int, of block: Block, with body: Function, _ function: inout Function,
    _ order: inout ContiguousArray<Block>, _ forwarding: inout ValueForwarding
  ) -> Block {
    let results = Array(function.results(of: call))
    let isCold = function.blocks[block].isCold
    let rest = function.makeBlock(parameters: results.map { function.type(of: $0) }, isCold: isCold)
    for (result, parameter) in zip(results, function.blocks[rest].parameters) {
      forwarding.forward(result, to: parameter)
    }
    function.layout.instructions[rest] = ContiguousArray(function.layout.instructions[block][(place + 1)...])
    function.layout.instructions[block].removeSubrange(place...)

    var copy = BodyCopy(of: body, for: call, returningTo: rest, function)
    copy.begin(in: block, arguments: Array(function.operands(of: call)), &function)
    for source in body.layout.blocks {
      if source != body.entry { order.append(copy.block(source)) }
      copy.copy(source, &function)
    }
    order.append(rest)
    return rest
  }
}

/// Copies one body into its caller.
private struct BodyCopy {
  private let body: Function
  private let rest: Block
  /// The call's position, and the last position made from it.
  private let caller: UInt32
  private var latest: (original: UInt32, copy: UInt32)
  private var blocks: SideTable<Block, Block>
  private var values: SideTable<Value, Value>

  init(of body: Function, for call: Instruction, returningTo rest: Block, _ function: Function) {
    self.body = body
    self.rest = rest
    caller = function.instructions[call].sourceOffset
    latest = (0, 0)
    blocks = SideTable(count: body.blocks.count, initial: rest)
    values = SideTable(count: body.values.count, initial: Value(0))
  }

  func block(_ source: Block) -> Block { blocks[source] }

  /// Makes the blocks, with their parameters: a use may stand before its definition in the layout's order of blocks.
  mutating func begin(in block: Block, arguments: [Value], _ function: inout Function) {
    for (parameter, argument) in zip(body.blocks[body.entry].parameters, arguments) { values[parameter] = argument }
    blocks[body.entry] = block
    for source in body.layout.blocks.dropFirst() {
      let parameters = body.blocks[source].parameters
      let copy = function.makeBlock(
        parameters: parameters.map { body.type(of: $0) },
        isCold: body.blocks[source].isCold || function.blocks[block].isCold)
      blocks[source] = copy
      for (old, new) in zip(parameters, function.blocks[copy].parameters) { values[old] = new }
    }
    for source in body.layout.blocks {
      for instruction in body.layout.instructions[source] {
        for result in body.results(of: instruction) {
          // Named now, placed by `copy`: `makeInstruction` would number them later.
          values[result] = function.values.append(body.values[result])
        }
      }
    }
  }

  mutating func copy(_ source: Block, _ function: inout Function) {
    for instruction in body.layout.instructions[source] {
      var data = body.instructions[instruction]
      let operands = body.operands(of: instruction).map { values[$0] }
      let position = position(data.sourceOffset, &function)
      if data.opcode == .returnValues {
        let target = function.makeTarget(rest, operands)
        data = InstructionData(.jump, .i32, targets: function.branchTargets.append(contentsOf: CollectionOfOne(target)))
      } else {
        data.operands = function.valueLists.append(contentsOf: operands)
        data.targets = copyTargets(of: instruction, &function)
        if data.opcode.info.form.rule.fields.contains(.vectorConstant) {
          let bits = body.vectorConstants[VectorConstant(UInt32(truncatingIfNeeded: data.immediate))]
          data.immediate = UInt64(function.vectorConstants.append(bits).rawValue)
        }
        if data.resultCount > 0 { data.firstResult = values[data.firstResult] }
      }
      data.sourceOffset = position
      let copy = function.instructions.append(data)
      for position in 0..<data.resultCount {
        function.values[Value(data.firstResult.rawValue + position)].definition = .result(copy, position)
      }
      function.layout.append(copy, to: blocks[source])
    }
  }

  /// Edges of a table that shared a list share its copy.
  private func copyTargets(of instruction: Instruction, _ function: inout Function) -> PoolSlice {
    if body.instructions[instruction].targets.isEmpty { return .empty }
    var lists: [PoolSlice: PoolSlice] = [:]
    let targets = body.targets(of: instruction).map { target in
      let list =
        lists[target.arguments] ?? function.valueLists.append(contentsOf: body.arguments(of: target).map { values[$0] })
      if body.instructions[instruction].opcode == .branchTable { lists[target.arguments] = list }
      return BranchTarget(block: blocks[target.block], arguments: list)
    }
    return function.branchTargets.append(contentsOf: targets)
  }

  /// The body's positions, which may come from calls inlined there, with the call's behind them.
  private mutating func position(_ original: UInt32, _ function: inout Function) -> UInt32 {
    if original == 0 { return caller }
    if latest.original != original {
      var callerOffset = caller
      for frame in body.frames(at: original).reversed() {
        callerOffset = function.sourceOffset(
          of: InlinedPosition(offset: frame.offset, function: frame.function, caller: callerOffset))
      }
      latest = (original, callerOffset)
    }
    return latest.copy
  }
}
