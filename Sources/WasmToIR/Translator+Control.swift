import Entities
import IR
import Wasm

/// Structured control flow. A block costs IR blocks only where branches need them: a `block` nobody leaves early is
/// free.
extension FunctionTranslator {
  mutating func translateStructure(_ decoded: DecodedOperator) throws(WasmError) {
    switch decoded.op {
    case .block: frames.append(openFrame(.block, decoded.block))
    case .tryTable: openTryTable(decoded)
    case .loop: try translateLoop(decoded)
    case .if: translateIf(decoded)
    case .else: try translateElse(at: decoded.offset)
    default: try translateEnd(at: decoded.offset)
    }
  }

  mutating func openFrame(_ kind: Frame.Kind, _ block: BlockType) -> Frame {
    var (parameterCount, resultCount) = (0, 0)
    switch block {
    case .empty: break
    case .value: resultCount = 1
    case .type(let index):
      let signature = shape.signatures[SignatureIndex(index.rawValue)]
      (parameterCount, resultCount) = (signature.parameters.count, signature.results.count)
    }
    let height = isReachable ? stack.count - parameterCount : stack.count
    var frame = Frame(
      kind: kind, isReachable: isReachable, height: height, block: block, parameterCount: parameterCount,
      resultCount: resultCount)
    if isReachable && kind != .loop { frame.scope = locals.enterBlock() }
    return frame
  }

  private func parameterTypes(_ block: BlockType) -> [Type] {
    if case .type(let index) = block { return shape.signatures[SignatureIndex(index.rawValue)].parameters }
    return []
  }

  private func resultTypes(_ block: BlockType) -> [Type] {
    switch block {
    case .empty: []
    case .value(let type): [Type(type)]
    case .type(let index): shape.signatures[SignatureIndex(index.rawValue)].results
    }
  }

  /// A loop that nobody branches back to is a block.
  private mutating func translateLoop(_ decoded: DecodedOperator) throws(WasmError) {
    if scan == nil { scan = LoopScan(validator.reader, localCount: validator.locals.count) }
    let number = loopCount
    loopCount += 1
    guard isReachable, let scan, scan.loops[number].isTarget else {
      return frames.append(openFrame(.block, decoded.block))
    }
    var frame = openFrame(.loop, decoded.block)
    let header = builder.makeBlock(parameterTypes(frame.block))
    let join = locals.makeJoin(header, isLoop: true)
    frame.join = join
    try jump(to: join, operandCount: frame.parameterCount, snapshot: 0..<0, at: decoded.offset)
    let loop = scan.loops[number]
    frame.scope = try locals.enterLoop(join, assigned: scan.assignments[loop.start..<loop.end], at: decoded.offset)
    start(header, height: frame.height)
    frames.append(frame)
  }

  private mutating func translateIf(_ decoded: DecodedOperator) {
    let condition = isReachable ? pop() : Value(0)
    var frame = openFrame(.if, decoded.block)
    if isReachable {
      frame.savedParameters = ContiguousArray(stack.suffix(frame.parameterCount))
      let then = builder.makeBlock()
      frame.elseTarget = builder.function.branchTargets.count + 1
      // The second target is known at the else or the end.
      builder.branch(if: condition, then, else: then)
      builder.start(then)
    }
    frames.append(frame)
  }

  private mutating func translateElse(at offset: Int) throws(WasmError) {
    let last = frames.count - 1
    if isReachable { try jump(toLabel: 0, at: offset) }
    frames[last].kind = .else
    isReachable = frames[last].isReachable
    guard isReachable else { return }
    locals.restoreEntry(frames[last].scope)
    let block = builder.makeBlock()
    builder.function.branchTargets[frames[last].elseTarget].block = block
    builder.start(block)
    stack.removeLast(stack.count - frames[last].height)
    stack.append(contentsOf: frames[last].savedParameters)
  }

  private mutating func translateEnd(at offset: Int) throws(WasmError) {
    let last = frames.count - 1
    if frames[last].kind == .function {
      if isReachable { emitReturn() }
      frames.removeLast()
      return
    }
    guard frames[last].isReachable else {
      frames.removeLast()
      return
    }
    if frames[last].kind == .if { addMissingElse() }
    if frames[last].kind == .tryTable { try closePad(at: offset) }
    if frames[last].kind != .loop, let join = frames[last].join {
      if isReachable { try jump(toLabel: 0, at: offset) }
      try startJoin(join, frames[last], at: offset)
    } else {
      locals.leaveBlock(frames[last].scope)
    }
    frames.removeLast()
  }

  /// The condition's second edge goes to the end, as everything was at the `if`.
  private mutating func addMissingElse() {
    let last = frames.count - 1
    let join = self.join(of: last)
    let target = frames[last].elseTarget
    let operands = builder.function.valueLists.append(contentsOf: frames[last].savedParameters)
    builder.function.branchTargets[target].block = locals.joins[join].block
    locals.addEdge(LocalVariables.Edge(target: target, operands: operands, snapshot: 0..<0), to: join)
  }

  /// Continues behind a block that is left by branches.
  private mutating func startJoin(_ join: JoinID, _ frame: Frame, at offset: Int) throws(WasmError) {
    let block = locals.joins[join].block
    let edges = locals.joins[join].edges
    if edges.count > 1 {
      try locals.leaveBlock(frame.scope, joining: join, at: offset)
      for type in resultTypes(frame.block) { builder.function.appendParameter(to: block, type) }
      start(block, height: frame.height)
    } else {
      // One way in: its values hold here, and need no parameters.
      locals.leaveBlock(frame.scope, continuing: edges[0])
      let values = ContiguousArray(builder.function.valueLists[edges[0].operands])
      locals.removeEdges(of: join)
      start(block, height: frame.height)
      stack.append(contentsOf: values)
    }
  }

