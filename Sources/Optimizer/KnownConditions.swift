import Entities
import IR

/// Decides conditions that a branch or a passed trap on the way has decided: the same value, or another comparison of the
/// same two integers. What a branch compared is known in all blocks that only its edge leads to.
///
/// Two integers are in one of five relations: equal, or below or above, signed and unsigned. A condition is the set of those
/// that it admits; a known set inside a condition's makes it true, one apart from it false.
///
/// Requires: nothing beyond a correct function; finds more behind value numbering. Establishes: nothing that others build on;
/// constants stand where conditions stood, for branch simplification and constant folding. Cost: linear.
public enum KnownConditions {
  public static func run(on function: inout Function, in shape: ModuleShape) {
    let graph = ControlFlowGraph(function)
    let dominators = Dominators(graph)
    let edges = IncomingEdges(function)
    var facts = Facts()
    var open: ContiguousArray<(block: Block, marks: Int)> = []
    for block in dominators.preorder {
      while let last = open.last, !dominators.dominates(last.block, block) {
        facts.forget(downTo: last.marks)
        open.removeLast()
      }
      open.append((block, facts.count))
      if let (condition, holds) = conditionOfEntry(block, edges, graph, function) {
        facts.learn(condition, holds, function)
      }
      visit(block, &facts, &function)
    }
  }

  /// What the only edge into a block says.
  private static func conditionOfEntry(
    _ block: Block, _ edges: IncomingEdges, _ graph: ControlFlowGraph, _ function: Function
  ) -> (Value, Bool)? {
    guard edges.count(block) == 1, let predecessor = graph.predecessors(of: block).first,
      let branch = function.terminator(of: predecessor), function.instructions[branch].opcode == .branchIf
    else { return nil }
    let first = function.branchTargets[function.instructions[branch].targets.range.lowerBound]
    return (function.operand(0, of: branch), first.block == block)
  }

  private static func visit(_ block: Block, _ facts: inout Facts, _ function: inout Function) {
    var order: ContiguousArray<Instruction> = []
    order.reserveCapacity(function.layout.instructions[block].count)
    for instruction in function.layout.instructions[block] {
      let data = function.instructions[instruction]
      switch data.opcode {
      case .compareInteger:
        if let holds = facts.decide(function.result(of: instruction), function) {
          function.replace(instruction, with: InstructionData(.integerConstant, .i32, immediate: holds ? 1 : 0), EmptyCollection())
        }
      case .branchIf, .trapIf, .select:
        let condition = function.operand(0, of: data)
        if function.constant(condition) == nil, let holds = facts.decide(condition, function) {
          let constant = function.makeInstruction(
            InstructionData(.integerConstant, .i32, immediate: holds ? 1 : 0, sourceOffset: data.sourceOffset), results: [.i32])
          order.append(constant)
          function.valueLists[data.operands, 0] = function.result(of: constant)
        } else if data.opcode == .trapIf {
          facts.learn(condition, false, function)
        }
      default: break
      }
      order.append(instruction)
    }
    function.layout.instructions[block] = order
  }
}

/// What is known where the walk is, with what it has to forget on its way back up.
private struct Facts {
  private struct Pair: Hashable {
    let left: Value
    let right: Value
  }
  private enum Change {
    case value(Value)
    case pair(Pair, Relations?)
  }

  private var isNotZero: [Value: Bool] = [:]
  private var relations: [Pair: Relations] = [:]
  private var changes: ContiguousArray<Change> = []

  var count: Int { changes.count }

  mutating func learn(_ condition: Value, _ holds: Bool, _ function: Function) {
    if isNotZero[condition] == nil {
      isNotZero[condition] = holds
      changes.append(.value(condition))
    }
    guard let (pair, admitted) = comparison(condition, function) else { return }
    let before = relations[pair]
    relations[pair] = (before ?? .all).intersection(holds ? admitted : Relations.all.subtracting(admitted))
    changes.append(.pair(pair, before))
  }

  /// Whether the condition, a comparison or not, is other than 0.
  func decide(_ condition: Value, _ function: Function) -> Bool? {
    if let known = isNotZero[condition] { return known }
    guard let (pair, admitted) = comparison(condition, function), let known = relations[pair] else { return nil }
    if known.isSubset(of: admitted) { return true }
    return known.isDisjoint(with: admitted) ? false : nil
  }

  mutating func forget(downTo count: Int) {
    while changes.count > count {
      switch changes.removeLast() {
      case .value(let value): isNotZero[value] = nil
      case .pair(let pair, let before): relations[pair] = before
      }
    }
  }

  /// The operands of an integer comparison, the older one first.
  private func comparison(_ value: Value, _ function: Function) -> (Pair, Relations)? {
    guard let data = function.definition(of: value), data.opcode == .compareInteger,
      let condition = IntegerCondition(rawValue: UInt8(truncatingIfNeeded: data.auxiliary))
    else { return nil }
    let left = function.operand(0, of: data)
    let right = function.operand(1, of: data)
    if right < left { return (Pair(left: right, right: left), Relations(condition.swapped)) }
    return (Pair(left: left, right: right), Relations(condition))
  }
}

/// A set of the relations in which two integers can be.
private struct Relations: OptionSet {
  let rawValue: UInt8

  static let equal = Relations(rawValue: 1)
  /// Signed below, unsigned below; signed below, unsigned above; and so on.
  static let belowBelow = Relations(rawValue: 2)
  static let belowAbove = Relations(rawValue: 4)
  static let aboveBelow = Relations(rawValue: 8)
  static let aboveAbove = Relations(rawValue: 16)
  static let all = Relations(rawValue: 31)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ condition: IntegerCondition) {
    switch condition {
    case .equal: self = .equal
    case .notEqual: self = Relations.all.subtracting(.equal)
    case .lessSigned: self = [.belowBelow, .belowAbove]
    case .lessUnsigned: self = [.belowBelow, .aboveBelow]
    case .greaterSigned: self = [.aboveBelow, .aboveAbove]
    case .greaterUnsigned: self = [.belowAbove, .aboveAbove]
    case .lessOrEqualSigned: self = [.equal, .belowBelow, .belowAbove]
    case .lessOrEqualUnsigned: self = [.equal, .belowBelow, .aboveBelow]
    case .greaterOrEqualSigned: self = [.equal, .aboveBelow, .aboveAbove]
    case .greaterOrEqualUnsigned: self = [.equal, .belowAbove, .aboveAbove]
    }
  }
}
