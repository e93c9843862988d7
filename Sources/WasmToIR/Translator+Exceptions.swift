import Entities
import IR
import Wasm

/// Exceptions (docs/IR.md). A call that may throw gives a status; where it is not 0, control goes to the innermost
/// try_table's *pad*, a join in front of its end, which compares the status with its clauses' tags and hands on what no
/// clause takes: to the pad outside, or to the caller. What is thrown and caught in one function is a plain branch.
extension FunctionTranslator {
  // MARK: Blocks

  mutating func openTryTable(_ decoded: DecodedOperator) {
    var frame = openFrame(.tryTable, decoded.block)
    if isReachable { frame.padScope = locals.enterBlock() }
    frame.catches = validator.reader.catches
    frames.append(frame)
  }

  /// At the end of a try_table: its pad, if something can come there.
  mutating func closePad(at offset: Int) throws(WasmError) {
    let frame = frames[frames.count - 1]
    guard let pad = frame.pad else { return locals.leaveBlock(frame.padScope) }
    if isReachable { try jump(toLabel: 0, at: offset) }
    let block = locals.joins[pad].block
    let edges = locals.joins[pad].edges
    let word: Value
    if edges.count > 1 {
      try locals.leaveBlock(frame.padScope, joining: pad, at: offset)
      word = builder.function.appendParameter(to: block, .i64)
    } else {
      locals.leaveBlock(frame.padScope, continuing: edges[0])
      word = builder.function.valueLists[edges[0].operands, 0]
      locals.removeEdges(of: pad)
    }
    builder.start(block)
    try dispatch(word, frame, at: offset)
    isReachable = false
  }

  /// Which try_table takes what is thrown here: an index of `frames` below `end`.
  private func innermostTryTable(below end: Int) -> Int? {
    frames[..<end].lastIndex { $0.kind == .tryTable && $0.isReachable && !$0.catches.isEmpty }
  }

  /// Behind the body's last operator: the block that returns with the status it is given.
  mutating func placeResumption() {
    guard let resumption else { return }
    builder.start(resumption)
    builder.insert(InstructionData(.raise, .i32), [builder.function.blocks[resumption].parameters[0]])
  }

  private mutating func resumptionBlock() -> Block {
    if let resumption { return resumption }
    let block = builder.makeBlock([.i64], isCold: true)
    resumption = block
    return block
  }

  // MARK: Where a status leads

  mutating func branchIfThrown(_ status: Value, at offset: Int) throws(WasmError) {
    let zero = builder.integer(.i64, 0)
    let isThrown = builder.compare(IntegerCondition.notEqual, .i64, status, zero)
    let next = builder.makeBlock()
    if let frame = innermostTryTable(below: frames.count) {
      let pad = pad(of: frame)
      let target = builder.function.branchTargets.count
      builder.branch(if: isThrown, locals.joins[pad].block, else: next)
      try addEdge(to: pad, of: frame, target, status, at: offset)
    } else {
      builder.branch(if: isThrown, resumptionBlock(), [status], else: next)
    }
    builder.start(next)
  }

  /// Goes to the innermost pad below `end`, or to the caller; what is carried waits in the transfer area.
  private mutating func handOn(_ word: Value, below end: Int, at offset: Int) throws(WasmError) {
    guard let frame = innermostTryTable(below: end) else { return builder.jump(resumptionBlock(), [word]) }
    let pad = pad(of: frame)
    let target = builder.function.branchTargets.count
    builder.jump(locals.joins[pad].block)
    try addEdge(to: pad, of: frame, target, word, at: offset)
  }

  private mutating func pad(of frame: Int) -> JoinID {
    if let pad = frames[frame].pad { return pad }
    let pad = locals.makeJoin(builder.makeBlock(), isLoop: false)
    frames[frame].pad = pad
    return pad
  }

  private mutating func addEdge(
    to pad: JoinID, of frame: Int, _ target: Int, _ word: Value, at offset: Int
  ) throws(WasmError) {
    let snapshot = try locals.snapshot(frames[frame].padScope, at: offset)
    try locals.spend(1, at: offset)
    let operands = builder.function.valueLists.append(contentsOf: CollectionOfOne(word))
    locals.addEdge(LocalVariables.Edge(target: target, operands: operands, snapshot: snapshot), to: pad)
  }

  // MARK: Pads

  /// Compares a caught exception's word with the clauses in turn.
  private mutating func dispatch(_ word: Value, _ frame: Frame, at offset: Int) throws(WasmError) {
    for clause in frame.catches {
      // The block for what this clause does not take.
      var next: Block?
      if let tag = clause.tag {
        let matches = builder.makeBlock()
        let other = builder.makeBlock()
        next = other
        let expected = self.word(of: tag)
        builder.branch(if: builder.compare(IntegerCondition.equal, .i64, word, expected), matches, else: other)
        builder.start(matches)
      }
      stack.removeLast(stack.count - frame.height)
      readPayload(of: clause, word)
      try jump(toLabel: Int(clause.label) + 1, at: offset)
      guard let next else { return }
      builder.start(next)
    }
    try handOn(word, below: frames.count - 1, at: offset)
  }

