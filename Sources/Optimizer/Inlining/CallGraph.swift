import Entities
import IR

/// The direct calls among a few functions of a module, and an order in which callees come first.
struct CallGraph {
  /// Every function of the graph, callees before their callers; the members of a cycle stand together.
  let bottomUp: [FunctionIndex]
  /// Equal numbers: functions that call each other in a cycle.
  private let component: SideTable<FunctionIndex, UInt32>

  private struct Visit {
    let function: FunctionIndex
    let callees: [FunctionIndex]
    var next = 0
  }

  /// Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion.
  /// - Parameter callees: for a function of the graph, the functions of the graph that it calls.
  /// - Complexity: linear in functions and calls.
  init(_ functions: some Sequence<FunctionIndex>, callees: (FunctionIndex) -> [FunctionIndex]) {
    var order: [FunctionIndex] = []
    var component = SideTable<FunctionIndex, UInt32>(initial: .max)
    var number = SideTable<FunctionIndex, UInt32>(initial: 0)
    var lowest = SideTable<FunctionIndex, UInt32>(initial: 0)
    var count: UInt32 = 0
    var componentCount: UInt32 = 0
    var open: [FunctionIndex] = []
    var visits: [Visit] = []
    func enter(_ function: FunctionIndex) {
      count += 1
      number[function] = count
      lowest[function] = count
      open.append(function)
      visits.append(Visit(function: function, callees: callees(function)))
    }
    for root in functions where number[root] == 0 {
      enter(root)
      while let visit = visits.last {
        if visit.next < visit.callees.count {
          visits[visits.count - 1].next += 1
          let callee = visit.callees[visit.next]
          if number[callee] == 0 {
            enter(callee)
          } else if component[callee] == .max {
            lowest[visit.function] = min(lowest[visit.function], number[callee])
          }
          continue
        }
        visits.removeLast()
        if let caller = visits.last?.function { lowest[caller] = min(lowest[caller], lowest[visit.function]) }
        if lowest[visit.function] == number[visit.function] {
          while let member = open.popLast() {
            component[member] = componentCount
            order.append(member)
            if member == visit.function { break }
          }
          componentCount += 1
        }
      }
    }
    bottomUp = order
    self.component = component
  }

  /// Whether a call from one to the other is part of a cycle.
  func isRecursive(_ caller: FunctionIndex, _ callee: FunctionIndex) -> Bool {
    component[caller] == component[callee] && component[caller] != .max
  }
}
