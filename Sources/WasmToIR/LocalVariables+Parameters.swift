import Entities
import IR
import Wasm

/// Parameters of joins, and the arguments that their edges pass for them.
extension LocalVariables {
  /// The value of a local at a join, which gets a parameter if its edges disagree.
  mutating func resolve(_ local: UInt32, at first: JoinID, _ function: inout Function) -> Value {
    var join = first
    while true {
      let key = Key(join: join, local: local)
      if let value = resolved[key] { return value }
      switch agreement(local, at: join) {
      case .some(let state):
        if let value = state.value {
          resolved[Key(join: first, local: local)] = value
          return value
        }
        join = state.join
      case .none:
        let value = function.appendParameter(to: joins[join].block, types[Int(local)])
        addParameter(local, to: join)
        resolved[key] = value
        unfilled.append(key)
        return value
      }
    }
  }

  /// What all edges say of a local; nil if they differ or are not all known.
  private func agreement(_ local: UInt32, at join: JoinID) -> State? {
    if joins[join].isLoop { return nil }
    var common: State?
    for edge in joins[join].edges {
      let state = state(of: local, edge, join)
      if common == nil { common = state }
      if common != state { return nil }
    }
    return common
  }

  private func state(of local: UInt32, _ edge: Edge, _ join: JoinID) -> State {
    if let state = find(local, in: edge.snapshot) { return state }
    guard let state = find(local, in: joins[join].base) else {
      preconditionFailure("only locals that a block changes wait at its join")
    }
    return state
  }

  /// Binary search.
  private func find(_ local: UInt32, in range: Range<Int>) -> State? {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].local < local { low = middle + 1 } else { high = middle }
    }
    return low < range.upperBound && entries[low].local == local ? entries[low].state : nil
  }

  /// Gives every edge its arguments. To be called once, behind the last operator, when every edge is known.
  mutating func fillArguments(_ function: inout Function, at offset: Int) throws(WasmError) {
    // Finding an argument may make another join's parameter, which then waits in the same queue.
    var position = 0
    var arguments = EntityMap<JoinID, ContiguousArray<Value>>(joins.elements.map { _ in [] })
    while position < unfilled.count {
      let key = unfilled[position]
      position += 1
      try spend(joins[key.join].edges.count, at: offset)
      for edge in joins[key.join].edges {
        let state = state(of: key.local, edge, key.join)
        arguments[key.join].append(state.value ?? resolve(key.local, at: state.join, &function))
      }
    }
    var list: ContiguousArray<Value> = []
    for join in joins.ids {
      let edges = joins[join].edges
      for (number, edge) in edges.enumerated() {
        var slice = edge.operands
        if !joins[join].locals.isEmpty {
          list.removeAll(keepingCapacity: true)
          list.append(contentsOf: function.valueLists[slice])
          for parameter in joins[join].locals.indices {
            list.append(arguments[join][parameter * edges.count + number])
          }
          slice = function.valueLists.append(contentsOf: list)
        }
        function.branchTargets[edge.target].arguments = slice
      }
    }
  }
}