  /// Places a block whose parameters are the stack above `height`.
  mutating func start(_ block: Block, height: Int) {
    builder.start(block)
    stack.removeLast(stack.count - height)
    stack.append(contentsOf: builder.function.blocks[block].parameters)
    isReachable = true
  }

  // MARK: Branches

  mutating func translateBranch(_ decoded: DecodedOperator) throws(WasmError) {
    switch decoded.op {
    case .br: try jump(toLabel: Int(decoded.index), at: decoded.offset)
    case .brIf: try translateBranchIf(pop(), toLabel: decoded.index, at: decoded.offset)
    case .brOnNull:
      pushNullTest(.equal)
      let condition = pop()
      let reference = pop()
      try translateBranchIf(condition, toLabel: decoded.index, at: decoded.offset)
      push(reference)
    case .brOnNonNull:
      pushNullTest(.notEqual)
      try translateBranchIf(pop(), toLabel: decoded.index, at: decoded.offset)
      _ = pop()
    case .brTable: try translateBranchTable(at: decoded.offset)
    case .return: emitReturn()
    default: builder.trap(.unreachable)
    }
    switch decoded.op {
    case .brIf, .brOnNull, .brOnNonNull: break
    default: isReachable = false
    }
  }

  private mutating func emitReturn() { emit(InstructionData(.returnValues, .i32), taking: frames[0].resultCount) }

  /// How many values a branch to the frame takes along.
  private func labelArity(_ frame: Frame) -> Int {
    frame.kind == .loop ? frame.parameterCount : frame.resultCount
  }

  /// The frame's join, made at the first branch. Its parameters follow when it is placed.
  private mutating func join(of frame: Int) -> JoinID {
    if let join = frames[frame].join { return join }
    let join = locals.makeJoin(builder.makeBlock(), isLoop: false)
    frames[frame].join = join
    return join
  }

  /// Leaves for a label and makes what follows unreachable, except when it is placed next.
  mutating func jump(toLabel depth: Int, at offset: Int) throws(WasmError) {
    let frame = frames.count - 1 - depth
    if frames[frame].kind == .function { return emitReturn() }
    let snapshot = try locals.snapshot(frames[frame].scope, at: offset)
    try jump(to: join(of: frame), operandCount: labelArity(frames[frame]), snapshot: snapshot, at: offset)
  }

  private mutating func jump(
    to join: JoinID, operandCount: Int, snapshot: Range<Int>, at offset: Int
  ) throws(WasmError) {
    let target = builder.function.branchTargets.count
    builder.jump(locals.joins[join].block)
    let operands = try listOperands(operandCount, at: offset)
    locals.addEdge(LocalVariables.Edge(target: target, operands: operands, snapshot: snapshot), to: join)
  }

  /// What a branch takes along: the top of the stack.
  mutating func listOperands(_ count: Int, at offset: Int) throws(WasmError) -> PoolSlice {
    if count == 0 { return .empty }
    try locals.spend(count, at: offset)
    return builder.function.valueLists.append(contentsOf: stack.suffix(count))
  }

  private mutating func translateBranchIf(
    _ condition: Value, toLabel label: UInt32, at offset: Int
  ) throws(WasmError) {
    let frame = frames.count - 1 - Int(label)
    let next = builder.makeBlock()
    if frames[frame].kind == .function {
      let exit = builder.makeBlock()
      builder.branch(if: condition, exit, else: next)
      builder.start(exit)
      builder.returnValues(Array(stack.suffix(frames[0].resultCount)))
    } else {
      let snapshot = try locals.snapshot(frames[frame].scope, at: offset)
      let join = join(of: frame)
      let target = builder.function.branchTargets.count
      builder.branch(if: condition, locals.joins[join].block, else: next)
      let operands = try listOperands(labelArity(frames[frame]), at: offset)
      locals.addEdge(LocalVariables.Edge(target: target, operands: operands, snapshot: snapshot), to: join)
    }
    builder.start(next)
  }

  /// One snapshot serves all labels: that of the outermost frame holds what the inner ones need.
  private mutating func translateBranchTable(at offset: Int) throws(WasmError) {
    let index = pop()
    let labels = validator.reader.labels
    let deepest = labels.map { Int($0) }.filter { $0 < frames.count - 1 }.max()
    var snapshot = 0..<0
    if let deepest { snapshot = try locals.snapshot(frames[frames.count - 1 - deepest].scope, at: offset) }
    try locals.spend(labels.count, at: offset)

    let first = builder.function.branchTargets.count
    var targets: [BranchTarget] = []
    var exit: Block?
    targets.reserveCapacity(labels.count)
    for label in labels {
      let frame = frames.count - 1 - Int(label)
      var block = exit
      if frames[frame].kind != .function {
        let join = join(of: frame)
        block = locals.joins[join].block
      } else if exit == nil {
        exit = builder.makeBlock()
        block = exit
      }
      targets.append(BranchTarget(block: block ?? builder.block, arguments: .empty))
    }
    builder.insert(InstructionData(.branchTable, .i32), [index], targets: targets)
    // All labels take the same number of values.
    let operands = try listOperands(
      labelArity(frames[frames.count - 1 - Int(labels[labels.count - 1])]), at: offset)
    for (position, label) in labels.enumerated() {
      let frame = frames.count - 1 - Int(label)
      if frames[frame].kind == .function { continue }
      let edge = LocalVariables.Edge(target: first + position, operands: operands, snapshot: snapshot)
      locals.addEdge(edge, to: join(of: frame))
    }
    if let exit {
      builder.start(exit)
      emitReturn()
    }
  }
}
