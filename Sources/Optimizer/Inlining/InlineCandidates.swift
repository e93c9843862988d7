import Entities
import IR

/// The small functions of a module, ready to be put in the place of calls.
///
/// Small functions that call each other are inlined into each other here, callees first, so a caller needs to look only
/// one level deep: what a candidate still calls stays a call. Calls within a cycle stay in the candidates' bodies, so
/// recursion is unrolled once at most.
public struct InlineCandidates: Sendable {
  struct Candidate: Sendable {
    let body: Function
    let cost: InlineCost
  }
  private var candidates: [FunctionIndex: Candidate] = [:]

  /// No function at all.
  public init() {}

  /// `functions` are the module's own, each after the passes of `Pipeline.beforeInlining`. The result depends on them
  /// alone.
  /// - Complexity: linear in the number of functions and in the sum of the small ones.
  public init(_ functions: some Sequence<Function>, in shape: ModuleShape) {
    var small: [FunctionIndex: Function] = [:]
    var order: [FunctionIndex] = []
    for function in functions where InlineCost(function) != nil {
      small[function.index] = function
      order.append(function.index)
    }
    let graph = CallGraph(order) { caller in
      small[caller].map { Self.callees(of: $0).filter { small[$0] != nil } } ?? []
    }
    for index in graph.bottomUp {
      guard var body = small[index] else { continue }
      if Inliner.run(on: &body, self, isAllowed: { !graph.isRecursive(index, $0) }) {
        for pass in Pipeline.beforeInlining { pass.run(on: &body, in: shape) }
      }
      if let cost = InlineCost(body) { candidates[index] = Candidate(body: body, cost: cost) }
    }
  }

  subscript(function: FunctionIndex) -> Candidate? { candidates[function] }
  var isEmpty: Bool { candidates.isEmpty }

  private static func callees(of function: Function) -> [FunctionIndex] {
    var callees: [FunctionIndex] = []
    for block in function.layout.blocks {
      for instruction in function.layout.instructions[block] where function.instructions[instruction].opcode == .call {
        callees.append(FunctionIndex(function.instructions[instruction].auxiliary))
      }
    }
    return callees
  }
}