  /// Pushes what the clause's label takes.
  private mutating func readPayload(of clause: CatchClause, _ word: Value) {
    var values: [Value] = []
    if let tag = clause.tag {
      for (position, type) in payload(of: tag).enumerated() {
        values.append(builder.value(.exceptionPayload, type, [], auxiliary: UInt32(position)))
      }
      for value in values { push(value) }
    } else if clause.takesReference {
      // Whatever it carries, in the widest form that some tag needs.
      let types = shape.exceptions?.tags.elements.lazy.flatMap(\.payload) ?? []
      let type: Type = types.contains(.v128) ? .v128 : .i64
      for position in 0..<(shape.exceptions?.widestPayload ?? 0) {
        values.append(builder.value(.exceptionPayload, type, [], auxiliary: UInt32(position)))
      }
    }
    if clause.takesReference { push(builder.value(.exceptionBox, .i64, [word] + values)) }
  }

  private func payload(of tag: TagIndex) -> [Type] { shape.exceptions?.tags[tag].payload ?? [] }

  private mutating func word(of tag: TagIndex) -> Value {
    if let global = shape.exceptions?.tags[tag].wordGlobal {
      return builder.value(.globalGet, .i64, [], auxiliary: global.rawValue)
    }
    return builder.integer(.i64, UInt64(tag.rawValue) + 1)
  }

  // MARK: Throwing

  mutating func translateThrow(_ decoded: DecodedOperator) throws(WasmError) {
    let tag = TagIndex(decoded.index)
    let count = payload(of: tag).count
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    isReachable = try !catchHere(tag, values, at: decoded.offset)
    if isReachable { builder.insert(InstructionData(.raise, .i32), [word(of: tag)] + values) }
    isReachable = false
  }

  /// Branches to the clause of this function that takes the exception; false if control may still be here.
  private mutating func catchHere(_ tag: TagIndex, _ values: [Value], at offset: Int) throws(WasmError) -> Bool {
    let height = stack.count
    for frame in frames.indices.reversed() where frames[frame].kind == .tryTable {
      for clause in frames[frame].catches {
        let match = clause.tag.map { compare(tag, $0) } ?? .always
        if match == .never { continue }
        var next: Block?
        if match == .atRunTime, let other = clause.tag {
          let taken = builder.makeBlock()
          let otherwise = builder.makeBlock()
          next = otherwise
          let (left, right) = (word(of: tag), word(of: other))
          builder.branch(if: builder.compare(IntegerCondition.equal, .i64, left, right), taken, else: otherwise)
          builder.start(taken)
        }
        if clause.tag != nil { for value in values { push(value) } }
        if clause.takesReference {
          let word = word(of: tag)
          push(builder.value(.exceptionBox, .i64, [word] + values))
        }
        // The label is counted outside of the try_table.
        try jump(toLabel: frames.count - frame + Int(clause.label), at: offset)
        guard let next else { return true }
        stack.removeLast(max(0, stack.count - height))
        builder.start(next)
      }
    }
    return false
  }

  private enum Match { case always, never, atRunTime }

  /// Whether two tags of the module are one: two imports may be.
  private func compare(_ tag: TagIndex, _ other: TagIndex) -> Match {
    if tag == other { return .always }
    guard let exceptions = shape.exceptions else { return .never }
    let (left, right) = (exceptions.tags[tag], exceptions.tags[other])
    if left.wordGlobal == nil || right.wordGlobal == nil || left.signature != right.signature { return .never }
    return .atRunTime
  }

  /// An exnref made in this function is taken apart again: no box is made for it.
  mutating func translateThrowReference(at offset: Int) throws(WasmError) {
    isReachable = false
    let reference = stack[stack.count - 1]
    let isCaughtHere = innermostTryTable(below: frames.count) != nil
    if case .result(let box, _) = builder.function.values[reference].definition,
      builder.function.instructions[box].opcode == .exceptionBox
    {
      let operands = Array(builder.function.operands(of: box))
      _ = pop()
      if !isCaughtHere {
        builder.insert(InstructionData(.raise, .i32), operands)
        return
      }
      builder.insert(InstructionData(.exceptionStore, .i32), Array(operands.dropFirst()))
      return try handOn(operands[0], below: frames.count, at: offset)
    }
    translateNullCheck()
    let word = builder.value(.exceptionUnbox, .i64, [pop()])
    try handOn(word, below: frames.count, at: offset)
  }
}
