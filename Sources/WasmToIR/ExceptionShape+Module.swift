import Entities
import IR
import Wasm

extension ExceptionShape {
  /// nil if the module has no tags and no try_table or throw_ref.
  ///
  /// Reads all bodies without validating; the translation will come to what is wrong in them and say so.
  /// Cost: linear in the module.
  init?(_ module: Module, firstWordGlobal: Int) {
    let graph = ThrowGraph(module)
    guard !module.tags.isEmpty || graph.hasExceptions else { return nil }
    self.init()
    for (position, type) in module.tags.elements.enumerated() {
      let isImported = position < module.importedTagCount
      tags.append(
        TagShape(
          payload: module.functionType(type).parameters.map { Type($0) },
          signature: SignatureIndex(module.canonicalType(type).rawValue),
          wordGlobal: isImported ? GlobalIndex(index: firstWordGlobal + position) : nil))
    }
    throwing = graph.throwing
    returningStatus = graph.throwing
    module.declaredReferences.forEach { returningStatus.insert($0) }
    if let start = module.start { returningStatus.insert(start) }
    // Who is called last gives its caller's status.
    graph.spread(&returningStatus, along: graph.tailCallees)
  }
}

/// Who calls whom, as far as exceptions can take that way.
private struct ThrowGraph {
  private(set) var hasExceptions = false
  private(set) var throwing = BitSet<FunctionIndex>()
  /// By function.
  private(set) var tailCallees: SideTable<FunctionIndex, ContiguousArray<FunctionIndex>>
  private var callers: SideTable<FunctionIndex, ContiguousArray<FunctionIndex>>

  init(_ module: Module) {
    tailCallees = SideTable(count: module.functions.count, initial: [])
    callers = SideTable(count: module.functions.count, initial: [])
    for function in module.functions.ids {
      // Of what is behind an import nothing is known.
      if function.index < module.importedFunctionCount { throwing.insert(function) } else { scan(function, of: module) }
    }
    spread(&throwing, along: callers)
  }

  private mutating func scan(_ function: FunctionIndex, of module: Module) {
    guard var reader = try? FunctionValidator(module, function).reader else { return }
    while !reader.isAtEnd, let decoded = try? reader.next() {
      switch decoded.op {
      case .call, .returnCall:
        let callee = FunctionIndex(decoded.index)
        guard module.functions.contains(callee) else { return }
        if callers[callee].last != function { callers[callee].append(function) }
        if decoded.op == .returnCall { tailCallees[function].append(callee) }
      case .throwTag, .throwRef:
        hasExceptions = true
        throwing.insert(function)
      case .tryTable: hasExceptions = true
      case .callIndirect, .callRef, .returnCallIndirect, .returnCallRef: throwing.insert(function)
      default: break
      }
    }
  }

  /// Adds whatever is reached from the set over `edges`.
  func spread(
    _ set: inout BitSet<FunctionIndex>, along edges: SideTable<FunctionIndex, ContiguousArray<FunctionIndex>>
  ) {
    var work: [FunctionIndex] = []
    set.forEach { work.append($0) }
    while let function = work.popLast() {
      for next in edges[function] where set.insert(next) { work.append(next) }
    }
  }
}
