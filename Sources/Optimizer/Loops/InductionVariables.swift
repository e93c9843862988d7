import Entities
import IR

/// The i32 parameters of a loop's header that every round adds a constant to, and the sums made of them.
struct InductionVariables {
  struct Variable {
    /// On the way into the loop.
    let initial: Value
    /// Added each round, modulo 2^32; not 0.
    let step: UInt32
  }

  /// By the header's parameter.
  private var variables: [Value: Variable] = [:]
  private let inside: Set<Value>

  /// `entry` and `back` are the edges into the header from outside and, the only one, from inside, as positions of
  /// targets. `inside` are the values defined in the loop.
  init(header: Block, entry: Int, back: Int, _ function: Function, inside: Set<Value>) {
    self.inside = inside
    for (position, parameter) in function.blocks[header].parameters.enumerated()
    where function.type(of: parameter) == .i32 {
      let next = function.valueLists[function.branchTargets[back].arguments, position]
      guard let (source, step) = function.operandAndConstant(of: next, .add), source == parameter, step != 0 else {
        continue
      }
      variables[parameter] = Variable(
        initial: function.valueLists[function.branchTargets[entry].arguments, position],
        step: UInt32(truncatingIfNeeded: step))
    }
  }

  subscript(parameter: Value) -> Variable? { variables[parameter] }

  /// Neither changes in the loop nor needs a place outside: a constant, or defined outside.
  func isFixed(_ value: Value, _ function: Function) -> Bool {
    !inside.contains(value) || function.constant(value) != nil
  }

  /// How much `value`, an i32, grows each round, modulo 2^32: if it is a sum of induction variables, times constants,
  /// and of values that do not change. 0 for the latter alone; nil for everything else.
  func step(of value: Value, _ function: Function, depth: Int = 6) -> UInt32? {
    if isFixed(value, function) { return 0 }
    if let variable = variables[value] { return variable.step }
    guard depth > 0, let data = function.definition(of: value), data.type == .i32, data.operands.count == 2 else {
      return nil
    }
    let (left, right) = (function.operand(0, of: data), function.operand(1, of: data))
    guard [.add, .subtract, .shiftLeft, .multiply].contains(data.opcode),
      let a = step(of: left, function, depth: depth - 1)
    else { return nil }
    switch data.opcode {
    case .add: return step(of: right, function, depth: depth - 1).map { a &+ $0 }
    case .subtract: return step(of: right, function, depth: depth - 1).map { a &- $0 }
    case .shiftLeft: return function.constant(right).map { a << UInt32($0 & 31) }
    default: return function.constant(right).map { a &* UInt32(truncatingIfNeeded: $0) }
    }
  }
}
